"""What a study is: worlds, learners and budgets under a preset's sizes, with the claims about them."""

from __future__ import annotations

import abc
import dataclasses
from typing import ClassVar

from ..claims.claim import Claim
from ..core.learning import AbstractLearner, Phase
from ..core.world import AbstractWorld
from ..models.decoder import DecoderConfig
from ..training.spec import TrainingConfig, TrainingSpec

PRESETS = ("smoke", "quick", "full")
"""`smoke`: seconds, for tests, claims nothing. `quick`: 2 cores. `full`: the published scale, on a GPU."""


@dataclasses.dataclass(frozen=True)
class Condition:
    """One way of running a study: a world, a model, a training course, and the learners compared under it.

    All learners of a condition see the same experiences in the same order and take the same number of steps, so
    that they are matched in data and in query-target tokens.
    """

    name: str
    world: AbstractWorld
    model: DecoderConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    learners: tuple[tuple[str, AbstractLearner], ...]

    def spec(self, learner: AbstractLearner) -> TrainingSpec:
        """What must be trained for a learner; equal for learners that share weights."""
        return TrainingSpec(self.world, self.model, self.training, self.phases, learner.training)


@dataclasses.dataclass(frozen=True)
class Plan:
    """A preset of a study: how many seeds, and the conditions."""

    seeds: int
    conditions: tuple[Condition, ...]


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
