"""Representation bias: the variance of two features that a network computes equally well, and what it depends on."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.feature_variance import FeatureVariance, VarianceMetric
from tolman.studies.representation.bias_claims import claims as bias_claims
from tolman.studies.representation.bias_settings import (
    compared,
    sweep,
)
from tolman.studies.representation.common import (
    NetworkPreset,
    on_all_features,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, EXPLORED_CONTROLS, XOR, Setting

PRESETS = {
    "smoke": NetworkPreset(seeds=2, parallel_seeds=2, steps=100),
    "quick": NetworkPreset(seeds=10, parallel_seeds=10, steps=XOR.steps),
    "full": NetworkPreset(seeds=20, parallel_seeds=10, steps=XOR.steps),
}


@dataclasses.dataclass(frozen=True)
class RepresentationBiasStudy(AbstractStudy):
    """An easy and a hard feature in one network: the variance that each takes, and what that depends on."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "variance that an easy and a hard feature take of one network"
    seeds: ClassVar[range] = range(3900, 3920)
    explored: ClassVar[tuple[range, ...]] = (*EXPLORED, *EXPLORED_CONTROLS, range(1380, 1400))

    def plan(self, preset: str) -> Plan:
        settings = compared() | sweep(preset)
        conditions = tuple(_condition(name, setting, preset) for name, setting in settings.items())
        return Plan(PRESETS[preset].seeds, conditions)

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return bias_claims() if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, setting: Setting, preset: str) -> NetworkSet:
    size = PRESETS[preset]
    return NetworkSet(
        name=name,
        world=setting.world(preset),
        model=setting.model,
        training=setting.training(size.parallel_seeds),
        networks=(Network("network", on_all_features(min(size.steps, setting.steps))),),
        analysis=FeatureVariance(),
        metric=VarianceMetric(),
    )
