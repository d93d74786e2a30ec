"""Auxiliary losses: what training minimises beside the model's own loss."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import ClassVar

from jaxtyping import Array, Float

from tolman.core.experience import Experiences
from tolman.core.ranges import Checked
from tolman.models.base import Model

Objective = Callable[[Model], Array]


class AbstractAuxiliaryLoss(Checked, abc.ABC):
    """A loss on documents that is added to the model's own, for example one on its attention.

    Subclasses are frozen dataclasses, whose fields shape the compiled program. `version` rises whenever the same model
    and documents would give another loss.
    """

    version: ClassVar[int]

    @abc.abstractmethod
    def loss(self, model: Model, batch: Experiences) -> Float[Array, ""]:
        """Return the loss to be added, its weight included.

        Args:
            model: its weights, in float32.
            batch: the documents of a step, `[n, t]`.
        """

    def added_to(self, objective: Objective, batch: Experiences) -> Objective:
        """Return an objective with this loss on a batch added."""
        return lambda model: objective(model) + self.loss(model, batch)
