"""The oracle retriever: perfect recall, imperfect precision."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus
from tolman.core.ranges import PositiveInt
from tolman.retrieval.irrelevant import irrelevant, one_support, related, shuffled
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class Oracle(AbstractRetriever):
    """Experiences that support the query, one by default, and irrelevant ones up to `k`, in random order.

    After Lampinen et al. (arXiv 2509.16189): at least one relevant experience plus irrelevant ones. The paper leaves
    open how many and in what order; both are our choice. A query without support gets the irrelevant ones only.

    Attributes:
        supports: most supporting experiences, no two of which share a topic: a question may link several facts.
    """

    version: ClassVar[int] = 1

    supports: PositiveInt = dataclasses.field(default=1, metadata={"key": "changed"})

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        if k < self.supports:
            raise UserError(f"k is {k}, but the oracle places {self.supports} supporting experiences; raise k")
        found, left = one_support(queries.supports, rng), queries.supports
        rows = np.concatenate([found[:, None], irrelevant(memory, queries.topics, k - 1, rng)], axis=1)
        for place in range(1, self.supports):
            same = related(memory.topics[left], memory.topics[found][:, None]) | (left == found[:, None])
            left = np.where(same, NONE, left)
            found = one_support(left, rng)
            rows[:, place] = np.where(found == NONE, rows[:, place], found)
        return shuffled(rows, rng)
