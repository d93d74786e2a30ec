"""The parametric learner's weights, with the information in the prompt at test."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..core.learning import AbstractLearner, Reinstatement


@dataclasses.dataclass(frozen=True)
class Context(AbstractLearner):
    """Trained as the parametric learner is; at test one supporting experience stands before the question."""

    version: ClassVar[int] = 1

    @property
    def training(self) -> Reinstatement | None:
        return None

    @property
    def testing(self) -> Reinstatement | None:
        return Reinstatement("oracle", 1)
