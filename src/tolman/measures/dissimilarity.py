"""Representational dissimilarity matrices (RDMs) and their comparison."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.comparators import Comparator, check_comparator, condensed, similarity
from tolman.measures.distances import Metric, check_metric, prepared, tile
from tolman.measures.scaling import in_range, multiplied
from tolman.measures.validation import stack

__all__ = ["compare_rdms", "rdm"]


def rdm(X: ArrayLike, metric: Metric = "correlation") -> np.ndarray:
    """Representational dissimilarity matrix: the distances `[..., n, n]` between all stimuli of `X[..., n, p]`.

    With rows x, y: `correlation` is 1 - r(x, y) over units, in [0, 2]; `cosine` is 1 - x.y / |x||y|, in [0, 2];
    `sqeuclidean` is |x - y|^2 and `euclidean` |x - y|, both neither divided by the number of units nor by anything
    else (rsatoolbox's `euclidean` is `sqeuclidean` / p).

    Invariances: all to a permutation of units. `euclidean`, `sqeuclidean` and `cosine` to rotation and reflection,
    `correlation` not. `euclidean` and `sqeuclidean` to translation (the same vector added to every row).
    `correlation` and `cosine` to a scale of each row's own, `correlation` also to a constant added to a row. Bias:
    noise adds to every squared distance; these are not cross-validated distances. Constant columns leave `euclidean`
    and `sqeuclidean` unchanged and act on the other two as any number does. Two equal rows are at distance 0 exactly
    in the Euclidean metrics and to 1e-15 in the others.

    Args:
        X: representations, stimuli by units; leading axes are a batch.
        metric: the distance.

    Returns:
        Symmetric float64 matrices with a zero diagonal.

    Raises:
        ValueError: a NaN or infinity, fewer than two stimuli, a row that is constant (`correlation`) or zero
            (`cosine`), where the first is named; or distances beyond the range of float64.

    Source: Kriegeskorte, Mur & Bandettini 2008, Front. Syst. Neurosci. 2:4.
    """
    check_metric(metric)
    batch = stack(X)
    n = batch.shape[-2]
    found = [_whole(one, metric) for one in batch.reshape(-1, *batch.shape[-2:])]
    return np.stack(found).reshape(*batch.shape[:-2], n, n) if batch.ndim > 2 else found[0]


def _whole(X: np.ndarray, metric: Metric) -> np.ndarray:
    if metric in ("correlation", "cosine"):
        return tile(prepared(X, metric), metric, 0, len(X))
    scaled, e = in_range(X)
    found = tile(prepared(scaled, metric), metric, 0, len(X))
    return multiplied(found, e if metric == "euclidean" else 2 * e, f"{metric} distances")


def compare_rdms(A: ArrayLike, B: ArrayLike, compare: Comparator = "pearson") -> float | np.ndarray:
    """Similarity of two RDMs over their upper triangles, without the diagonal.

    `pearson` and `spearman` (mean ranks for ties) are in [-1, 1]; `cosine` is not centred, so in [0, 1] for
    distances; `kendall_tau_a` is (concordant - discordant) / all pairs of distances, in [-1, 1], below 1 even for
    equal RDMs if these have ties. Distances closer than 1e-12 of the largest count as tied. All are symmetric.
    Invariances: `pearson` to a positive affine map of either RDM, `cosine` to a positive factor, the rank measures to
    any increasing map of either. Values that share stimuli are not independent: for p-values see
    `rsa_permutation_test`.

    Args:
        A: one RDM [n, n], or a batch [..., n, n].
        B: likewise; leading axes broadcast, so one RDM is compared with many at once.
        compare: the comparator.

    Returns:
        A float for two matrices, an array for batches.

    Raises:
        ValueError: shapes that do not match, a NaN, fewer than 3 stimuli, an RDM that is not symmetric; or an RDM that
            is constant (`cosine`: zero), except for `kendall_tau_a`, which is then 0.

    Source: Nili and others 2014, PLoS Comput. Biol. 10(4):e1003553 (tau-a for models that predict ties).
    """
    check_comparator(compare)
    first, second = rdm_stack(A, "A"), rdm_stack(B, "B")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(f"A is of {first.shape[-1]} stimuli and B of {second.shape[-1]}: expected the same stimuli")
    found = similarity(condensed(first), condensed(second), compare)
    return float(found) if found.ndim == 0 else found


def rdm_stack(D: ArrayLike, name: str) -> np.ndarray:
    """Return RDMs `[..., n, n]` as given, once they are checked.

    Raises:
        ValueError: they are not square, symmetric and finite, or of fewer than 3 stimuli.
    """
    found = stack(D, name, rows=3)
    if found.shape[-1] != found.shape[-2]:
        raise ValueError(
            f"{name} has shape {found.shape}: expected RDMs [..., n, n]; for activations, see rdm() and rsa()"
        )
    size = np.abs(found).max()
    if np.abs(found - np.swapaxes(found, -1, -2)).max() > 1e-5 * size:
        raise ValueError(f"{name} is not symmetric: expected distances between stimuli")
    return found
