"""Syllogisms: what follows from two premises that were learned apart, or that stand in the context."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.augmentation.inferred import Inferred
from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.experiments.study import AbstractStudy
from tolman.learners.learner import Learner
from tolman.learners.parametric import augmented
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.studies.language import comparison
from tolman.studies.language.comparison import (
    CONTEXT,
    PUBLISHED,
    WEIGHTS,
    AbstractComparison,
    ComparisonPreset,
    explicit_claim,
    learned,
    whole_context,
)
from tolman.studies.latent.claims import run_group
from tolman.studies.latent.presets import PRETRAINED
from tolman.worlds.syllogisms import Syllogisms as World

FOLLOWS = ("what follows about {s} and {o} ?", "{s} and {o} : so", "then what is known of {s} and {o} ?")
"""Instructions in wordings of the reader's pretraining."""

MIXTURE = {"statement": 0.7, "question": 0.2, "name": 0.1}

PRESETS = {
    "smoke": ComparisonPreset(
        seeds=2, world=World(6, paraphrases=1, test_items=8), steps=20, statements=32, supports=2, mixture=MIXTURE
    ),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=200, statements=288, supports=2, mixture=MIXTURE),
    "full": ComparisonPreset(
        seeds=10, world=World(690, paraphrases=9, test_items=690), steps=3_000, supports=2, mixture=MIXTURE
    ),
}
AUGMENTED = augmented(Inferred(FOLLOWS), "augmented")


@dataclasses.dataclass(frozen=True)
class SyllogismsStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned two premises know what follows? Does the model with all premises in its context?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "syllogisms: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3380, 3390)
    explored: ClassVar[tuple[range, ...]] = (range(100, 106),)
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = (AUGMENTED,)

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        weights, read = Accuracy(WEIGHTS, "conclusion"), Accuracy(CONTEXT, "conclusion")
        own = Accuracy(run_group("augmented", PRETRAINED), "conclusion")
        claims = (
            explicit_claim("premises", "The finetuned weights complete the premises."),
            Claim(
                name="context-above-parametric",
                statement="What follows from two premises is answered better with all of them in the context.",
                source=PUBLISHED.with_our("bound"),
                effect=Difference(read, weights),
                bound=0.15,
                direction=">=",
                requires=learned("premises"),
            ),
            Claim(
                name="augmented-above-parametric",
                statement="Finetuning on conclusions that the model drew itself helps.",
                source=PUBLISHED,
                effect=Difference(own, weights),
                bound=0.0,
                direction=">=",
                requires=learned("premises") + learned("premises", learner="augmented"),
            ),
        )
        return whole_context(claims)

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            comparison.PRESENTATION,
            explicit="single premises, in the words of its documents",
            latent="what follows from two premises, stated apart",
            learners={
                **comparison.PRESENTATION.learners,
                "augmented": LearnerStyle(colour="#117733", aid="finetuned also on conclusions that it drew itself"),
            },
            glossary={
                **comparison.PRESENTATION.glossary,
                "augmented": "Half of the training documents are questions about two terms whose premises share a "
                "third, with the answers that the model gave with both premises in its context.",
            },
            sizes={"examples": ("pair of premises", "pairs of premises")},
        )
