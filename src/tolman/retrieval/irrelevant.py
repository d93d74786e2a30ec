"""Drawing experiences that have nothing to do with a query."""

from __future__ import annotations

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus

_TRIES = 64


def related(topics: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether rows of topics `[..., A]` and `[..., B]` share one (empty k never match)."""
    same = (topics[..., :, None] == others[..., None, :]) & (topics[..., :, None] != NONE)
    return same.any(axis=(-1, -2))


def irrelevant(memory: Corpus, topics: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Rows `[m, k]` of memory that share no topic with the queries' `topics[m, A]`; uniform, with replacement.

    Raises:
        UserError: where some query is related to nearly every experience there is.
    """
    rows = rng.integers(memory.size, size=(len(topics), k))
    for _ in range(_TRIES):
        bad = related(memory.topics[rows], topics[:, None, :])
        if not bad.any():
            return rows
        rows[bad] = rng.integers(memory.size, size=int(bad.sum()))
    raise UserError(
        "no irrelevant experience was found: some topic is shared by almost the whole memory; draw a larger world"
    )


def shuffled(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each row's entries in an order of their own."""
    return rng.permuted(rows, axis=1)


def one_support(queries_supports: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of each query's supports `[m]`, uniformly; `NONE` where it has none."""
    weights = np.where(queries_supports == NONE, -1.0, rng.random(queries_supports.shape))
    return np.take_along_axis(queries_supports, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
