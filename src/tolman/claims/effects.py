"""Effects: one number per seed from records, and its interval over seeds.

A seed is a pair of world seed and model seed. Everything here is a pure function of records.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from ..records.schema import Record
from ..records.statistics import Interval, difference, over_seeds, pooled

Seeds = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Cell:
    """A learner under a condition: what has one record per seed."""

    condition: str
    learner: str

    def __str__(self) -> str:
        return f"{self.learner} ({self.condition})"


Runs = Mapping[Cell, Mapping[Seeds, Record]]
"""The records of a study, by cell and seed."""


class AbstractEffect(abc.ABC):
    """A number per seed. Subclasses are frozen dataclasses whose text names the effect."""

    limits: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    """The range that the number cannot leave."""

    @property
    @abc.abstractmethod
    def cells(self) -> frozenset[Cell]:
        """The cells it is computed from; a seed counts only if it has a record in each."""

    @abc.abstractmethod
    def value(self, runs: Runs, seeds: Seeds) -> float:
        """The effect at one seed."""

    @abc.abstractmethod
    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        """The interval of all these seeds' items together: the effect's is never narrower."""

    def interval(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        """The mean over at least one seed with its 95 % interval; `n` counts seeds."""
        values = [self.value(runs, each) for each in seeds]
        return over_seeds(values, self.floor(runs, seeds)).clip(*self.limits)


@dataclasses.dataclass(frozen=True)
class Accuracy(AbstractEffect):
    """The share of a test's items answered correctly."""

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    cell: Cell
    test: str

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.cell}"

    @property
    def cells(self) -> frozenset[Cell]:
        return frozenset({self.cell})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return scored(runs, self.cell, seeds, self.test)["accuracy"]

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        counts = [scored(runs, self.cell, each, self.test)["n"] for each in seeds]
        return pooled([self.value(runs, each) for each in seeds], counts)


@dataclasses.dataclass(frozen=True)
class AboveChance(AbstractEffect):
    """Accuracy less what an answerer without the knowledge would score, which is known exactly."""

    cell: Cell
    test: str
    chance: Literal["uniform", "elimination", "constant"] = "uniform"

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.cell} above {self.chance} chance"

    @property
    def cells(self) -> frozenset[Cell]:
        return frozenset({self.cell})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        test = scored(runs, self.cell, seeds, self.test)
        return test["accuracy"] - test["chance"][self.chance]

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        tests = [scored(runs, self.cell, each, self.test) for each in seeds]
        counts = [test["n"] for test in tests]
        chance = np.average([test["chance"][self.chance] for test in tests], weights=counts)
        return pooled([test["accuracy"] for test in tests], counts).shift(-float(chance))


@dataclasses.dataclass(frozen=True)
class Difference(AbstractEffect):
    """`a - b`, paired by seed."""

    a: AbstractEffect
    b: AbstractEffect

    def __str__(self) -> str:
        return f"{self.a} minus {self.b}"

    @property
    def cells(self) -> frozenset[Cell]:
        return self.a.cells | self.b.cells

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return self.a.value(runs, seeds) - self.b.value(runs, seeds)

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        return difference(self.a.floor(runs, seeds), self.b.floor(runs, seeds))


@dataclasses.dataclass(frozen=True)
class Largest(AbstractEffect):
    """The largest of several effects at each seed, for sweeps.

    The largest of noisy numbers is too large on average: a bound from above is judged strictly.
    """

    effects: tuple[AbstractEffect, ...]

    def __str__(self) -> str:
        return "largest of " + ", ".join(map(str, self.effects))

    @property
    def cells(self) -> frozenset[Cell]:
        return frozenset().union(*(effect.cells for effect in self.effects))

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return max(effect.value(runs, seeds) for effect in self.effects)

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        floors = [effect.floor(runs, seeds) for effect in self.effects]
        mean, low, high, _ = (max(numbers) for numbers in zip(*floors, strict=True))
        return Interval(mean, low, high, min(floor.n for floor in floors))


def scored(runs: Runs, cell: Cell, seeds: Seeds, test: str) -> dict[str, Any]:
    """What a record says about a test; raises `ValueError` naming the tests there are."""
    tests = runs[cell][seeds].tests
    if test not in tests:
        raise ValueError(f"{cell} has no test {test!r}; its tests are {', '.join(tests)}")
    return tests[test]
