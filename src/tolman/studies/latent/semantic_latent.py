"""Semantic structure as a benchmark of latent learning, with weaker and stronger associative cues."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.runs import RunGroup
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context, parametric_retrieval
from tolman.learners.untouched import retrieval
from tolman.models.base import AbstractModelConfig
from tolman.models.decoder import DecoderConfig
from tolman.models.pretrained import PretrainedConfig
from tolman.report.presentation import Presentation
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.studies.latent.claims import LATENT, OURS, learned
from tolman.studies.latent.presentation import LEARNERS, READ, READERS
from tolman.studies.latent.presets import PACKED
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.semantic_structure import SemanticStructure as World

CUES = (0.0, 0.5, 1.0)
"""Fractions of what is latent that can be guessed by association."""

SPLITS = ("reversed", "syllogism", "holdout")
K = 3
"""Experiences before a question: as many as it links at most."""

RETRIEVERS = (Oracle(supports=K), Random(), BM25())

MIXTURE = {"statement": 0.9, "name": 0.1}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset:
    """A preset: where the weights start, what is learned, and for how long."""

    seeds: int
    world: World
    model: AbstractModelConfig
    training: TrainingConfig
    steps: int

    def condition(self, cues: float) -> Condition:
        """Return the condition with associative cues of that strength."""
        return Condition(
            name=named(cues),
            world=dataclasses.replace(self.world, cues=cues),
            model=self.model,
            training=self.training,
            phases=(Phase(self.steps, MIXTURE),),
            learners=_learners(self.model.pretrained),
        )


def _learners(pretrained: bool) -> tuple[Learner, ...]:
    """Return the learners: a model that could read before retrieves as it was, any other learns to read with retrieval.

    The ablation, which had irrelevant experiences in its context in training, is there where reading is learned.
    """
    oracle = Oracle(supports=K)
    weights = parametric(), parametric_context(K, oracle)
    if pretrained:
        return (*weights, *(retrieval(retriever, K) for retriever in RETRIEVERS))
    return (
        *weights,
        *(parametric_retrieval(retriever, K, trained_with=oracle) for retriever in RETRIEVERS),
        parametric_retrieval(oracle, K, trained_with=Random(), name="parametric-retrieval-trained-random"),
    )


SCRATCH = TrainingConfig(optimiser=OptimiserConfig(learning_rate=1e-3, warmup=500), batch=128, chunk=100)

PRESETS = {
    "smoke": Preset(
        seeds=2,
        world=World(paraphrases=2, test_items=8),
        model=DecoderConfig(width=32, heads=2, rotary=0.25),
        training=TrainingConfig(batch=16, chunk=10, curve_points=2),
        steps=20,
    ),
    "quick": Preset(seeds=10, world=World(paraphrases=2), model=PretrainedConfig(), training=PACKED, steps=200),
    "full": Preset(
        seeds=8,
        world=World(roots=5, branches=3, leaves=6, properties=6, relations=4, articles=2200, test_items=400),
        model=DecoderConfig(width=256, layers=4, heads=4, rotary=0.25),
        training=SCRATCH,
        steps=20_000,
    ),
}


@dataclasses.dataclass(frozen=True)
class SemanticLatentStudy(AbstractStudy):
    """Does retrieval answer what weights cannot infer, and does it matter less where association gives it away?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "latent learning in a hierarchy of categories, by the strength of associative cues"
    seeds: ClassVar[range] = range(3580, 3590)
    explored: ClassVar[tuple[range, ...]] = (range(100, 120),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        return Plan(size.seeds, tuple(size.condition(cues) for cues in CUES))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        retrieving = "retrieval" if PRESETS[preset].model.pretrained else "parametric-retrieval"
        return (
            Claim(
                name="parametric-stated",
                statement="The parametric learner completes what is stated.",
                source=LATENT,
                effect=Accuracy(RunGroup(WEAK, "parametric"), "stated"),
                bound=0.95,
                direction=">=",
            ),
            *(_oracle_claim(split, f"{retrieving}-oracle") for split in SPLITS),
            *(_cue_claim(split, f"{retrieving}-oracle") for split in SPLITS),
            *(_control_claim(split, f"{retrieving}-random") for split in SPLITS),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            READ,
            learners=LEARNERS | READERS,
            explicit="what is stated of categories",
            latent="what follows from it: relations turned around, and inherited properties",
            experience="statement",
            sizes={"roots": ("root", "roots")},
            glossary={
                **READ.glossary,
                "cues": "The fraction of what is latent whose question and answer are also named together in a "
                "document that says nothing else. It can be guessed by association, without inference.",
            },
        )


def named(cues: float) -> str:
    """Return the name of the condition with cues of that strength."""
    return f"cues={cues:g}"


WEAK, STRONG = named(CUES[0]), named(CUES[-1])
"""The conditions that claims compare."""


def _gain(split: str, oracle: str, condition: str) -> Difference:
    return Difference(Accuracy(RunGroup(condition, oracle), split), Accuracy(RunGroup(condition, "parametric"), split))


def _learned(oracle: str, *conditions: str) -> tuple[Learned, ...]:
    groups = [RunGroup(condition, name) for condition in conditions for name in ("parametric", oracle)]
    return tuple(each for group in groups for each in learned(group, "stated"))


def _oracle_claim(split: str, oracle: str) -> Claim:
    return Claim(
        name=f"oracle-{split}",
        statement=f"Without cues, oracle retrieval answers {split} questions better than the weights alone.",
        source=LATENT.with_our("bound"),
        effect=_gain(split, oracle, WEAK),
        bound=0.20,
        direction=">=",
        requires=_learned(oracle, WEAK),
    )


def _cue_claim(split: str, oracle: str) -> Claim:
    return Claim(
        name=f"cues-{split}",
        statement=f"The gain of retrieval on {split} questions shrinks as cues get stronger.",
        source=f"{OURS}, after {LATENT}",
        effect=Difference(_gain(split, oracle, WEAK), _gain(split, oracle, STRONG)),
        bound=0.0,
        direction=">=",
        requires=_learned(oracle, WEAK, STRONG),
    )


def _control_claim(split: str, random: str) -> Claim:
    return Claim(
        name=f"random-{split}",
        statement=f"Irrelevant statements in the context do not help with {split} questions.",
        source=OURS + " control",
        effect=AboveChance(RunGroup(WEAK, random), split),
        bound=0.05,
        direction="<=",
        requires=learned(RunGroup(WEAK, "parametric"), "stated"),
    )
