"""Distances between rows, for whole matrices and tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from tolman.measures.validation import about_mean, row_directions

Metric = Literal["correlation", "euclidean", "sqeuclidean", "cosine"]
METRICS: tuple[str, ...] = get_args(Metric)

_CANCELLED = 1e-7
"""A squared distance below this fraction of the squared norms has lost too many digits to |x|^2 + |y|^2 - 2xy."""

_DIRECTION = 1e-15
"""Components of unit vectors that agree to this are the same."""


def check_metric(metric: str, also: tuple[str, ...] = ()) -> None:
    """Raise a ValueError for an unknown metric."""
    if metric not in METRICS + also:
        raise ValueError(f"unknown metric {metric!r}: expected one of {', '.join(METRICS + also)}")


def prepared(X: Float[np.ndarray, "n p"], metric: Metric, name: str = "X") -> Float[np.ndarray, "n p"]:
    """Return rows whose squared Euclidean distance is the metric (for `euclidean`: its square).

    1 - x.y / |x||y| is half the squared distance of the rows' directions. Written so, and with the columns' means taken
    off, small distances keep their digits however alike all rows are.
    """
    check_metric(metric)
    if metric in ("correlation", "cosine"):
        found = row_directions(X, centre=metric == "correlation", name=name) / np.sqrt(2)
        found -= found.mean(0)
        found[np.abs(found) <= _DIRECTION] = 0.0
        return found
    return about_mean(X)


def tile(Z: np.ndarray, metric: Metric, start: int, stop: int) -> np.ndarray:
    """Return the distances [stop - start, n - start] from prepared rows start..stop to all rows from `start` on."""
    left, right = Z[start:stop], Z[start:]
    norms = np.einsum("ij,ij->i", right, right)
    found = left @ right.T
    found *= -2.0
    found += norms[: len(left), None]
    found += norms
    _restore(found, left, right, _CANCELLED * norms.max())
    return np.sqrt(found, out=found) if metric == "euclidean" else found


def _restore(found: np.ndarray, left: np.ndarray, right: np.ndarray, least: float) -> None:
    """Compute squared distances up to `least` again, from differences, so that equal rows are at 0 exactly."""
    rows, columns = np.nonzero(found <= least)
    step = max(1, 4_000_000 // left.shape[1])
    for i in range(0, len(rows), step):
        r, c = rows[i : i + step], columns[i : i + step]
        found[r, c] = ((left[r] - right[c]) ** 2).sum(1)


def tiles(
    *prepared_rows: tuple[np.ndarray, Metric], entries: int = 2_000_000
) -> Iterator[tuple[list[np.ndarray], np.ndarray]]:
    """Yield (distances of each, mask of the pairs i < j) block by block; no whole matrix is ever in memory.

    Args:
        *prepared_rows: representations as `prepared` returns them, of the same stimuli, each with its metric.
        entries: largest number of distances in a tile.
    """
    n = len(prepared_rows[0][0])
    block = max(1, min(n, entries // n))
    for start in range(0, n, block):
        stop = min(n, start + block)
        upper = np.arange(n - start)[None, :] > np.arange(stop - start)[:, None]
        yield [tile(Z, metric, start, stop) for Z, metric in prepared_rows], upper
