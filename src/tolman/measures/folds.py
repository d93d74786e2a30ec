"""Folds of held-out measures: the fold of each row, drawn at random, by groups or given."""

from __future__ import annotations

from typing import Any

import numpy as np

from tolman.measures.grouping import group_of, grouped_folds, is_constant

_FOLDS = 0x70_6C_6D_61
"""Tells the random numbers that folds are drawn from apart from any that a caller may use."""


def fold_of(n: int, folds: Any, seed: int, groups: Any = None) -> np.ndarray:
    """Return the fold of each row, `[n]` in 0..k-1: drawn at random in equal parts, or as given.

    With `groups` all rows of a group are in one fold, and there are no more folds than groups.

    Raises:
        ValueError: fewer than two folds or groups, more folds than half the rows, not one fold for each row, or rows of
            a group in different folds.
    """
    group = None if groups is None else group_of(groups, n)
    given = np.asarray(folds)
    if given.ndim == 0:
        k = int(given)
        if not 2 <= k <= n // 2:
            raise ValueError(f"folds is {k}; expected from 2 to {n // 2}, half the number of rows")
        # A generator of its own: labels shuffled with the same seed would else get folds that follow the labels.
        rng = np.random.default_rng((_FOLDS, seed))
        return rng.permutation(n) % k if group is None else grouped_folds(group, k, rng)
    if given.shape != (n,):
        raise ValueError(f"folds has shape {given.shape}; expected a number, or one fold for each of {n} rows")
    names, fold = np.unique(given, return_inverse=True)
    if len(names) < 2 or np.bincount(fold).min() < 2:
        raise ValueError("folds given by row must be at least two, each with at least two rows")
    if group is not None and not is_constant(fold, group):
        raise ValueError("folds given by row divide a group: all rows of a group must be in one fold")
    return fold
