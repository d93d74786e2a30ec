"""What a study is: worlds, learners and budgets under a preset's sizes, with the claims about them."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from ..claims.claim import Claim
from ..core.learning import AbstractLearner, Phase
from ..core.world import AbstractWorld, Instance
from ..models._model import AbstractModelConfig
from ..training.ppo import Reinforcement
from ..training.spec import Seeds, TrainingConfig, TrainingSpec
from ._keys import evaluation_config, learner_config, training_config
from ._measure import Measured, measure

PRESETS = ("smoke", "quick", "full")
"""`smoke`: seconds, for tests, claims nothing. `quick`: 2 cores. `full`: the published scale, on a GPU."""

FRESH = 60
"""The first seed of studies whose settings were explored on some of those below."""


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
    def measure(self, arm: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measured:
        """What the trained models show."""


@dataclasses.dataclass(frozen=True)
class Condition(AbstractCondition):
    """A world, a model, a training course, and the learners compared under it; by `reinforcement` where it is given.

    All learners of a condition see the same experiences in the same order and take the same number of steps, so
    that they are matched in data and in query-target tokens.
    """

    name: str
    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    learners: tuple[tuple[str, AbstractLearner], ...]
    reinforcement: Reinforcement | None = None
    first_seed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.learners)

    def learner(self, arm: str) -> AbstractLearner:
        """The learner of that name."""
        return dict(self.learners)[arm]

    def spec(self, learner: AbstractLearner) -> TrainingSpec:
        """What must be trained for a learner; equal for learners that share weights."""
        how = self.reinforcement
        return TrainingSpec(self.world, self.model, self.training, self.phases, learner.training, reinforcement=how)

    def trainings(self, arm: str, index: int) -> dict[str, Training]:
        return {"model": Training(self.spec(self.learner(arm)), Seeds(self.seed(index), self.seed(index)))}

    def config(self, arm: str, index: int) -> dict[str, Any]:
        learner = self.learner(arm)
        return {
            "learner": learner_config(arm, learner),
            "evaluation": evaluation_config(),
            **training_config(self.spec(learner), Seeds(self.seed(index), self.seed(index))),
        }

    def measure(self, arm: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measured:
        return measure(models["model"], instance, self.learner(arm).testing, seeds.world)


@dataclasses.dataclass(frozen=True)
class Plan:
    """A preset of a study: how many seeds, and the conditions."""

    seeds: int
    conditions: tuple[AbstractCondition, ...]


class AbstractStudy(abc.ABC):
    """A question with its experiments and claims. Subclasses are frozen dataclasses.

    `version` rises whenever a preset's sizes or the meaning of a condition change; claims read only records
    of the current one.
    """

    version: ClassVar[int]
    title: ClassVar[str]

    @abc.abstractmethod
    def plan(self, preset: str) -> Plan:
        """What a preset runs."""

    @abc.abstractmethod
    def claims(self, preset: str) -> tuple[Claim, ...]:
        """What is claimed of a preset's records; empty for `smoke`."""

    def sizes(self) -> dict[str, int]:
        """Numbers that say how large the study's material is, where its dials do not."""
        return {}
