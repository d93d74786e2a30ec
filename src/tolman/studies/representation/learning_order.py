"""Learning order: the variance of features that are learned together, or one of them first."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
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
from tolman.studies.representation.setting import EXPLORED, EXPLORED_CONTROLS, XOR
from tolman.training.config import Phase

TOGETHER, LONG, HARD_FIRST, EASY_FIRST = "together", "together-long", "hard-first", "easy-first"


@dataclasses.dataclass(frozen=True, kw_only=True)
class LearningOrderPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        pretraining: steps on one feature alone, before those on both.
    """

    pretraining: int


PRESETS = {
    "smoke": LearningOrderPreset(seeds=2, parallel_seeds=2, steps=100, pretraining=100),
    "quick": LearningOrderPreset(seeds=10, parallel_seeds=10, steps=XOR.steps, pretraining=XOR.steps),
    "full": LearningOrderPreset(seeds=10, parallel_seeds=10, steps=2 * XOR.steps, pretraining=2 * XOR.steps),
}


@dataclasses.dataclass(frozen=True)
class LearningOrderStudy(AbstractStudy):
    """An easy and a hard feature learned together, or one of them first, as in Lampinen et al. 2024.

    Features that are learned one after the other are compared with both at once for as many steps.
    """

    version: ClassVar[int] = 2
    title: ClassVar[str] = "pretraining on one feature against learning both at once"
    seeds: ClassVar[range] = range(3950, 3960)
    explored: ClassVar[tuple[range, ...]] = (*EXPLORED, *EXPLORED_CONTROLS, range(1500, 1510))

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        together = on_all_features(size.steps)
        curricula = {
            TOGETHER: together,
            LONG: on_all_features(size.pretraining + size.steps),
            HARD_FIRST: (*on_one_feature(size.pretraining, "hard"), *together),
            EASY_FIRST: (*on_one_feature(size.pretraining, "easy"), *together),
        }
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
    return (
        at_least(
            "hard-first-narrows",
            "Pretraining on the hard feature narrows the gap of variance that learning both for as long leaves.",
            source=BIASES.with_our("control"),
            effect=Ratio(ratio(LONG), ratio(HARD_FIRST)),
            bound=1.0,
            requires=_learned(LONG, HARD_FIRST),
        ),
        at_least(
            "hard-first-does-not-close",
            "It does not close the gap: order is not the whole story.",
            source=BIASES,
            effect=ratio(HARD_FIRST),
            bound=1.0,
            requires=_learned(HARD_FIRST),
        ),
        at_least(
            "easy-first-widens",
            "Pretraining on the easy feature widens the gap that learning both for as long leaves.",
            source=BIASES.with_our("control"),
            effect=Ratio(ratio(EASY_FIRST), ratio(LONG)),
            bound=1.0,
            requires=_learned(EASY_FIRST, LONG),
        ),
    )


def _learned(*conditions: str) -> tuple[Learned, ...]:
    return tuple(need for name in conditions for need in computed(runs_of(name), "easy", "hard"))
