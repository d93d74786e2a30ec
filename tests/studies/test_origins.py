"""Codings of XOR: how they are given to a network, and how they are measured."""

import dataclasses
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.experiments.network_set import stimuli_of
from tolman.models.mlp import Coding, MLPConfig
from tolman.studies.representation.analyses.consistency import Consistency, coding_contrast, kind_of, pairs_of
from tolman.studies.representation.codings import AND_OR, CODINGS, LINEAR, NONLINEAR, ONE_WITHOUT_OTHER, coded_network
from tolman.worlds.features import Features

BITS = np.array(list(itertools.product((False, True), repeat=2)))
INPUTS = 2.0 * BITS - 1


def units(coding):
    """Rectified activations of coding units at all four inputs."""
    fixed = np.array(coding)
    return np.maximum(INPUTS @ fixed[:, :-1].T + fixed[:, -1], 0)


def test_the_two_codings_compute_what_they_are_called_after():
    x0, x1 = BITS.T
    assert (units(AND_OR) > 0).T.tolist() == [(x0 & x1).tolist(), (~(x0 | x1)).tolist()]
    assert (units(ONE_WITHOUT_OTHER) > 0).T.tolist() == [(x0 & ~x1).tolist(), (x1 & ~x0).tolist()]


XOR = BITS[:, 0] ^ BITS[:, 1]


def explained(coding):
    """How much of XOR is a linear function of a coding's units."""
    columns = np.column_stack([np.ones(4), units(coding)])
    residual = XOR - columns @ np.linalg.lstsq(columns, XOR, rcond=None)[0]
    return 1 - (residual**2).sum() / (XOR - 0.5).var() / 4


@pytest.mark.parametrize("kind", CODINGS)
def test_xor_is_linear_in_all_but_two_codings_whose_variance_is_that_of_the_others(kind):
    assert explained(CODINGS[kind]) == pytest.approx(0.0 if kind in NONLINEAR else 1.0, abs=1e-9)
    network = coded_network(kind)
    assert network is not None
    assert len(network.coding) == 128
    assert units(network.coding).var(axis=0).sum() == pytest.approx(128 * 3 / 16, rel=0.01)


def test_the_two_nonlinear_codings_tell_apart_what_the_linear_ones_do():
    contrasts = {kind: coding_contrast(units(coding), BITS) for kind, coding in CODINGS.items()}
    assert [contrasts[kind] for kind in LINEAR] == pytest.approx([1, -1])
    assert [contrasts[kind] for kind in NONLINEAR] == pytest.approx([0.5, -0.5], abs=1e-9)
    assert contrasts["all-four"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("X", "contrast"),
    [(units(AND_OR), 1.0), (units(ONE_WITHOUT_OTHER), -1.0), (INPUTS, 0.0), ((BITS[:, :1] ^ BITS[:, 1:]) * 1.0, 0.0)],
    ids=["and-or", "one-without-other", "bits", "xor"],
)  # fmt: skip
def test_the_contrast_tells_codings_apart(X, contrast):
    assert coding_contrast(X, BITS) == pytest.approx(contrast)
    turned = X @ np.linalg.qr(np.random.default_rng(0).normal(size=(X.shape[1],) * 2))[0] * 3 + 1
    assert coding_contrast(turned, BITS) == pytest.approx(contrast, abs=1e-9)


def test_coded_inputs_reach_the_network_through_their_units_alone():
    config = MLPConfig(widths=(6, 3), activation="relu", coded=(2, 3), coding=AND_OR)
    model = config.make((5,), (2,), jax.random.key(0))
    assert model.layers[0].weight.shape == (3, 4)
    x = jnp.array([0.3, -0.2, 1.0, 1.0, 0.5])
    seen = {}
    model(x, lambda site, value: seen.setdefault(site, value))
    assert seen["layers.0"][:2] == pytest.approx([1.0, 0.0])
    # Neither unit tells 01 from 10, so that nothing behind them can.
    one, other = (model(x.at[2:4].set(jnp.array(pair))) for pair in ([1.0, -1.0], [-1.0, 1.0]))
    assert np.array_equal(one, other)
    assert not np.allclose(one, model(x))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="expected 2 weights and a bias"):
        Coding((0, 1), ((1.0, 1.0),))
    with pytest.raises(ValueError, match="expected different indices"):
        Coding((1, 1), AND_OR)
    with pytest.raises(ValueError, match="do not fit"):
        MLPConfig(widths=(2,), coded=(0, 1), coding=AND_OR).make((5,), (2,), jax.random.key(0))


def test_pairs_are_of_different_networks_each_once():
    names = ["a#0", "a#1", "a#2", "b#0"]
    assert pairs_of(names, "a", "a") == [("a#0", "a#1"), ("a#0", "a#2"), ("a#1", "a#2")]
    assert pairs_of(names, "a", "b") == [("a#0", "b#0"), ("a#1", "b#0"), ("a#2", "b#0")]
    assert kind_of("and-or#2") == "and-or"


class Known:
    """A network whose layers are what we say."""

    def __init__(self, *layers):
        self.layers = layers

    def activations(self, rows):
        return {f"layers.{i}": X for i, X in enumerate(self.layers)}


def test_how_linear_the_feature_is_is_read_at_the_first_layer():
    stimuli = stimuli_of(Features(features=("hard:xor",), block=12, train_items=8, test_items=200).draw(0))
    rng = np.random.default_rng(0)
    bits = stimuli.rows.steps["input"][:, 0, :2].astype(float)
    xor = np.column_stack([stimuli.labels, rng.normal(size=(200, 2))])
    networks = {
        "free#0": Known(bits, xor),
        "free#1": Known(bits, xor),
        "given#0": Known(xor, xor),
        "given#1": Known(xor, xor),
    }
    analysis = Consistency(
        pairs=(("free", "free"),),
        bits=(0, 1),
        coded=("free", "given"),
        measures=("cka_linear",),
        last_layer_measures=(),
        feature="hard",
    )
    found = analysis.analyse(networks, stimuli, 0)
    assert found["linear layers.0/given"] == 1.0
    assert found["linear layers.0/free"] < 0.7
    assert "linear layers.1/given" not in found
    unasked = dataclasses.replace(analysis, feature="").analyse(networks, stimuli, 0)
    assert not any(name.startswith("linear") for name in unasked)
