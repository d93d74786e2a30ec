"""Effects that combine others: differences and ratios paired by seed, and extremes of several effects."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from tolman.claims.effects import LEVEL, AbstractEffect, Floor, Unit
from tolman.claims.runs import RunGroup, Runs, SeedPair
from tolman.records.statistics import Interval, difference, over_seeds


@dataclasses.dataclass(frozen=True)
class Difference(AbstractEffect):
    """`a - b`, paired by seed."""

    a: AbstractEffect
    b: AbstractEffect

    @property
    def limits(self) -> tuple[float, float]:  # pyright: ignore[reportIncompatibleVariableOverride]
        low, high = self.a.limits[0] - self.b.limits[1], self.a.limits[1] - self.b.limits[0]
        most = 2.0 if isinstance(self.a, Difference) or isinstance(self.b, Difference) else 1.0
        return max(low, -most) if math.isfinite(low) else low, min(high, most) if math.isfinite(high) else high

    def __str__(self) -> str:
        return f"{self.a} minus {self.b}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return self.a.run_groups | self.b.run_groups

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return self.a.value(runs, seeds) - self.b.value(runs, seeds)

    @property
    def unit(self) -> Unit:
        return self.a.unit

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval | None:
        a, b = (part.pooled_interval(runs, seeds, level) for part in (self.a, self.b))
        return difference(a, b) if a is not None and b is not None else None

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return self.a.defined(runs, seeds) and self.b.defined(runs, seeds)


@dataclasses.dataclass(frozen=True)
class Ratio(AbstractEffect):
    """`a / b`, paired by seed: the geometric mean, with an interval that is symmetric on a logarithmic scale.

    Numerators and denominators below `least` count as `least`, so that no seed's ratio is unbounded or negative.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)
    logarithmic: ClassVar[bool] = True

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

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return max(self.a.value(runs, seeds), self.least) / max(self.b.value(runs, seeds), self.least)

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return self.a.defined(runs, seeds) and self.b.defined(runs, seeds)

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> None:
        return None

    def interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        logs = over_seeds(self.values(runs, seeds), None, level)
        mean, low, high = (_exp(end) for end in logs[:3])
        return Interval(mean, low, high, logs.n)

    def values(self, runs: Runs, seeds: Sequence[SeedPair]) -> list[float]:
        return [math.log(self.value(runs, pair)) for pair in seeds]


def _exp(x: float) -> float:
    """Return e to the x, infinite beyond the largest float: ends at levels near 1, as p-values ask for, lie there."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


@dataclasses.dataclass(frozen=True)
class Farthest(AbstractEffect):
    """The largest distance of several effects from a value, each judged by its own interval over seeds.

    Its interval begins at the largest distance that some effect keeps with its whole interval, and ends at the largest
    that any interval reaches. So "at most d" holds exactly if every effect's interval lies within d (an
    intersection-union test, which needs no correction for their number: Berger 1982), and fails if one lies beyond. The
    largest at each seed would grow with the noise and the number of effects instead.
    """

    limits: ClassVar[tuple[float, float]] = (0.0, math.inf)

    effects: tuple[AbstractEffect, ...]
    centre: float = 0.0

    def __str__(self) -> str:
        return f"farthest from {self.centre:g} of {len(self.effects)}: {self.effects[0]}, ..."

    @property
    def unit(self) -> Unit:
        return self.effects[0].unit

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset().union(*(effect.run_groups for effect in self.effects))

    def value(self, runs: Runs, seeds: SeedPair) -> float:
        return max(abs(effect.value(runs, seeds) - self.centre) for effect in self.effects)

    def pooled_interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> None:
        return None

    def defined(self, runs: Runs, seeds: SeedPair) -> bool:
        return all(effect.defined(runs, seeds) for effect in self.effects)

    def floor(self, runs: Runs, seeds: Sequence[SeedPair]) -> Floor:
        return "none" if any(effect.floor(runs, seeds) == "none" for effect in self.effects) else "items"

    def interval(self, runs: Runs, seeds: Sequence[SeedPair], level: float = LEVEL) -> Interval:
        found = [effect.interval(runs, seeds, level).shift(-self.centre) for effect in self.effects]
        return Interval(
            max(abs(each.mean) for each in found),
            max(0.0, *(max(each.low, -each.high) for each in found)),
            max(max(-each.low, each.high) for each in found),
            len(seeds),
        )
