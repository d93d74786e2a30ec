"""A user's own documents and questions: what do the weights answer that no document says in the question's words?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.runs import RunGroup
from tolman.core.inputs import InputFile
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context
from tolman.models.pretrained import MODEL_INPUTS
from tolman.report.presentation import Presentation
from tolman.studies.language.locality import locality
from tolman.studies.latent.claims import LATENT, OURS, bm25_claim, run_group
from tolman.studies.latent.presentation import READ
from tolman.studies.latent.presets import FINETUNING, PRETRAINED, pretrained, readers
from tolman.training.config import Phase
from tolman.worlds.texts import INPUTS
from tolman.worlds.texts import Texts as World


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextsPreset:
    """The settings of a run.

    Attributes:
        seeds: number of seeds.
        passes: passes over all documents.
        min_steps: fewest steps of finetuning, however few the documents.
    """

    seeds: int
    passes: int
    min_steps: int

    def finetuning(self, kinds: Mapping[str, int]) -> Phase:
        """Return a phase in which every document is as frequent as any other, from the documents of each kind."""
        count, chunk = sum(kinds.values()), FINETUNING.chunk
        steps = max(self.min_steps, -(-self.passes * count // FINETUNING.batch))
        return Phase(-(-steps // chunk) * chunk, {kind: n / count for kind, n in kinds.items()})


PRESETS = {
    "smoke": TextsPreset(seeds=2, passes=1, min_steps=20),
    "quick": TextsPreset(seeds=6, passes=100, min_steps=300),
    "full": TextsPreset(seeds=8, passes=400, min_steps=3_000),
}

K = 3
"""Documents that are retrieved for a question."""


PRESENTATION = dataclasses.replace(
    READ,
    explicit="the questions that its documents answer word for word",
    latent="the questions that its documents answer in other words only",
    experience="document",
    sizes={"documents": ("document", "documents")},
)


@dataclasses.dataclass(frozen=True)
class TextsStudy(AbstractStudy):
    """Do weights that learned the user's documents answer what these say in other words?

    Attributes:
        documents, tests: the files.
        checkpoint: the model that everyone starts from.
        learners: what is compared in place of the usual; a claim about one that is missing is not testable.
        curve_points: approximate number of points of the learning curves of what is finetuned from the reader.
    """

    version: ClassVar[int] = 2
    title: ClassVar[str] = "a user's own documents and questions (--documents FILE --tests FILE)"
    seeds: ClassVar[range] = range(1860, 1868)
    inputs: ClassVar[Mapping[str, InputFile]] = {**INPUTS, **MODEL_INPUTS}

    documents: str = ""
    tests: str = ""
    checkpoint: str = "reader"
    learners: tuple[Learner, ...] = ()
    curve_points: int = 1

    def plan(self, preset: str) -> Plan:
        """Finetune one learner on all documents alike; the others leave the reader as it is."""
        size, world = PRESETS[preset], World(self.documents, self.tests)
        learners = (parametric(), parametric_context(), *readers(K))
        condition = pretrained(
            world,
            size.finetuning(world.kinds),
            *(self.learners or learners),
            checkpoint=self.checkpoint,
            training=dataclasses.replace(FINETUNING, curve_points=self.curve_points),
            locality=locality(self.checkpoint, preset),
        )
        return Plan(size.seeds, (condition,))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        weights = run_group("parametric", PRETRAINED)
        oracle, bm25 = run_group("retrieval-oracle", PRETRAINED), run_group("retrieval-bm25", PRETRAINED)
        return (*_finetuned(weights), *_read(oracle, bm25))

    @classmethod
    def presentation(cls) -> Presentation:
        return PRESENTATION


def _finetuned(weights: RunGroup) -> tuple[Claim, ...]:
    """Claims about finetuned weights."""
    return (
        Claim(
            name="parametric-explicit",
            statement="The weights answer what the documents say in the question's own words.",
            source=OURS,
            effect=Accuracy(weights, "explicit"),
            bound=0.95,
            direction=">=",
        ),
        Claim(
            name="parametric-latent",
            statement="They do not answer what the documents say in other words.",
            source=LATENT,
            effect=AboveChance(weights, "latent"),
            bound=0.05,
            direction="<=",
            requires=(Learned(weights, "explicit"),),
        ),
    )


def _read(oracle: RunGroup, bm25: RunGroup) -> tuple[Claim, ...]:
    """Claims about the untouched model with documents in its context."""
    return (
        Claim(
            name="oracle-latent",
            statement="With a supporting document in its context the model answers them, as it was pretrained.",
            source=LATENT,
            effect=AboveChance(oracle, "latent"),
            bound=0.5,
            direction=">=",
        ),
        bm25_claim(bm25, oracle),
    )
