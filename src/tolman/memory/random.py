"""Irrelevant experiences only: the control that shows what retrieval does besides informing."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np

from ..core.experience import Corpus
from ..core.learning import AbstractRetriever, Embed, Queries
from ._irrelevant import irrelevant


@dataclasses.dataclass(frozen=True)
class Random(AbstractRetriever):
    """Every slot holds an experience that shares no topic with the query."""

    version: ClassVar[int] = 1

    def neighbours(
        self, memory: Corpus, queries: Queries, slots: int, rng: np.random.Generator, embed: Embed | None = None
    ) -> np.ndarray:
        del embed
        return irrelevant(memory, queries.topics, slots, rng)
