"""Where to look: is that what a shortcut teaches, and is it in the attention?"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Ratio
from tolman.claims.criteria import Reaches, StepsToCriterion
from tolman.claims.effects import Accuracy
from tolman.claims.published import OURS
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.shortcuts.attention import CuedAttentionLoss
from tolman.studies.shortcuts.mechanism import AgreementVarianceMetric
from tolman.studies.shortcuts.setting import EXPLORED, PRESETS, SPOT, Size, condition, runs_of
from tolman.training.config import Phase

ATTENTION_WEIGHTS = ("layers.*.attention.query", "layers.*.attention.key")
"""What decides where a decoder looks, given what it reads."""
OTHER_WEIGHTS = (
    "embedding", "unembedding", "*norm.gain", "layers.*.attention.value", "layers.*.attention.out", "layers.*.mlp.*",
)  # fmt: skip
TRANSPLANTS = {
    "attention-transplant": (SPOT, ATTENTION_WEIGHTS),
    "attention-of-always": (1.0, ATTENTION_WEIGHTS),
    "attention-without-shortcut": (0.5, ATTENTION_WEIGHTS),
    "others-transplant": (SPOT, OTHER_WEIGHTS),
}
"""The predictivity that the donor is trained with, and the weights that the recipient gets."""


@dataclasses.dataclass(frozen=True)
class WhereToLookStudy(AbstractStudy):
    """Sequences without a shortcut, and what might stand in for one.

    A transplant is one run of two parts: a donor is trained for all steps of the preset; then all weights but some
    go back to their initial values, and the recipient is trained without a shortcut for the budget. Its steps count
    from there, and it has the initial weights of the run `none` of the same seed.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "attention to the cued tokens in place of a shortcut: taught, and transplanted"
    seeds: ClassVar[range] = range(4060, 4080)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        none, spot = _measured("none", size, 0.5), _measured("spot", size, SPOT)
        taught = dataclasses.replace(_measured("attention-loss", size, 0.5), auxiliary=CuedAttentionLoss())
        transplants = (_transplant(name, size, *how) for name, how in TRANSPLANTS.items())
        return Plan(size.seeds, (none, spot, taught, *transplants, _removed_late(size)))

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.shortcuts.presentation import SHORTCUTS

        reading = f"{SHORTCUTS.over_training} The curve of a transplant begins with its donor."
        return dataclasses.replace(SHORTCUTS, over_training=reading)

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        budget = PRESETS[preset].budget
        return (
            _gains("attention-loss", "none", budget, "With a loss on attention to the cued tokens"),
            Claim(
                name="attention-loss-faster",
                statement="With a loss on attention to the cued tokens models reach .90 in half the steps, or fewer.",
                source=OURS,
                effect=Ratio(_steps("none"), _steps("attention-loss")),
                bound=2.0,
                direction=">=",
            ),
            _gains("attention-transplant", "none", budget, "With the attention weights of a model with a shortcut"),
            _gains("attention-of-always", "none", budget, "With those of a model that only follows the shortcut"),
            _gains("attention-transplant", "others-transplant", budget, "With these, not with all others,"),
            _gains("attention-transplant", "attention-without-shortcut", budget, "With these, not of one without,"),
            Claim(
                name="relation-stays",
                statement="Models that learned the relation with a shortcut keep it when the shortcut is taken away.",
                source=OURS,
                effect=Accuracy(runs_of("removed-late"), "unbiased"),
                bound=0.9,
                direction=">=",
            ),
        )


def _measured(name: str, size: Size, predictivity: float) -> Condition:
    return dataclasses.replace(condition(name, size, predictivity=predictivity), metric=AgreementVarianceMetric())


def _transplant(name: str, size: Size, predictivity: float, weights: tuple[str, ...]) -> Condition:
    """Return a condition whose recipient, trained for the budget, gets these weights of a donor of all steps."""
    phases = (Phase(size.steps, {"fresh": 1.0}), Phase(size.budget, {"uninformative": 1.0}, keep=weights))
    return condition(name, size, phases=phases, predictivity=predictivity)


def _removed_late(size: Size) -> Condition:
    """Return a condition whose shortcut is taken away after the budget, when most seeds have learned the relation."""
    phases = (Phase(size.budget, {"fresh": 1.0}), Phase(size.steps - size.budget, {"uninformative": 1.0}))
    return condition("removed-late", size, phases=phases, predictivity=SPOT)


def _steps(name: str) -> StepsToCriterion:
    return StepsToCriterion(runs_of(name), "unbiased")


def _gains(name: str, other: str, budget: int, words: str) -> Claim:
    against = "" if other == "none" else f", against {other}"
    return Claim(
        name=f"{name}-above-{other}",
        statement=f"{words} more seeds learn the relation without a shortcut in {budget:,} steps{against}.",
        source=OURS,
        effect=Difference(*(Reaches(runs_of(each), "unbiased", within=budget) for each in (name, other))),
        bound=0.4,
        direction=">=",
    )
