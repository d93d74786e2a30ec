"""The sweet spot: a shortcut that is right often, but not always, helps to learn the relation beside it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Ratio
from tolman.claims.criteria import Reaches, StepsToCriterion
from tolman.claims.effects import AboveChance
from tolman.claims.published import OURS, Published
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.shortcuts.maps import maps
from tolman.studies.shortcuts.setting import EXPLORED, PRESETS, SPOT, condition, runs_of
from tolman.sweeps.ready import ReadySweep

THREAD = Published(
    "a thread without a paper; all sizes are ours",
    note="the model generalises at an intermediate predictivity, and not without the shortcut",
)
UNBIASED = "unbiased"

CONDITIONS = {
    "none": {"predictivity": 0.5},
    "spot": {"predictivity": SPOT},
    "always": {"predictivity": 1.0},
    "last": {"predictivity": SPOT, "shortcut": "last"},
    "marked": {"predictivity": SPOT, "shortcut": "marked"},
}
"""Parameters of the world: without a shortcut, with one at the cued tokens, and as predictive a one elsewhere."""

CONTROLS = {"last": "the last tokens", "marked": "tokens after another mark"}


@dataclasses.dataclass(frozen=True)
class SweetSpotStudy(AbstractStudy):
    """Two cued tokens, the same or not, and a class that gives the answer away never, often, or always."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a shortcut that is right often helps to learn the relation beside it"
    seeds: ClassVar[range] = range(4000, 4020)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        conditions = (condition(name, size, metric=True, **world) for name, world in CONDITIONS.items())
        return Plan(size.seeds, tuple(conditions))

    def sweeps(self, preset: str) -> tuple[ReadySweep, ...]:
        return maps(preset, "spot")

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.shortcuts.presentation import SHORTCUTS

        return SHORTCUTS

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        budget = PRESETS[preset].budget
        return (
            _gains("none", "Without a shortcut", budget, THREAD.with_our("bound")),
            _gains("always", "With a shortcut that is always right", budget, THREAD.with_our("bound")),
            *(claim for name, where in CONTROLS.items() for claim in _control(name, where, budget)),
            _faster("none", "without a shortcut"),
            _faster("always", "with one that is always right"),
            Claim(
                name="always-is-the-shortcut",
                statement="Trained with a shortcut that is always right, models follow it where it is wrong.",
                source=OURS,
                effect=AboveChance(runs_of("always"), "conflicting"),
                bound=-0.4,
                direction="<=",
            ),
        )


def _share(name: str, budget: int) -> Reaches:
    return Reaches(runs_of(name), UNBIASED, within=budget)


def _steps(name: str) -> StepsToCriterion:
    return StepsToCriterion(runs_of(name), UNBIASED)


def _gains(name: str, setting: str, budget: int, source: Published | str) -> Claim:
    return Claim(
        name=f"spot-above-{name}",
        statement=f"{setting} fewer seeds learn the relation in {budget:,} steps than with one right in {SPOT:.0%}.",
        source=source,
        effect=Difference(_share("spot", budget), _share(name, budget)),
        bound=0.4,
        direction=">=",
    )


def _control(name: str, where: str, budget: int) -> tuple[Claim, ...]:
    no_help = Claim(
        name=f"{name}-does-not-help",
        statement=f"An equally predictive shortcut at {where} does not help.",
        source=OURS,
        effect=Difference(_share(name, budget), _share("none", budget)),
        bound=0.2,
        direction="<=",
    )
    return _gains(name, f"With the shortcut at {where}", budget, OURS), no_help


def _faster(name: str, words: str) -> Claim:
    return Claim(
        name=f"spot-faster-than-{name}",
        statement=f"Models reach .90 in half the steps that it takes {words}, or fewer.",
        source=THREAD.with_our("bound"),
        effect=Ratio(_steps(name), _steps("spot")),
        bound=2.0,
        direction=">=",
    )
