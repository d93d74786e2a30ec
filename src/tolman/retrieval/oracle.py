"""The oracle retriever: perfect recall, imperfect precision."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import Corpus
from tolman.retrieval.irrelevant import irrelevant, one_support, shuffled
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class Oracle(AbstractRetriever):
    """One experience that supports the query and `k - 1` irrelevant ones, in random order.

    After Lampinen et al. (arXiv 2509.16189): at least one relevant experience plus irrelevant ones. The paper leaves
    open how many and in what order; both are our choice. A query without support gets the irrelevant ones only.
    """

    version: ClassVar[int] = 1

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        support = one_support(queries.supports, rng)
        others = irrelevant(memory, queries.topics, k - 1, rng)
        return shuffled(np.concatenate([support[:, None], others], axis=1), rng)
