"""Intervals over seeds and items.

Two things vary: the seed (another world, another initialisation) and the items that a seed happens to be tested on.
Student's t over the means of seeds covers both, but five seeds that all score 1.0 have no variance, and it would claim
certainty. So no interval of a fraction of items is narrower than the pooled interval: the score interval of all seeds'
items together. Other numbers (variance explained, a similarity) have none, and vary between seeds alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

Counts = int | Sequence[int]


class Interval(NamedTuple):
    """An estimate with its interval; `n` counts seeds for a mean, items for a proportion."""

    mean: float
    low: float
    high: float
    n: int

    def shift(self, by: float) -> Interval:
        """Return estimate and interval, moved by a constant."""
        return Interval(self.mean + by, self.low + by, self.high + by, self.n)

    def clip(self, low: float, high: float) -> Interval:
        """Return the interval, cut to a range; the estimate stays."""
        return self._replace(low=max(self.low, low), high=min(self.high, high))


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """The score interval of a proportion (Wilson 1927, JASA 22:209): sensible at 0 and 1 and for few items.

    Raises:
        ValueError: no items, or more successes than items.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} items: expected at least one item and 0..n successes")
    z, p = _normal(level), successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At the ends the formula gives 0 and 1 up to rounding.
    return Interval(p, min(p, max(0.0, float(middle - half))), max(p, min(1.0, float(middle + half))), n)


def student(values: Sequence[float], level: float = 0.95) -> Interval:
    """Student's t interval of the mean of two or more values, one per seed (Student 1908, Biometrika 6:1)."""
    if len(values) < 2:
        raise ValueError("Student's t needs the values of at least 2 seeds")
    from scipy.special import stdtrit

    k, mean = len(values), float(np.mean(values))
    half = float(stdtrit(k - 1, (1 + level) / 2) * np.std(values, ddof=1) / np.sqrt(k))
    return Interval(mean, mean - half, mean + half, k)


def difference(a: Interval, b: Interval) -> Interval:
    """The interval of `a - b` from the intervals of two independent estimates.

    From Wilson's intervals it is method 10 of Newcombe (1998, Statistics in Medicine 17:873). Items that both
    learners answered correlate positively as a rule, and then it is wider than need be, never narrower.
    """
    mean = a.mean - b.mean
    below = np.hypot(a.mean - a.low, b.high - b.mean)
    above = np.hypot(a.high - a.mean, b.mean - b.low)
    return Interval(mean, float(mean - below), float(mean + above), min(a.n, b.n))


def over_seeds(values: Sequence[float], pooled_items: Interval | None, level: float = 0.95) -> Interval:
    """The mean over seeds with the union of its t interval and the interval of the pooled items.

    With one seed only the pooled interval remains.

    Raises:
        ValueError: no seed, or one seed and no pooled interval.
    """
    if not values or (len(values) == 1 and pooled_items is None):
        raise ValueError(f"no interval from {len(values)} seeds without the number of items")
    parts = [student(values, level)] if len(values) > 1 else []
    parts += [pooled_items] if pooled_items is not None else []
    return Interval(float(np.mean(values)), min(p.low for p in parts), max(p.high for p in parts), len(values))


def pooled(seed_means: Sequence[float], items_per_seed: Counts, level: float = 0.95) -> Interval:
    """Wilson's interval of all seeds' items together; `items_per_seed` is one number or one per seed."""
    counts = np.broadcast_to(items_per_seed, len(seed_means))
    successes = np.rint(np.asarray(seed_means) * counts)  # a mean of correct answers times their number
    return wilson(int(successes.sum()), int(counts.sum()), level)


def mean_interval(seed_means: Sequence[float], items_per_seed: Counts | None = None, level: float = 0.95) -> Interval:
    """The mean over seeds with its interval: Student's t, never narrower than Wilson's of the pooled items.

    With `items_per_seed` the values are accuracies, and the interval stays within [0, 1].

    Raises:
        ValueError: no seed, or one seed without its number of items.
    """
    if items_per_seed is None:
        return over_seeds(seed_means, None, level)
    return over_seeds(seed_means, pooled(seed_means, items_per_seed, level), level).clip(0.0, 1.0)


def paired_interval(
    a: Sequence[float], b: Sequence[float], items_per_seed: Counts | None = None, level: float = 0.95
) -> Interval:
    """The mean of `a[i] - b[i]` over seeds i: Student's t, never narrower than Newcombe's of pooled items.

    With `items_per_seed` both are accuracies, each seed having that many items, and the interval stays within
    [-1, 1].

    Raises:
        ValueError: unequal numbers of seeds, no seed, or one seed without its number of items.
    """
    gaps = [x - y for x, y in zip(a, b, strict=True)]
    if items_per_seed is None:
        return over_seeds(gaps, None, level)
    items = difference(pooled(a, items_per_seed, level), pooled(b, items_per_seed, level))
    return over_seeds(gaps, items, level).clip(-1.0, 1.0)


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
