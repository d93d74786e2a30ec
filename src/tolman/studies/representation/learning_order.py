"""Learning order: the variance of features that are learned together, or the hard one first."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Ratio
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.feature_variance import FeatureVariance
from tolman.studies.representation.common import (
    BIASES,
    NetworkPreset,
    at_least,
    computed,
    on_all_features,
    on_one_feature,
    ratio,
    runs_of,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, XOR
from tolman.training.config import Phase

TOGETHER, HARD_FIRST = "together", "hard-first"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LearningOrderPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        pretraining: steps on the hard feature alone, before those on both.
    """

    pretraining: int


PRESETS = {
    "smoke": LearningOrderPreset(seeds=2, parallel_seeds=2, steps=100, pretraining=100),
    "quick": LearningOrderPreset(seeds=10, parallel_seeds=10, steps=XOR.steps, pretraining=XOR.steps),
    "full": LearningOrderPreset(seeds=10, parallel_seeds=10, steps=2 * XOR.steps, pretraining=2 * XOR.steps),
}


@dataclasses.dataclass(frozen=True)
class LearningOrderStudy(AbstractStudy):
    """An easy and a hard feature learned together, or the hard one first, as in Lampinen et al. 2024."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "pretraining on the hard feature against learning both at once"
    seeds: ClassVar[range] = range(1500, 1510)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        together = on_all_features(size.steps)
        hard_first = (*on_one_feature(size.pretraining, "hard"), *together)
        curricula = {TOGETHER: together, HARD_FIRST: hard_first}
        return Plan(size.seeds, tuple(_condition(name, preset, phases) for name, phases in curricula.items()))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return _claims() if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, preset: str, phases: tuple[Phase, ...]) -> NetworkSet:
    return NetworkSet(
        name=name,
        world=XOR.world(preset),
        model=XOR.model,
        training=XOR.training(PRESETS[preset].parallel_seeds),
        networks=(Network("network", phases),),
        analysis=FeatureVariance(),
    )


def _claims() -> tuple[Claim, ...]:
    learned = tuple(need for name in (TOGETHER, HARD_FIRST) for need in computed(runs_of(name), "easy", "hard"))
    return (
        at_least(
            "hard-first-narrows",
            "Pretraining on the hard feature narrows the gap of variance between the easy and the hard one.",
            source=BIASES,
            effect=Ratio(ratio(TOGETHER), ratio(HARD_FIRST)),
            bound=1.0,
            requires=learned,
        ),
        at_least(
            "hard-first-does-not-close",
            "It does not close the gap: order is not the whole story.",
            source=BIASES,
            effect=ratio(HARD_FIRST),
            bound=1.0,
            requires=learned,
        ),
    )
