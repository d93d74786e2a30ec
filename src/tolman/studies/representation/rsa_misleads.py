"""Similar computation and similar representation come apart: RSA and its kin on networks that are known."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.claims.runs import RunGroup
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Phase
from tolman.studies.representation.networks import PROXY, SHAPES, claim, computed, network
from tolman.studies.representation.settings import REGIME
from tolman.studies.representation.similarity import PairwiseSimilarity
from tolman.worlds.features import Features

STANDARD = "standard"


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    parallel_seeds: int
    steps: int
    replicas: int


SIZES = {
    "smoke": Size(2, 2, 100, 2),
    "quick": Size(6, 6, REGIME.steps, 2),
    "full": Size(10, 10, 2 * REGIME.steps, 4),
}


@dataclasses.dataclass(frozen=True)
class RSAMisleads(AbstractStudy):
    """Networks that compute an easy feature, a hard one, or both: who looks like whom?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "similarity of representations against similarity of computation"
    seeds: ClassVar[range] = range(1440, 1450)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        world = Features(features=REGIME.features, availability=REGIME.availability, **REGIME.sizes(preset))
        kinds = {"easy": "only-easy", "hard": "only-hard", "both": "labelled"}
        networks = tuple(
            Network(f"{name}{i or ''}", (Phase(size.steps, {kind: 1.0}),), replica=10 * place + i)
            for place, (name, kind) in enumerate(kinds.items())
            for i in range(size.replicas)
        )
        course = dataclasses.replace(REGIME.training(size.parallel_seeds), curve_points=4)
        return Plan(
            size.seeds,
            (NetworkSet(STANDARD, world, REGIME.model, course, networks, PairwiseSimilarity()),),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return _claims() if preset != "smoke" else ()


def _claims() -> tuple[Claim, ...]:
    cell = network(STANDARD)
    learned = computed(cell, "easy/easy", "hard/hard", "both/easy", "both/hard")
    return (
        claim(
            "hard-looks-unlike-hard",
            "Two networks that compute the same hard feature look less alike than two that compute an easy one.",
            SHAPES,
            _more(cell, "rsa-correlation", "easy~easy", "hard~hard"),
            0.05,
            learned,
        ),
        claim(
            "hard-looks-like-easy",
            "A network on the hard task looks more like one on the easy task than like another on the hard task.",
            PROXY,
            _more(cell, "rsa-correlation", "easy~hard", "hard~hard"),
            0.0,
            learned,
        ),
        claim(
            "both-looks-like-easy",
            "A network that computes both features looks more like an easy-only network than like a hard-only one.",
            SHAPES,
            _more(cell, "rsa-correlation", "both~easy", "both~hard"),
            0.05,
            learned,
        ),
        *(
            claim(
                f"{column}-both-looks-like-easy",
                f"The same by {column}: what is shared by computation is not what looks alike.",
                SHAPES,
                _more(cell, column, "both~easy", "both~hard"),
                0.0,
                learned,
            )
            for column in ("cka-linear", "cka-debiased", "rsa-euclidean")
        ),
        claim(
            "control-restores-the-order",
            "With the easy feature taken out, a network that computes both looks more like a hard-only one.",
            "our own",
            _more(cell, "cka-controlled", "both~hard", "both~easy"),
            0.0,
            learned,
        ),
    )


def _more(cell: RunGroup, column: str, more: str, less: str) -> Difference:
    """How much more alike one pair looks than another."""
    return Difference(*(MeasureValue(cell, f"{column}/{row}", "number") for row in (more, less)))
