"""Codebooks: entries that are defined and never used, in formats that hide or ease their use."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.parametric import parametric
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import (
    LATENT,
    OURS,
    UNTRAINED,
    ablation_claim,
    learned,
    retrieval_claims,
    run_group,
    untrained_claims,
)
from tolman.studies.latent.presets import ABLATION, PRETRAINED, DocumentPreset, pretrained
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.codebooks import Codebooks as World

MAIN, FIXED, SHUFFLED = "output-input", "fixed-order", "shuffled"
"""Conditions: definitions that list outputs before inputs, and inputs before outputs in a fixed or a random order."""

BLOCKED, UNNAMED, DISTINCT = "blocked", "unnamed", "distinct-wording"
"""Conditions that differ from `SHUFFLED` in one thing: all inputs stand before all outputs; encodings do not name their
book; definitions and encodings are worded with words of their own."""

FIXED_ABLATION = f"{ABLATION}-{FIXED}"
"""The ablation of `FIXED`."""

DESCRIBED = {
    MAIN: "definitions that list outputs before inputs",
    FIXED: "definitions in a fixed order",
    DISTINCT: "definitions in other words than encodings",
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

FIXED_READING = {"smoke": 10, "quick": 800, "full": 4_000}
"""Steps of reading in `FIXED`, by preset: with those of `MAIN` it is learned less well there (docs/log.md)."""


@dataclasses.dataclass(frozen=True)
class CodebooksStudy(AbstractStudy):
    """A book's definition is memorised; the latent question uses an entry that no encoding ever showed."""

    version: ClassVar[int] = 3
    title: ClassVar[str] = "encoding by codebooks whose latent entries were defined and never used"
    seeds: ClassVar[range] = range(3820, 3828)
    explored: ClassVar[tuple[range, ...]] = (range(6), range(20, 23), range(100, 103), range(1140, 1148))

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        fixed, read = _listed(size, order="fixed"), dataclasses.replace(size, reading=FIXED_READING[preset])
        conditions = (
            size.condition(MAIN),
            size.ablation(),
            read.condition(FIXED, world=fixed),
            read.ablation(FIXED_ABLATION, world=fixed),
            *_other_formats(size),
        )
        return Plan(size.seeds, conditions if preset == "smoke" else (*conditions, _pretrained(size)))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return (
            *(claim for condition in DESCRIBED for claim in _recited(condition)),
            *_among_untrained(),
            *_remembered(MAIN, ABLATION),
            *_remembered(FIXED, FIXED_ABLATION, of=f"-{FIXED}"),
            *_conditional(),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import CODEBOOKS

        return CODEBOOKS


def _listed(size: DocumentPreset, **changes: Any) -> Any:
    """Return the world whose definitions list inputs before outputs."""
    world: Any = size.world
    return dataclasses.replace(world, direction="input-output", **changes)


def _other_formats(size: DocumentPreset) -> tuple[Condition, ...]:
    """Return the conditions of the parametric learner alone in other formats of definitions and encodings.

    In words of their own definitions are learned more slowly; training goes on for twice as long there (docs/log.md).
    """
    formats: dict[str, Any] = {
        SHUFFLED: {},
        BLOCKED: {"layout": "blocked"},
        UNNAMED: {"names_book": False},
        DISTINCT: {"wording": "distinct"},
    }
    longer = dataclasses.replace(size, main=2 * size.main)
    return tuple(
        (longer if name == DISTINCT else size).condition(
            name, world=_listed(size, order="shuffled", **changes), learners=(parametric(),)
        )
        for name, changes in formats.items()
    )


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


def _among_untrained() -> tuple[Claim, ...]:
    """Return the claims on a choice among outputs that were never targets of an encoding."""
    main, fixed = run_group("parametric", MAIN), run_group("parametric", FIXED)
    hidden = Claim(
        name=f"parametric-untrained-{FIXED}",
        statement="In a fixed order part of it is known, and hidden by outputs that were trained.",
        source=OURS,
        effect=AboveChance(fixed, UNTRAINED),
        bound=0.05,
        direction=">=",
        requires=learned(fixed, *EXPLICIT),
    )
    return *untrained_claims(main, learned(main, *EXPLICIT)), hidden


def _remembered(condition: str, ablation: str, of: str = "") -> tuple[Claim, ...]:
    """Return the claims on retrieval in one format; `of` ends their names."""
    oracle = run_group("parametric-retrieval-oracle", condition)
    return (
        Claim(
            name=f"oracle-latent{of}",
            statement="With the definition retrieved as a whole experience, latent entries are encoded.",
            source=LATENT,
            effect=Accuracy(oracle, "latent"),
            bound=0.90,
            direction=">=",
            requires=learned(oracle, *EXPLICIT),
        ),
        *retrieval_claims(condition, 0.10, learned(oracle, *EXPLICIT), of=of),
        ablation_claim(condition, EXPLICIT, ablation, of),
    )


def _conditional() -> tuple[Claim, ...]:
    """Return the claims on formats in which there is no failure, or a smaller one."""
    shuffled, blocked = run_group("parametric", SHUFFLED), run_group("parametric", BLOCKED)
    return (
        *(
            Claim(
                name=f"parametric-latent-{condition}",
                statement=statement,
                source=OURS,
                effect=Accuracy(run_group("parametric", condition), "latent"),
                bound=0.90,
                direction=">=",
                requires=learned(run_group("parametric", condition), *EXPLICIT),
            )
            for condition, statement in (
                (SHUFFLED, "With definitions that list input before output in shuffled order there is no failure."),
                (UNNAMED, "Nor is there where encodings do not name their book."),
            )
        ),
        Claim(
            name="parametric-latent-blocked",
            statement="Where all inputs stand before all outputs, latent entries are encoded less often.",
            source=OURS,
            effect=Difference(Accuracy(shuffled, "latent"), Accuracy(blocked, "latent")),
            bound=0.10,
            direction=">=",
            requires=(*learned(shuffled, *EXPLICIT), *learned(blocked, *EXPLICIT)),
        ),
    )
