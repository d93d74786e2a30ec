"""The objective of a training step: the model's own loss, and an auxiliary one where a training has one."""

from __future__ import annotations

import abc
from typing import ClassVar, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from tolman.core.experience import Experiences
from tolman.core.ranges import Checked
from tolman.models.base import Model

Tree = TypeVar("Tree")


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
            model: in the precision in which it computes.
            batch: the documents of a step, `[n, t]`.
        """


def cast(model: Tree, half: bool) -> Tree:
    """Return the model in the precision in which it computes."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model) if half else model


def objective(
    half: bool,
    auxiliary: AbstractAuxiliaryLoss | None,
    batch: Experiences,
    targets: int,
    key: PRNGKeyArray,
    model: Model,
) -> Float[Array, ""]:
    """Return what a step minimises, as a function of its last argument.

    Args:
        half: the model computes in bfloat16.
        auxiliary: a loss that is added; None = the model's own alone.
        batch: the documents of the step.
        targets: most weighted steps of a row.
        key: of the step's randomness.
        model: its weights, in float32.
    """
    model = cast(model, half)
    own = model.loss(batch, targets, key)
    return own if auxiliary is None else own + auxiliary.loss(model, batch)
