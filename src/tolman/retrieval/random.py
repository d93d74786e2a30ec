"""The random retriever: a control that retrieves irrelevant experiences only."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from tolman.core.experience import Corpus
from tolman.retrieval.irrelevant import irrelevant
from tolman.retrieval.retriever import AbstractRetriever, Embed, Queries


@dataclasses.dataclass(frozen=True)
class Random(AbstractRetriever):
    """Experiences that share no topic with the query: the effect of a context apart from its information."""

    version: ClassVar[int] = 1

    def neighbours(
        self, memory: Corpus, queries: Queries, k: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        return irrelevant(memory, queries.topics, k, rng)
