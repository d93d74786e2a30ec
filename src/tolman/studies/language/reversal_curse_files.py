"""The reversal curse on a user's files, in the format that Berglund et al. published."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.pretrained import MODEL_INPUTS
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison
from tolman.studies.language.comparison import (
    CONTEXT,
    LEXICAL,
    ORACLE,
    ComparisonPreset,
    control_claim,
    curse_claim,
    explicit_claim,
    usable_claim,
)
from tolman.worlds.reversal_curse_files import INPUTS
from tolman.worlds.reversal_curse_files import ReversalCurseFiles as World


@dataclasses.dataclass(frozen=True, kw_only=True)
class FilesPreset:
    """The settings of a run.

    Attributes:
        seeds: number of seeds.
        steps: of finetuning.
        statements: in the context of the learner that reads many at once.
        people, paraphrases, test_items: of the world; 0 = all.
    """

    seeds: int
    steps: int
    statements: int
    people: int
    paraphrases: int
    test_items: int


PRESETS: dict[str, FilesPreset] = {
    "smoke": FilesPreset(seeds=2, steps=20, statements=16, people=3, paraphrases=2, test_items=8),
    "quick": FilesPreset(seeds=5, steps=200, statements=80, people=10, paraphrases=2, test_items=96),
    "full": FilesPreset(seeds=8, steps=3_000, statements=80, people=0, paraphrases=0, test_items=400),
}


@dataclasses.dataclass(frozen=True)
class ReversalCurseFilesStudy(AbstractStudy):
    """The questions of `reversal-curse` about the people in `folder`, put to a model that was pretrained to read."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "the reversal curse on published or own files (--folder DIR)"
    seeds: ClassVar[range] = range(3680, 3688)
    explored: ClassVar[tuple[range, ...]] = (range(3),)
    inputs: ClassVar[Mapping[str, InputFile]] = {**INPUTS, **MODEL_INPUTS}

    folder: str = ""
    checkpoint: str = "reader"

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        world = World(self.folder, people=size.people, paraphrases=size.paraphrases, test_items=size.test_items)
        compared = ComparisonPreset(seeds=size.seeds, world=world, steps=size.steps, statements=size.statements)
        return Plan(size.seeds, (compared.condition(self.checkpoint),))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return (
            explicit_claim("forward", "The finetuned weights complete the prompts that were trained."),
            curse_claim("They do not complete prompts in the other order."),
            usable_claim("context-reversed", CONTEXT, "reversed", "With many lines in its context the reader does."),
            usable_claim("oracle-reversed", ORACLE, "reversed", "It does with a supporting line among three."),
            usable_claim("bm25-reversed", LEXICAL, "reversed", "It does with three that lexical search finds."),
            control_claim("reversed"),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            comparison.PRESENTATION,
            explicit="prompts in the order that was trained",
            latent="prompts in the other order",
            sizes={"statements": ("line", "lines"), "people": ("person", "people")},
        )
