"""Output position: the variance of a feature that a decoder emits first or second."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.feature_variance import FeatureVariance, VarianceMetric
from tolman.studies.representation.common import (
    BIASES,
    NetworkPreset,
    at_least,
    computed,
    on_all_features,
    runs_of,
    training,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.training.config import OptimiserConfig
from tolman.worlds.features import Features

NAMES = ("a", "b")
ORDERS = {"a-first": ("a", "b"), "b-first": ("b", "a")}
OPTIMISER = OptimiserConfig(learning_rate=2e-3, weight_decay=0.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class OutputPositionPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        items: inputs to test on; four times as many are trained on.
        model: the decoder.
    """

    items: int
    model: DecoderConfig


PRESETS = {
    "smoke": OutputPositionPreset(
        seeds=2, parallel_seeds=2, steps=100, items=64, model=DecoderConfig(width=16, layers=1)
    ),
    "quick": OutputPositionPreset(
        seeds=6, parallel_seeds=2, steps=1200, items=512, model=DecoderConfig(width=64, layers=2, conv=0)
    ),
    "full": OutputPositionPreset(
        seeds=10, parallel_seeds=2, steps=8000, items=1024, model=DecoderConfig(width=128, layers=4, conv=0, heads=4)
    ),
}


@dataclasses.dataclass(frozen=True)
class OutputPositionStudy(AbstractStudy):
    """A decoder reads bits and then names two features of one kind, in the one order or the other.

    Its representation is that of the last layer at the last step of the input, before it emits anything. Both orders
    together tell a feature's position from its place in the input. Architecture and step are our choice: what was
    published is an effect in transformers whose details are not public.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance by the position at which a feature is emitted"
    seeds: ClassVar[range] = range(1680, 1690)
    explored: ClassVar[tuple[range, ...]] = (range(6),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        return Plan(size.seeds, tuple(_condition(name, size) for name in ORDERS))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return tuple(map(_claim, ORDERS)) if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, size: OutputPositionPreset) -> NetworkSet:
    world = Features(
        form="tokens",
        features=tuple(f"{feature}:bit" for feature in NAMES),
        block=6,
        order=ORDERS[name],
        train_items=4 * size.items,
        test_items=size.items,
    )
    return NetworkSet(
        name=name,
        world=world,
        model=size.model,
        training=training(OPTIMISER, size.parallel_seeds, batch=64, curve_points=6),
        networks=(Network("network", on_all_features(size.steps)),),
        analysis=FeatureVariance(),
        metric=VarianceMetric(),
    )


def _claim(name: str) -> Claim:
    runs = runs_of(name)
    return at_least(
        f"earlier-takes-more-{name}",
        f"Of two bits the one that is emitted first explains more of the variance ({name}).",
        source=BIASES,
        effect=Difference(*(MeasureValue(runs, f"variance/{feature}") for feature in ORDERS[name])),
        bound=0.0,
        requires=computed(runs, *NAMES),
    )
