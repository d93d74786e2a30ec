"""Prevalence: the variance of features that are present in all training inputs, or in some."""

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
    ratio,
    runs_of,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, XOR
from tolman.worlds.features import Features

RARE = 0.25
PAIRS = {"bits": ("often:bit", "rarely:bit"), "xors": ("often:xor", "rarely:xor")}
PREVALENCES = {**dict.fromkeys(PAIRS, (1.0, RARE)), **{f"{name}-equal": (1.0, 1.0) for name in PAIRS}}
"""Each pair with unequal prevalence, and the control with equal."""

PRESETS = {
    "smoke": NetworkPreset(seeds=2, parallel_seeds=2, steps=100),
    "quick": NetworkPreset(seeds=10, parallel_seeds=10, steps=4000),
    "full": NetworkPreset(seeds=10, parallel_seeds=10, steps=12_000),
}


@dataclasses.dataclass(frozen=True)
class PrevalenceStudy(AbstractStudy):
    """Two features of the same kind, one in every training input and the other in a quarter of them."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "variance by how often a feature is present in training"
    seeds: ClassVar[range] = range(3940, 3950)
    explored: ClassVar[tuple[range, ...]] = (*EXPLORED, range(1560, 1570))

    def plan(self, preset: str) -> Plan:
        return Plan(PRESETS[preset].seeds, tuple(_condition(name, preset) for name in PREVALENCES))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return tuple(map(_claim, PAIRS)) if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, preset: str) -> NetworkSet:
    size = PRESETS[preset]
    features = PAIRS[name.removesuffix("-equal")]
    return NetworkSet(
        name=name,
        world=Features(features=features, prevalence=PREVALENCES[name], **XOR.sizes(preset)),
        model=XOR.model,
        training=XOR.training(size.parallel_seeds),
        networks=(Network("network", on_all_features(size.steps)),),
        analysis=FeatureVariance(),
    )


def _claim(name: str) -> Claim:
    conditions = name, f"{name}-equal"
    unequal, equal = (ratio(condition, "often", "rarely") for condition in conditions)
    return at_least(
        f"prevalent-takes-more-{name}",
        f"Of two {name} the one that is present more often explains more of the variance, compared with the same two "
        "where both are always present.",
        source=BIASES.with_our("control"),
        effect=Ratio(unequal, equal),
        bound=1.0,
        requires=tuple(need for each in conditions for need in computed(runs_of(each), "often", "rarely")),
    )
