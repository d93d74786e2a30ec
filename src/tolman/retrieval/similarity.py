"""Exact search by cosine similarity."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import NONE
from tolman.retrieval.bm25 import without_own

_BATCH = 1024


def nearest(queries: np.ndarray, memory: np.ndarray, own: np.ndarray, k: int) -> np.ndarray:
    """Return the `k` nearest rows of memory by cosine, `[m, k]`; the best comes last, `NONE` = no row.

    Args:
        queries: vectors `[m, d]`.
        memory: vectors `[n, d]`.
        own: `[m]` each query's own row in memory, which is never returned, or `NONE`.
        k: rows for each query.
    """
    return without_own(_most_similar(queries, memory, k + 1), own, k)


def _most_similar(queries: np.ndarray, memory: np.ndarray, k: int) -> np.ndarray:
    """Return the indices `[m, k]` of the nearest rows by cosine, best first; of equal ones the earlier comes first."""
    memory = _unit(memory)
    batches = [_top(_unit(queries[i : i + _BATCH]) @ memory.T, k) for i in range(0, len(queries), _BATCH)]
    return np.concatenate(batches) if batches else np.full((0, k), NONE)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def _top(similarity: np.ndarray, k: int) -> np.ndarray:
    # Rounding makes equal rows look unequal by one bit, in an order that depends on the machine.
    return np.argsort(-similarity.round(5), axis=1, kind="stable")[:, :k]
