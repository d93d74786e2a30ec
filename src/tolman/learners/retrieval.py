"""Episodic memory: whole past experiences reinstated into the context, in training and at test."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..core.learning import AbstractLearner, Reinstatement


@dataclasses.dataclass(frozen=True)
class Retrieval(AbstractLearner):
    """Experiences retrieved from memory stand before the current one (Lampinen et al., arXiv 2509.16189).

    Attributes:
        retriever: what fills the context at test.
        trained_with: what filled it in training. Oracle-trained weights serve every retriever at test.
        slots: experiences placed in the context.
    """

    version: ClassVar[int] = 1

    retriever: str = "oracle"
    trained_with: str = "oracle"
    slots: int = 3

    @property
    def training(self) -> Reinstatement | None:
        return Reinstatement(self.trained_with, self.slots)

    @property
    def testing(self) -> Reinstatement | None:
        return Reinstatement(self.retriever, self.slots)
