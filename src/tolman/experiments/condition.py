"""What a condition is: one way of running a study."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

from tolman.core.world import AbstractWorld, Instance
from tolman.experiments.keys import evaluation_config, learner_config, training_config
from tolman.experiments.measure import Measurement, measure
from tolman.learners.learner import Learner, Phase, finetuning
from tolman.models.base import AbstractModelConfig
from tolman.training.config import Seeds, TrainingConfig, TrainingSpec
from tolman.training.ppo import PPOConfig


class Training(NamedTuple):
    """A model to be trained."""

    spec: TrainingSpec
    seeds: Seeds


class AbstractCondition(abc.ABC):
    """One way of running a study: what is trained for each of its arms, and how an arm's models are measured.

    Subclasses are frozen dataclasses. An arm has one record per seed. Seeds are counted from `first_seed`, so that a
    study can leave out those that its settings were explored on.
    """

    name: str
    world: AbstractWorld
    first_seed: int

    def seed(self, index: int) -> int:
        """The seed of that number, of the world and of the model."""
        return self.first_seed + index

    def check_packages(self) -> None:  # noqa: B027
        """Raises `UserError` where a package that the measuring needs is missing; called before anything is trained."""

    @property
    @abc.abstractmethod
    def arms(self) -> tuple[str, ...]:
        """What is compared under the condition: names of learners."""

    @abc.abstractmethod
    def trainings(self, arm: str, index: int) -> dict[str, Training]:
        """The models that an arm needs at the seed of that number, by name."""

    @abc.abstractmethod
    def config(self, arm: str, index: int) -> dict[str, Any]:
        """Everything that enters the arm's result, with its `learner`, `world_seed` and `model_seed`."""

    @abc.abstractmethod
    def measure(self, arm: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measurement:
        """What the trained models show."""


@dataclasses.dataclass(frozen=True)
class Condition(AbstractCondition):
    """A world, a model, a training course, and the learners compared under it; by `ppo` where it is given.

    All learners of a condition see the same experiences in the same order and take the same number of steps, so
    that they are matched in data and in query-target tokens.
    """

    name: str
    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    learners: tuple[Learner, ...]
    ppo: PPOConfig | None = None
    first_seed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(learner.name for learner in self.learners)

    def learner(self, name: str) -> Learner:
        """Return the learner of that name."""
        return next(learner for learner in self.learners if learner.name == name)

    def spec(self, learner: Learner) -> TrainingSpec:
        """Return what must be trained for a learner; equal for learners that share weights."""
        context = finetuning(learner).context
        return TrainingSpec(self.world, self.model, self.training, self.phases, context, ppo=self.ppo)

    def trainings(self, arm: str, index: int) -> dict[str, Training]:
        return {"model": Training(self.spec(self.learner(arm)), Seeds(self.seed(index), self.seed(index)))}

    def config(self, arm: str, index: int) -> dict[str, Any]:
        learner = self.learner(arm)
        return {
            "learner": learner_config(learner),
            "evaluation": evaluation_config(),
            **training_config(self.spec(learner), Seeds(self.seed(index), self.seed(index))),
        }

    def measure(self, arm: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measurement:
        return measure(models["model"], instance, self.learner(arm).context, seeds.world)
