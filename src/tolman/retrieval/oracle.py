"""The oracle retriever: the recall that is asked for, perfect by default, and imperfect precision."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus
from tolman.core.ranges import Fraction, PositiveInt
from tolman.retrieval.irrelevant import irrelevant, one_support, related, shuffled
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class Oracle(AbstractRetriever):
    """Experiences that support the query, one by default, and irrelevant ones up to `k`, in random order.

    After Lampinen et al. (arXiv 2509.16189): at least one relevant experience plus irrelevant ones. The paper leaves
    open how many and in what order; both are our choice. A query without support gets the irrelevant ones only.

    Attributes:
        supports: most supporting experiences, no two of which share a topic: a question may link several facts.
        recall: probability that a supporting experience is retrieved; in place of one that is missed stands an
            irrelevant one. With one support, recall@k is this number and the expected precision@k is `recall / k`.
    """

    version: ClassVar[int] = 1

    supports: PositiveInt = dataclasses.field(default=1, metadata={"key": "changed"})
    recall: Fraction = dataclasses.field(default=1.0, metadata={"key": "changed"})

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
        if self.recall < 1:  # with perfect recall no number is drawn: the rows are those of version 1
            rows[:, : self.supports] = self._missed(rows[:, : self.supports], memory, queries, rng)
        return shuffled(rows, rng)

    def _missed(self, rows: np.ndarray, memory: Corpus, queries: Queries, rng: np.random.Generator) -> np.ndarray:
        """Return the rows with those that are missed replaced by irrelevant ones; an empty place stays empty."""
        missed = (rng.random(rows.shape) >= self.recall) & (rows != NONE)
        return np.where(missed, irrelevant(memory, queries.topics, self.supports, rng), rows)
