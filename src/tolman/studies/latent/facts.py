"""The reversal study on a user's own table of facts."""

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
from tolman.studies.latent.curricula import Curriculum, learners, oracle_only
from tolman.training.config import TrainingConfig
from tolman.training.optim import OptimiserConfig
from tolman.worlds.facts import INPUTS
from tolman.worlds.facts import Facts as World

MIXTURE = {"restatement": 0.5, "in-context": 0.15, "short-in-context": 0.35}


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset; `ablation` adds a third trained model per seed."""

    seeds: int
    model: DecoderConfig
    training: TrainingConfig
    curriculum: Curriculum
    k: int
    ablation: bool


SIZES = {
    "smoke": Size(
        2,
        DecoderConfig(width=32, heads=2, rotary=0.25),
        TrainingConfig(batch=16, chunk=10, fresh=64, curve_points=2),
        Curriculum(10, 20, MIXTURE),
        2,
        False,
    ),
    "quick": Size(
        6,
        # Names of several words push a fact's parts further apart than the usual kernel of 4 reaches.
        DecoderConfig(heads=2, rotary=0.25, conv=8),
        TrainingConfig(curve_points=5),
        Curriculum(450, 750, MIXTURE),
        2,
        False,
    ),
    "full": Size(
        8,
        DecoderConfig(width=128, layers=4, heads=4, rotary=0.25, conv=8),
        TrainingConfig(
            OptimiserConfig(learning_rate=1e-3, warmup=500), batch=256, chunk=100, fresh=4096, parallel_seeds=4
        ),
        Curriculum(2_000, 8_000, MIXTURE),
        4,
        True,
    ),
}


@dataclasses.dataclass(frozen=True)
class Facts(AbstractStudy):
    """The same questions as in `reversals`, about the table in `path`."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "reversals on a user's own table of facts (--facts FILE)"
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS
    seeds: ClassVar[range] = range(1080, 1088)

    path: str = ""

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        world = World(self.path, test_items=12) if preset == "smoke" else World(self.path)
        phases = size.curriculum.phases()
        everyone = learners(size.k, OracleHardNegatives(), trained_with_random=size.ablation)
        standard = Condition(
            name=STANDARD,
            world=world,
            model=size.model,
            training=size.training,
            phases=phases,
            learners=everyone,
        )
        ablation = dataclasses.replace(
            standard,
            name=ABLATION,
            phases=size.curriculum.ablated(),
            learners=oracle_only(size.k, OracleHardNegatives()),
        )
        return Plan(size.seeds, (standard, ablation) if size.ablation else (standard,))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        claims = reversal_claims(0.80)
        return tuple(c for c in claims if preset == "full" or not any(x.condition == ABLATION for x in c.run_groups))

    def sizes(self) -> dict[str, int]:
        if not self.path:
            return {}
        rows = World(self.path).table.rows
        return {"subjects": len({r.subject for r in rows}), "relations": len({r.relation for r in rows})}
