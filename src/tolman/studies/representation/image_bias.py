"""Images: the variance of colour and shape in convnets, by architecture."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Ratio
from tolman.claims.published import OURS
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.convnet import ConvnetConfig
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.feature_variance import FeatureVariance
from tolman.studies.representation.common import (
    BIASES,
    NetworkPreset,
    at_least,
    computed,
    constant,
    on_all_features,
    ratio,
    runs_of,
    training,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.worlds.features import Features

PLAIN, RESIDUAL = "convnet", "residual"
ATTRIBUTES = ("shape", "colour")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ImageBiasPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        items: images to test on; sixteen times as many are trained on.
        pixels: along an image's side.
        values: shapes, and colours.
        model: the convnet without residual connections.
    """

    items: int
    pixels: int
    values: int
    model: ConvnetConfig


PRESETS = {
    "smoke": ImageBiasPreset(
        seeds=2,
        parallel_seeds=2,
        steps=20,
        items=32,
        pixels=16,
        values=2,
        model=ConvnetConfig((4, 4), blocks=1),
    ),
    "quick": ImageBiasPreset(
        seeds=24,
        parallel_seeds=2,
        steps=800,
        items=256,
        pixels=32,
        values=3,
        model=ConvnetConfig((8, 16, 32)),
    ),
    "full": ImageBiasPreset(
        seeds=10,
        parallel_seeds=2,
        steps=10_000,
        items=2048,
        pixels=64,
        values=7,
        model=ConvnetConfig((32, 64, 128, 128), blocks=2),
    ),
}


@dataclasses.dataclass(frozen=True)
class ImageBiasStudy(AbstractStudy):
    """Small convnets that name shape and colour of drawn images, with and without residual connections."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance of shape and colour in convnets with and without residual connections"
    seeds: ClassVar[range] = range(1740, 1764)
    explored: ClassVar[tuple[range, ...]] = (range(24),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        models = {PLAIN: size.model, RESIDUAL: dataclasses.replace(size.model, residual=True)}
        return Plan(size.seeds, tuple(_condition(name, model, size) for name, model in models.items()))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return _claims() if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, model: ConvnetConfig, size: ImageBiasPreset) -> NetworkSet:
    world = Features(
        form="image",
        features=ATTRIBUTES,
        values=size.values,
        size=size.pixels,
        train_items=16 * size.items,
        test_items=size.items,
    )
    return NetworkSet(
        name=name,
        world=world,
        model=model,
        training=training(constant("adam", 2e-3), size.parallel_seeds, batch=32, curve_points=4),
        networks=(Network("network", on_all_features(size.steps)),),
        analysis=FeatureVariance(),
    )


def _claims() -> tuple[Claim, ...]:
    plain, residual = (computed(runs_of(name), *ATTRIBUTES) for name in (PLAIN, RESIDUAL))
    return (
        at_least(
            "convnet-favours-colour",
            "Without residual connections colour explains more of the pooled representation than shape.",
            source=BIASES,
            effect=ratio(PLAIN, "colour", "shape"),
            bound=1.0,
            requires=plain,
        ),
        at_least(
            "residual-favours-shape",
            "With residual connections shape explains more than colour.",
            source=BIASES,
            effect=ratio(RESIDUAL, "shape", "colour"),
            bound=1.0,
            requires=residual,
        ),
        at_least(
            "residual-shifts-to-shape",
            "Residual connections shift variance from colour to shape, whichever leads.",
            source=OURS,
            effect=Ratio(ratio(RESIDUAL, "shape", "colour"), ratio(PLAIN, "shape", "colour")),
            bound=1.0,
            requires=(*plain, *residual),
        ),
    )
