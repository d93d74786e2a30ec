"""The reversal curse: finetuned weights, and the same facts in the context of a model that can read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.models.huggingface.files import PREFIX
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison
from tolman.studies.language.comparison import (
    CONTEXT,
    LEXICAL,
    ORACLE,
    AbstractComparison,
    ComparisonPreset,
    control_claim,
    curse_claim,
    explicit_claim,
    reading_claim,
    usable_claim,
    whole_context,
)
from tolman.studies.language.remedies import (
    GLOSSARY,
    STYLES,
    augmentation_claim,
    augmented_by_control,
    remedies,
    remedy_claim,
    writer_claim,
)
from tolman.worlds.reversal_curse import FILES
from tolman.worlds.reversal_curse import ReversalCurse as World

REMEDIES = ("augmented", "rephrased", "reversed", "permuted", "masked", "distilled", "closure")

PRESETS = {
    "smoke": ComparisonPreset(seeds=2, world=World(4, 4, 4, paraphrases=1, test_items=8), steps=20, statements=32),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=150),
    "full": ComparisonPreset(seeds=10, world=World(30, 30, 30, paraphrases=30, test_items=400), steps=3_000),
}


@dataclasses.dataclass(frozen=True)
class ReversalCurseStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned "A is B" know "B is A"? Does the same model, with the facts in its context?

    And which remedies teach the weights?
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "the reversal curse: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3080, 3090)
    explored: ClassVar[tuple[range, ...]] = (range(1), range(100, 106))
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = remedies(*REMEDIES)
    inputs: ClassVar[Mapping[str, InputFile]] = {**AbstractComparison.inputs, **FILES}

    def plan(self, preset: str) -> Plan:
        """Add what the control of our readers writes; models of Hugging Face have none."""
        size, ours = self.presets[preset], not self.checkpoint.startswith(PREFIX)
        more = (*self.more, augmented_by_control()) if ours else self.more
        return Plan(size.seeds, (size.condition(self.checkpoint, *more),))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        claims = (
            explicit_claim("forward", "The finetuned weights complete statements in the order that was trained."),
            curse_claim("They do not complete them in the other order."),
            usable_claim("context-reversed", CONTEXT, "reversed", "With all of them in its context the reader does."),
            usable_claim("oracle-reversed", ORACLE, "reversed", "It does with a supporting statement among three."),
            usable_claim("bm25-reversed", LEXICAL, "reversed", "It does with three that lexical search finds."),
            control_claim("reversed"),
            reading_claim("reversed", "forward"),
            augmentation_claim("reversed", 0.30, "forward"),
            writer_claim("reversed", 0.30, "forward"),
            *(remedy_claim(name, "reversed", "forward") for name in ("reversed", "permuted", "masked", "distilled")),
        )
        return whole_context(claims)

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            comparison.PRESENTATION,
            explicit="statements in the order in which it met them",
            latent="the same people in the other order",
            learners={**comparison.PRESENTATION.learners, **STYLES},
            aids=(*comparison.PRESENTATION.aids, "masked", "augmented"),
            glossary={**comparison.PRESENTATION.glossary, **GLOSSARY},
            sizes={"name_first": ("person", "people")},
        )
