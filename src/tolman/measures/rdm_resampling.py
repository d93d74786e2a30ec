"""Similarities of RDMs for resampled or permuted stimuli, for many samples and models at once.

RDMs are computed once. Resampling stimuli with counts c weighs the pair (i, j) by c_i c_j, so that for Pearson and
cosine all samples together are a few matrix products; for Spearman the distances are sorted once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.measures.comparators import Comparator, condensed, kendall_tau_a, standardised, tie_groups
from tolman.measures.scaling import in_range

_CHUNK = 4_000_000
"""Largest number of entries of a temporary array."""

_CACHED = 80_000
"""The same for arrays that are read several times and should stay in the processor's cache."""

_ROW = 4
"""Samples side by side, of two numbers each, that fill a line of the cache: rows are read in the order of ranks."""


def resampled_similarities(A: np.ndarray, B: np.ndarray, counts: np.ndarray, compare: Comparator) -> np.ndarray:
    """Return the similarities [samples, m] of stimuli that were drawn `counts[samples, n]` times."""
    ranked = compare not in ("pearson", "cosine")
    return _by_pairs(A, B, counts, compare) if ranked else _by_moments(A, B, counts, centre=compare == "pearson")


def _by_moments(A: np.ndarray, B: np.ndarray, counts: np.ndarray, centre: bool) -> np.ndarray:
    """Weighted Pearson or cosine for all samples: each moment is a quadratic form of the counts."""
    A, *models = (_off_diagonal(D, centre) for D in (A, *B))
    weight = counts.sum(1) ** 2 - (counts**2).sum(1)
    mean_a, square_a = (_quadratic(counts, M) / weight for M in (A, A * A))
    found = []
    for D in models:
        mean, square, cross = (_quadratic(counts, M) / weight for M in (D, D * D, A * D))
        if centre:
            cross = cross - mean_a * mean
            square = square - mean**2
        found.append(_quotient(cross, square_a - mean_a**2 if centre else square_a, square))
    return np.stack(found, 1)


def _off_diagonal(D: np.ndarray, centre: bool) -> np.ndarray:
    """Return an RDM with a zero diagonal, all else centred and scaled so that no later sum loses digits."""
    others = ~np.eye(len(D), dtype=bool)
    D, _ = in_range(D)
    shifted = D - D[others].mean() if centre else D
    return np.where(others, shifted / np.sqrt((shifted[others] ** 2).mean()), 0.0)


def _quadratic(counts: np.ndarray, M: np.ndarray) -> np.ndarray:
    return np.einsum("sn,sn->s", counts @ M, counts)


def _quotient(cross: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    defined = (a > 1e-12) & (b > 1e-12)
    return np.where(defined, cross / np.sqrt(np.where(defined, a * b, 1.0)), np.nan)


def _by_pairs(A: np.ndarray, B: np.ndarray, counts: np.ndarray, compare: Comparator) -> np.ndarray:
    """Rank comparators: the weights of all pairs, some samples at a time."""
    groups = [tie_groups(condensed(D)) for D in (A, *B)]
    i, j = np.triu_indices(len(A), 1)
    step = max(_ROW, _CACHED // len(i) // _ROW * _ROW)
    parts = (np.ascontiguousarray(counts[s : s + step].T) for s in range(0, len(counts), step))
    if compare == "kendall_tau_a":
        return np.concatenate([_repeated_tau(groups, part[i] * part[j]) for part in parts])
    places = [_Places.of(g) for g in groups]
    return np.concatenate([_weighted_spearman(places, part[i] * part[j]) for part in parts])


class _Places(NamedTuple):
    """The places of pairs among the distinct distances: sorting order, start of each tie in it, tie of each pair."""

    order: np.ndarray
    starts: np.ndarray
    groups: np.ndarray

    @classmethod
    def of(cls, groups: np.ndarray) -> _Places:
        order = np.argsort(groups, kind="stable")
        return cls(order, np.flatnonzero(np.diff(groups[order], prepend=-1)), groups)

    @property
    def tied(self) -> bool:
        """True if any two pairs are equally far apart."""
        return len(self.starts) < len(self.order)

    def sums(self, columns: np.ndarray) -> np.ndarray:
        """Return the sums of columns [pairs, c] over each tie, ascending."""
        ascending = columns.take(self.order, axis=0)
        return np.add.reduceat(ascending, self.starts, axis=0) if self.tied else ascending

    def ranks(self, weights: np.ndarray) -> np.ndarray:
        """Return the mean ranks [pairs, samples], less their mean, of pairs that occur `weights` times."""
        times = self.sums(weights)
        found = np.cumsum(times, axis=0)
        found -= times / 2
        found -= weights.sum(0) / 2  # mean_ranks(times) less (total + 1) / 2
        return found[self.groups]


def _weighted_spearman(places: list[_Places], weights: np.ndarray) -> np.ndarray:
    """Spearman's rho [samples, m]; samples lie side by side in memory, so that reordering pairs moves whole rows.

    No model's ranks are formed. With A's centred ranks r, the times t that a tie occurs and their cumulative sums T,
    all in the model's order, the sum of products of ranks is that of (sum of r over the tie) * (T - t / 2), since r
    sums to 0; and the sum of squares of a model's ranks is (n^3 - sum of t^3) / 12, n being the sum of t.
    """
    first, *others = places
    samples, total = weights.shape[1], weights.sum(0)
    both = np.concatenate([weights, weights * first.ranks(weights)], axis=1)
    square_a = _squares(total, first.sums(weights))
    untied = _squares(total, weights), _products(both, samples)
    found = []
    for other in others:
        table = other.sums(both)
        square, halves = (_squares(total, table[:, :samples]), _products(table, samples)) if other.tied else untied
        ends = np.cumsum(table[:, :samples], axis=0)
        cross = np.einsum("ps,ps->s", table[:, samples:], ends) - halves / 2
        found.append(_quotient(cross / total**2, square_a, square))
    return np.stack(found, 1)


def _squares(total: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the sum of squares [samples] of centred ranks whose ties occur `times`, over the square of the total."""
    return (total - np.einsum("ps,ps,ps->s", times, times, times) / total**2) / 12


def _products(table: np.ndarray, samples: int) -> np.ndarray:
    """Return the sum [samples] of products of the first columns with the others."""
    return np.einsum("ps,ps->s", table[:, :samples], table[:, samples:])


def _repeated_tau(groups: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    found = []
    for times in weights.T.astype(np.int64):
        first, *others = (np.repeat(g, times) for g in groups)
        found.append([kendall_tau_a(first, other) for other in others])
    return np.array(found)


def permuted_similarities(A: np.ndarray, B: np.ndarray, orders: np.ndarray, compare: Comparator) -> np.ndarray:
    """Return the similarities [permutations, m] with the stimuli of A in each order."""
    from scipy.spatial.distance import squareform

    flat, others = condensed(A), condensed(B)
    i, j = np.triu_indices(len(A), 1)
    if compare == "kendall_tau_a":
        places = squareform(tie_groups(flat).astype(np.float64), checks=False)
        return np.array([[kendall_tau_a(places[o[i], o[j]], b) for b in others] for o in orders])
    # Ranks, mean and length of A's pairs stay what they are in any order.
    square, models = squareform(standardised(flat, compare), checks=False), standardised(others, compare)
    step = max(1, _CHUNK // len(i))
    parts = (orders[s : s + step] for s in range(0, len(orders), step))
    return np.concatenate([square[part[:, i], part[:, j]] @ models.T for part in parts])
