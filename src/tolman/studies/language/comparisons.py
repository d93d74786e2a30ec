"""Comparisons: "a is older than b" in the weights or in the context, and "b is younger than a" asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.experiments.study import AbstractStudy
from tolman.learners.learner import Learner
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison
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
)
from tolman.studies.language.remedies import GLOSSARY, STYLES, augmentation_claim, remedies
from tolman.studies.latent.claims import OURS, run_group
from tolman.studies.latent.presets import PRETRAINED
from tolman.worlds.comparisons import Comparisons as World

REMEDIES = ("augmented", "rephrased", "masked")
AUGMENTED, MASKED = run_group("augmented", PRETRAINED), run_group("masked", PRETRAINED)

PRESETS = {
    "smoke": ComparisonPreset(seeds=2, world=World(4, paraphrases=1, test_items=8), steps=20, statements=32),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=200),
    "full": ComparisonPreset(seeds=10, world=World(250, paraphrases=10, test_items=400), steps=3_000),
}


@dataclasses.dataclass(frozen=True)
class ComparisonsStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned "a is older than b" know that b is younger? Does a reader of it?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "comparisons from the other side: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3280, 3290)
    explored: ClassVar[tuple[range, ...]] = (range(1), range(100, 106))
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = remedies(*REMEDIES)

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return (
            explicit_claim("forward", "The finetuned weights complete comparisons from the side that was stated."),
            Claim(
                name="context-above-parametric",
                statement="From the other side, they are answered better with all of them in the context.",
                source=PUBLISHED,
                effect=Difference(Accuracy(CONTEXT, "reversed"), Accuracy(WEIGHTS, "reversed")),
                bound=0.0,
                direction=">=",
                requires=learned("forward"),
            ),
            usable_claim("oracle-reversed", ORACLE, "reversed", "It does with a supporting statement among three."),
            control_claim("reversed"),
            reading_claim("reversed", "forward"),
            augmentation_claim("reversed", 0.0, "forward"),
            Claim(
                name="augmented-above-masked",
                statement="Where the other side takes another word, masking does not replace the model's inferences.",
                source=OURS,
                effect=Difference(Accuracy(AUGMENTED, "reversed"), Accuracy(MASKED, "reversed")),
                bound=0.0,
                direction=">=",
                requires=learned("forward", learner="augmented") + learned("forward", learner="masked"),
            ),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            comparison.PRESENTATION,
            explicit="comparisons from the side that was stated",
            latent="the same comparisons from the other side",
            learners={**comparison.PRESENTATION.learners, **{name: STYLES[name] for name in REMEDIES}},
            aids=(*comparison.PRESENTATION.aids, "masked", "augmented"),
            glossary={**comparison.PRESENTATION.glossary, **{name: GLOSSARY[name] for name in REMEDIES}},
            sizes={"groups": ("group of four facts", "groups of four facts")},
        )
