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

_CACHED = 320_000
"""The same for arrays that are read several times and should stay in the processor's cache."""

_ROW = 4
"""Fewest samples side by side, half a line of the cache: their rows are read in the order of ranks."""

_BLOCK = 32
"""Rows of a block in cumulative sums."""


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
    weights = (_pair_weights(part, i, j) for part in parts)
    if compare == "kendall_tau_a":
        return np.concatenate([_repeated_tau(groups, each[:-1]) for each in weights])
    places = [_Places.of(g) for g in groups]
    return np.concatenate([_weighted_spearman(places, each) for each in weights])


def _pair_weights(counts: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return how often each pair (i, j) occurs [p + 1, samples], and a last row of zeros."""
    found = np.zeros((len(i) + 1, counts.shape[1]))
    np.multiply(counts.take(i, axis=0), counts.take(j, axis=0), out=found[:-1])
    return found


class _Places(NamedTuple):
    """The places of pairs among the distinct distances, in whose ascending order sums are taken.

    Rows are one for each pair, and a last one of zeros. What is summed over ties comes as blocks, see `_blocks`.

    Attributes:
        ties: `[p]` tie of each pair: the number of its row in the blocks.
        order: `[p]` pairs in ascending order.
        starts: of each tie in it.
        blocked: the same order as blocks; the row of zeros where they are filled up.
    """

    ties: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    blocked: np.ndarray

    @classmethod
    def of(cls, groups: np.ndarray) -> _Places:
        order = np.argsort(groups, kind="stable")
        starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
        rows = groups % _BLOCK * -(-len(starts) // _BLOCK) + groups // _BLOCK
        return cls(rows, order, starts, _blocks(order[:, None], fill=len(order)).ravel())

    @property
    def tied(self) -> bool:
        """True if any two pairs are equally far apart."""
        return len(self.starts) < len(self.order)

    def empty(self, columns: int) -> np.ndarray:
        """Return an array that `sums` can fill."""
        return np.empty((len(self.blocked), columns))

    def sums(self, rows: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return the sums of rows [p + 1, c] over each tie as blocks; in `out`, where nothing is tied."""
        if self.tied:
            return _blocks(np.add.reduceat(rows.take(self.order, axis=0), self.starts, axis=0))
        return rows.take(self.blocked, axis=0, out=out, mode="clip").reshape(_BLOCK, -1, rows.shape[1])

    def ranks(self, weights: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Return the mean ranks [p, samples], less their mean, of pairs that occur `weights` times."""
        times = self.sums(weights, out)
        # mean_ranks(times) less (total + 1) / 2
        shift = times / 2
        shift += weights.sum(0) / 2
        found = _cumulative(times)
        found -= shift
        return found.reshape(-1, weights.shape[1]).take(self.ties, axis=0)


def _weighted_spearman(places: list[_Places], weights: np.ndarray) -> np.ndarray:
    """Spearman's rho [samples, m]; samples lie side by side in memory, so that reordering pairs moves whole rows.

    No model's ranks are formed. With A's centred ranks r, the times t that a tie occurs and their cumulative sums T,
    all in the model's order, the sum of products of ranks is that of (sum of r over the tie) * (T - t / 2), since r
    sums to 0; and the sum of squares of a model's ranks is (n^3 - sum of t^3) / 12, n being the sum of t.
    """
    first, *others = places
    total, products = weights.sum(0), weights.copy()
    # Arrays of this size are new memory whenever they are made; these serve all models.
    a, b = (first.empty(len(total)) for _ in range(2))
    products[:-1] *= first.ranks(weights, a)
    square_a = _squares(total, first.sums(weights, a))
    untied = _squares(total, weights), _sum_of(weights, products)
    found = []
    for other in others:
        times, ranks = other.sums(weights, a), other.sums(products, b)
        square, halves = (_squares(total, times), _sum_of(times, ranks)) if other.tied else untied
        cross = _sum_of(_cumulative(times), ranks) - halves / 2
        found.append(_quotient(cross / total**2, square_a, square))
    return np.stack(found, 1)


def _blocks(rows: np.ndarray, fill: int = 0) -> np.ndarray:
    """Return rows [p, c] as [_BLOCK, blocks, c], filled up: row i is [i % _BLOCK, i // _BLOCK]."""
    count, columns = rows.shape
    padded = np.full((-(-count // _BLOCK) * _BLOCK, columns), fill, rows.dtype)
    padded[:count] = rows
    return np.ascontiguousarray(padded.reshape(-1, _BLOCK, columns).swapaxes(0, 1))


def _cumulative(blocks: np.ndarray) -> np.ndarray:
    """Return the cumulative sums of the rows of blocks, in their place.

    All blocks are summed side by side: `np.cumsum` goes down each column alone and waits for every sum.
    """
    for row in range(1, _BLOCK):
        blocks[row] += blocks[row - 1]
    blocks[:, 1:] += np.cumsum(blocks[-1, :-1], axis=0)
    return blocks


def _squares(total: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the sum of squares [samples] of centred ranks whose ties occur `times`, over the square of the total."""
    times = times.reshape(-1, len(total))
    return (total - np.einsum("ps,ps,ps->s", times, times, times) / total**2) / 12


def _sum_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the sum [samples] of the products of two arrays [..., samples]."""
    samples = a.shape[-1]
    return np.einsum("ps,ps->s", a.reshape(-1, samples), b.reshape(-1, samples))


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
