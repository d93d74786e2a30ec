"""Reading: what the pretrained reader can take from its context, in wordings that it never met."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Literal

from tolman.claims.claim import Claim
from tolman.claims.effects import Accuracy
from tolman.claims.published import OURS
from tolman.claims.runs import RunGroup
from tolman.core.inputs import InputFile
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.untouched import untouched
from tolman.models.pretrained import INPUTS, PretrainedConfig
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.studies.language.causes import WORDINGS
from tolman.training.config import TrainingConfig
from tolman.worlds.reading import Reading

READER = "reader"

SKILLS: dict[str, tuple[str, float, Literal["<=", ">="]]] = {
    "reversed-4": ("reversed facts among 4", 0.98, ">="),
    "reversed-16": ("reversed facts among 16", 0.97, ">="),
    "reversed-64": ("reversed facts among 64", 0.95, ">="),
    "reversed-window": ("reversed facts in a full window of documents", 0.90, ">="),
    "same-16": ("facts among 16 in the stated direction", 0.98, ">="),
    "five-word-16": ("reversed facts among 16 whose names have five words", 0.95, ">="),
    "two-hop-16": ("questions that link two facts among 16", 0.90, ">="),
    "syllogism": ("syllogisms", 0.90, ">="),
    "inheritance": ("what follows along two levels of a hierarchy", 0.90, ">="),
    "not-stated": ("'not stated' where no answer stands", 0.90, ">="),
    "stated-refused": ("'not stated' where the answer stands", 0.02, "<="),
    "reverse": ("the task of reversing a sentence", 0.97, ">="),
}
"""Tests with what the reader does, and the bound of its accuracy."""

PRESENTATION = Presentation(
    learners={"untouched": LearnerStyle(colour="#009E73")},
    baseline="untouched",
    explicit="reversed questions in wordings of its pretraining",
    experience="document",
)


@dataclasses.dataclass(frozen=True)
class ReaderStudy(AbstractStudy):
    """Does the reader read? Greedy answers about fresh documents, in wordings that were held out of pretraining."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "what the pretrained reader reads from its context"
    seeds: ClassVar[range] = range(2480, 2490)
    explored: ClassVar[tuple[range, ...]] = (range(3, 5), range(8, 9), range(10, 11), range(20, 21), range(1980, 1990))
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    checkpoint: str = "reader"

    def plan(self, preset: str) -> Plan:
        """Ask, and train nothing."""
        items = {"smoke": 2, "quick": 100, "full": 200}[preset]
        condition = Condition(
            name=READER,
            world=Reading(test_items=items, choices=preset == "full"),
            model=PretrainedConfig(self.checkpoint),
            training=TrainingConfig(),
            phases=(),
            learners=(untouched(),),
        )
        return Plan({"smoke": 1, "quick": 5, "full": 10}[preset], (condition,))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: self.plan(preset).seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else tuple(_claim(test) for test in SKILLS)

    @classmethod
    def presentation(cls) -> Presentation:
        return PRESENTATION


def _claim(test: str) -> Claim:
    what, bound, direction = SKILLS[test]
    return Claim(
        name=test,
        statement=f"The reader answers {what}." if test != "stated-refused" else f"The reader does not answer {what}.",
        source=OURS,
        effect=Accuracy(RunGroup(READER, "untouched"), test),
        bound=bound,
        direction=direction,
        cause=WORDINGS,
    )
