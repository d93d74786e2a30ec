"""Codebooks: recitation without use, the formats in which it is not so, and what memory does about it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.effects import AboveChance, Accuracy
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.decoder import DecoderConfig
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import ABLATION, LATENT, OURS, learned, retrieval_claims, run_group
from tolman.studies.latent.curricula import Curriculum, learners, oracle_only, parametric_only
from tolman.training.config import TrainingConfig
from tolman.training.optim import OptimiserConfig
from tolman.worlds.codebooks import Codebooks as World

MIXTURE = {"definition": 0.2, "encoding": 0.6, "in-context": 0.2}
MAIN, FIXED, SHUFFLED = "output-input", "fixed-order", "shuffled"
EXPLICIT = ("definition", "encoding")


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    world: World
    model: DecoderConfig
    training: TrainingConfig
    curriculum: Curriculum
    k: int


SIZES = {
    "smoke": Size(
        2,
        World(books=4, entries=6, encodings=8, definitions=2, in_context=2, reserved=4, test_items=16),
        DecoderConfig(width=32, heads=2, rotary=0.25),
        TrainingConfig(batch=8, chunk=10, fresh=32, curve_points=2),
        Curriculum(10, 20, MIXTURE),
        2,
    ),
    "quick": Size(
        6,
        World(),
        DecoderConfig(heads=2, rotary=0.25),
        TrainingConfig(fresh=512),
        Curriculum(200, 800, MIXTURE),
        2,
    ),
    "full": Size(
        8,
        World(books=1024, max_definitions=4, reserved=64, encodings=16, in_context=4, definitions=2, test_items=512),
        DecoderConfig(width=256, layers=4, heads=4, rotary=0.25),
        TrainingConfig(
            OptimiserConfig(learning_rate=1e-3, warmup=500), batch=256, chunk=100, fresh=4096, parallel_seeds=4
        ),
        Curriculum(2_000, 15_000, MIXTURE),
        4,
    ),
}


@dataclasses.dataclass(frozen=True)
class Codebooks(AbstractStudy):
    """A book's definition is known by heart: can it be used on an entry that no encoding ever showed?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "encoding by codebooks whose latent entries were defined and never used"
    seeds: ClassVar[range] = range(1140, 1148)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]

        def condition(name: str, phases, who, **dials) -> Condition:
            world = dataclasses.replace(size.world, **dials)
            return Condition(
                name=name, world=world, model=size.model, training=size.training, phases=phases, learners=who
            )

        phases = size.curriculum.phases()
        everyone = learners(size.k, Oracle(), trained_with_random=preset == "full")
        listed = {"direction": "input-output"}
        return Plan(
            size.seeds,
            (
                condition(MAIN, phases, everyone),
                condition(ABLATION, size.curriculum.ablated(), oracle_only(size.k, Oracle())),
                condition(FIXED, phases, everyone if preset == "full" else parametric_only(), order="fixed", **listed),
                condition(SHUFFLED, phases, parametric_only(), order="shuffled", **listed),
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return (*_recited(MAIN), *_recited(FIXED), *_remembered(), _conditional())


def _recited(condition: str) -> tuple[Claim, ...]:
    """The selective failure, in one format of the definitions."""
    parametric = run_group("parametric", condition)
    return (
        *(
            Claim(
                f"parametric-{test}-{condition}",
                f"The parametric learner masters what it was trained for ({test}, {condition} definitions).",
                LATENT,
                Accuracy(parametric, test),
                0.95,
                ">=",
            )
            for test in EXPLICIT
        ),
        Claim(
            f"parametric-latent-{condition}",
            f"It cannot encode an entry that it can recite but never encoded ({condition} definitions).",
            LATENT,
            AboveChance(parametric, "latent"),
            0.10,
            "<=",
            learned(parametric, *EXPLICIT),
        ),
    )


def _remembered() -> tuple[Claim, ...]:
    oracle = run_group("parametric-retrieval-oracle", MAIN)
    return (
        Claim(
            "oracle-latent",
            "With the definition retrieved as a whole experience, latent entries are encoded.",
            LATENT,
            Accuracy(oracle, "latent"),
            0.90,
            ">=",
            learned(oracle, *EXPLICIT),
        ),
        *retrieval_claims(MAIN, EXPLICIT, 0.10),
    )


def _conditional() -> Claim:
    shuffled = run_group("parametric", SHUFFLED)
    return Claim(
        "parametric-latent-shuffled",
        "With definitions that list input before output in shuffled order there is no failure at all.",
        OURS,
        Accuracy(shuffled, "latent"),
        0.90,
        ">=",
        learned(shuffled, *EXPLICIT),
    )
