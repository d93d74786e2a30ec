"""A user's own documents and questions: what do the weights answer that no document says in the question's words?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.runs import Runs, SeedPair
from tolman.core.inputs import InputFile
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.parametric import parametric, parametric_context
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.studies.latent.claims import LATENT, OURS, run_group
from tolman.studies.latent.presets import STANDARD
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.texts import INPUTS
from tolman.worlds.texts import Texts as World


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextsPreset:
    """The settings of a run.

    Attributes:
        seeds: number of seeds.
        model: the architecture.
        training: batch size, optimiser and the like.
        passes: passes over all documents.
        min_steps: fewest steps, however few the documents.
    """

    seeds: int
    model: DecoderConfig
    training: TrainingConfig
    passes: int
    min_steps: int

    def phases(self, kinds: Mapping[str, int]) -> tuple[Phase, ...]:
        """Return one phase in which every document is as frequent as any other, from the documents of each kind."""
        count, chunk = sum(kinds.values()), self.training.chunk
        steps = max(self.min_steps, -(-self.passes * count // self.training.batch))
        return (Phase(-(-steps // chunk) * chunk, {kind: n / count for kind, n in kinds.items()}),)


PRESETS = {
    "smoke": TextsPreset(
        seeds=2,
        model=DecoderConfig(width=32, heads=2, rotary=0.25),
        training=TrainingConfig(batch=16, chunk=10, fresh=64, curve_points=2),
        passes=1,
        min_steps=20,
    ),
    "quick": TextsPreset(
        seeds=6,
        model=DecoderConfig(heads=2, rotary=0.25),
        training=TrainingConfig(curve_points=5),
        passes=60,
        min_steps=600,
    ),
    "full": TextsPreset(
        seeds=8,
        model=DecoderConfig(width=128, layers=4, heads=4, rotary=0.25),
        training=TrainingConfig(
            optimiser=OptimiserConfig(learning_rate=1e-3, warmup=500),
            batch=256,
            chunk=100,
            parallel_seeds=4,
        ),
        passes=200,
        min_steps=4_000,
    ),
}


PRESENTATION = Presentation(
    learners={
        "parametric": LearnerStyle(),
        "parametric-context": LearnerStyle(aid="with a supporting document in its prompt", supplied=True),
    },
    baseline="parametric",
    explicit="the questions that its documents answer word for word",
    latent="the questions that its documents answer in other words only",
    experience="document",
    sizes={"documents": ("document", "documents")},
)


@dataclasses.dataclass(frozen=True)
class Reads(Learned):
    """Mastery of the questions whose answer is in the prompt; not met where the files have none."""

    def value(self, runs: Runs, seeds: SeedPair) -> float | None:
        return super().value(runs, seeds) if self.test in runs[self.run_group][seeds].tests else None


@dataclasses.dataclass(frozen=True)
class TextsStudy(AbstractStudy):
    """Do weights that learned the user's documents answer what these say in other words?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a user's own documents and questions (--documents FILE --tests FILE)"
    seeds: ClassVar[range] = range(1860, 1868)
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    documents: str = ""
    tests: str = ""

    def plan(self, preset: str) -> Plan:
        """Train on all documents alike. Nothing teaches these weights to read a document in their prompt."""
        size, world = PRESETS[preset], World(self.documents, self.tests)
        condition = Condition(
            name=STANDARD,
            world=world,
            model=size.model,
            training=size.training,
            phases=size.phases(world.kinds),
            learners=(parametric(), parametric_context()),
        )
        return Plan(size.seeds, (condition,))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        weights, context = run_group("parametric"), run_group("parametric-context")
        learned = Learned(weights, "explicit")
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
                requires=(learned,),
            ),
            Claim(
                name="context-latent",
                statement="With a supporting document in the prompt the same weights do.",
                source=LATENT,
                effect=AboveChance(context, "latent"),
                bound=0.5,
                direction=">=",
                requires=(learned, Reads(weights, "context", 0.9)),
            ),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        return PRESENTATION
