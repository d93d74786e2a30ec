"""The reversal study on a user's own table of facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context
from tolman.learners.untouched import context
from tolman.models.pretrained import MODEL_INPUTS
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle import Oracle
from tolman.studies.language.locality import locality
from tolman.studies.latent.claims import pretrained_claims
from tolman.studies.latent.presets import PACKED, pretrained, readers
from tolman.training.config import Phase
from tolman.worlds.facts import INPUTS
from tolman.worlds.facts import Facts as World

GIVEN_UP = tuple(range(first, first + 8) for first in (1080, 2080, 2180, 2280, 2380, 2580))
"""Ranges of its own from before a setting or a requirement changed."""

K = 3
"""Experiences that are retrieved for a question."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class FactsPreset:
    """The settings of a run.

    Attributes:
        seeds: number of seeds.
        steps: of finetuning.
        max_facts, max_options, test_items: of the world.
        context: facts in the context of the learner that reads many at once.
    """

    seeds: int
    steps: int
    max_facts: int
    max_options: int
    test_items: int
    context: int


PRESETS: dict[str, FactsPreset] = {
    "smoke": FactsPreset(seeds=2, steps=20, max_facts=100, max_options=8, test_items=12, context=4),
    "quick": FactsPreset(seeds=6, steps=360, max_facts=600, max_options=32, test_items=48, context=16),
    "full": FactsPreset(seeds=8, steps=3_000, max_facts=10_000, max_options=0, test_items=400, context=64),
}


@dataclasses.dataclass(frozen=True)
class FactsStudy(AbstractStudy):
    """The questions of `reversals` about the table in `path`, put to a model that was pretrained to read.

    One learner is finetuned on the facts; the others leave the model as it is, and put facts into its context.

    Attributes:
        path: the table.
        checkpoint: the model that everyone starts from.
        learners: what is compared in place of the usual; a claim about one that is missing is not testable.
        curve_points: approximate number of points of the learning curves of what is finetuned from the reader.
    """

    version: ClassVar[int] = 4
    title: ClassVar[str] = "reversals on a user's own table of facts (--facts FILE)"
    seeds: ClassVar[range] = range(3840, 3848)
    explored: ClassVar[tuple[range, ...]] = (range(6), range(100, 126), *GIVEN_UP)
    inputs: ClassVar[Mapping[str, InputFile]] = {**INPUTS, **MODEL_INPUTS}

    path: str = ""
    checkpoint: str = "reader"
    learners: tuple[Learner, ...] = ()
    curve_points: int = 1

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        world = World(self.path, max_facts=size.max_facts, max_options=size.max_options, test_items=size.test_items)
        # A question about two facts is supported by both.
        oracle = Oracle(supports=2) if world.composes else Oracle()
        learners = (parametric(), parametric_context(), context(size.context), *readers(K, oracle))
        finetuning = Phase(size.steps, {"statement": 0.9, "name": 0.1})
        condition = pretrained(
            world,
            finetuning,
            *(self.learners or learners),
            checkpoint=self.checkpoint,
            training=dataclasses.replace(PACKED, curve_points=self.curve_points),
            locality=locality(self.checkpoint, preset),
        )
        return Plan(size.seeds, (condition,))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else pretrained_claims(usable=0.80)

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import FACTS

        return FACTS
