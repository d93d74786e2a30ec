"""Episodic memory: whole past experiences reinstated into the context, in training and at test."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.learners.learner import AbstractLearner
from tolman.retrieval.retriever import Retrieval


@dataclasses.dataclass(frozen=True)
class RetrievalLearner(AbstractLearner):
    """Experiences retrieved from memory stand before the current one (Lampinen et al., arXiv 2509.16189).

    Attributes:
        retriever: what fills the context at test.
        trained_with: what filled it in training. Oracle-trained weights serve every retriever at test.
        k: experiences placed in the context.
    """

    version: ClassVar[int] = 1

    retriever: str = "oracle"
    trained_with: str = "oracle"
    k: int = 3

    @property
    def training(self) -> Retrieval | None:
        return Retrieval(self.trained_with, self.k)

    @property
    def testing(self) -> Retrieval | None:
        return Retrieval(self.retriever, self.k)
