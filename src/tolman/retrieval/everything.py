"""No retrieval: all of memory stands in the context."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class Everything(AbstractRetriever):
    """All experiences of memory, in one random order for all queries, save the query itself.

    What many questions share is then encoded once. Of a memory of more than k experiences, the first k of that order
    are taken, so that a larger memory is subsampled.
    """

    version: ClassVar[int] = 1

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        order = rng.permutation(memory.size)[:k]
        rows = np.tile(np.concatenate([order, np.full(k - len(order), NONE)]), (len(queries.own), 1))
        return np.where(rows == queries.own[:, None], NONE, rows)
