"""Representational similarity analysis (RSA) of two representations.

Memory and time: comparison by `pearson` and `cosine` never holds a whole RDM. For correlation, cosine and sqeuclidean
distance with fewer units than stimuli the sums over pairs are taken in feature space, O(n p q); otherwise in tiles of
the RDMs. Both are exact. The rank comparators hold all n (n - 1) / 2 pairs up to `exact_up_to` stimuli (8,192: some 2
GB). Beyond, `spearman` ranks distances within 2^20 equal bins of their possible range (off by less than 1e-6 unless
nearly all distances fall in fewer than a thousand bins), and `kendall_tau_a` is refused.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tolman.measures.comparators import Comparator, check_comparator, similarity
from tolman.measures.dissimilarity import rdm as rdm_of
from tolman.measures.distances import Metric, check_metric, prepared, tiles
from tolman.measures.pair_sums import PairSums, binned_spearman, sums_by_tiles, sums_in_feature_space
from tolman.measures.rdm_resampling import permuted_similarities
from tolman.measures.registration import measure
from tolman.measures.scaling import in_range
from tolman.measures.validation import pair

__all__ = ["rsa"]


def _permuted(
    X: ArrayLike,
    Y: ArrayLike,
    orders: np.ndarray,
    rdm: Metric = "correlation",
    compare: Comparator = "pearson",
    *,
    exact_up_to: int = 8192,
) -> Float[np.ndarray, " permutations"]:
    """Return `rsa(X, Y[order])` for each of the orders [permutations, n], from whole RDMs whatever their size."""
    del exact_up_to
    first, second = (rdm_of(in_range(Z)[0], rdm) for Z in pair(X, Y, rows=3))
    return permuted_similarities(second, first[None], orders, compare)[:, 0]


# By correlation distance, which depends on every unit of a row and on no scale of it.
@measure(bounds=(-1.0, 1.0), own=1.0, symmetric=True, invariant=("scale", "units", "stimuli"), permuted=_permuted)
def rsa(
    X: ArrayLike,
    Y: ArrayLike,
    rdm: Metric = "correlation",
    compare: Comparator = "pearson",
    *,
    exact_up_to: int = 8192,
) -> float:
    """Representational similarity analysis: `compare_rdms(rdm(X), rdm(Y))`, at any size.

    A similarity, range as in `compare_rdms`; symmetric; 1 for X with itself (`kendall_tau_a`: unless distances are
    tied). Invariances: those of the metric (`tolman.measures.rdm`), the comparator's, and a common permutation of
    stimuli. With `pearson`, `spearman` or `cosine`, a factor on all of X changes nothing. An invertible linear map
    changes the result. Bias: common noise and noise-inflated distances are not corrected for. One dominant feature
    can decide the score (arXiv 2405.05847, 2507.22216); see `partial_rsa`.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same n >= 3 stimuli.
        rdm: distance between stimuli.
        compare: how RDMs are compared.
        exact_up_to: largest number of stimuli for which rank comparators hold all pairs.

    Raises:
        ValueError: as in `rdm` and `compare_rdms`; or `kendall_tau_a` of more than `exact_up_to` stimuli.

    Source: Kriegeskorte, Mur & Bandettini 2008, Front. Syst. Neurosci. 2:4. Correlation distance and Pearson are the
    choice of Hermann & Lampinen 2020 (arXiv 2006.12433).
    """
    check_metric(rdm)
    check_comparator(compare)
    first, second = pair(X, Y, rows=3)
    first, second = (_unit_size(_directed(Z, rdm, name)) for Z, name in ((first, "X"), (second, "Y")))
    if compare == "pearson":
        return _sums(first, second, rdm, shifted=True).correlation()
    if compare == "cosine":
        return _sums(first, second, rdm, shifted=False).cosine()
    if len(first) <= exact_up_to:
        return float(similarity(_pairs(first, rdm), _pairs(second, rdm), compare))
    return _beyond_memory(first, second, rdm, compare)


def _beyond_memory(X: np.ndarray, Y: np.ndarray, metric: Metric, compare: Comparator) -> float:
    """Compare by ranks without all pairs in memory, where that can be done."""
    if compare == "spearman":
        return binned_spearman(X, Y, metric)
    n = len(X)
    raise ValueError(
        f"kendall_tau_a of {n} stimuli needs all {n * (n - 1) // 2:,} distances in memory: compare by pearson or "
        f"spearman, draw fewer stimuli, or allow more with exact_up_to={n}"
    )


def _directed(Z: np.ndarray, metric: Metric, name: str) -> np.ndarray:
    found = prepared(Z, metric, name)
    if not found.any():
        raise ValueError(f"{name} has no variance: all of its {len(Z)} stimuli are at {metric} distance 0")
    return found


def _unit_size(Z: np.ndarray) -> np.ndarray:
    """Return `Z` scaled so that no sum of squares overflows; no comparator depends on a factor."""
    found = Z / np.abs(Z).max()
    return found / np.linalg.norm(found, axis=1).max()


def _sums(X: np.ndarray, Y: np.ndarray, metric: Metric, shifted: bool) -> PairSums:
    n, p, q = len(X), X.shape[1], Y.shape[1]
    if metric != "euclidean" and p * p + q * q + p * q < n * (p + q):
        return sums_in_feature_space(X, Y)
    return sums_by_tiles(X, Y, metric, shifted)


def _pairs(Z: np.ndarray, metric: Metric) -> np.ndarray:
    return np.concatenate([distances[upper] for (distances,), upper in tiles((Z, metric))])
