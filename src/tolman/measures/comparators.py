"""Comparators of vectors of distances: Pearson, cosine, Spearman, Kendall's tau-a; ranks with tolerant ties."""

from __future__ import annotations

from typing import Literal, cast, get_args

import numpy as np
from jaxtyping import Float, Int

Comparator = Literal["pearson", "spearman", "kendall_tau_a", "cosine"]
COMPARATORS: tuple[str, ...] = get_args(Comparator)

_TIE = 1e-12
"""Neighbours in rank closer than this fraction of the largest value are ties that rounding has torn apart."""

_TINY = np.finfo(np.float64).tiny


def check_comparator(compare: str, among: tuple[str, ...] = COMPARATORS) -> None:
    """Raise a ValueError for an unknown comparator."""
    if compare not in among:
        raise ValueError(f"unknown comparator {compare!r}: expected one of {', '.join(among)}")


def condensed(D: Float[np.ndarray, "... n n"]) -> Float[np.ndarray, "... pairs"]:
    """Return the n (n - 1) / 2 entries of the upper triangle, row by row."""
    from scipy.spatial.distance import squareform

    flat = [squareform(one, checks=False) for one in np.ascontiguousarray(D).reshape(-1, *D.shape[-2:])]
    return np.stack(flat).reshape(*D.shape[:-2], -1)


def tie_groups(values: Float[np.ndarray, " pairs"]) -> Int[np.ndarray, " pairs"]:
    """Return each value's place among the distinct values, 0 for the smallest; see `_TIE`."""
    order = np.argsort(values, kind="stable")
    steps = np.diff(values[order]) > _TIE * np.abs(values).max()
    groups = np.empty(len(values), np.int64)
    groups[order] = np.concatenate([[0], np.cumsum(steps)])
    return groups


def ranks(values: Float[np.ndarray, "... pairs"]) -> Float[np.ndarray, "... pairs"]:
    """Return ranks from 1 along the last axis; ties share their mean rank."""
    if values.ndim > 1:
        return np.stack([ranks(one) for one in values.reshape(-1, values.shape[-1])]).reshape(values.shape)
    groups = tie_groups(values)
    return mean_ranks(np.bincount(groups))[groups]


def mean_ranks(counts: np.ndarray) -> np.ndarray:
    """Return the mean rank of each distinct value from their counts, ascending along the last axis."""
    return np.cumsum(counts, -1) - (counts - 1) / 2


def standardised(values: np.ndarray, compare: Comparator, name: str = "the RDM") -> np.ndarray:
    """Return vectors whose inner product is the comparator (not for tau-a): ranked, centred, scaled to length one.

    Raises:
        ValueError: a vector is constant (for cosine: zero), so that its similarity is undefined.
    """
    found = (
        ranks(values) if compare == "spearman" else values / np.maximum(np.abs(values).max(-1, keepdims=True), _TINY)
    )
    if compare != "cosine":
        found = found - found.mean(-1, keepdims=True)
    norms = np.linalg.norm(found, axis=-1, keepdims=True)
    if (norms <= (_TIE if compare == "pearson" else 0.0) * np.sqrt(found.shape[-1])).any():
        raise ValueError(constant_message(name, compare))
    return found / norms


def constant_message(name: str, compare: str) -> str:
    """Return the message about an RDM without variance."""
    problem = "zero everywhere" if compare == "cosine" else "constant: all its pairs are equally far apart"
    return f"{name} is {problem}, so its {compare} similarity to another is undefined"


def kendall_tau_a(a: np.ndarray, b: np.ndarray) -> float:
    """Kendall's tau-a, (concordant - discordant) / all pairs of entries, in O(P log P); 0 if a vector is constant."""
    from scipy.stats import kendalltau

    a, b = tie_groups(a), tie_groups(b)
    untied = _untied(a) * _untied(b)
    if untied == 0:
        return 0.0
    tau_b = cast("float", kendalltau(a, b, method="asymptotic")[0])
    return float(tau_b * np.sqrt(untied))


def _untied(groups: np.ndarray) -> float:
    """Return the fraction of pairs of entries that are not tied: tau-a is tau-b times the geometric mean of these."""
    counts, total = np.bincount(groups), len(groups)
    return 1.0 - float((counts * (counts - 1.0)).sum() / (total * (total - 1.0)))


def similarity(
    a: Float[np.ndarray, "... pairs"], b: Float[np.ndarray, "... pairs"], compare: Comparator
) -> Float[np.ndarray, ...]:
    """Return the similarity of vectors of distances; leading axes broadcast."""
    check_comparator(compare)
    if compare != "kendall_tau_a":
        first, second = standardised(a, compare, "the first RDM"), standardised(b, compare, "the second RDM")
        return np.clip(np.einsum("...p,...p->...", first, second), -1.0, 1.0)
    a, b = np.broadcast_arrays(a, b)
    rows = zip(a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1]), strict=True)
    return np.array([kendall_tau_a(x, y) for x, y in rows]).reshape(a.shape[:-1])
