"""Properties of experience that decide whether latent learning fails, as sweeps over small worlds of codebooks.

Sizes and settings are ours; nothing is claimed. `tolman sweep data-properties` runs the sweeps on exploration seeds.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from tolman.claims.claim import Claim
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_retrieval
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.presets import DocumentPreset
from tolman.sweeps.ready import ReadySweep
from tolman.training.config import Phase, TrainingConfig
from tolman.worlds.codebooks import Codebooks

PROPERTIES, BLOCKED, RETRIEVAL, IN_CONTEXT = "properties", "blocked", "retrieval", "in-context-training"
"""Conditions, each of which has a sweep of that name."""

FORMATS, TARGETS = "formats", "targets"
"""Further sweeps of `PROPERTIES`: every combination of a definition's format and an encoding's frame; and loss on
answers or on all tokens."""

MEMORY = "parametric-retrieval-oracle"
MIXTURE = {"definition": 0.25, "encoding": 0.75, "in-context": 0.25}
"""Weights of the kinds of documents: a fifth of them are in-context documents."""

WORLD = Codebooks(books=16, entries=8, encoded=3, encodings=16, in_context=4, reserved=8, test_items=64)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """A preset: its documents and model, and the values that the sweeps take.

    Attributes:
        documents: world, model, training and curriculum.
        seeds: of the sweeps.
        sample: cells of the sweep over all properties.
        axes: by sweep.
    """

    documents: DocumentPreset
    seeds: int
    sample: int
    axes: dict[str, tuple[str, ...]]


RECALL = f"learners.{MEMORY}.context.retriever.recall"
TRAINED_RECALL = f"learners.{MEMORY}.steps.0.context.retriever.recall"
EXPERIENCES = f"learners.{MEMORY}.context.k"
FORMAT_AXES = (
    "world.order=fixed,shuffled",
    "world.direction=input-output,output-input",
    "world.layout=interleaved,blocked",
    "world.wording=same,distinct",
)
"""Format of definitions and frame of encodings, the parameters of `FORMATS`."""


def _axes(numbers: tuple[str, ...], **others: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    named = {name.replace("_", "-"): axes for name, axes in others.items()}
    targets = ("world.targets=answers,all", *FORMAT_AXES[:2])
    return {FORMATS: FORMAT_AXES, TARGETS: targets, PROPERTIES: (*FORMAT_AXES, *numbers), **named}


def _documents(
    *, seeds: int, reading: int, main: int, batch: int = 32, chunk: int = 50, **world: Any
) -> DocumentPreset:
    return DocumentPreset(
        seeds=seeds,
        world=dataclasses.replace(WORLD, **world),
        model=DecoderConfig(width=32, heads=2, rotary=0.25),
        training=TrainingConfig(batch=batch, chunk=chunk, fresh=8 * batch, curve_points=4),
        reading=reading,
        main=main,
        mixture=MIXTURE,
        trained_with=Oracle(),
        k=2,
    )


PRESETS = {
    "smoke": Size(
        documents=_documents(
            seeds=2, reading=10, main=20, batch=8, chunk=10, books=4, entries=6, encodings=8, definitions=2,
            in_context=2, reserved=4, test_items=16,
        ),
        seeds=2,
        sample=4,
        axes=_axes(
            ("world.books=4,6", "training.optimiser.weight_decay=0.01,0.1"),
            blocked=("phases.0.steps=10,20", "world.books=4,6"),
            retrieval=(f"{RECALL}=0,0.5,1", f"{EXPERIENCES}=1,2"),
            in_context_training=("phases.0.steps=10,20", "phases.1.mixture.in-context=0,0.25"),
        ),
    ),
    "quick": Size(
        documents=_documents(seeds=4, reading=800, main=400),
        seeds=4,
        sample=96,
        axes=_axes(
            (
                "world.books=4,8,16",
                "world.definitions=1,4,16",
                "phases.0.steps=400,800",
                "phases.0.mixture.in-context=0,0.25,1",
                "training.optimiser.weight_decay=0.01,0.1,1",
                "model.width=16,32",
                "model.layers=1,2",
            ),
            blocked=("phases.0.steps=400,800,1600", "world.books=4,8,16,32"),
            retrieval=(f"{RECALL}=0,0.25,0.5,0.75,1", f"{EXPERIENCES}=1,2,4,8", f"{TRAINED_RECALL}=0.5,1"),
            in_context_training=("phases.0.steps=0,200,400,800,1600", "phases.1.mixture.in-context=0,0.25,1"),
        ),
    ),
    "full": Size(
        documents=_documents(seeds=8, reading=4_000, main=4_000, batch=128, books=128, entries=12, encoded=4,
                             encodings=32, in_context=8, reserved=32, test_items=256),
        seeds=8,
        sample=512,
        axes=_axes(
            (
                "world.books=64,128,256,512",
                "world.definitions=1,4,16,64",
                "phases.0.steps=2000,4000,8000,16000",
                "phases.0.mixture.in-context=0,0.25,1",
                "training.optimiser.weight_decay=0.01,0.1,0.3,1",
                "model.width=64,128,256",
                "model.layers=1,2,4",
            ),
            blocked=("phases.0.steps=2000,4000,8000,16000,32000", "world.books=16,32,64,128,256,512"),
            retrieval=(f"{RECALL}=0:1:11", f"{EXPERIENCES}=1,2,4,8,16", f"{TRAINED_RECALL}=0.25,0.5,0.75,1"),
            in_context_training=(
                "phases.0.steps=0,250,500,1000,2000,4000,8000",
                "phases.1.mixture.in-context=0,0.05,0.1,0.25,0.5,1",
            ),
        ),
    ),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class DataPropertiesStudy(AbstractStudy):
    """Sweeps, not claims: format, amount and variety of experience, imperfect memory, and training to read."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "properties of experience that decide whether latent learning fails"
    seeds: ClassVar[range] = range(4400, 4408)
    explored: ClassVar[tuple[range, ...]] = (range(100),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset].documents
        return Plan(size.seeds, (_properties(size), _blocked(size), *_remembered(size)))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        del preset
        return ()

    def sweeps(self, preset: str) -> tuple[ReadySweep, ...]:
        size = PRESETS[preset]
        both = ("parametric", MEMORY)
        return (
            _sweep(size, FORMATS, "In which formats of experience does latent learning fail?"),
            _sweep(size, TARGETS, "Does it help to predict all tokens?"),
            _sweep(size, PROPERTIES, "Which properties of experience decide whether latent learning fails?"),
            _sweep(size, BLOCKED, "With another layout of encodings: after how much training, and of how many books?"),
            _sweep(size, RETRIEVAL, "How imprecise may memory be?", both),
            _sweep(size, IN_CONTEXT, "How much in-context training is enough?", both),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import DATA_PROPERTIES

        return DATA_PROPERTIES


def _sweep(size: Size, name: str, question: str, learners: tuple[str, ...] = ("parametric",)) -> ReadySweep:
    return ReadySweep(
        name=name,
        question=question,
        condition=PROPERTIES if name in (FORMATS, TARGETS) else name,
        learners=learners,
        over=size.axes[name],
        seeds=size.seeds,
        sample=size.sample if name == PROPERTIES else None,
    )


def _properties(size: DocumentPreset) -> Condition:
    """Return the condition of weights alone, without a phase of reading: in-context documents are a property."""
    return size.condition(PROPERTIES, phases=(Phase(size.main, MIXTURE),), learners=(parametric(),))


def _blocked(size: DocumentPreset) -> Condition:
    """Return the same in the format that loses a part: pairs as they are asked for, encodings with another layout."""
    world: Any = size.world
    changed = dataclasses.replace(world, direction="input-output", layout="blocked")
    return dataclasses.replace(_properties(size), name=BLOCKED, world=changed)


def _remembered(size: DocumentPreset) -> tuple[Condition, ...]:
    """Return the conditions with retrieval, output before input."""
    return tuple(size.condition(name, learners=_learners(size)) for name in (RETRIEVAL, IN_CONTEXT))


def _learners(size: DocumentPreset) -> tuple[Learner, ...]:
    return parametric(), parametric_retrieval(Oracle(), size.k)
