"""Intervals against published numbers, SciPy, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tolman.records.statistics import (
    Interval,
    difference,
    mean_interval,
    paired_interval,
    pooled,
    student,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(successes, n, low, high):
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3."""
    interval = wilson(successes, n)
    assert interval == pytest.approx(Interval(successes / n, low, high, n), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_wilson_as_scipy(counts, level):
    expected = stats.binomtest(*counts).proportion_ci(level, method="wilson")
    interval = wilson(*counts, level)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), abs=1e-9)
    assert 0 <= interval.low <= interval.mean <= interval.high <= 1


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_refuses_impossible_counts(successes, n):
    with pytest.raises(ValueError, match="at least one item"):
        wilson(successes, n)


@pytest.mark.parametrize(
    ("a", "b", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926), ((0, 10), (0, 20), -0.1611, 0.2775), ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)  # fmt: skip
def test_difference_as_published(a, b, low, high):
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10."""
    interval = difference(wilson(*a), wilson(*b))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_student_as_scipy():
    values = [0.2, 0.5, 0.4, 0.9]
    expected = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert student(values) == pytest.approx((0.5, *expected, 4))
    with pytest.raises(ValueError, match="at least 2 seeds"):
        student([0.5])


def test_seeds_that_agree_are_as_uncertain_as_their_items():
    interval = mean_interval([1.0] * 5, 64)
    assert (interval.mean, interval.high, interval.n) == (1.0, 1.0, 5)
    assert interval.low == wilson(320, 320).low == pytest.approx(0.98814, abs=1e-5)
    assert mean_interval([1.0] * 5).low == 1.0


def test_seeds_that_differ_widen_it():
    values = [0.1, 0.9, 0.5, 0.3, 0.7]
    interval, expected = mean_interval(values, 1000), student(values)
    assert (interval.low, interval.high) == (expected.low, expected.high)
    assert mean_interval([0.0, 1.0], 10) == (0.5, 0.0, 1.0, 2)


def test_one_seed_has_only_its_items():
    assert mean_interval([0.5], 10)[:3] == wilson(5, 10)[:3]
    for values in ([0.5], []):
        with pytest.raises(ValueError, match="seeds without the number of items"):
            mean_interval(values)


def test_items_may_differ_between_seeds():
    assert pooled([1.0, 0.5], [10, 30]) == wilson(25, 40)


ACCURACIES = st.lists(st.integers(0, 40), min_size=1, max_size=7)


@given(ACCURACIES)
def test_never_narrower_than_the_items_or_the_seeds(right):
    values, floor = [k / 40 for k in right], wilson(sum(right), 40 * len(right))
    interval = mean_interval(values, 40)
    assert 0 <= interval.low <= floor.low <= floor.high <= interval.high <= 1
    assert interval.low <= interval.mean <= interval.high
    if len(values) > 1:
        assert interval.low <= max(0, student(values).low)
        assert interval.high >= min(1, student(values).high)


@given(ACCURACIES, st.integers(0, 40))
def test_paired_differences_change_sign_with_their_order(right, other):
    a, b = [k / 40 for k in right], [other / 40] * len(right)
    forth, back = paired_interval(a, b, 40), paired_interval(b, a, 40)
    assert (forth.mean, forth.low, forth.high) == pytest.approx((-back.mean, -back.high, -back.low), abs=1e-12)


def test_pairing_removes_what_seeds_share():
    a, b = [0.2, 0.5, 0.8, 0.4, 0.6], [0.1, 0.41, 0.7, 0.3, 0.49]
    gaps = paired_interval(a, b)
    assert gaps == pytest.approx(student([x - y for x, y in zip(a, b, strict=True)]))
    assert gaps.low > 0.08
    with pytest.raises(ValueError, match="zip"):
        paired_interval(a, b[:3])


def test_coverage():
    """Of 95 % intervals at least about 95 % contain the truth, whether seeds vary or not."""
    rng = np.random.default_rng(0)
    for std in (0.0, 0.1):
        means = np.clip(rng.normal(0.6, std, (500, 5)), 0, 1)
        scores = rng.binomial(50, means) / 50
        hits = [i.low <= 0.6 <= i.high for i in (mean_interval(list(row), 50) for row in scores)]
        assert np.mean(hits) > 0.93
