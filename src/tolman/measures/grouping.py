"""Groups of rows that belong together, such as repeats of a stimulus: folds, draws and permutations that keep them.

Rows of a group are no independent evidence. A split that has some of them on both sides tests what was fitted; a
bootstrap or permutation of single rows takes n repeats for n stimuli.

Folds: all rows of a group are in one, as in scikit-learn's `GroupKFold`. Bootstrap: whole groups are drawn with
replacement (the cluster bootstrap; Davison & Hinkley 1997, section 3.8). Permutations: blocks as in Winkler and others
2015 (NeuroImage 123:253): labels that are the same throughout every group are exchanged between whole groups, others
within each group.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from tolman.measures.tables import column


def group_of(groups: Any, n: int) -> Int[np.ndarray, " n"]:
    """Return the group of each row, 0..g-1, from labels of groups `[n]`.

    Raises:
        ValueError: not one for each row, a missing one, or fewer than two different ones.
    """
    names, found = np.unique(column(groups, n, "groups"), return_inverse=True)
    if len(names) < 2:
        raise ValueError(f"groups has the single value {names[0].item()!r}: expected at least two groups of rows")
    return found


def grouped_folds(group: Int[np.ndarray, " n"], folds: int, rng: np.random.Generator) -> Int[np.ndarray, " n"]:
    """Return the fold of each row: groups at random, the largest first, each into the fold with the fewest rows.

    There are fewer folds than wanted where there are fewer groups.
    """
    sizes = np.bincount(group)
    drawn = rng.permutation(len(sizes))
    rows, fold = np.zeros(min(folds, len(sizes))), np.empty(len(sizes), np.int64)
    for g in drawn[np.argsort(-sizes[drawn], kind="stable")]:
        fold[g] = rows.argmin()
        rows[fold[g]] += sizes[g]
    return fold[group]


def group_counts(groups: int, samples: int, rng: np.random.Generator, least: int = 1) -> Float[np.ndarray, "samples g"]:
    """Return how often each of some groups (or stimuli) was drawn; at least `least` different ones are in every draw.

    Raises:
        ValueError: no more than `least` groups.
    """
    if groups <= least:
        raise ValueError(f"{groups} to draw from: a bootstrap needs at least {least + 1}")
    counts = rng.multinomial(groups, np.full(groups, 1 / groups), size=samples)
    while (few := (counts > 0).sum(1) < least).any():
        counts[few] = rng.multinomial(groups, np.full(groups, 1 / groups), size=int(few.sum()))
    return counts.astype(np.float64)


def is_constant(values: np.ndarray, group: Int[np.ndarray, " n"]) -> bool:
    """Return whether labels `[n, ...]` are the same in all rows of every group."""
    first = _first_rows(group)[group]
    return bool((values == values[first]).all())


def permuted(
    values: np.ndarray, group: Int[np.ndarray, " n"] | None, rng: np.random.Generator
) -> Int[np.ndarray, " n"]:
    """Return a random order of rows for labels: of all rows without groups, else of whole groups or within groups.

    Labels that are the same in all rows of every group are exchanged between groups, which may differ in size: rows
    then get the label of another group's first row.
    """
    if group is None:
        return rng.permutation(len(values))
    if is_constant(values, group):
        first = _first_rows(group)
        return first[rng.permutation(len(first))][group]
    drawn = rng.permutation(len(group))
    order = np.empty(len(group), np.int64)
    order[np.argsort(group, kind="stable")] = drawn[np.argsort(group[drawn], kind="stable")]
    return order


def exchanged(group: Int[np.ndarray, " n"], rng: np.random.Generator) -> Int[np.ndarray, " n"]:
    """Return a random order of rows that exchanges whole groups of the same size; rows keep their order within.

    Raises:
        ValueError: no two groups are of the same size.
    """
    sizes, rows = np.bincount(group), rows_by_group(group)
    if len(np.unique(sizes)) == len(sizes):
        raise ValueError("no two groups have the same number of rows: whole groups cannot be exchanged")
    order = np.empty(len(group), np.int64)
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        for g, other in zip(alike, rng.permutation(alike), strict=True):
            order[rows[g]] = rows[other]
    return order


def rows_by_group(group: Int[np.ndarray, " n"]) -> list[np.ndarray]:
    """Return the rows of each group, in order."""
    return np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])


def _first_rows(group: Int[np.ndarray, " n"]) -> Int[np.ndarray, " g"]:
    return np.unique(group, return_index=True)[1]
