"""Output position: does a decoder represent more strongly what it must say first?"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.decoder import DecoderConfig
from tolman.studies.representation.networks import BIASES, claim, computed, labelled, network, training
from tolman.studies.representation.variance import FeatureVariance, VarianceMetric
from tolman.training.optim import OptimiserConfig
from tolman.worlds.features import Features

NAMES = ("a", "b")
ORDERS = {"a-first": ("a", "b"), "b-first": ("b", "a")}


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    parallel_seeds: int
    steps: int
    items: int
    model: DecoderConfig


SIZES = {
    "smoke": Size(2, 2, 100, 64, DecoderConfig(width=16, layers=1)),
    "quick": Size(6, 2, 1200, 512, DecoderConfig(width=64, layers=2, conv=0)),
    "full": Size(10, 2, 8000, 1024, DecoderConfig(width=128, layers=4, conv=0, heads=4)),
}


@dataclasses.dataclass(frozen=True)
class OutputPosition(AbstractStudy):
    """A decoder reads bits and then names two features of one kind, in the one order or the other.

    Its representation is that of the last layer at the last step of the input, before anything has been said. Both
    orders together tell a feature's position from its place in the input. Architecture and step are our choice: what
    was published is an effect in transformers whose details are not public.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance by the position at which a feature is emitted"
    seeds: ClassVar[range] = range(1680, 1690)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        course = training(
            OptimiserConfig(learning_rate=2e-3, weight_decay=0.0), size.parallel_seeds, batch=64, points=6
        )

        def condition(name: str, order: tuple[str, ...]) -> NetworkSet:
            features = tuple(f"{feature}:bit" for feature in NAMES)
            items, tests = 4 * size.items, size.items
            world = Features("tokens", features, block=6, order=order, train_items=items, test_items=tests)
            networks = (Network("network", labelled(size.steps)),)
            return NetworkSet(name, world, size.model, course, networks, FeatureVariance(), VarianceMetric())

        return Plan(size.seeds, tuple(condition(*item) for item in ORDERS.items()))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return tuple(
            claim(
                f"earlier-takes-more-{name}",
                f"Of two bits the one that is emitted first explains more of the variance ({name}).",
                BIASES,
                _lead(name, *order),
                0.0,
                computed(network(name), *NAMES),
            )
            for name, order in ORDERS.items()
        )


def _lead(condition: str, first: str, second: str) -> Difference:
    """How much more of the variance the feature takes that is emitted first."""
    return Difference(*(MeasureValue(network(condition), f"variance/{feature}") for feature in (first, second)))
