"""All classifiers: the loss, the logits and the activations of labelled inputs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core.experience import NONE, Experiences
from tolman.models.base import Classifier
from tolman.models.convnet import ConvnetConfig
from tolman.models.mlp import MLPConfig
from tolman.training.evaluate import option_logprobs
from tolman.worlds.features import Features

GROUPS = (2, 3)
MODEL = MLPConfig(widths=(8, 6)).make((5,), GROUPS, jax.random.key(0))


def rows(n=7, seed=0, labels=None):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, 1, 5)).astype(np.float32)
    drawn = np.stack([rng.integers(0, size, n) for size in GROUPS], axis=1)[:, None] if labels is None else labels
    flat = np.ones((n, 1))
    return Experiences(
        {"input": inputs, "label": drawn.astype(np.int32)}, flat.astype(np.float32), flat.astype(bool), flat.astype(int)
    )


def by_hand(batch):
    """Mean cross-entropy over all labels that there are."""
    losses = []
    for x, labels in zip(batch.steps["input"][:, 0], batch.steps["label"][:, 0], strict=True):
        logits = np.asarray(MODEL(jnp.asarray(x)), np.float64)
        for part, label in zip((logits[:2], logits[2:]), labels, strict=True):
            if label != NONE:
                losses.append(np.log(np.exp(part).sum()) - part[label])
    return np.mean(losses) if losses else 0.0


def test_the_loss_is_the_mean_cross_entropy_over_labels():
    assert float(MODEL.loss(rows(), 1)) == pytest.approx(by_hand(rows()), rel=1e-5)


def test_a_label_that_is_not_asked_bears_no_loss():
    batch = rows()
    batch.steps["label"][2:, 0, 1] = NONE
    batch.steps["label"][5, 0, 0] = NONE
    assert float(MODEL.loss(batch, 1)) == pytest.approx(by_hand(batch), rel=1e-5)
    changed = batch._replace(steps={**batch.steps, "input": batch.steps["input"].copy()})
    changed.steps["input"][5] += 100.0  # neither of its labels is asked
    assert float(MODEL.loss(changed, 1)) == pytest.approx(float(MODEL.loss(batch, 1)), rel=1e-6)


def test_nothing_asked_is_no_loss_and_no_gradient():
    batch = rows(labels=np.full((7, 1, 2), NONE))
    loss, gradient = jax.value_and_grad(lambda model: model.loss(batch, 1))(MODEL)
    assert float(loss) == 0
    assert all(np.all(np.asarray(leaf) == 0) for leaf in jax.tree.leaves(gradient))


def test_one_feature_asked_moves_no_other_features_outputs():
    labels = np.stack([np.zeros(7), np.full(7, NONE)], axis=1)[:, None]
    gradient = jax.grad(lambda model: model.loss(rows(labels=labels), 1))(MODEL)
    assert np.all(np.asarray(gradient.head.weight)[:, 2:] == 0)
    assert np.any(np.asarray(gradient.head.weight)[:, :2] != 0)


@pytest.mark.parametrize(
    ("world", "config"),
    [(Features(features=("a:bit", "b:mod3"), train_items=8, test_items=700), MLPConfig(widths=(8,))),
     (Features("image", features=("shape", "colour"), size=16, train_items=4, test_items=6), ConvnetConfig((4, 4)))],
    ids=["binary", "image"],
)  # fmt: skip
def test_answers_are_a_softmax_over_the_features_own_outputs(world, config):
    instance = world.draw(0)
    model = config.make(instance.inputs, instance.outputs, jax.random.key(1))
    assert isinstance(model, Classifier)
    start = 0
    for test, size in zip(instance.tests, instance.outputs, strict=True):
        got = option_logprobs(model, test.prompts, test)
        assert got.shape == test.correct.shape
        assert np.exp(got).sum(axis=1) == pytest.approx(np.ones(len(test)), rel=1e-5)
        logits = np.asarray(model(jnp.asarray(test.prompts.steps["input"][-1, 0])))[start : start + size]
        assert got[-1] == pytest.approx(logits - np.logaddexp.reduce(logits), abs=1e-5)
        start += size


def test_activations_are_those_of_single_inputs_whatever_the_batch():
    batch = rows(n=515)
    found = MODEL.activations(batch)
    assert {site: value.shape for site, value in found.items()} == {"layers.0": (515, 8), "layers.1": (515, 6)}
    seen = {}
    MODEL(jnp.asarray(batch.steps["input"][514, 0]), lambda site, value: seen.setdefault(site, value))
    for site, value in found.items():
        assert value[514] == pytest.approx(np.asarray(seen[site]), abs=1e-6)
    assert np.array_equal(MODEL.embed(batch), found["layers.1"])
