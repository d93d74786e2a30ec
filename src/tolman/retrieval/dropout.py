"""Retrieval dropout: contexts that training goes without, so that the weights do not rely on memory alone."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.retrieval.irrelevant import irrelevant
from tolman.retrieval.retriever import Queries, Retrieval


def dropped(
    found: np.ndarray, retrieval: Retrieval, memory: Corpus, queries: Queries, rng: np.random.Generator
) -> np.ndarray:
    """Return retrieved rows `[m, k]` of which whole contexts are left empty or hold irrelevant experiences instead."""
    drawn = rng.random((len(found), 1))
    kept = np.where(drawn < retrieval.empty, NONE, found)
    others = irrelevant(memory, queries.topics, retrieval.k, rng)
    return np.where((drawn >= retrieval.empty) & (drawn < retrieval.empty + retrieval.irrelevant), others, kept)
