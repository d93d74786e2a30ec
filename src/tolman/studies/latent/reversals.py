"""Simple reversals, and what memory does about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.decoder import DecoderConfig
from tolman.retrieval.oracle_hard_negatives import OracleHardNegatives
from tolman.studies.latent.claims import ABLATION, STANDARD, reversal_claims
from tolman.studies.latent.curricula import Curriculum, learners, oracle_only, parametric_only
from tolman.training.config import TrainingConfig
from tolman.training.optim import OptimiserConfig
from tolman.worlds.reversals import Reversals as World

MIXTURE = {"restatement": 0.65, "in-context": 0.15, "short-in-context": 0.2}
DECAYS = (0.0, 0.01, 0.1, 0.3, 1.0, 3.0)
"""Weight decays of the `full` sweep: a published counter-example (arXiv 2509.21993) finds reversal in some seeds
from 1 on, in another architecture and at a far longer training."""


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
        World(entities=16, relations=2, held_out=4, copies=3, max_premises=2, test_items=16),
        DecoderConfig(width=32, heads=2, rotary=0.25),
        TrainingConfig(batch=16, chunk=10, fresh=64, curve_points=2),
        Curriculum(10, 20, MIXTURE),
        2,
    ),
    "quick": Size(
        6,
        World(entities=64, held_out=48),
        DecoderConfig(heads=2, rotary=0.25),
        TrainingConfig(),
        Curriculum(400, 1_300, MIXTURE),
        3,
    ),
    "full": Size(
        8,
        World(entities=1000, relations=20, held_out=200, fillers=100, copies=4, test_items=200),
        DecoderConfig(width=256, layers=4, heads=4, rotary=0.25),
        TrainingConfig(
            OptimiserConfig(learning_rate=1e-3, warmup=500), batch=512, chunk=100, fresh=8192, parallel_seeds=4
        ),
        Curriculum(2_000, 20_000, MIXTURE),
        4,
    ),
}


@dataclasses.dataclass(frozen=True)
class Reversals(AbstractStudy):
    """Told that s R o: can weights, context or memory say what o stands in R's inverse to?"""

    version: ClassVar[int] = 2
    inputs: ClassVar[Mapping[str, InputFile]] = {
        "facts": InputFile(help="Your own table of facts, in place of invented ones.", makes="facts")
    }
    title: ClassVar[str] = "reversals in an invented world of relations that are permutations"
    seeds: ClassVar[range] = range(1020, 1028)

    def plan(self, preset: str) -> Plan:
        size, full = SIZES[preset], preset == "full"

        def condition(name: str, phases, who, training: TrainingConfig = size.training) -> Condition:
            return Condition(
                name=name, world=size.world, model=size.model, training=training, phases=phases, learners=who
            )

        phases = size.curriculum.phases()
        sweep = [condition(f"wd={d:g}", phases, parametric_only(), _decayed(size, d)) for d in DECAYS]
        return Plan(
            size.seeds,
            (
                condition(STANDARD, phases, learners(size.k, OracleHardNegatives(), trained_with_random=full)),
                condition(ABLATION, size.curriculum.ablated(), oracle_only(size.k, OracleHardNegatives())),
                *(sweep if preset == "full" else ()),
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return reversal_claims(0.90) if preset != "smoke" else ()


def _decayed(size: Size, decay: float) -> TrainingConfig:
    optimiser = dataclasses.replace(size.training.optimiser, weight_decay=decay)
    return dataclasses.replace(size.training, optimiser=optimiser)
