"""Prevalence: does a feature that is present more often take more of a representation?"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.studies.representation.networks import BIASES, claim, computed, gap, labelled, network
from tolman.studies.representation.settings import REGIME
from tolman.studies.representation.variance import FeatureVariance
from tolman.worlds.features import Features

RARE = 0.25


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    parallel_seeds: int
    steps: int


SIZES = {"smoke": Size(2, 2, 100), "quick": Size(10, 10, 4000), "full": Size(10, 10, 12_000)}
PAIRS = {"bits": ("often:bit", "rarely:bit"), "xors": ("often:xor", "rarely:xor")}


@dataclasses.dataclass(frozen=True)
class Prevalence(AbstractStudy):
    """Two features of the same kind, one in every training input and the other in a quarter of them."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance by how often a feature is present in training"
    seeds: ClassVar[range] = range(1560, 1570)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        return Plan(size.seeds, tuple(_condition(name, size, preset, p) for name, p in _DIALS.items()))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        rows = ("often", "rarely")
        return tuple(
            claim(
                f"prevalent-takes-more-{name}",
                f"Of two {name} the one that is present more often explains more of the variance.",
                BIASES,
                gap(name, rows=rows),
                1.0,
                computed(network(name), *rows),
            )
            for name in PAIRS
        )


_DIALS = {**dict.fromkeys(PAIRS, (1.0, RARE)), **{f"{name}-equal": (1.0, 1.0) for name in PAIRS}}
"""Each pair with unequal prevalence, and the control with equal."""


def _condition(name: str, size: Size, preset: str, prevalence: tuple[float, float]) -> NetworkSet:
    features = PAIRS[name.removesuffix("-equal")]
    world = Features(features=features, prevalence=prevalence, **REGIME.sizes(preset))
    course = REGIME.training(size.parallel_seeds)
    return NetworkSet(
        name,
        world,
        REGIME.model,
        course,
        (Network("network", labelled(size.steps)),),
        FeatureVariance(),
    )
