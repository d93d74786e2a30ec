"""Calibrated similarity against the definition, written out, and against what chance does."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman import measures
from tolman.core.errors import UnknownName, UserError
from tolman.measures import calibrated
from tolman.measures.resampling import matchings


def related(seed=0, n=40, p=6, q=9, shared=2, noise=1.0):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, shared))
    X, Y = (common @ rng.normal(size=(shared, k)) + noise * rng.normal(size=(n, k)) for k in (p, q))
    return X, Y


def by_hand(X, Y, similarity, permutations, level, seed):
    """Algorithm 1 of arXiv 2602.14486, with the same matchings."""
    observed = similarity(X, Y)
    orders = matchings(len(Y), permutations, np.random.default_rng(seed), None)
    null = [similarity(X, Y[order]) for order in orders]
    ordered = sorted([observed, *null])
    threshold = ordered[math.ceil((1 - level) * (permutations + 1)) - 1]
    p = (1 + sum(value >= observed for value in null)) / (permutations + 1)
    return max(0.0, (observed - threshold) / (1 - threshold)), threshold, p


@pytest.mark.parametrize("name", ["cka_linear", "cka_linear_debiased", "rsa", "mutual_knn", "svcca", "cka_rbf"])
def test_score_threshold_and_p_value_are_those_of_the_definition(name):
    X, Y = related()
    found = calibrated(X, Y, name, permutations=59, seed=3)
    score, threshold, p = by_hand(X, Y, getattr(measures, name), 59, 0.05, 3)
    assert (found.score, found.threshold, found.p_value) == pytest.approx((score, threshold, p), abs=1e-9)
    assert found.value == pytest.approx(getattr(measures, name)(X, Y))
    assert found.layers == (0, 0)


def test_of_several_layers_the_largest_is_compared_with_the_largest_of_one_matching():
    rng = np.random.default_rng(1)
    X, Y = related(2, n=30)
    first, second = [rng.normal(size=(30, 5)), X], [Y, rng.normal(size=(30, 3)), rng.normal(size=(30, 7))]
    found = calibrated(first, second, "cka_linear_debiased", permutations=39, seed=5)

    def largest(rows):
        return max(measures.cka_linear_debiased(a, b[rows]) for a in first for b in second)

    orders = matchings(30, 39, np.random.default_rng(5), None)
    np.testing.assert_allclose(found.null, [largest(order) for order in orders], atol=1e-12)
    assert found.value == pytest.approx(largest(np.arange(30)))
    assert found.layers == (1, 0)


def test_width_inflates_cka_but_not_its_calibrated_value():
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(30, 500)), rng.normal(size=(30, 500))
    assert measures.cka_linear(*wide) > 0.9
    assert calibrated(*wide).score < 0.05


def independent(seed, layers):
    rng = np.random.default_rng([7, seed])
    return [rng.normal(size=(20, 8)) for _ in range(layers)], [rng.normal(size=(20, 8)) for _ in range(layers)]


def test_unrelated_representations_score_0_but_for_the_level():
    found = [calibrated(*(side[0] for side in independent(seed, 1)), permutations=99).score for seed in range(200)]
    # 200 x .05 = 10 on average; more than 20 has a probability of .1 %.
    assert 1 <= sum(score > 0 for score in found) <= 20


def test_the_largest_of_many_layers_keeps_its_level_where_single_thresholds_do_not():
    together, apart = [], []
    for seed in range(60):
        first, second = independent(seed, 4)
        together.append(calibrated(first, second, permutations=99).p_value <= 0.05)
        apart.append(min(calibrated(a, b, permutations=99).p_value for a in first for b in second) <= 0.05)
    assert sum(together) <= 9  # 3 on average
    assert sum(apart) >= 20


def test_of_a_distance_the_smaller_is_the_more_similar():
    X, Y = related(noise=0.2)
    found = calibrated(X, Y, "procrustes_angular", permutations=99)
    assert found.value == pytest.approx(measures.procrustes_angular(X, Y))
    assert found.value < found.threshold < found.null.max()
    assert found.score == pytest.approx((found.threshold - found.value) / found.threshold)
    assert found.p_value == 0.01
    assert calibrated(X, X, "procrustes_angular").score == pytest.approx(1, abs=1e-6)


def test_any_function_of_two_arrays_can_be_calibrated():
    X, Y = related()
    found = calibrated(X, Y, lambda A, B: measures.cka_linear(A, B), permutations=49)
    assert found.score == pytest.approx(calibrated(X, Y, permutations=49).score)


def test_groups_are_matched_as_a_whole():
    # Ten stimuli, each shown four times with little noise: rows are no independent evidence.
    rng = np.random.default_rng(4)
    X, Y = (np.repeat(rng.normal(size=(10, 3)), 4, axis=0) + 0.01 * rng.normal(size=(40, 3)) for _ in range(2))
    rows, groups = calibrated(X, Y), calibrated(X, Y, groups=np.repeat(np.arange(10), 4))
    assert groups.threshold > rows.threshold + 0.1
    assert groups.p_value > rows.p_value


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), level=st.sampled_from([0.02, 0.05, 0.2, 0.5]), noise=st.sampled_from([0.3, 2.0, 9.0]))
def test_a_score_above_0_means_a_p_value_at_most_the_level(seed, level, noise):
    found = calibrated(*related(seed, n=16, noise=noise), level=level, permutations=49)
    assert 0 <= found.score <= 1
    assert 1 / 50 <= found.p_value <= 1
    assert (found.score > 0) == (found.value > found.threshold)
    if found.score > 0:
        assert found.p_value <= level + 1e-12
    # The value may exceed 1 by rounding, and so may what is above the threshold.
    assert found.score <= max(0.0, found.value) + 1e-9


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"similarity": "ckaa"}, UnknownName, "ckaa"),
        ({"similarity": "decodability"}, UserError, "expected a measure of X, Y"),
        ({"similarity": "calibrated"}, ValueError, "cannot be calibrated"),
        ({"permutations": 18}, ValueError, "expected 19 or more"),
        ({"level": 1.0}, ValueError, "between 0 and 1"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        calibrated(*related(), **given)


def test_a_list_without_layers_is_refused():
    with pytest.raises(ValueError, match="no layers"):
        calibrated([], related()[0])
