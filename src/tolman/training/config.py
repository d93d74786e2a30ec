"""What is to be trained, as frozen configurations: everything here enters a record's key."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, ClassVar, Literal, NamedTuple

from tolman.core.errors import UserError
from tolman.core.world import AbstractWorld, Instance
from tolman.learners.learner import Phase
from tolman.models.base import AbstractModelConfig
from tolman.retrieval.retriever import Retrieval
from tolman.training.optim import OptimiserConfig
from tolman.training.ppo import PPOConfig


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How a block of lanes is trained.

    Attributes:
        optimiser: AdamW's numbers.
        batch: documents per step and lane.
        chunk: steps per compiled call; retrieval and transient documents are redrawn once a chunk.
        fresh: documents of each kind that are sampled afresh for a chunk.
        lanes: lanes trained side by side. A lane's numbers do not depend on its neighbours, but programs of
            other widths may round differently, so that this is part of the key.
        retrieved_loss: loss weight of reinstated experiences, 0 = they are context only.
        curve_points: about how many times a learning curve is measured.
        stop: a lane stops once all its explicit tests reach this accuracy (at a curve point); None = never.
        precision: `auto` is bfloat16 on an accelerator and float32 on a CPU.
    """

    version: ClassVar[int] = 1

    optimiser: OptimiserConfig = dataclasses.field(default_factory=OptimiserConfig)
    batch: int = 64
    chunk: int = 50
    fresh: int = 1024
    parallel_seeds: int = 2
    retrieved_loss: float = 0.0
    curve_points: int = 8
    stop: float | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"

    def __post_init__(self) -> None:
        for name in ("batch", "chunk", "fresh", "parallel_seeds", "curve_points"):
            if getattr(self, name) < 1:
                raise ValueError(f"training.{name} is {getattr(self, name)}; expected 1 or more")


class AbstractMetric(abc.ABC):
    """What is measured at every point of a learning curve besides the tests. Subclasses are frozen dataclasses.

    `version` rises whenever the same model would give other numbers.
    """

    version: ClassVar[int]

    @abc.abstractmethod
    def measures(self, model: Any, instance: Instance) -> dict[str, float]:
        """Hyperparameters by name."""


class Seeds(NamedTuple):
    """One lane's seeds: what the world is drawn from, and what the model is."""

    world: int
    model: int


@dataclasses.dataclass(frozen=True)
class TrainingSpec:
    """A world, a model and the experiences' way into its weights.

    `phases` follow one another; `retrieval` is what stands before each experience (None = nothing), `metric`
    what is measured on the way. With `ppo` the model acts and learns by reward: a step is then an iteration
    of `training.batch` episodes, and a phase practises one of the world's `task_samplers`.

    Raises:
        UserError: an iteration's episodes cannot be split into that many minibatches.
    """

    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    retrieval: Retrieval | None = None
    metric: AbstractMetric | None = None
    ppo: PPOConfig | None = None

    def __post_init__(self) -> None:
        how, batch = self.ppo, self.training.batch
        if how is not None and batch % how.minibatches:
            raise UserError(f"ppo.minibatches is {how.minibatches}; expected a divisor of the batch of {batch}")

    @property
    def steps(self) -> int:
        """Optimiser steps in all phases; every phase is rounded up to whole chunks."""
        return sum(self.chunks(phase) for phase in self.phases) * self.training.chunk

    def chunks(self, phase: Phase) -> int:
        """Compiled calls that a phase takes."""
        return -(-phase.steps // self.training.chunk)
