"""The noise ceiling: the best that any model could do, given how far the measured RDMs agree with each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.comparators import Comparator, check_comparator, condensed, ranks, similarity
from tolman.measures.dissimilarity import rdm_stack
from tolman.measures.scaling import divided, exponent

__all__ = ["rsa_noise_ceiling"]


def rsa_noise_ceiling(rdms: ArrayLike, compare: Comparator = "pearson") -> tuple[float, float]:
    """Lower and upper bound of the mean similarity that the true RDM would have to k measured ones.

    Upper: mean similarity of each RDM to the mean of all, itself included (overfitted, so too high). Lower: to the
    mean of the others (each mean is noisy, so too low). Before averaging, RDMs are brought to the comparator's scale:
    z-scored for `pearson`, of length one for `cosine`, ranked for `spearman`. For these three the upper bound is the
    best that any RDM can do. For `kendall_tau_a` ranks are averaged too, which is close to that but no strict bound.
    Range as in `compare_rdms`. Constant RDMs raise, as there.

    Args:
        rdms: k >= 2 RDMs [k, n, n] of the same stimuli, one per subject, seed or session.
        compare: the comparator that models will be judged by.

    Returns:
        (lower, upper).

    Raises:
        ValueError: fewer than two RDMs, or as in `compare_rdms`.

    Source: Nili and others 2014, PLoS Comput. Biol. 10(4):e1003553, section "Noise ceiling".
    """
    check_comparator(compare)
    given = rdm_stack(rdms, "rdms")
    if given.ndim != 3 or len(given) < 2:
        raise ValueError(f"rdms has shape {given.shape}: expected at least two RDMs, [k, n, n]")
    single = condensed(given)
    scaled = _scaled(single, compare)
    total = scaled.sum(0)
    lower = similarity(single, total - scaled, compare).mean()
    return float(lower), float(similarity(single, total, compare).mean())


def _scaled(values: np.ndarray, compare: Comparator) -> np.ndarray:
    if compare in ("spearman", "kendall_tau_a"):
        return ranks(values)
    values = divided(values, exponent(values, axis=-1))
    found = values - values.mean(-1, keepdims=True) if compare == "pearson" else values
    norms = np.linalg.norm(found, axis=-1, keepdims=True)
    return found / np.where(norms > 0, norms, 1.0)
