"""Effects: a number per pair of seeds, computed from records, with its interval over seeds.

Everything here is a pure function of records. Effects that combine others are in `combinations`.
"""

from __future__ import annotations

import abc
import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from tolman.claims.runs import RunGroup, Runs, SeedPair, measure_of, number_in, result_of
from tolman.records.statistics import Interval, over_seeds, pooled

Unit = Literal["fraction", "number", "ratio"]
"""A fraction is printed in percentage points, a number as it is, a ratio with ×."""

Floor = Literal["items", "none"]
"""What an interval is never narrower than: the sampling error of the items that seeds were tested on, or nothing."""

LEVEL = 0.95
"""The level of the intervals that decide claims."""


class AbstractEffect(abc.ABC):
    """A number per pair of seeds. Subclasses are frozen dataclasses whose `str` names the effect."""

    limits: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    """The smallest and the largest possible value."""

    logarithmic: ClassVar[bool] = False
    """Whether it is averaged on a logarithmic scale."""

    @property
    def unit(self) -> Unit:
        """The unit that effect and bound are printed in."""
        return "fraction"

    @property
    @abc.abstractmethod
    def run_groups(self) -> frozenset[RunGroup]:
        """The groups of runs that it is computed from; seeds count only if each group has a record of them."""

    @abc.abstractmethod
    def value(self, runs: Runs, seeds: SeedPair) -> float:
        """Return the effect at one pair of seeds."""

    @abc.abstractmethod
    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval | None:
        """Return the interval of all items of these seeds pooled, or None for an effect without items.

        The interval over seeds is never narrower.
        """

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        """Return whether the effect has a value at a pair of seeds."""
        del runs, seeds
        return True

    def interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        """Return the mean over at least one pair of seeds with its interval of that level; `n` counts the pairs."""
        pooled_items = self.pooled_interval(runs, seeds, level)
        return over_seeds(self.values(runs, seeds), pooled_items, level).clip(*self.limits)

    def values(self, runs: Runs, seeds: Sequence[SeedPair]) -> list[float]:
        """Return the effect at each pair of seeds, on the scale that it is averaged on."""
        return [self.value(runs, pair) for pair in seeds]

    def floor(self, runs: Runs, seeds: Sequence[SeedPair]) -> Floor:
        """Return what the interval over seeds is never narrower than: the interval of the items, or nothing."""
        return "none" if self.pooled_interval(runs, seeds) is None else "items"


@dataclasses.dataclass(frozen=True)
class _TestEffect(AbstractEffect):
    """An effect of one group of runs on one test; `optional` if there are worlds that allow no question of it."""

    run_group: RunGroup
    test: str
    optional: bool = dataclasses.field(default=False, kw_only=True)

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        test = runs[self.run_group][seeds].tests.get(self.test)
        return not self.optional if test is None else test["n"] > 0


@dataclasses.dataclass(frozen=True)
class Accuracy(_TestEffect):
    """The fraction of a test's items that are answered correctly."""

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group}"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return result_of(runs, self.run_group, seeds, self.test)["accuracy"]

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        counts = [result_of(runs, self.run_group, pair, self.test)["n"] for pair in seeds]
        return pooled([self.value(runs, pair) for pair in seeds], counts, level)


@dataclasses.dataclass(frozen=True)
class AboveChance(_TestEffect):
    """Accuracy minus the score of an answerer without the knowledge, which is known exactly."""

    chance: Literal["uniform", "elimination", "constant"] = "uniform"

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group} above {self.chance} chance"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        test = result_of(runs, self.run_group, seeds, self.test)
        return test["accuracy"] - test["chance"][self.chance]

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        tests = [result_of(runs, self.run_group, pair, self.test) for pair in seeds]
        counts = [test["n"] for test in tests]
        chance = np.average([test["chance"][self.chance] for test in tests], weights=counts)
        return pooled([test["accuracy"] for test in tests], counts, level).shift(-float(chance))


@dataclasses.dataclass(frozen=True)
class RocAUC(_TestEffect):
    """The probability that a right option is ranked above a wrong one: .5 for a guesser, 1 for no error.

    Of tests whose role is `variant`. The interval is never narrower than that of as many items which are right or
    wrong, the widest possible at that mean.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __str__(self) -> str:
        return f"ROC AUC of {self.test} of {self.run_group}"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return result_of(runs, self.run_group, seeds, self.test)["roc_auc"]

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        counts = [result_of(runs, self.run_group, pair, self.test)["n"] for pair in seeds]
        return pooled([self.value(runs, pair) for pair in seeds], counts, level)


@dataclasses.dataclass(frozen=True)
class ChanceCorrected(_TestEffect):
    """Accuracy corrected for chance, (accuracy - chance) / (1 - chance): 0 for a guesser, 1 for no error.

    So tests with different numbers of options can be compared. Chance is that of a uniform guess.
    """

    limits: ClassVar[tuple[float, float]] = (-math.inf, 1.0)

    def __str__(self) -> str:
        return f"chance-corrected {self.test} accuracy of {self.run_group}"

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        test = result_of(runs, self.run_group, seeds, self.test)
        return (test["accuracy"] - test["chance"]["uniform"]) / (1 - test["chance"]["uniform"])

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        tests = [result_of(runs, self.run_group, pair, self.test) for pair in seeds]
        counts = [test["n"] for test in tests]
        chance = float(np.average([test["chance"]["uniform"] for test in tests], weights=counts))
        ends = pooled([test["accuracy"] for test in tests], counts, level)
        mean, low, high = ((end - chance) / (1 - chance) for end in ends[:3])
        return Interval(mean, low, high, ends.n)


@dataclasses.dataclass(frozen=True)
class MeasureValue(AbstractEffect):
    """A measure, as recorded under its name.

    Attributes:
        run_group: the runs.
        measure: its name.
        read_as: the unit that it is printed in.
        items: where records' configurations hold the number of items that it is a fraction of, for example
            `"world.test_items"`; empty for a measure that is no fraction of items, whose interval has no floor.
    """

    limits: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    run_group: RunGroup
    measure: str
    read_as: Unit = "fraction"
    items: str = ""

    def __str__(self) -> str:
        return f"{self.measure} of {self.run_group}"

    @property
    def unit(self) -> Unit:
        return self.read_as

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        value = measure_of(runs, self.run_group, seeds, self.measure)
        if value is None:
            raise ValueError(f"{self} is undefined at seeds {seeds}")
        return value

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return measure_of(runs, self.run_group, seeds, self.measure) is not None

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval | None:
        if not self.items:
            return None
        counts = [number_in(runs, self.run_group, pair, self.items) for pair in seeds]
        return pooled([self.value(runs, pair) for pair in seeds], counts, level)


@dataclasses.dataclass(frozen=True)
class Growth(AbstractEffect):
    """The factor by which a measure grows from the point at which a test is first mastered to the end of training.

    Learning curves hold the measure under that name. Undefined where the test is not mastered before the last point.
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

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        start, end = self._ends(runs, seeds)
        return end / start

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        ends = self._ends(runs, seeds)
        return len(ends) == 2 and ends[0] > 0

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> None:
        return None

    def _ends(self, runs: Runs, seeds: SeedPair) -> list[float]:
        curve = runs[self.run_group][seeds].result["curves"]
        mastered = (i for i, point in enumerate(curve) if point["accuracy"].get(self.test, 0.0) >= self.mastered)
        since = curve[next(mastered, len(curve)) :]
        return [since[0]["measures"][self.measure], since[-1]["measures"][self.measure]] if len(since) > 1 else []
