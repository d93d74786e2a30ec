"""The effect of "all of these are near a value"."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import ClassVar

from tolman.claims.effects import AbstractEffect, RunGroup, Runs, Seeds, Unit
from tolman.records.statistics import Interval


@dataclasses.dataclass(frozen=True)
class Farthest(AbstractEffect):
    """How far from a value the farthest of several effects lies, each judged by its own interval over seeds.

    Its interval begins at the largest distance that some effect keeps with its whole interval, and ends at the largest
    that any interval reaches. So "at most d" holds exactly if every effect's interval lies within d (an
    intersection-union test, which needs no correction for their number: Berger 1982), and fails if one lies beyond.
    `Largest` would take the largest at each seed instead, which grows with the noise and the number of effects.
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

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return max(abs(effect.value(runs, seeds) - self.centre) for effect in self.effects)

    def floor(self, runs: Runs, seeds: Sequence[Seeds]) -> None:
        return None

    def defined(self, runs: Runs, seeds: Seeds) -> bool:
        return all(effect.defined(runs, seeds) for effect in self.effects)

    def interval(self, runs: Runs, seeds: Sequence[Seeds]) -> Interval:
        found = [effect.interval(runs, seeds).shift(-self.centre) for effect in self.effects]
        return Interval(
            max(abs(each.mean) for each in found),
            max(0.0, *(max(each.low, -each.high) for each in found)),
            max(max(-each.low, each.high) for each in found),
            len(seeds),
        )
