"""Codebooks: entries that are defined and never used, in formats that hide or ease their use."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from tolman.claims.claim import Claim
from tolman.claims.effects import AboveChance, Accuracy
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.parametric import parametric
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import LATENT, OURS, ablation_claim, learned, retrieval_claims, run_group
from tolman.studies.latent.presets import PRETRAINED, DocumentPreset, pretrained
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.codebooks import Codebooks as World

MAIN, FIXED, SHUFFLED = "output-input", "fixed-order", "shuffled"
"""Conditions: definitions that list outputs before inputs, and inputs before outputs in a fixed or a random order."""

DESCRIBED = {
    MAIN: "definitions that list outputs before inputs",
    FIXED: "definitions in a fixed order",
    PRETRAINED: "a pretrained model",
}
"""How the claims' statements put the conditions."""

EXPLICIT = ("definition", "encoding")
MIXTURE = {"definition": 0.2, "encoding": 0.6, "in-context": 0.2}

PRESETS: dict[str, DocumentPreset] = {
    "smoke": DocumentPreset(
        seeds=2,
        world=World(books=4, entries=6, encodings=8, definitions=2, in_context=2, reserved=4, test_items=16),
        model=DecoderConfig(width=32, heads=2, rotary=0.25),
        training=TrainingConfig(batch=8, chunk=10, fresh=32, curve_points=2),
        reading=10,
        main=20,
        mixture=MIXTURE,
        trained_with=Oracle(),
        k=2,
    ),
    "quick": DocumentPreset(
        seeds=6,
        world=World(),
        model=DecoderConfig(heads=2, rotary=0.25),
        training=TrainingConfig(fresh=512),
        reading=200,
        main=800,
        mixture=MIXTURE,
        trained_with=Oracle(),
        k=2,
    ),
    "full": DocumentPreset(
        seeds=8,
        world=World(
            books=1024, max_definitions=4, reserved=64, encodings=16, in_context=4, definitions=2, test_items=512
        ),
        model=DecoderConfig(width=256, layers=4, heads=4, rotary=0.25),
        training=TrainingConfig(
            optimiser=OptimiserConfig(learning_rate=1e-3, warmup=500),
            batch=256,
            chunk=100,
            fresh=4096,
            parallel_seeds=4,
        ),
        reading=2_000,
        main=15_000,
        mixture=MIXTURE,
        trained_with=Oracle(),
        k=4,
        trained_with_random=True,
    ),
}


@dataclasses.dataclass(frozen=True)
class CodebooksStudy(AbstractStudy):
    """A book's definition is memorised; the latent question uses an entry that no encoding ever showed."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "encoding by codebooks whose latent entries were defined and never used"
    seeds: ClassVar[range] = range(1140, 1148)
    explored: ClassVar[tuple[range, ...]] = (range(6), range(100, 103))

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        alone: dict[str, Any] = {"learners": (parametric(),)}
        conditions = (
            size.condition(MAIN),
            size.ablation(),
            _listed(size, FIXED, "fixed", **({} if preset == "full" else alone)),
            _listed(size, SHUFFLED, "shuffled", **alone),
        )
        return Plan(size.seeds, conditions if preset == "smoke" else (*conditions, _pretrained(size)))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return (*_recited(MAIN), *_recited(FIXED), *_recited(PRETRAINED), *_remembered(), _conditional())

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import CODEBOOKS

        return CODEBOOKS


def _listed(size: DocumentPreset, name: str, order: str, **changes: Any) -> Condition:
    """Return a condition whose definitions list inputs before outputs."""
    world: Any = size.world
    written = dataclasses.replace(world, order=order, direction="input-output")
    return size.condition(name, world=written, **changes)


def _pretrained(size: DocumentPreset) -> Condition:
    """Return the condition of the reader. Nothing taught it to encode: it is asked from its weights alone.

    Each definition is listed in 16 orders: 4 are learned by heart, each as it stands (docs/log.md).
    """
    world: Any = size.world
    listed = dataclasses.replace(world, definitions=16)
    return pretrained(listed, Phase(600, {"definition": 0.25, "encoding": 0.75}), parametric())


def _recited(condition: str) -> tuple[Claim, ...]:
    """The selective failure, in one format of the definitions."""
    parametric = run_group("parametric", condition)
    return (
        *(
            Claim(
                name=f"parametric-{test}-{condition}",
                statement=f"The parametric learner masters what it was trained for ({test}; {DESCRIBED[condition]}).",
                source=LATENT,
                effect=Accuracy(parametric, test),
                bound=0.95,
                direction=">=",
            )
            for test in EXPLICIT
        ),
        Claim(
            name=f"parametric-latent-{condition}",
            statement=f"It cannot encode an entry that it can recite but never encoded ({DESCRIBED[condition]}).",
            source=LATENT,
            effect=AboveChance(parametric, "latent"),
            bound=0.10,
            direction="<=",
            requires=learned(parametric, *EXPLICIT),
        ),
    )


def _remembered() -> tuple[Claim, ...]:
    oracle = run_group("parametric-retrieval-oracle", MAIN)
    return (
        Claim(
            name="oracle-latent",
            statement="With the definition retrieved as a whole experience, latent entries are encoded.",
            source=LATENT,
            effect=Accuracy(oracle, "latent"),
            bound=0.90,
            direction=">=",
            requires=learned(oracle, *EXPLICIT),
        ),
        *retrieval_claims(MAIN, 0.10, learned(oracle, *EXPLICIT)),
        ablation_claim(MAIN, EXPLICIT),
    )


def _conditional() -> Claim:
    shuffled = run_group("parametric", SHUFFLED)
    return Claim(
        name="parametric-latent-shuffled",
        statement="With definitions that list input before output in shuffled order there is no failure at all.",
        source=OURS,
        effect=Accuracy(shuffled, "latent"),
        bound=0.90,
        direction=">=",
        requires=learned(shuffled, *EXPLICIT),
    )
