"""How good a retrieval was, apart from what the model made of it."""

from __future__ import annotations

import numpy as np

from ..core.experience import NONE, Corpus
from ..core.learning import Queries
from ._irrelevant import related


def recall(queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Recall@k per query `[m]`: 1 where at least one supporting experience was retrieved."""
    hit = (neighbours[:, :, None] == queries.supports[:, None, :]) & (neighbours[:, :, None] != NONE)
    return hit.any(axis=(1, 2)).astype(float)


def precision(memory: Corpus, queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Share of each query's retrieved experiences that share a topic with it, `[m]`; 0 where none was retrieved."""
    filled = neighbours != NONE
    relevant = related(memory.topics[neighbours], queries.topics[:, None, :]) & filled
    return relevant.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
