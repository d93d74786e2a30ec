"""Images: colour or shape, by architecture."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Ratio
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.convnet import ConvnetConfig
from tolman.studies.representation.networks import BIASES, claim, computed, constant, gap, labelled, network, training
from tolman.studies.representation.variance import FeatureVariance
from tolman.worlds.features import Features

PLAIN, RESIDUAL = "convnet", "residual"
ATTRIBUTES = ("shape", "colour")


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    parallel_seeds: int
    steps: int
    items: int
    pixels: int
    values: int
    model: ConvnetConfig


SIZES = {
    "smoke": Size(2, 2, 20, 32, 16, 2, ConvnetConfig((4, 4), blocks=1)),
    "quick": Size(24, 2, 800, 256, 32, 3, ConvnetConfig((8, 16, 32))),
    "full": Size(10, 2, 10_000, 2048, 64, 7, ConvnetConfig((32, 64, 128, 128), blocks=2)),
}


@dataclasses.dataclass(frozen=True)
class ImageBias(AbstractStudy):
    """Small convnets that name shape and colour of drawn images, with and without residual connections."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance of shape and colour in convnets with and without residual connections"
    seeds: ClassVar[range] = range(1740, 1764)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        world = Features(
            form="image",
            features=ATTRIBUTES,
            values=size.values,
            size=size.pixels,
            train_items=16 * size.items,
            test_items=size.items,
        )
        course = training(constant("adam", 2e-3), size.parallel_seeds, batch=32, points=4)
        return Plan(
            size.seeds,
            tuple(
                NetworkSet(name, world, model, course, (Network("network", labelled(size.steps)),), FeatureVariance())
                for name, model in (
                    (PLAIN, size.model),
                    (RESIDUAL, dataclasses.replace(size.model, residual=True)),
                )
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        plain, residual = (computed(network(name), *ATTRIBUTES) for name in (PLAIN, RESIDUAL))
        return (
            claim(
                "convnet-favours-colour",
                "Without residual connections colour explains more of the pooled representation than shape.",
                BIASES,
                gap(PLAIN, rows=("colour", "shape")),
                1.0,
                plain,
            ),
            claim(
                "residual-favours-shape",
                "With residual connections shape explains more than colour.",
                BIASES,
                gap(RESIDUAL, rows=("shape", "colour")),
                1.0,
                residual,
            ),
            claim(
                "residual-shifts-to-shape",
                "Residual connections shift variance from colour to shape, whichever leads.",
                "our own",
                Ratio(gap(RESIDUAL, rows=("shape", "colour")), gap(PLAIN, rows=("shape", "colour"))),
                1.0,
                (*plain, *residual),
            ),
        )
