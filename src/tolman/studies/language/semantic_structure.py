"""Semantic structure: categories, properties and relations in the weights or in the context, and what follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.augmentation.chained import Chained
from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.experiments.study import AbstractStudy
from tolman.learners.learner import Learner
from tolman.learners.parametric import augmented
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.studies.language import comparison
from tolman.studies.language.causes import EASY, MISLED
from tolman.studies.language.comparison import (
    CONTEXT,
    ORACLE,
    PUBLISHED,
    WEIGHTS,
    AbstractComparison,
    ComparisonPreset,
    control_claim,
    explicit_claim,
    learned,
    reading_claim,
    usable_claim,
    whole_context,
)
from tolman.studies.language.remedies import GLOSSARY, STYLES, augmentation_claim, remedies
from tolman.studies.latent.claims import run_group
from tolman.studies.latent.presets import PRETRAINED
from tolman.worlds.semantic_structure import SemanticStructure as World

ASK = ("what is the {r} of {s} ?", "which is the {r} of {s} ?")
"""Instructions in wordings of the reader's pretraining."""

PRESETS = {
    "smoke": ComparisonPreset(seeds=2, world=World(paraphrases=1, test_items=8), steps=20, statements=96, supports=3),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=200, supports=3),
    "full": ComparisonPreset(
        seeds=10,
        world=World(roots=5, branches=3, leaves=6, properties=6, relations=4, articles=2200, test_items=400),
        steps=3_000,
        supports=3,
    ),
}

SPLITS = {
    "rephrased": "What is stated, in other words,",
    "reversed": "The other direction of a relation",
    "syllogism": "What a category inherits",
    "holdout": "What a category inherits of which nothing else is stated",
}
"""The published splits, as the subject of a sentence."""

REWRITERS = ("augmented", "rephrased")


@dataclasses.dataclass(frozen=True)
class SemanticStructureStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned what is stated of categories know what follows? Does a reader of it?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a hierarchy of categories: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3480, 3490)
    explored: ClassVar[tuple[range, ...]] = (range(100, 120),)
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = (*remedies(*REWRITERS), augmented(Chained(ASK), "chained"))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        claims = (
            explicit_claim("stated", "The finetuned weights complete what is stated."),
            *(_as_good(split) for split in SPLITS),
            *(_larger_gain(split) for split in ("reversed", "syllogism")),
            *(_hardest(split) for split in ("reversed", "syllogism")),
            _remedy("augmented", "reversed", "Finetuning on reversals that the model wrote itself helps."),
            augmentation_claim("reversed", 0.0, "stated"),
            _remedy("chained", "syllogism", "Finetuning on what the model infers from two statements helps."),
            usable_claim("oracle-reversed", ORACLE, "reversed", "With a supporting statement among three it reverses."),
            usable_claim("oracle-syllogism", ORACLE, "syllogism", "With the supporting statements it infers."),
            control_claim("syllogism"),
            reading_claim("syllogism", "stated"),
        )
        return whole_context(claims)

    @classmethod
    def presentation(cls) -> Presentation:
        words = comparison.PRESENTATION
        chained = LearnerStyle(colour="#44AA99", aid="finetuned also on what it inferred itself from two statements")
        return dataclasses.replace(
            words,
            explicit="what is stated of categories",
            latent="what follows from it: relations turned around, and inherited properties",
            learners={**words.learners, **{name: STYLES[name] for name in REWRITERS}, "chained": chained},
            aids=(*words.aids, "augmented", "chained"),
            glossary={
                **words.glossary,
                **{name: GLOSSARY[name] for name in REWRITERS},
                "chained": "Half of the training documents say of a category what the model answered with two "
                "statements in its context, the first of which leads to what the second is about. What is no name is "
                "dropped; nothing is checked against an answer.",
            },
            sizes={"roots": ("root", "roots")},
        )


def _gain(split: str) -> Difference:
    return Difference(Accuracy(CONTEXT, split), Accuracy(WEIGHTS, split))


def _as_good(split: str) -> Claim:
    return Claim(
        name=f"context-{split}",
        statement=f"{SPLITS[split]} is answered in context at most .05 worse than from finetuned weights.",
        source=PUBLISHED.with_our("margin"),
        effect=_gain(split),
        bound=-0.05,
        direction=">=",
        requires=learned("stated"),
        cause=MISLED if split == "rephrased" else None,
    )


def _larger_gain(split: str) -> Claim:
    return Claim(
        name=f"gain-{split}",
        statement=f"{SPLITS[split]} gains more from the context than rephrasings do.",
        source=PUBLISHED,
        effect=Difference(_gain(split), _gain("rephrased")),
        bound=0.0,
        direction=">=",
        requires=learned("stated"),
    )


def _hardest(other: str) -> Claim:
    """One claim for each other split, so that the table says which one is not easier."""
    return Claim(
        name=f"holdout-below-{other}",
        statement=f"Held-out categories are not answered better in context than {other} questions.",
        source=PUBLISHED,
        effect=Difference(Accuracy(CONTEXT, "holdout"), Accuracy(CONTEXT, other)),
        bound=0.0,
        direction="<=",
        requires=learned("stated"),
        cause=EASY,
    )


def _remedy(name: str, split: str, statement: str) -> Claim:
    return Claim(
        name=f"{name}-above-parametric",
        statement=statement,
        source=PUBLISHED,
        effect=Difference(Accuracy(run_group(name, PRETRAINED), split), Accuracy(WEIGHTS, split)),
        bound=0.0,
        direction=">=",
        requires=learned("stated") + learned("stated", learner=name),
    )
