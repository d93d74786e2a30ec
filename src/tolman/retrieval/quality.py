"""Quality of retrieval: recall and precision per query."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.retrieval.irrelevant import related
from tolman.retrieval.retriever import Queries


def recall(queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Return recall@k per query `[m]`: 1 where at least one supporting experience was retrieved."""
    hit = (neighbours[:, :, None] == queries.supports[:, None, :]) & (neighbours[:, :, None] != NONE)
    return hit.any(axis=(1, 2)).astype(float)


def precision(memory: Corpus, queries: Queries, neighbours: np.ndarray) -> np.ndarray:
    """Return the fraction of retrieved experiences that share a topic with their query, `[m]`; 0 without any."""
    filled = neighbours != NONE
    relevant = related(memory.topics[neighbours], queries.topics[:, None, :]) & filled
    return relevant.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)
