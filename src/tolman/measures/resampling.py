"""Intervals and p-values of any measure, by resampling stimuli."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.grouping import exchanged, group_counts, group_of, rows_by_group

__all__ = ["Estimate", "PermutationTest", "bootstrap_interval", "jackknife_interval", "permutation_test"]

Alternative = Literal["greater", "less"]


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """A measure with its interval.

    Attributes:
        value: the measure on all stimuli; an array [m] if m models were measured at once.
        low: lower end of the interval, shaped like `value`.
        high: upper end.
        level: the interval's nominal coverage.
        samples: the measure on each resample, [samples] or [samples, m]; resamples are shared by all m models, so that
            differences between models are differences within a row. NaN where a resample left it undefined.
    """

    value: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray
    level: float
    samples: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class PermutationTest:
    """A measure against its distribution when stimuli are matched at random.

    Attributes:
        value: the measure; an array [m] if m models were measured at once.
        p_value: (1 + permutations at least as extreme) / (1 + permutations), never 0; shaped like `value`.
        null: the measure for each permutation, [permutations] or [permutations, m].
    """

    value: float | np.ndarray
    p_value: float | np.ndarray
    null: np.ndarray


def _same_stimuli(arrays: tuple[ArrayLike, ...]) -> list[np.ndarray]:
    found = [np.asarray(a) for a in arrays]
    if not found or any(a.ndim < 1 for a in found) or len({len(a) for a in found}) != 1:
        raise ValueError(f"arrays of shapes {[a.shape for a in found]}: expected the same stimuli along the first axis")
    return found


def bootstrap_interval(
    measure: Callable[..., float],
    *arrays: ArrayLike,
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Any = None,
) -> Estimate:
    """Percentile interval of a measure over stimuli drawn with replacement, all arrays together.

    A drawn stimulus may occur several times, and most similarity measures take copies for agreement: their bootstrap
    distribution lies above the estimate, the more so the fewer stimuli, and debiasing is undone. The interval can
    then even exclude the estimate. Use `jackknife_interval` for these, and `rsa_bootstrap` for RSA, which leaves out
    the zero distances between copies. The plain percentile interval suits measures that average over stimuli.

    Args:
        measure: a function of the arrays that returns a number, for example `lambda X, Y: cka_rbf(X, Y, 0.5)`.
        *arrays: stimuli along the first axis of each.
        samples: number of resamples.
        level: nominal coverage.
        seed: of the draws.
        groups: labels of groups of stimuli, which are then drawn as a whole.

    Raises:
        ValueError: arrays of different lengths, or a resample for which the measure is undefined.

    Source: Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, chapter 13.
    """
    given, rng = _same_stimuli(arrays), np.random.default_rng(seed)
    n = len(given[0])
    if groups is None:
        chosen = (rng.integers(n, size=n) for _ in range(samples))
    else:
        blocks = rows_by_group(group_of(groups, n))
        draws = (rng.integers(len(blocks), size=len(blocks)) for _ in range(samples))
        chosen = (np.concatenate([blocks[b] for b in drawn]) for drawn in draws)
    found = np.array([measure(*(a[rows] for a in given)) for rows in chosen])
    return percentile(float(measure(*given)), found, level)


def percentile(value: float | np.ndarray, samples: np.ndarray, level: float) -> Estimate:
    """Return the percentile interval of resampled values along the first axis; NaN are left out."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: expected a coverage between 0 and 1")
    low, high = np.nanquantile(samples, [(1 - level) / 2, (1 + level) / 2], axis=0)
    if samples.ndim == 1:
        return Estimate(value, float(low), float(high), level, samples)
    return Estimate(value, low, high, level, samples)


def mean_interval(
    values: np.ndarray, samples: int, level: float, *, seed: int, groups: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of the percentile bootstrap interval of the mean over the first axis of `values[n, ...]`.

    With labels of `groups[n]`, whole groups are drawn.
    """
    n = len(values)
    flat = values.reshape(n, -1).astype(np.float64)
    rng = np.random.default_rng(seed)
    if groups is None:
        means = rng.multinomial(n, np.full(n, 1 / n), samples) / n @ flat
    else:
        group = group_of(groups, n)
        inside = (group == np.arange(group.max() + 1)[:, None]).astype(np.float64)
        counts = group_counts(len(inside), samples, rng)
        means = counts @ (inside @ flat) / (counts @ inside.sum(1))[:, None]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low.reshape(values.shape[1:]), high.reshape(values.shape[1:])


def jackknife_interval(
    measure: Callable[..., float], *arrays: ArrayLike, groups: Any = 50, level: float = 0.95, seed: int = 0
) -> Estimate:
    """Student's t interval from leaving out one group of stimuli at a time; no stimulus is ever repeated.

    Groups are equal to within one stimulus and drawn at random. `value` is the measure on all stimuli, not the
    bias-corrected one. The interval is symmetric and may leave the measure's range; it is not valid for measures that
    are not smooth in the data (medians, ranks of few stimuli).

    Args:
        measure: a function of the arrays that returns a number.
        *arrays: stimuli along the first axis of each.
        groups: how many groups, at most the number of stimuli (then each is left out by itself); or labels of groups
            `[n]` that belong together, for example of stimuli that are repeated.
        level: nominal coverage.
        seed: of the grouping.

    Raises:
        ValueError: arrays of different lengths, or fewer than two groups.

    Source: Tukey 1958, Ann. Math. Stat. 29:614; Efron & Tibshirani 1993, chapter 11.
    """
    from scipy.special import stdtrit

    given = _same_stimuli(arrays)
    n = len(given[0])
    named = None if np.ndim(groups) == 0 else group_of(groups, n)
    k = min(groups, n) if named is None else int(named.max()) + 1
    if k < 2 or not 0 < level < 1:
        raise ValueError(f"{k} groups at level {level}: expected at least two groups and a level between 0 and 1")
    group = np.random.default_rng(seed).permutation(n) % k if named is None else named
    found = np.array([measure(*(a[group != g] for a in given)) for g in range(k)])
    half = float(stdtrit(k - 1, (1 + level) / 2) * np.sqrt((k - 1) * found.var()))
    value = float(measure(*given))
    return Estimate(value, value - half, value + half, level, found)


def permutation_test(
    measure: Callable[[np.ndarray, np.ndarray], float],
    X: ArrayLike,
    Y: ArrayLike,
    *,
    permutations: int = 1000,
    alternative: Alternative = "greater",
    seed: int = 0,
    groups: Any = None,
) -> PermutationTest:
    """Test a measure against its distribution when the stimuli of Y are matched with those of X at random.

    The null hypothesis is that X and Y are independent given their own distributions; stimuli must be exchangeable
    under it (not frames of one film, unless each film is one of `groups`). A small p-value says that there is a
    relation, not how strong it is.

    Args:
        measure: a function of two arrays.
        X: stimuli along the first axis.
        Y: the same stimuli.
        permutations: number of random matchings.
        alternative: `greater` for similarities, `less` for distances.
        seed: of the matchings.
        groups: labels of groups of stimuli; whole groups of the same size are then matched, in their order of rows.

    Raises:
        ValueError: arrays of different lengths, an unknown alternative, or no two groups of the same size.

    Source: Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39 (the p-value is never 0).
    """
    first, second = _same_stimuli((X, Y))
    rng = np.random.default_rng(seed)
    orders = matchings(len(second), permutations, rng, groups)
    null = np.array([measure(first, second[order]) for order in orders])
    return extremeness(float(measure(first, second)), null, alternative)


def matchings(n: int, permutations: int, rng: np.random.Generator, groups: Any) -> np.ndarray:
    """Return random orders of n stimuli, [permutations, n]; with labels of groups, of whole groups of one size."""
    if groups is None:
        return np.stack([rng.permutation(n) for _ in range(permutations)])
    group = group_of(groups, n)
    return np.stack([exchanged(group, rng) for _ in range(permutations)])


def extremeness(value: float | np.ndarray, null: np.ndarray, alternative: Alternative) -> PermutationTest:
    """Return the p-values of values given their null distributions along the first axis."""
    if alternative not in ("greater", "less"):
        raise ValueError(f"unknown alternative {alternative!r}: expected greater or less")
    # A permutation that changes nothing must count as equally extreme, whatever its rounding.
    slack = 1e-12 * np.abs(value)
    beyond = null >= value - slack if alternative == "greater" else null <= value + slack
    p = (1 + beyond.sum(0)) / (1 + len(null))
    return PermutationTest(value, float(p) if null.ndim == 1 else p, null)
