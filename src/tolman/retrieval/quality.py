"""How good a retrieval was, apart from what the model made of it."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.retrieval.irrelevant import related
from tolman.retrieval.retriever import Queries


def recall(queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Recall@k per query `[m]`: 1 where at least one supporting experience was retrieved."""
    hit = (neighbours[:, :, None] == queries.supports[:, None, :]) & (neighbours[:, :, None] != NONE)
    return hit.any(axis=(1, 2)).astype(float)


def precision(memory: Corpus, queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Share of each query's retrieved experiences that share a topic with it, `[m]`; 0 where none was retrieved."""
    filled = neighbours != NONE
    relevant = related(memory.topics[neighbours], queries.topics[:, None, :]) & filled
    return relevant.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
