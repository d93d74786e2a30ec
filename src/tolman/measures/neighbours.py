"""Mutual nearest-neighbour alignment: how far two representations agree on which stimuli are close to each other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tolman.measures.distances import Metric, check_metric, prepared, tile
from tolman.measures.registration import measure
from tolman.measures.scaling import in_range
from tolman.measures.validation import pair

__all__ = ["mutual_knn"]

_ENTRIES = 2_000_000
"""Largest number of distances in a block of rows."""

_TIE = 1e-10
"""Distances that differ by less than this fraction of a row's largest are tied."""


def _permuted(
    X: ArrayLike, Y: ArrayLike, orders: np.ndarray, k: int = 10, metric: Metric = "cosine"
) -> Float[np.ndarray, " permutations"]:
    """Return `mutual_knn(X, Y[order])` for each of the orders [permutations, n]."""
    first, second = (_neighbours(Z, k, metric, name) for Z, name in zip(pair(X, Y), "XY", strict=True))
    return np.array([np.minimum(first, second[np.ix_(order, order)]).sum() / (k * len(first)) for order in orders])


# By cosine, which a translation changes, and so does a unit that never varies but is not 0.
@measure(
    bounds=(0.0, 1.0),
    own=1.0,
    symmetric=True,
    invariant=("rotation", "scale", "units", "stimuli"),
    min_stimuli=20,
    permuted=_permuted,
)
def mutual_knn(X: ArrayLike, Y: ArrayLike, k: int = 10, metric: Metric = "cosine") -> float:
    """Mutual k-nearest-neighbour alignment: the mean fraction of a stimulus's k nearest neighbours that X and Y share.

        mean over i of |N_X(i) and N_Y(i)| / k    with N(i) the k stimuli nearest to i, itself not among them

    A similarity in [0, 1]; symmetric; 1 for X with itself. For independent representations it is k / (n - 1) on
    average, which grows with k and falls with n: compare scores of equal n and k only, or see `calibrated`. It depends
    on the order of distances alone, so that no direction of high variance decides it by its size; noise in directions
    of low variance counts for little. Invariances are those of the metric (`tolman.measures.rdm`) and a common
    permutation of stimuli. Stimuli at equal distance share the last places, each with an equal part of them, so that
    the order of rows decides nothing. Memory: n x n numbers for each representation.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.
        k: number of neighbours, 1 to n - 2.
        metric: distance between stimuli; `cosine` is the published choice, and `euclidean` ignores translation too.

    Raises:
        ValueError: as in `rdm`; k out of range; or a representation whose stimuli are all at distance 0.

    Source: Huh, Cheung, Wang & Isola 2024, arXiv 2405.07987, section 3 (mutual nearest-neighbour metric; there ties are
    broken by the order of rows).
    """
    check_metric(metric)
    first, second = pair(X, Y)
    if not 1 <= k <= len(first) - 2:
        raise ValueError(f"k is {k}: expected 1 to {len(first) - 2} neighbours among {len(first)} stimuli")
    shared = np.minimum(_neighbours(first, k, metric, "X"), _neighbours(second, k, metric, "Y"))
    return float(np.clip(shared.sum() / (k * len(first)), 0.0, 1.0))


def _neighbours(X: np.ndarray, k: int, metric: Metric, name: str) -> Float[np.ndarray, "n n"]:
    """Return to what part each stimulus (column) is among the k nearest of each (row); rows sum to k."""
    Z = prepared(in_range(X)[0], metric, name)
    if not Z.any():
        raise ValueError(f"{name} has no variance: all of its {len(Z)} stimuli are at {metric} distance 0")
    n, block = len(Z), max(1, _ENTRIES // len(Z))
    found = np.zeros((n, n))
    for start in range(0, n, block):
        stop = min(n, start + block)
        # Rolled, so that a tile from row 0 on holds the distances to all stimuli.
        distances = np.roll(tile(np.roll(Z, -start, axis=0), metric, 0, stop - start), start, axis=1)
        distances[np.arange(stop - start), np.arange(start, stop)] = np.inf
        found[start:stop] = _parts(distances, k)
    return found


def _parts(distances: np.ndarray, k: int) -> np.ndarray:
    """Return each entry's part in the k smallest of its row; those tied for the last places share them equally."""
    last = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    slack = _TIE * np.where(np.isfinite(distances), distances, 0.0).max(axis=1, keepdims=True)
    closer = distances < last - slack
    tied = (distances <= last + slack) & ~closer
    return closer + tied * ((k - closer.sum(1, keepdims=True)) / tied.sum(1, keepdims=True))
