"""The reversal study on a user's own table of facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle_hard_negatives import OracleHardNegatives
from tolman.studies.latent.claims import reversal_claims
from tolman.studies.latent.presets import ABLATION, STANDARD, DocumentPreset
from tolman.training.config import OptimiserConfig, TrainingConfig
from tolman.worlds.facts import INPUTS
from tolman.worlds.facts import Facts as World

MIXTURE = {"restatement": 0.5, "in-context": 0.15, "short-in-context": 0.35}


PRESETS: dict[str, DocumentPreset] = {
    "smoke": DocumentPreset(
        seeds=2,
        model=DecoderConfig(width=32, heads=2, rotary=0.25),
        training=TrainingConfig(batch=16, chunk=10, fresh=64, curve_points=2),
        reading=10,
        main=20,
        mixture=MIXTURE,
        trained_with=OracleHardNegatives(),
        k=2,
    ),
    "quick": DocumentPreset(
        seeds=6,
        # Names of several words push a fact's parts further apart than the usual kernel of 4 reaches.
        model=DecoderConfig(heads=2, rotary=0.25, conv=8),
        training=TrainingConfig(curve_points=5),
        reading=450,
        main=750,
        mixture=MIXTURE,
        trained_with=OracleHardNegatives(),
        k=2,
    ),
    "full": DocumentPreset(
        seeds=8,
        model=DecoderConfig(width=128, layers=4, heads=4, rotary=0.25, conv=8),
        training=TrainingConfig(
            optimiser=OptimiserConfig(learning_rate=1e-3, warmup=500),
            batch=256,
            chunk=100,
            fresh=4096,
            parallel_seeds=4,
        ),
        reading=2_000,
        main=8_000,
        mixture=MIXTURE,
        trained_with=OracleHardNegatives(),
        k=4,
        trained_with_random=True,
    ),
}


@dataclasses.dataclass(frozen=True)
class FactsStudy(AbstractStudy):
    """The questions of `reversals`, about the table in `path`."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "reversals on a user's own table of facts (--facts FILE)"
    seeds: ClassVar[range] = range(1080, 1088)
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    path: str = ""

    def plan(self, preset: str) -> Plan:
        world = World(self.path, test_items=12) if preset == "smoke" else World(self.path)
        size = dataclasses.replace(PRESETS[preset], world=world)
        # A third trained model per seed is more than a demonstration has time for.
        ablation = (size.ablation(),) if preset == "full" else ()
        return Plan(size.seeds, (size.condition(STANDARD), *ablation))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        claims = reversal_claims(usable=0.80)
        return tuple(c for c in claims if preset == "full" or not any(x.condition == ABLATION for x in c.run_groups))

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import REVERSALS

        return REVERSALS
