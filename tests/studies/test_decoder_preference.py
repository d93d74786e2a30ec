"""Probes of a label that two features predict, on representations that are known."""

import numpy as np
import pytest

from tolman.studies.representation.analyses.probe_preference import Reliance, draw, predicted, reliance, row_of

VALUES = np.random.default_rng(0).integers(0, 2, (4000, 2))


def test_the_label_is_balanced_and_agrees_with_each_feature_at_its_predictivity():
    chosen, label = draw(VALUES, (0.8, 0.6), 1000, np.random.default_rng(1))
    assert len(set(chosen.tolist())) == 1000
    assert label.mean() == 0.5
    agreed = (VALUES[chosen] == label[:, None]).mean(axis=0)
    assert agreed == pytest.approx((0.8, 0.6), abs=0.05)  # three standard errors
    both = (VALUES[chosen] == label[:, None]).all(axis=1).mean()
    assert both == pytest.approx(agreed.prod(), abs=0.05)  # independently


def test_certainty_is_exact_and_too_few_stimuli_are_refused():
    chosen, label = draw(VALUES, (1.0, 1.0), 500, np.random.default_rng(1))
    assert (VALUES[chosen] == label[:, None]).all()
    with pytest.raises(ValueError, match=r"stimuli have the values \(0, 0\); expected"):
        draw(VALUES[:50], (1.0, 1.0), 500, np.random.default_rng(1))


def test_reliance_is_agreement_with_each_feature():
    assert reliance(VALUES[:, 0], VALUES) == Reliance(1.0, pytest.approx(0.5, abs=0.03))
    assert reliance(1 - VALUES[:, 1], VALUES).hard == 0


def patterns(easy, hard, values, seed=0):
    """Each feature along a direction of its own, with noise."""
    signs = 2.0 * values - 1
    clean = np.stack([easy * signs[:, 0], hard * signs[:, 1], *np.zeros((6, len(values)))], axis=1)
    return clean + 0.3 * np.random.default_rng(seed).normal(size=clean.shape)


@pytest.mark.parametrize("probe", ["linear", "centroid", "mlp"])
@pytest.mark.parametrize(("scale", "followed"), [((2.0, 0.0), 0), ((0.0, 2.0), 1)], ids=["only easy", "only hard"])
def test_a_probe_follows_the_feature_that_is_there(probe, scale, followed):
    chosen, label = draw(VALUES, (1.0, 1.0), 400, np.random.default_rng(2))
    test = VALUES[:600]
    answers = predicted(probe, patterns(*scale, VALUES[chosen]), label, patterns(*scale, test, 1), seed=0)
    found = reliance(answers, test)
    assert found[followed] > 0.97
    assert found[1 - followed] == pytest.approx(0.5, abs=0.07)


@pytest.mark.parametrize("probe", ["centroid", "linear"])
def test_of_two_features_that_predict_alike_the_larger_one_is_followed(probe):
    chosen, label = draw(VALUES, (1.0, 1.0), 400, np.random.default_rng(2))
    test = VALUES[:600]
    found = reliance(predicted(probe, patterns(2, 0.5, VALUES[chosen]), label, patterns(2, 0.5, test, 1), seed=0), test)
    assert found.easy > found.hard + 0.3


def test_unknown_probes_are_refused_and_rows_are_named():
    with pytest.raises(ValueError, match="expected one of linear, centroid, mlp"):
        predicted("magic", np.zeros((2, 2)), np.array([0, 1]), np.zeros((1, 2)), seed=0)
    assert row_of(0.8, 0.9) == "easy 0.8, hard 0.9"
