"""Effects: one number per seed from records, and its interval over seeds.

A seed is a pair of world seed and model seed. Everything here is a pure function of records.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, difference, over_seeds, pooled

Seeds = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class RunGroup:
    """A learner under a condition: what has one record per seed."""

    condition: str
    learner: str

    def __str__(self) -> str:
        return f"{self.learner} ({self.condition})"


Runs = Mapping[RunGroup, Mapping[Seeds, Record]]
"""The records of a study, by cell and seed."""


Unit = Literal["share", "number", "ratio"]
"""How an effect is read: in percent, as it is, or as so many times another."""


class AbstractEffect(abc.ABC):
    """A number per seed. Subclasses are frozen dataclasses whose text names the effect."""

    limits: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    """The range that the number cannot leave."""

    @property
    def unit(self) -> Unit:
        """How the effect is read."""
        return "share"

    @property
    @abc.abstractmethod
    def run_groups(self) -> frozenset[RunGroup]:
        """The run_groups it is computed from; a seed counts only if it has a record in each."""

    @abc.abstractmethod
    def value(self, runs: Runs, seeds: Seeds) -> float:
        """The effect at one seed."""

    @abc.abstractmethod
    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval | None:
        """The interval of all these seeds' items together: the effect's is never narrower. None: it has no items."""

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        """Whether the effect has a value at a seed."""
        return True

    def interval(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        """The mean over at least one seed with its 95 % interval; `n` counts seeds."""
        values = [self.value(runs, each) for each in seeds]
        return over_seeds(values, self.floor(runs, seeds)).clip(*self.limits)


@dataclasses.dataclass(frozen=True)
class Accuracy(AbstractEffect):
    """The share of a test's items answered correctly."""

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    run_group: RunGroup
    test: str

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return scored(runs, self.run_group, seeds, self.test)["accuracy"]

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        counts = [scored(runs, self.run_group, each, self.test)["n"] for each in seeds]
        return pooled([self.value(runs, each) for each in seeds], counts)


@dataclasses.dataclass(frozen=True)
class AboveChance(AbstractEffect):
    """Accuracy less what an answerer without the knowledge would score, which is known exactly."""

    run_group: RunGroup
    test: str
    chance: Literal["uniform", "elimination", "constant"] = "uniform"

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group} above {self.chance} chance"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        test = scored(runs, self.run_group, seeds, self.test)
        return test["accuracy"] - test["chance"][self.chance]

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        tests = [scored(runs, self.run_group, each, self.test) for each in seeds]
        counts = [test["n"] for test in tests]
        chance = np.average([test["chance"][self.chance] for test in tests], weights=counts)
        return pooled([test["accuracy"] for test in tests], counts).shift(-float(chance))


@dataclasses.dataclass(frozen=True)
class Difference(AbstractEffect):
    """`a - b`, paired by seed."""

    a: AbstractEffect
    b: AbstractEffect

    @property
    def limits(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        low, high = self.a.limits[0] - self.b.limits[1], self.a.limits[1] - self.b.limits[0]
        return max(low, -1.0) if math.isfinite(low) else low, min(high, 1.0) if math.isfinite(high) else high

    def __str__(self) -> str:
        return f"{self.a} minus {self.b}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return self.a.run_groups | self.b.run_groups

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return self.a.value(runs, seeds) - self.b.value(runs, seeds)

    @property
    def unit(self) -> Unit:
        return self.a.unit

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval | None:
        a, b = self.a.floor(runs, seeds), self.b.floor(runs, seeds)
        return difference(a, b) if a is not None and b is not None else None

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        return self.a.defined(runs, seeds) and self.b.defined(runs, seeds)


@dataclasses.dataclass(frozen=True)
class Largest(AbstractEffect):
    """The largest of several effects at each seed, for sweeps.

    The largest of noisy numbers is too large on average: a bound from above is judged strictly.
    """

    effects: tuple[AbstractEffect, ...]

    def __str__(self) -> str:
        return "largest of " + ", ".join(map(str, self.effects))

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset().union(*(effect.run_groups for effect in self.effects))

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return max(effect.value(runs, seeds) for effect in self.effects)

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval | None:
        floors = [floor for effect in self.effects if (floor := effect.floor(runs, seeds)) is not None]
        if len(floors) < len(self.effects):
            return None
        mean, low, high, _ = (max(numbers) for numbers in zip(*floors, strict=True))
        return Interval(mean, low, high, min(floor.n for floor in floors))


@dataclasses.dataclass(frozen=True)
class MeasureValue(AbstractEffect):
    """A number other than an accuracy, as recorded under that name."""

    limits: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    run_group: RunGroup
    measure: str
    read_as: Unit = "share"

    def __str__(self) -> str:
        return f"{self.measure} of {self.run_group}"

    @property
    def unit(self) -> Unit:
        return self.read_as

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        value = measured(runs, self.run_group, seeds, self.measure)
        if value is None:
            raise ValueError(f"{self} is undefined at seeds {seeds}")
        return value

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        return measured(runs, self.run_group, seeds, self.measure) is not None

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> None:
        return None


@dataclasses.dataclass(frozen=True)
class Ratio(AbstractEffect):
    """`a / b`, paired by seed: the geometric mean, with an interval that is symmetric on a logarithmic scale.

    A denominator below `least` counts as `least`, so that no seed's ratio is unbounded or negative.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)

    a: AbstractEffect
    b: AbstractEffect
    least: float = 1e-3

    def __str__(self) -> str:
        return f"{self.a} over {self.b}"

    @property
    def unit(self) -> Unit:
        return "ratio"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return self.a.run_groups | self.b.run_groups

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return max(self.a.value(runs, seeds), self.least) / max(self.b.value(runs, seeds), self.least)

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        return self.a.defined(runs, seeds) and self.b.defined(runs, seeds)

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> None:
        return None

    def interval(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        logs = over_seeds([math.log(self.value(runs, each)) for each in seeds], None)
        mean, low, high = (math.exp(end) for end in logs[:3])
        return Interval(mean, low, high, logs.n)


@dataclasses.dataclass(frozen=True)
class Growth(AbstractEffect):
    """How many times larger a measure is at the end of training than when a test was first mastered.

    Measures of learning curves, not of the record, have that name; undefined where the test was never mastered before
    the last point.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)

    run_group: RunGroup
    measure: str
    test: str
    mastered: float = 0.99

    def __str__(self) -> str:
        return f"growth of {self.measure} of {self.run_group} after {self.test} reached {self.mastered:g}"

    @property
    def unit(self) -> Unit:
        return "ratio"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        start, end = self._ends(runs, seeds)
        return end / start

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        ends = self._ends(runs, seeds)
        return len(ends) == 2 and ends[0] > 0

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> None:
        return None

    def _ends(self, runs: Runs, seeds: Seeds) -> list[float]:
        curve = runs[self.run_group][seeds].result["curves"]
        since = [point for point in curve if point["accuracy"].get(self.test, 0.0) >= self.mastered]
        return [since[0]["measures"][self.measure], since[-1]["measures"][self.measure]] if len(since) > 1 else []


def measured(runs: Runs, cell: RunGroup, seeds: Seeds, measure: str) -> float | None:
    """What a record says under a measure's name; raises `ValueError` naming the measures there are."""
    known = runs[cell][seeds].measures
    if measure not in known:
        raise ValueError(f"{cell} has no measure {measure!r}; its measures are {', '.join(known)}")
    return known[measure]


def scored(runs: Runs, cell: RunGroup, seeds: Seeds, test: str) -> dict[str, Any]:
    """What a record says about a test; raises `ValueError` naming the tests there are."""
    tests = runs[cell][seeds].tests
    if test not in tests:
        raise ValueError(f"{cell} has no test {test!r}; its tests are {', '.join(tests)}")
    return tests[test]
