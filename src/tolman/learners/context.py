"""The parametric learner's weights, with the information in the prompt at test."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.learners.learner import AbstractLearner
from tolman.retrieval.retriever import Retrieval


@dataclasses.dataclass(frozen=True)
class Context(AbstractLearner):
    """Trained as the parametric learner is; at test one supporting experience stands before the question."""

    version: ClassVar[int] = 1

    @property
    def training(self) -> Retrieval | None:
        return None

    @property
    def testing(self) -> Retrieval | None:
        return Retrieval("oracle", 1)
