"""Effects of reaching a criterion: the share of seeds that do, and the steps that it takes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from tolman.claims.effects import LEVEL, AbstractEffect, Unit
from tolman.claims.runs import RunGroup, Runs, SeedPair, result_of
from tolman.records.statistics import Interval, pooled


@dataclasses.dataclass(frozen=True)
class Reaches(AbstractEffect):
    """1 where the accuracy on a test reaches a criterion at the end of training, else 0: the mean is a share of seeds.

    It is for outcomes of two kinds, solved or not, whose mean accuracy describes neither. The interval is never
    narrower than Wilson's with the seeds as items.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    run_group: RunGroup
    test: str
    criterion: float = 0.9

    def __str__(self) -> str:
        return f"share of seeds with {self.test} accuracy >= {self.criterion:g}, {self.run_group}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return float(result_of(runs, self.run_group, seeds, self.test)["accuracy"] >= self.criterion)

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        return pooled([self.value(runs, pair) for pair in seeds], 1, level)


@dataclasses.dataclass(frozen=True)
class StepsToCriterion(AbstractEffect):
    """Training steps to the first point of the learning curve at which the accuracy on a test reaches a criterion.

    A run that never does counts with the steps of its last point: its true number is larger. So a ratio of steps over
    those of runs that all get there errs towards too small.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)

    run_group: RunGroup
    test: str
    criterion: float = 0.9

    def __str__(self) -> str:
        return f"steps to {self.test} accuracy {self.criterion:g}, {self.run_group}"

    @property
    def unit(self) -> Unit:
        return "number"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        curve = runs[self.run_group][seeds].result["curves"]
        reached = (point["step"] for point in curve if point["accuracy"][self.test] >= self.criterion)
        return float(next(reached, curve[-1]["step"]))

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return bool(runs[self.run_group][seeds].result["curves"])

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> None:
        return None
