"""Data sources of the trainer, and the documents of a phase: mixed, sampled afresh, with retrieved neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, ArrayLike, Float, PyTree

from tolman.core.assemble import stack_corpora, take_rows, widen
from tolman.core.errors import UnknownName, UserError
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.core.world import Instance
from tolman.models.io import ModelSpec
from tolman.retrieval.dropout import dropped
from tolman.retrieval.retriever import Embed, Queries, Retrieval
from tolman.training.config import Phase, Seeds, TrainingSpec
from tolman.training.embedding import embedding_of
from tolman.training.splitting import SplitCorpus, split_corpus
from tolman.training.step import ChunkData, StepConfig, TrainState, document_program, spread

if TYPE_CHECKING:
    from tolman.training.prefetch import Prefetcher


class DataSource(Protocol):
    """Data that parallel seeds learn from during one phase: documents, or tasks to act in.

    Attributes:
        loads_ahead: a chunk does not depend on what was learned before, so that it can be loaded meanwhile.
    """

    loads_ahead: ClassVar[bool]

    def load(self, number: int) -> PyTree:
        """Return the arrays of a chunk, stacked over seeds.

        Args:
            number: of the chunk, counted from the start of training. The same number (and the same replay buffers)
                give the same arrays, in any process.
        """
        ...

    def learn(self, states: TrainState, data: PyTree) -> tuple[TrainState, Float[ArrayLike, "seeds steps"]]:
        """Return states and losses of the steps, which may still be computing. `states` is donated."""
        ...


class Documents(NamedTuple):
    """Documents of one kind; `memory_rows` are the rows in memory that they are or are part of, `NONE` without one."""

    corpus: Corpus
    memory_rows: np.ndarray


class PhaseDocuments:
    """The documents of one seed during a phase, chunk by chunk."""

    def __init__(self, spec: TrainingSpec, phase: Phase, instance: Instance, seed: int):
        self.spec, self.phase, self.instance, self.seed = spec, phase, instance, seed
        known = (*instance.kinds, *instance.samplers)
        for kind in phase.mixture:
            if kind not in known:
                raise UnknownName("kind of document", kind, known)
        kinds = [k for k in known if phase.mixture.get(k, 0) > 0]
        self.fractions = np.array([phase.mixture[k] for k in kinds], np.float64)
        self.memory = instance.memory
        self.sampled = [k for k in kinds if k in instance.samplers]
        corpus, splitting = instance.corpus, spec.training.splitting
        whole = SplitCorpus(corpus, np.arange(corpus.size))
        split = whole if splitting == "none" else split_corpus(instance, splitting)
        self.persistent = [_persistent(instance, k, split) for k in kinds if k in instance.kinds]
        self.retrieval = spec.retrieval if phase.retrieve else None

    @property
    def k(self) -> int:
        """Experiences retrieved for each document."""
        return self.retrieval.k if self.retrieval else 0

    @property
    def constant(self) -> tuple[str, ...]:
        """The fields of `ChunkData` that are the same in every chunk of the phase."""
        if self.sampled:
            return "memory", "mixture"
        return ChunkData._fields if self.retrieval is None else ("memory", "mixture", "rows", "start", "sizes")

    def chunk(self, number: int) -> ChunkData:
        """Return the documents of the chunk of that number."""
        rng = np.random.default_rng([self.seed, 3, number])
        fresh = [
            Documents(corpus, np.full(corpus.size, NONE))
            for corpus in (self.instance.samplers[k](rng, self.spec.training.fresh) for k in self.sampled)
        ]
        parts = [*self.persistent, *fresh]
        sizes = np.array([part.corpus.size for part in parts])
        memory = self.memory.experiences
        return ChunkData(
            memory=without_features(memory if self.retrieval else take_rows(memory, np.arange(0))),
            rows=_stack([without_features(part.corpus.experiences) for part in parts]),
            neighbours=self._neighbours(parts, rng),
            start=(np.cumsum(sizes) - sizes).astype(np.int32),
            sizes=sizes.astype(np.int32),
            mixture=(np.cumsum(self.fractions) / self.fractions.sum()).astype(np.float32),
        )

    def _neighbours(self, parts: list[Documents], rng: np.random.Generator) -> np.ndarray:
        if self.retrieval is None:
            return np.zeros((sum(part.corpus.size for part in parts), 0), np.int32)
        embed = embedding_of(self.retrieval.retriever, self.instance.vocabulary)
        found = [neighbours_of(self.retrieval, self.memory, _queries(part), rng, embed) for part in parts]
        return np.concatenate(found).astype(np.int32)


def _persistent(instance: Instance, kind: str, split: SplitCorpus) -> Documents:
    corpus = split.corpus
    rows = np.flatnonzero(corpus.kind == instance.kinds.index(kind))
    if not len(rows):
        raise UserError(f"a phase draws documents of the kind {kind!r}, of which this world has none; drop it")
    part = Corpus(take_rows(corpus.experiences, rows), *(leaf[rows] for leaf in corpus[1:]))
    whole = split.rows[rows]
    return Documents(part, np.where(whole < instance.memory.size, whole, NONE))


def neighbours_of(
    retrieval: Retrieval, memory: Corpus, queries: Queries, rng: np.random.Generator, embed: Embed | None = None
) -> np.ndarray:
    """Return rows of `memory` for training documents, `[m, k]`, after retrieval dropout; `embed` is an encoder's."""
    found = retrieval.retriever.neighbours(memory, queries, retrieval.k, rng, embed)
    if not retrieval.empty and not retrieval.irrelevant:
        return found
    return dropped(found, retrieval, memory, queries, rng)


def _queries(documents: Documents) -> Queries:
    """Documents as queries: the steps that answer a question are hidden."""
    corpus = documents.corpus
    visible = corpus.experiences.valid & (corpus.cue == NONE)
    return Queries(corpus.experiences._replace(valid=visible), corpus.supports, corpus.topics, documents.memory_rows)


def without_features(rows: Experiences) -> Experiences:
    """Return experiences without retrieval features, which models do not read."""
    return rows._replace(steps={name: leaf for name, leaf in rows.steps.items() if name != "features"})


def _stack(parts: list[Experiences]) -> Experiences:
    length = max(part.length for part in parts)
    # A single kind may be gigabytes: it is not copied.
    return parts[0] if len(parts) == 1 else stack_corpora([widen(part, length) for part in parts])


class DocumentSource:
    """The documents of parallel seeds: a `DataSource`.

    Args:
        seeds: the documents of each seed.
        config: of the step.
        mesh: the devices.
        draw: returns the chunk of a number, of all seeds; None = each seed's documents do.
    """

    loads_ahead: ClassVar[bool] = True

    def __init__(
        self,
        seeds: Sequence[PhaseDocuments],
        config: StepConfig,
        mesh: Mesh,
        draw: Callable[[int], list[ChunkData]] | None = None,
    ):
        self.seeds, self.config, self.mesh = seeds, config, mesh
        self.draw = draw or (lambda number: [each.chunk(number) for each in self.seeds])
        self.on_devices: dict[str, PyTree] = {}

    def load(self, number: int) -> ChunkData:
        """Return the documents of a chunk; fields that a phase never changes go to the devices once."""
        kept = self.on_devices
        if len(kept) == len(ChunkData._fields):
            return ChunkData(**kept)
        drawn = self.draw(number)
        missing = [name for name in ChunkData._fields if name not in kept]
        fresh = {name: _stack_seeds([getattr(chunk, name) for chunk in drawn], name) for name in missing}
        kept |= {name: spread(fresh[name], self.mesh) for name in self.seeds[0].constant if name in fresh}
        return ChunkData(**(fresh | kept))

    def learn(self, states: TrainState, data: ChunkData) -> tuple[TrainState, Float[Array, "seeds steps"]]:
        """Take the steps of a chunk."""
        return document_program(self.config, self.mesh)(states, data)


_PER_ROW = ("memory", "rows", "neighbours")
"""The fields of `ChunkData` that have a row per document."""


def _stack_seeds(parts: list[PyTree], name: str) -> PyTree:
    return jax.tree.map(lambda *leaves: np.stack(_padded(leaves, rounded=name in _PER_ROW)), *parts)


def _padded(leaves: tuple[np.ndarray, ...], rounded: bool) -> list[np.ndarray]:
    """Pad to the same number of rows; those beyond a seed's own are never drawn.

    A rounded number lets worlds of similar sizes share one compiled program.
    """
    rows = max(leaf.shape[0] for leaf in leaves)
    rows = rounded_up(rows) if rounded else rows
    return [np.pad(leaf, ((0, rows - leaf.shape[0]), *((0, 0),) * (leaf.ndim - 1))) for leaf in leaves]


def rounded_up(rows: int) -> int:
    """Return the next of four sizes an octave, at least 64; 0 stays 0."""
    step = 2 ** max(4, rows.bit_length() - 3)
    return max(64, -(-rows // step) * step) if rows else 0


def chunks(spec: TrainingSpec) -> Iterator[tuple[int, Phase]]:
    """Yield the number of every chunk, with its phase."""
    number = 0
    for phase in spec.phases:
        for _ in range(spec.chunks(phase)):
            yield number, phase
            number += 1


def step_config(spec: TrainingSpec, instance: Instance) -> StepConfig:
    """Return all that the compiled chunks of a training depend on besides the shapes of their arguments."""
    training = spec.training
    # Where retrieved experiences bear loss too, each of them needs room for its targets.
    retrieved = spec.retrieval.k if spec.retrieval and training.retrieved_loss else 0
    return StepConfig(
        model=ModelSpec(spec.model, instance.inputs, instance.outputs),
        optimiser=training.optimiser.kind,
        batch=training.batch,
        steps=training.chunk,
        targets=instance.most_targets * (1 + retrieved),
        max_tokens=training.max_tokens,
        half=training.resolved_precision == "bfloat16",
        auxiliary=spec.auxiliary,
    )


def prefetcher(spec: TrainingSpec, seeds: Sequence[Seeds], workers: int) -> Prefetcher:
    """Return the processes that draw documents ahead, whose module is loaded where it is needed."""
    from tolman.training.prefetch import Prefetcher

    return Prefetcher(spec, seeds, workers)
