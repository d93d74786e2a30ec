"""Inference for variance explained: bootstrap intervals over stimuli, and a permutation test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tolman.measures.design_matrix import design
from tolman.measures.folds import fold_of
from tolman.measures.grouping import group_counts, group_of, permuted
from tolman.measures.regression import sums
from tolman.measures.scaling import in_range
from tolman.measures.validation import doubles
from tolman.measures.variance import VarianceExplained, fractions

__all__ = ["variance_explained_interval", "variance_explained_p_value"]

_AT_ONCE = 16
"""Resamples computed together: one large product is faster than many small ones."""


def variance_explained_interval(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
    samples: int = 200,
    level: float = 0.95,
) -> tuple[VarianceExplained, VarianceExplained]:
    """Bootstrap intervals of `variance_explained` over stimuli: their lower and upper ends.

    Rows are drawn again with replacement within each fold, so that no row is both fitted and tested on. Drawing again
    lowers a held-out R2, as fewer different rows would; so ends are the estimate plus the quantiles' distance from the
    mean of all draws, at most 1 for alone and joint. With `groups`, whole groups are drawn, from all folds together:
    few folds hold several. They are about the expected R2 at this number of rows, whose bias the module `variance`
    states. The interval is over stimuli; one over networks needs several networks. For the other arguments see
    `variance_explained`.
    """
    X = doubles(X)
    X, _ = in_range(X - X.mean(axis=0))
    D, fold = design(F, len(X), names, categorical), fold_of(len(X), folds, seed, groups)
    rows = [np.flatnonzero(fold == k) for k in range(int(fold.max()) + 1)]
    seen = fractions([sums(D.columns[r], X[r]) for r in rows], D)
    rng = np.random.default_rng(seed)
    counts = _row_counts(rows, samples, rng) if groups is None else _grouped_counts(rows, samples, rng, groups)
    drawn = [fractions([sums(D.columns[r], X[r], c) for r, c in zip(rows, part, strict=True)], D) for part in counts]

    def end(q: float) -> VarianceExplained:
        ends = []
        for i, estimate in enumerate(seen):
            values = np.concatenate([draw[i] for draw in drawn])
            ends.append(estimate + np.quantile(values, q, axis=0) - values.mean(axis=0))
        return VarianceExplained(D.names, np.minimum(ends[0], 1.0), ends[1], min(float(ends[2]), 1.0))

    return end((1 - level) / 2), end((1 + level) / 2)


def _row_counts(folds: Sequence[np.ndarray], samples: int, rng: np.random.Generator) -> Iterator[list[np.ndarray]]:
    """Yield how often each row of each fold was drawn, some samples at a time."""
    for start in range(0, samples, _AT_ONCE):
        count = min(_AT_ONCE, samples - start)
        yield [rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), count) * 1.0 for rows in folds]


def _grouped_counts(
    folds: Sequence[np.ndarray], samples: int, rng: np.random.Generator, groups: Any
) -> Iterator[list[np.ndarray]]:
    group = group_of(groups, sum(map(len, folds)))
    of_fold = [np.unique(group[rows]) for rows in folds]
    counts = np.empty((0, group.max() + 1))
    while len(counts) < samples:  # what is drawn from a single fold cannot be held out
        drawn = group_counts(counts.shape[1], samples, rng)
        several = sum((drawn[:, chosen] > 0).any(1).astype(int) for chosen in of_fold) > 1
        counts = np.concatenate([counts, drawn[several]])
    for start in range(0, samples, _AT_ONCE):
        part = counts[start : min(start + _AT_ONCE, samples)]
        yield [part[:, group[rows]] for rows in folds]


def variance_explained_p_value(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
    permutations: int = 199,
) -> tuple[np.ndarray, float]:
    """p-values of `variance_explained`, of each feature alone `[f]` and of all jointly, by permutation of the labels.

    The fraction of permutations, the observed order among them, whose R2 is at least the observed one: never below
    1 / (permutations + 1) (Phipson and Smyth 2010). All features are permuted together, within folds; stimuli must be
    exchangeable. With `groups`, whole groups change places if all features are the same throughout every group;
    otherwise rows do within their group, and a feature that never varies there has a p-value of 1: test it by itself.
    The other arguments are as in `variance_explained`.
    """
    X = doubles(X)
    X, _ = in_range(X - X.mean(axis=0))
    D, fold = design(F, len(X), names, categorical), fold_of(len(X), folds, seed, groups)
    rows = [np.flatnonzero(fold == k) for k in range(int(fold.max()) + 1)]
    rng = np.random.default_rng(seed)
    group = None if groups is None else group_of(groups, len(X))
    seen_alone, _, seen_joint = fractions([sums(D.columns[r], X[r]) for r in rows], D)
    above, above_joint = np.ones(len(D.names)), 1
    for start in range(0, permutations, _AT_ONCE):
        count = min(_AT_ONCE, permutations - start)
        if group is None:
            orders = [np.array([rng.permutation(r) for _ in range(count)]) for r in rows]
        else:
            every = np.array([permuted(D.columns, group, rng) for _ in range(count)])
            orders = [every[:, r] for r in rows]
        parts = [sums(D.columns[order], X[r]) for order, r in zip(orders, rows, strict=True)]
        alone, _, joint = fractions(parts, D)
        above += (alone >= seen_alone).sum(axis=0)
        above_joint += int((joint >= seen_joint).sum())
    return above / (permutations + 1), above_joint / (permutations + 1)
