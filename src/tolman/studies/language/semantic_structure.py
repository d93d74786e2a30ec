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
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison
from tolman.studies.language.comparison import AbstractComparison, ComparisonPreset
from tolman.studies.language.remedies import remedies
from tolman.worlds.semantic_structure import SemanticStructure as World

ASK = ("what is the {r} of {s} ?", "which is the {r} of {s} ?")
"""Instructions in wordings of the reader's pretraining."""

PRESETS = {
    "smoke": ComparisonPreset(seeds=2, world=World(paraphrases=1, test_items=8), steps=20, statements=96, supports=3),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=200, statements=256, supports=3),
    "full": ComparisonPreset(
        seeds=10,
        world=World(5, 3, 6, properties=6, relations=4, articles=2200, test_items=400),
        steps=3_000,
        supports=3,
    ),
}


@dataclasses.dataclass(frozen=True)
class SemanticStructureStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned what is stated of categories know what follows? Does a reader of it?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a hierarchy of categories: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3480, 3490)
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS
    more: ClassVar[tuple[Learner, ...]] = (*remedies("augmented", "rephrased"), augmented(Chained(ASK), "chained"))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return ()
