"""Sums over all pairs of stimuli without the matrices of their distances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.measures.comparators import constant_message, mean_ranks
from tolman.measures.distances import Metric, tiles

_TIE = 1e-12
"""Distances that differ by less than this fraction are equal."""

_BINS = 1 << 20
"""Bins of the possible range of distances in which Spearman's ranks are counted."""


class PairSums(NamedTuple):
    """Sums over the pairs i < j of the entries a and b of two RDMs, each less its shift."""

    pairs: float
    a: float
    b: float
    aa: float
    bb: float
    ab: float
    shift_a: float = 0.0
    shift_b: float = 0.0

    def correlation(self) -> float:
        """Return Pearson's r of the entries."""
        a, b, ab = (
            self.aa - self.a**2 / self.pairs,
            self.bb - self.b**2 / self.pairs,
            self.ab - self.a * self.b / self.pairs,
        )
        # What the subtraction above may leave of equal sums, and what rounding may leave of equal distances.
        least = (
            1e-14 * self.aa + _TIE**2 * self.pairs * self.shift_a**2,
            1e-14 * self.bb + _TIE**2 * self.pairs * self.shift_b**2,
        )
        return _ratio(ab, (a, b), least, "pearson")

    def cosine(self) -> float:
        """Return the cosine of the entries; only for sums that were not shifted."""
        return _ratio(self.ab, (self.aa, self.bb), (0.0, 0.0), "cosine")


def _ratio(product: float, squares: tuple[float, float], least: tuple[float, float], compare: str) -> float:
    """Return product / sqrt(squares), once both squares are above the least that counts as variance."""
    for name, square, bound in zip("XY", squares, least, strict=True):
        if square <= bound:
            raise ValueError(constant_message(f"the RDM of {name}", compare))
    return float(np.clip(product / np.sqrt(squares[0] * squares[1]), -1.0, 1.0))


def sums_in_feature_space(X: np.ndarray, Y: np.ndarray) -> PairSums:
    """Return the sums for squared distances of prepared rows, in O(n p q) time and O(p q) memory.

    They are those of every metric but `euclidean`.

    With rows about their mean and r_i = |x_i|^2, the distances r_i + r_j - 2 x_i.x_j of all (i, j) sum to 2 n sum(r),
    and the products of two kinds of distances to 2 n sum(r s) + 2 sum(r) sum(s) + 4 |X'Y|^2.
    """
    n, squares = len(X), [np.einsum("ij,ij->i", Z, Z) for Z in (X, Y)]
    a, b = ((Z, r) for Z, r in zip((X, Y), squares, strict=True))
    # Every pair is met twice in the full sum, and the diagonal adds nothing.
    first, second = (n * float(r.sum()) for r in squares)
    return PairSums(
        pairs=n * (n - 1) / 2,
        a=first,
        b=second,
        aa=_product(a, a) / 2,
        bb=_product(b, b) / 2,
        ab=_product(a, b) / 2,
    )


def _product(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Return the sum over all ordered (i, j) of the product of two squared distances."""
    (X, r), (Y, s) = a, b
    return float(2 * len(X) * (r @ s) + 2 * r.sum() * s.sum() + 4 * np.square(X.T @ Y).sum())


def sums_by_tiles(X: np.ndarray, Y: np.ndarray, metric: Metric, shifted: bool) -> PairSums:
    """Return the sums for prepared rows of any metric, tile by tile.

    With `shifted` the entries are taken about the mean of the first tile, so that no sum cancels.
    """
    total, shift = np.zeros(6), None
    for (a, b), upper in tiles((X, metric), (Y, metric)):
        if shift is None:
            shift = (a[upper].mean(), b[upper].mean()) if shifted else (0.0, 0.0)
        a, b = (np.where(upper, d - s, 0.0) for d, s in zip((a, b), shift, strict=True))
        total += [upper.sum(), a.sum(), b.sum(), np.vdot(a, a), np.vdot(b, b), np.vdot(a, b)]
    return PairSums(*(float(t) for t in (*total, *(shift or ()))))


def binned_spearman(X: np.ndarray, Y: np.ndarray, metric: Metric) -> float:
    """Spearman's rho of prepared rows from ranks within 2^20 equal bins, in two passes over the tiles.

    Distances in one bin are taken as tied. With a fraction f of all pairs in each bin this leaves out at most the sum
    of f^3 of the ranks' variance, unless they are tied indeed: 1e-10 for bins of at most 1e-5.
    """
    widths = [_BINS / (_largest(Z, metric) or 1.0) for Z in (X, Y)]
    counts = [np.zeros(_BINS, np.int64) for _ in widths]
    for distances, upper in tiles((X, metric), (Y, metric)):
        for count, d, width in zip(counts, distances, widths, strict=True):
            count += np.bincount(_bins(d[upper], width), minlength=_BINS)
    middle = (counts[0].sum() + 1) / 2
    tables = [mean_ranks(count) - middle for count in counts]
    total = np.zeros(3)
    for distances, upper in tiles((X, metric), (Y, metric)):
        a, b = (t[_bins(d[upper], w)] for t, d, w in zip(tables, distances, widths, strict=True))
        total += [np.vdot(a, b), np.vdot(a, a), np.vdot(b, b)]
    ab, aa, bb = (float(t) for t in total)
    return _ratio(ab, (aa, bb), (0.0, 0.0), "spearman")


def _largest(Z: np.ndarray, metric: Metric) -> float:
    """Return a bound that no distance exceeds."""
    radius = float(np.linalg.norm(Z, axis=1).max())
    return 2 * radius if metric == "euclidean" else 4 * radius**2


def _bins(distances: np.ndarray, width: float) -> np.ndarray:
    return np.minimum((distances * width + 0.5).astype(np.int64), _BINS - 1)
