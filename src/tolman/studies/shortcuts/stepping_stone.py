"""Stepping stones: is a shortcut still needed once it is learned, and does another teacher do as well?"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.criteria import Reaches
from tolman.claims.published import OURS
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.shortcuts.setting import EXPLORED, PRESETS, SPOT, Size, condition, runs_of
from tolman.training.config import Phase

FIRST = {
    "shortcut-first": ("fresh", {"predictivity": SPOT}),
    "always-first": ("fresh", {"predictivity": 1.0}),
    "last-first": ("fresh", {"predictivity": 1.0, "shortcut": "last"}),
    "short-first": ("short", {}),
}
"""What comes before the sequences without a shortcut: the kind of sequence, and parameters of the world."""

WORDS = {
    "shortcut-first": "a shortcut that is right often",
    "always-first": "a shortcut that is always right",
    "short-first": "short sequences",
}


@dataclasses.dataclass(frozen=True)
class SteppingStoneStudy(AbstractStudy):
    """Sequences without a shortcut, after a part of training on something easier.

    Later sequences and tests are of the same kind in all conditions, and the number of steps is the same.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a shortcut that is taken away again, and short sequences in its place"
    seeds: ClassVar[range] = range(4040, 4060)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        none = condition("none", size, predictivity=0.5)
        return Plan(size.seeds, (none, *(_after(name, size, *first) for name, first in FIRST.items())))

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.shortcuts.presentation import SHORTCUTS

        return SHORTCUTS

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        budget = PRESETS[preset].budget
        return (*(_helps(name, words, budget) for name, words in WORDS.items()), _control(budget))


def _after(name: str, size: Size, kind: str, world: dict[str, Any]) -> Condition:
    phases = (Phase(size.first, {kind: 1.0}), Phase(size.steps - size.first, {"uninformative": 1.0}))
    return condition(name, size, phases=phases, **{"predictivity": 0.5, **world})


def _gain(name: str, budget: int) -> Difference:
    return Difference(*(Reaches(runs_of(each), "unbiased", within=budget) for each in (name, "none")))


def _helps(name: str, words: str, budget: int) -> Claim:
    return Claim(
        name=f"{name}-helps",
        statement=f"After {words} more seeds learn the relation in {budget:,} steps than without.",
        source=OURS,
        effect=_gain(name, budget),
        bound=0.4,
        direction=">=",
    )


def _control(budget: int) -> Claim:
    return Claim(
        name="last-first-does-not-help",
        statement="After a shortcut at tokens that are not cued, no more seeds learn the relation than without.",
        source=OURS,
        effect=_gain("last-first", budget),
        bound=0.2,
        direction="<=",
    )
