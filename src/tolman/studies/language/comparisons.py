"""Comparisons: "a is older than b" in the weights or in the context, and "b is younger than a" asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy, ChanceCorrected
from tolman.claims.runs import RunGroup
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric
from tolman.learners.untouched import context
from tolman.report.presentation import Presentation
from tolman.retrieval.everything import Everything
from tolman.studies.language import comparison, reversal_curse
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
from tolman.studies.latent.claims import OURS, run_group
from tolman.studies.latent.presets import PRETRAINED
from tolman.worlds.comparisons import Comparisons as World

REMEDIES = ("augmented", "rephrased", "masked")
REVERSAL_CURSE = "reversal-curse"
"""The condition in which the same model is finetuned on the other world, or reads it."""
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
    seeds: ClassVar[range] = range(3780, 3790)
    explored: ClassVar[tuple[range, ...]] = (range(1), range(100, 106), range(3280, 3290))
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = remedies(*REMEDIES)

    def plan(self, preset: str) -> Plan:
        """Compare with the reversal curse too, where claims are judged."""
        plan = super().plan(preset)
        if preset == "smoke" or plan.conditions[0].name != PRETRAINED:
            return plan
        size = reversal_curse.PRESETS[preset]
        other = dataclasses.replace(
            size.condition(self.checkpoint),
            name=REVERSAL_CURSE,
            learners=(parametric(), context(size.statements, Everything())),
        )
        return dataclasses.replace(plan, conditions=(*plan.conditions, other))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        claims = (
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
            _smaller_gap_claim(),
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
        return whole_context(claims)

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


def _smaller_gap_claim() -> Claim:
    """As options are two here and 15 or 30 there, accuracies are corrected for chance."""
    there = [RunGroup(REVERSAL_CURSE, learner) for learner in ("context", "parametric")]
    return Claim(
        name="gap-below-reversal-curse",
        statement="Context gains less over the weights than in the reversal curse, both corrected for chance.",
        source=PUBLISHED,
        effect=Difference(_gap(*there), _gap(CONTEXT, WEIGHTS)),
        bound=0.0,
        direction=">=",
        requires=(*learned("forward"), Learned(there[1], "forward", 0.90)),
    )


def _gap(context: RunGroup, weights: RunGroup) -> Difference:
    return Difference(ChanceCorrected(context, "reversed"), ChanceCorrected(weights, "reversed"))
