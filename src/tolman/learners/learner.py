"""The description of a learner: what changes the weights, and what stands in the context."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from tolman.core.errors import UserError
from tolman.retrieval.retriever import Retrieval


@dataclasses.dataclass(frozen=True)
class Phase:
    """A part of a training curriculum.

    Attributes:
        steps: optimiser steps; the trainer rounds them up to whole chunks.
        mixture: the fraction of training documents of each kind, e.g. `{"statement": 0.3, "restatement": 0.7}`.
        retrieve: whether learners that train with retrieval retrieve during this phase.
    """

    steps: int
    mixture: Mapping[str, float]
    retrieve: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixture", MappingProxyType(dict(self.mixture)))

    def __hash__(self) -> int:
        return hash((self.steps, tuple(self.mixture.items()), self.retrieve))


@dataclasses.dataclass(frozen=True)
class Step:
    """One change of a model's weights. Kinds of steps are frozen dataclasses derived from this."""


@dataclasses.dataclass(frozen=True)
class Finetune(Step):
    """Train the weights on a condition's curriculum; a model without weights starts from random ones.

    Attributes:
        context: retrieval that fills the context of each training document; None = each is read alone.
    """

    version: ClassVar[int] = 1

    context: Retrieval | None = None


@dataclasses.dataclass(frozen=True)
class Learner:
    """How experiences reach a model: through its weights, its context, or both.

    Two learners with the same `steps` share trained weights.

    Attributes:
        name: what records and reports call it, e.g. `"parametric-retrieval-bm25"`.
        steps: what is done to the weights, in order.
        context: retrieval that fills the context of each question at test; None = the question stands alone.
    """

    version: ClassVar[int] = 1

    name: str
    steps: tuple[Step, ...] = (Finetune(),)
    context: Retrieval | None = None


def finetuning(learner: Learner) -> Finetune:
    """Return the one step that makes a learner's weights.

    Raises:
        UserError: the learner has no step, several, or one of a kind that cannot be carried out.
    """
    for step in learner.steps:
        if not isinstance(step, Finetune):
            raise UserError(f"learner {learner.name!r} has a step {type(step).__name__}; expected Finetune(...)")
    if len(learner.steps) != 1:
        number = len(learner.steps)
        raise UserError(f"learner {learner.name!r} has {number} steps; expected one, Finetune(...)")
    return learner.steps[0]  # pyright: ignore[reportReturnType]
