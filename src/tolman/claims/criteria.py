"""Effects of reaching a criterion: the share of seeds that do, and the steps that it takes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from tolman.claims.effects import LEVEL, AbstractEffect, Unit
from tolman.claims.runs import RunGroup, Runs, SeedPair
from tolman.records.learning_curves import accuracy_curve, first_reaching
from tolman.records.statistics import Interval, pooled


@dataclasses.dataclass(frozen=True)
class _Criterion(AbstractEffect):
    """The accuracy on a test first reaches a criterion at a point of the learning curve (see `accuracy_curve`)."""

    run_group: RunGroup
    test: str
    criterion: float = 0.9

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return bool(accuracy_curve(runs[self.run_group][seeds], self.test))

    def _reached(self, runs: Runs, seeds: SeedPair) -> tuple[float, float]:
        """Return the steps of the first point that reaches the criterion, infinite without one, and of the last."""
        curve = accuracy_curve(runs[self.run_group][seeds], self.test)
        return first_reaching(curve, self.criterion), curve[-1][0]


@dataclasses.dataclass(frozen=True)
class Reaches(_Criterion):
    """1 where the accuracy on a test has reached a criterion within so many steps, else 0: a share of seeds.

    It is for outcomes of two kinds, solved or not, whose mean accuracy describes neither. The interval is never
    narrower than Wilson's with the seeds as items.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    within: float = math.inf

    def __str__(self) -> str:
        steps = "" if math.isinf(self.within) else f" within {self.within:g} steps"
        return f"share of seeds that reach {self.test} accuracy {self.criterion:g}{steps}, {self.run_group}"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        reached, _ = self._reached(runs, seeds)
        return float(math.isfinite(reached) and reached <= self.within)

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        return pooled([self.value(runs, pair) for pair in seeds], 1, level)


@dataclasses.dataclass(frozen=True)
class StepsToCriterion(_Criterion):
    """Training steps to the first point of the learning curve at which the accuracy on a test reaches a criterion.

    A run that never does counts with the steps of its last point: its true number is larger. So a ratio of steps over
    those of runs that all get there errs towards too small.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __str__(self) -> str:
        return f"steps to {self.test} accuracy {self.criterion:g}, {self.run_group}"

    @property
    def unit(self) -> Unit:
        return "number"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return min(self._reached(runs, seeds))

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> None:
        return None
