"""Learning order: does a feature take more of a representation because it was learned first?"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Ratio
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Phase
from tolman.studies.representation.networks import BIASES, LABELLED, claim, computed, gap, network
from tolman.studies.representation.settings import REGIME
from tolman.studies.representation.variance import FeatureVariance
from tolman.worlds.features import Features

TOGETHER, HARD_FIRST = "together", "hard-first"


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset; `steps` of pretraining on the hard feature, where there is any, come on top."""

    seeds: int
    parallel_seeds: int
    steps: int
    pretraining: int


SIZES = {
    "smoke": Size(2, 2, 100, 100),
    "quick": Size(10, 10, REGIME.steps, REGIME.steps),
    "full": Size(10, 10, 2 * REGIME.steps, 2 * REGIME.steps),
}


@dataclasses.dataclass(frozen=True)
class LearningOrder(AbstractStudy):
    """An easy and a hard feature learned together, or the hard one first, as in Lampinen et al. 2024."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "pretraining on the hard feature against learning both at once"
    seeds: ClassVar[range] = range(1500, 1510)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        together = (Phase(size.steps, LABELLED),)
        first = (Phase(size.pretraining, {"only-hard": 1.0}), *together)
        world = Features(features=REGIME.features, availability=REGIME.availability, **REGIME.sizes(preset))
        course = REGIME.training(size.parallel_seeds)
        return Plan(
            size.seeds,
            tuple(
                NetworkSet(
                    name,
                    world,
                    REGIME.model,
                    course,
                    (Network("network", phases),),
                    FeatureVariance(),
                )
                for name, phases in ((TOGETHER, together), (HARD_FIRST, first))
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        learned = (*computed(network(TOGETHER), "easy", "hard"), *computed(network(HARD_FIRST), "easy", "hard"))
        return (
            claim(
                "hard-first-narrows",
                "Pretraining on the hard feature narrows the gap of variance between the easy and the hard one.",
                BIASES,
                Ratio(gap(TOGETHER), gap(HARD_FIRST)),
                1.0,
                learned,
            ),
            claim(
                "hard-first-does-not-close",
                "It does not close the gap: order is not the whole story.",
                BIASES,
                gap(HARD_FIRST),
                1.0,
                learned,
            ),
        )
