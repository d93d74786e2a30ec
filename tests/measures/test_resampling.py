"""Intervals and p-values of any measure."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import squareform

from tolman import measures as m
from tolman.measures.comparators import tie_groups
from tolman.measures.rdm_resampling import _Places, resampled_similarities


def correlation(X, Y):
    return float(np.corrcoef(X[:, 0], Y[:, 0])[0, 1])


def mean(X):
    return float(X.mean())


def test_bootstrap_of_a_mean_is_its_standard_error():
    X = np.random.default_rng(0).normal(size=(200, 1))
    found = m.bootstrap_interval(mean, X, samples=4000)
    assert found.value == X.mean()
    assert found.samples.std() == pytest.approx(X.std() / np.sqrt(200), rel=0.05)
    assert found.high - found.low == pytest.approx(2 * 1.96 * X.std() / np.sqrt(200), rel=0.07)
    wide = m.bootstrap_interval(mean, X, samples=4000, level=0.99)
    assert wide.low < found.low < found.high < wide.high


def test_all_arrays_are_resampled_together():
    X = np.arange(20.0)[:, None]
    found = m.bootstrap_interval(correlation, X, 2 * X, samples=50)
    np.testing.assert_allclose(found.samples, 1.0)


def test_same_seed_same_interval():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 3))
    first, again, other = (m.bootstrap_interval(m.cka_linear, X, Y, samples=50, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_copies_inflate_a_bootstrap_and_the_jackknife_has_none():
    """The docstring's warning: debiased CKA of independent representations, whose true value is about 0."""
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(30, 100)), rng.normal(size=(30, 100))
    assert m.bootstrap_interval(m.cka_linear_debiased, X, Y, samples=100).low > 0.2
    found = m.jackknife_interval(m.cka_linear_debiased, X, Y)
    assert found.low < 0 < found.high
    assert found.high - found.low < 0.3


def test_jackknife_of_a_mean_is_students_interval():
    X = np.random.default_rng(3).normal(size=(40, 1))
    found = m.jackknife_interval(mean, X)
    expected = stats.t.interval(0.95, 39, X.mean(), stats.sem(X[:, 0]))
    assert (found.low, found.high) == pytest.approx(expected)
    grouped = m.jackknife_interval(mean, X, groups=8)
    assert len(grouped.samples) == 8


def test_jackknife_covers():
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(100):
        X = rng.normal(size=(60, 2))
        Y = 0.6 * X + 0.8 * rng.normal(size=(60, 2))
        found = m.jackknife_interval(correlation, X, Y)
        inside += found.low <= 0.6 <= found.high
    assert inside >= 87


def test_permutation_test_agrees_with_scipy():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(25, 1))
    Y = 0.35 * X + rng.normal(size=(25, 1))
    found = m.permutation_test(correlation, X, Y, permutations=3000)
    exact = stats.pearsonr(X[:, 0], Y[:, 0], alternative="greater").pvalue
    assert found.p_value == pytest.approx(exact, abs=0.015)
    assert found.value == correlation(X, Y)


def test_permutation_test_of_a_distance():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(25, 3))
    found = m.permutation_test(m.procrustes_angular, X, X + 0.1, permutations=99, alternative="less")
    assert found.p_value == 0.01
    with pytest.raises(ValueError, match="unknown alternative"):
        m.permutation_test(m.cka_linear, X, X, permutations=2, alternative="two-sided")


def test_arrays_must_share_stimuli():
    with pytest.raises(ValueError, match="the same stimuli along the first axis"):
        m.bootstrap_interval(correlation, np.ones((3, 1)), np.ones((4, 1)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        m.bootstrap_interval(mean, np.ones((3, 1)), samples=2, level=95)
    with pytest.raises(ValueError, match="at least two groups"):
        m.jackknife_interval(mean, np.ones((3, 1)), groups=1)


@pytest.mark.parametrize("levels", [0, 4])
def test_bootstrapped_spearman_is_that_of_ranks_taken_anew(levels):
    """SciPy ranks every resample's distances, each as often as it was drawn; with `levels`, distances are tied."""
    rng = np.random.default_rng(9)
    A, *models = (squareform(rng.integers(0, levels, 28).astype(float) if levels else rng.random(28)) for _ in range(4))
    counts = rng.multinomial(8, np.full(8, 1 / 8), size=25).astype(float)
    found = resampled_similarities(A, np.stack(models), counts, "spearman")
    i, j = np.triu_indices(8, 1)
    for row, drawn in zip(found, counts.astype(int), strict=True):
        times = drawn[i] * drawn[j]
        a, *others = (stats.rankdata(np.repeat(D[i, j], times)) for D in (A, *models))
        np.testing.assert_allclose(row, [np.corrcoef(a, b)[0, 1] for b in others], rtol=0, atol=1e-13)


def test_centred_ranks_of_a_resample_are_scipys_exactly():
    rng = np.random.default_rng(10)
    for distinct, count in ((6, 30), (10**9, 30), (6, 100), (40, 100), (10**9, 100), (10**9, 64)):
        values, times = rng.integers(0, distinct, count).astype(float), rng.integers(0, 4, (count, 5)).astype(float)
        places = _Places.of(tie_groups(values))
        found = places.ranks(np.pad(times, ((0, 1), (0, 0))), places.empty(5))
        for column, often in zip(found.T, times.T.astype(int), strict=True):
            anew = stats.rankdata(np.repeat(values, often)) - (often.sum() + 1) / 2
            np.testing.assert_array_equal(np.repeat(column, often), anew)
