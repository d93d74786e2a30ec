"""What a learner is: how experiences reach a model."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

from tolman.retrieval.retriever import Retrieval


@dataclasses.dataclass(frozen=True)
class Phase:
    """A stretch of training: for `steps` steps draw documents by `mixture` (kind, share of documents).

    With `retrieve=False` nothing is retrieved during the phase, whatever the learner.
    """

    steps: int
    mixture: tuple[tuple[str, float], ...]
    retrieve: bool = True


class AbstractLearner(abc.ABC):
    """A pure step between experiences and training batches or test prompts. Subclasses are frozen dataclasses.

    Two learners with the same `training` are served by the same trained weights.
    """

    version: ClassVar[int]

    @property
    @abc.abstractmethod
    def training(self) -> Retrieval | None:
        """What stands before an experience while the weights learn from it; None = nothing."""

    @property
    @abc.abstractmethod
    def testing(self) -> Retrieval | None:
        """What stands before a question at test."""
