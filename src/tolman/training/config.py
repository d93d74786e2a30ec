"""Configurations of training: everything in a `TrainingSpec` enters a record's key."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from tolman.augmentation.augmentation import AbstractAugmentation
from tolman.core.devices import on_accelerator
from tolman.core.errors import UserError
from tolman.core.extent import FRESH
from tolman.core.ranges import Checked, Fraction, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.models.base import AbstractModelConfig, Model
from tolman.retrieval.retriever import Retrieval
from tolman.training.auxiliary import AbstractAuxiliaryLoss

AUGMENTED = "augmented"
"""The kind of the documents that an augmentation writes; a phase's mixture refers to it."""

OptimiserKind = Literal["adamw", "adam", "sgd"]
Precision = Literal["auto", "float32", "bfloat16"]
Splitting = Literal["none", "independent", "cumulative"]


@dataclasses.dataclass(frozen=True)
class OptimiserConfig(Checked):
    """An optimiser with linear warm-up of its rate, then linear decay to `final` times the peak.

    Attributes:
        kind: `adamw` (Loshchilov and Hutter, arXiv 1711.05101) has decoupled weight decay; `adam` (Kingma and Ba,
            arXiv 1412.6980) and `sgd` add the decay to the gradient.
        learning_rate: the peak rate, reached after `warmup` steps.
        weight_decay: of matrices only.
        beta1: decay of the mean gradient; for `sgd` its momentum, as in `v = beta1 v + g` (0 = plain).
        beta2: decay of the mean squared gradient; not used by `sgd`.
        clip: bound of the gradient's global norm.
        warmup: steps of linear warm-up.
        final: the rate at the end, as a fraction of the peak.
    """

    version: ClassVar[int] = 1

    kind: OptimiserKind = "adamw"
    learning_rate: PositiveFloat = 3e-3
    weight_decay: NonNegativeFloat = 0.01
    beta1: Annotated[float, Range(0, 1, below_high=True)] = 0.9
    beta2: Annotated[float, Range(0, 1, below_high=True)] = 0.98
    clip: PositiveFloat = 1.0
    warmup: NonNegativeInt = 100
    final: Fraction = 0.1


@dataclasses.dataclass(frozen=True)
class PPOConfig(Checked):
    """Proximal policy optimisation (Schulman et al., arXiv 1707.06347), and the replay buffer that retrieval searches.

    Attributes:
        epochs: passes over the episodes of an iteration.
        minibatches: updates per pass; a divisor of the number of episodes.
        gamma: discount of the reward one step later.
        gae_lambda: lambda of generalised advantage estimation (Schulman et al., arXiv 1506.02438).
        clip_eps: bound of the change of an action's probability ratio.
        vf_coef: weight of the value function's squared error.
        ent_coef: weight of the policy's entropy.
        episodes_per_level: latest episodes of each level that the replay buffer keeps.
    """

    version: ClassVar[int] = 2

    epochs: Annotated[int, Range(1, 1000)] = 2
    minibatches: PositiveInt = 2
    gamma: Fraction = 0.95
    gae_lambda: Fraction = 0.95
    clip_eps: PositiveFloat = 0.2
    vf_coef: NonNegativeFloat = 0.5
    ent_coef: NonNegativeFloat = 0.02
    episodes_per_level: Annotated[int, Range(1, 100_000)] = 32


@dataclasses.dataclass(frozen=True)
class TrainingConfig(Checked):
    """Settings of the training loop.

    Attributes:
        optimiser: the optimiser and its hyperparameters.
        batch: documents, or episodes, per step and seed.
        max_tokens: most tokens of a batch of documents without retrieval, which are then packed into one row without
            padding; documents that reach beyond it are left out of the step. 0 = rows are padded, all of them are read.
            Longer documents than the model's `packed_length` are padded.
        splitting: of documents of several sentences (see `split_corpus`); a condition's phases then have more steps,
            so that as many tokens are read.
        chunk: steps per compiled call; retrieval and sampling happen once a chunk.
        fresh: documents of each kind with a sampler that are sampled afresh for a chunk.
        parallel_seeds: seeds trained side by side. The numbers of a seed do not depend on the others, but programs
            for another number of seeds may round differently, so that it is part of the key.
        retrieved_loss: loss weight of retrieved experiences; 0 = they are context only.
        curve_points: approximate number of points of a learning curve.
        stop: a seed stops once its accuracy on all explicit tests reaches this (at a point of the curve); None = never.
        precision: `auto` is bfloat16 on an accelerator and float32 on a CPU.
    """

    version: ClassVar[int] = 1

    optimiser: OptimiserConfig = dataclasses.field(default_factory=OptimiserConfig)
    batch: Annotated[int, Range(1, 65_536)] = 64
    max_tokens: NonNegativeInt = dataclasses.field(default=0, metadata={"key": "changed"})
    splitting: Splitting = dataclasses.field(default="none", metadata={"key": "changed"})
    chunk: Annotated[int, Range(1, 100_000)] = 50
    fresh: Annotated[int, Range(1, 1_000_000)] = FRESH
    parallel_seeds: Annotated[int, Range(1, 1000)] = 2
    retrieved_loss: NonNegativeFloat = 0.0
    curve_points: Annotated[int, Range(1, 10_000)] = 8
    stop: Fraction | None = None
    precision: Precision = "auto"

    @property
    def resolved_precision(self) -> str:
        """The precision on this machine."""
        if self.precision == "auto":
            return "bfloat16" if on_accelerator() else "float32"
        return self.precision


class AbstractMetric(Checked, abc.ABC):
    """An evaluation metric that is measured at every point of a learning curve, besides the accuracy on the tests.

    Subclasses are frozen dataclasses. `version` rises whenever the same model would give other values.
    """

    version: ClassVar[int]

    @abc.abstractmethod
    def measures(self, model: Model, instance: Instance) -> dict[str, float]:
        """Return the measured values by name."""


class Seeds(NamedTuple):
    """The seed that the world is drawn from, and the seed of the model's initial weights and training."""

    world: int
    model: int


@dataclasses.dataclass(frozen=True)
class Phase(Checked):
    """A part of a training curriculum.

    Attributes:
        steps: optimiser steps; the trainer rounds them up to whole chunks.
        mixture: the fraction of training documents of each kind, e.g. `{"statement": 0.3, "restatement": 0.7}`.
        retrieve: whether learners that train with retrieval retrieve during this phase.
        keep: names of weights, as patterns (`layers.*.attention.query`), that go on with the phase, while all others
            and the optimiser start anew; None = all go on.
    """

    steps: NonNegativeInt
    mixture: Mapping[str, NonNegativeFloat]
    retrieve: bool = True
    keep: tuple[str, ...] | None = dataclasses.field(default=None, metadata={"key": "changed"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "mixture", MappingProxyType(dict(self.mixture)))

    def with_share(self, kind: str, fraction: float, longer: float = 1.0) -> Phase:
        """Return the phase with a fraction of documents of one more kind, and of the others in proportion fewer.

        Args:
            kind: of the documents.
            fraction: of all documents.
            longer: times as many steps.
        """
        total = sum(self.mixture.values())
        mixture = {name: (1.0 - fraction) * part for name, part in self.mixture.items()}
        steps = round(longer * self.steps)
        return dataclasses.replace(self, steps=steps, mixture={**mixture, kind: fraction * total})

    def __hash__(self) -> int:
        return hash((self.steps, tuple(self.mixture.items()), self.retrieve, self.keep))

    def __reduce__(self) -> tuple[type[Phase], tuple[Any, ...]]:
        return type(self), (self.steps, dict(self.mixture), self.retrieve, self.keep)  # a mapping proxy has no pickle


@dataclasses.dataclass(frozen=True)
class TrainingSpec:
    """A world, a model and a curriculum.

    Attributes:
        world: its documents, or tasks, are learned from.
        model: the architecture.
        training: settings of the training loop.
        phases: the curriculum, one phase after another.
        retrieval: chooses the experiences that stand before each document or task; None = none.
        augmentation: writes documents of the kind "augmented" from the world's; None = there are none.
        metric: measured at every point of the learning curve, besides the tests.
        ppo: with it, a phase of one of the world's `task_samplers` is learned by acting for reward; a step is then
            an iteration of `training.batch` episodes. Other phases are learned by imitation.
        auxiliary: a loss that is added to that of documents; None = none.

    Raises:
        UserError: an iteration's episodes cannot be split into that many minibatches, retrieval dropout is more than
            all contexts, or the model's trainer lacks what is asked for.
    """

    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    retrieval: Retrieval | None = None
    augmentation: AbstractAugmentation | None = None
    metric: AbstractMetric | None = None
    ppo: PPOConfig | None = None
    auxiliary: AbstractAuxiliaryLoss | None = None

    def __post_init__(self) -> None:
        if self.training.max_tokens and not self.model.packed_length:
            name = type(self.model).__name__
            raise UserError(f"training.max_tokens is set, but a {name} cannot read packed rows; set it to 0")
        if self.model.backend != "jax" and (self.auxiliary or any(p.keep is not None for p in self.phases)):
            name = type(self.model).__name__
            raise UserError(f"a {name} is trained without auxiliary loss, and keeps all its weights; drop both")
        if (how := self.retrieval) is not None and how.empty + how.irrelevant > 1:
            given = f"empty is {how.empty:g} and irrelevant {how.irrelevant:g}"
            raise UserError(f"retrieval: {given}; expected at most 1 together, as they are fractions of all contexts")
        ppo, batch = self.ppo, self.training.batch
        if ppo is not None and batch % ppo.minibatches:
            raise UserError(f"ppo.minibatches is {ppo.minibatches}; expected a divisor of the batch of {batch}")

    @property
    def steps(self) -> int:
        """Training steps in all phases; every phase is rounded up to whole chunks."""
        return sum(self.chunks(phase) for phase in self.phases) * self.training.chunk

    def chunks(self, phase: Phase) -> int:
        """Return the number of compiled calls that a phase takes."""
        return -(-phase.steps // self.training.chunk)

    def curve_points(self) -> set[int]:
        """Return the numbers of the chunks after which there is a point of the learning curve; the last is one."""
        count = sum(self.chunks(phase) for phase in self.phases)
        every = max(1, count // max(1, self.training.curve_points))
        return {number for number in range(count) if (number + 1) % every == 0} | {count - 1}
