"""Sampling of experiences that share no topic with a query."""

from __future__ import annotations

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus

_TRIES = 64


def related(topics: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return whether rows of topics `[..., A]` and `[..., B]` share one; `NONE` matches nothing."""
    same = (topics[..., :, None] == others[..., None, :]) & (topics[..., :, None] != NONE)
    return same.any(axis=(-1, -2))


def irrelevant(memory: Corpus, topics: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Sample rows `[m, k]` of memory that share no topic with the queries, uniformly with replacement.

    Args:
        memory: the experiences.
        topics: `[m, A]` topics of the queries.
        k: rows for each query.
        rng: source of randomness.

    Raises:
        UserError: nearly every experience shares a topic with some query.
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
    """Return the entries of each row in random order."""
    return rng.permuted(rows, axis=1)


def one_support(queries_supports: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one of each query's supports `[m]`, uniformly; `NONE` where it has none."""
    weights = np.where(queries_supports == NONE, -1.0, rng.random(queries_supports.shape))
    return np.take_along_axis(queries_supports, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
