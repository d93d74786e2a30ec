"""What one lane is fed with during a chunk: rows, which kind each is of, and what was retrieved for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tolman.core.assemble import stack_corpora, take_rows, tree_map
from tolman.core.errors import UnknownName, UserError
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.core.world import Instance
from tolman.learners.learner import Phase
from tolman.retrieval.retriever import AbstractRetriever, Queries
from tolman.training.config import TrainingSpec
from tolman.training.step import ChunkData


class Source(NamedTuple):
    """Documents of one kind; `own` are their rows in memory (`NONE` where they are not in it)."""

    corpus: Corpus
    own: np.ndarray


class DocumentSource:
    """Makes a lane's banks for one phase; the same chunk number gives the same bank, in any process."""

    def __init__(self, spec: TrainingSpec, phase: Phase, instance: Instance, seed: int):
        self.spec, self.phase, self.instance, self.seed = spec, phase, instance, seed
        mixture = dict(phase.mixture)
        known = (*instance.kinds, *instance.samplers)
        for kind in mixture:
            if kind not in known:
                raise UnknownName("kind of document", kind, known)
        self.kinds = [k for k in known if mixture.get(k, 0) > 0]
        self.share = np.array([mixture[k] for k in self.kinds], np.float64)
        self.memory = instance.memory
        self.samplers = [k for k in self.kinds if k in instance.samplers]
        self.fixed = [_source(instance, k) for k in self.kinds if k in instance.kinds]
        self.retriever: AbstractRetriever | None = None
        if spec.retrieval is not None and phase.retrieve:
            self.retriever = spec.retrieval.retriever

    @property
    def k(self) -> int:
        """Experiences reinstated before each document of the phase."""
        return self.spec.retrieval.k if self.retriever and self.spec.retrieval else 0

    @property
    def lasting(self) -> tuple[str, ...]:
        """Those fields of a bank that are the same in every chunk of the phase."""
        if self.samplers:
            return "memory", "mixture"
        return ChunkData._fields if self.retriever is None else ("memory", "mixture", "rows", "start", "sizes")

    def bank(self, chunk: int) -> ChunkData:
        """The bank of that chunk, counted from the start of training."""
        rng = np.random.default_rng([self.seed, 3, chunk])
        drawn = [
            Source(corpus, np.full(corpus.size, NONE))
            for corpus in (self.instance.samplers[k](rng, self.spec.training.fresh) for k in self.samplers)
        ]
        sources = [*self.fixed, *drawn]
        sizes = np.array([source.corpus.size for source in sources])
        return ChunkData(
            memory=read_by_models(self.memory.experiences if self.retriever else _none_of(self.memory.experiences)),
            rows=_stack([read_by_models(source.corpus.experiences) for source in sources]),
            neighbours=self._neighbours(sources, rng),
            start=(np.cumsum(sizes) - sizes).astype(np.int32),
            sizes=sizes.astype(np.int32),
            mixture=(np.cumsum(self.share) / self.share.sum()).astype(np.float32),
        )

    def _neighbours(self, sources: list[Source], rng: np.random.Generator) -> np.ndarray:
        if self.retriever is None:
            return np.zeros((sum(source.corpus.size for source in sources), 0), np.int32)
        found = [self.retriever.neighbours(self.memory, _queries(s), self.k, rng) for s in sources]
        return np.concatenate(found).astype(np.int32)


def _source(instance: Instance, kind: str) -> Source:
    corpus = instance.corpus
    rows = np.flatnonzero(corpus.kind == instance.kinds.index(kind))
    if not len(rows):
        raise UserError(f"a phase draws documents of the kind {kind!r}, of which this world has none; drop it")
    part = Corpus(take_rows(corpus.experiences, rows), *(leaf[rows] for leaf in corpus[1:]))
    return Source(part, np.where(rows < instance.memory.size, rows, NONE))


def _queries(source: Source) -> Queries:
    """Documents as queries: what they ask for is hidden."""
    corpus = source.corpus
    visible = corpus.experiences.valid & (corpus.cue == NONE)
    return Queries(corpus.experiences._replace(valid=visible), corpus.supports, corpus.topics, source.own)


def read_by_models(rows: Experiences) -> Experiences:
    """Without what only retrievers go by."""
    return rows._replace(steps={name: leaf for name, leaf in rows.steps.items() if name != "features"})


def _none_of(rows: Experiences) -> Experiences:
    return take_rows(rows, np.arange(0))


def _stack(parts: list[Experiences]) -> Experiences:
    length = max(part.length for part in parts)
    # A single kind may be gigabytes: it is not copied.
    return parts[0] if len(parts) == 1 else stack_corpora([_widen(part, length) for part in parts])


def _widen(rows: Experiences, length: int) -> Experiences:
    missing = length - rows.length
    pad = lambda leaf: np.pad(leaf, ((0, 0), (0, missing), *((0, 0),) * (leaf.ndim - 2)))  # noqa: E731
    return Experiences(**tree_map(pad, rows._asdict())) if missing else rows


def chunks(spec: TrainingSpec) -> Iterator[tuple[int, Phase]]:
    """Every chunk's number with its phase."""
    number = 0
    for phase in spec.phases:
        for _ in range(spec.chunks(phase)):
            yield number, phase
            number += 1
