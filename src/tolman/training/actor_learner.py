"""Trains a block of lanes by reward: agents act, learn from it, and remember their own episodes.

Phases of documents are imitated, as everywhere; phases of a world's `practices` are acted in.
"""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from ..core.environment import ActingTest, Practice, Practices, Tasks, first_prompts
from ..core.errors import UnknownName
from ..core.experience import NONE, Corpus
from ..core.learning import AbstractRetriever, Phase, Queries
from ..core.registry import load
from ..core.world import Instance
from .banks import read_by_models
from .block import Block
from .loop import Lane
from .recollection import Recollection, empty, recollected
from .rollout import Table, compiled


class Stream:
    """One lane's tasks during a phase; the same chunk number and memory give the same table."""

    def __init__(self, block: Block, phase: Phase, instance: Instance, seed: int, own: Recollection):
        self.spec, self.phase, self.seed, self.own = block.spec, phase, seed, own
        (self.kind, _), *others = phase.mixture
        if self.kind not in instance.practices or others:
            raise UnknownName("single kind of practice", self.kind, instance.practices)
        self.draw: Practices = instance.practices[self.kind]
        how = self.spec.reinstatement
        self.slots = how.slots if how and phase.reinstate else 0
        self.retriever: AbstractRetriever | None = load("retrievers", how.retriever)() if how and self.slots else None

    @property
    def remembers(self) -> bool:
        """Whether these episodes are kept: those of the persistent places."""
        return self.phase.reinstate

    def table(self, chunk: int) -> Table:
        """The table of that chunk."""
        rng = np.random.default_rng([self.seed, 3, chunk])
        training = self.spec.training
        practice = self.draw(rng, training.chunk * training.batch)
        memory = self.own.corpus()
        neighbours = self._neighbours(practice, memory, rng)
        apart = lambda leaf: np.asarray(leaf).reshape(training.chunk, training.batch, *leaf.shape[1:])  # noqa: E731
        tasks, read = Tasks(*map(apart, practice.tasks)), read_by_models(memory.experiences)
        return Table(practice.environment, tasks, read, apart(neighbours))

    def _neighbours(self, practice: Practice, memory: Corpus, rng: np.random.Generator) -> np.ndarray:
        tasks, n = practice.tasks, len(practice.tasks.place)
        if self.retriever is None or not self.own.written.any():
            return np.full((n, self.slots), NONE, np.int32)
        supports = self.own.supports(tasks.place[:, 0], tasks.goals[:, 0])
        asked = first_prompts(practice.environment, tasks)
        queries = Queries(asked, supports, tasks.place, np.full(n, NONE))
        return self.retriever.neighbours(memory, queries, self.slots, rng).astype(np.int32)


class ActorLearner(Block):
    """Lanes that learn by reward. Each lane remembers what it did; `instances` must have `practices`."""

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self.own = [self._empty(instance) for instance in self.instances]

    def _empty(self, instance: Instance) -> Recollection:
        how, test = self.spec.reinforcement, instance.tests[0]
        assert how is not None
        assert isinstance(test, ActingTest)
        first = {name: leaf[0, 0] for name, leaf in test.prompts.steps.items()}
        return empty(instance.places, how.memory, test.environment.limit + 1, instance.things, first)

    @property
    def updates(self) -> int:
        how = self.spec.reinforcement
        assert how is not None
        iterations = sum(self.spec.chunks(p) for p in self.spec.phases if self._acts(p)) * self.spec.training.chunk
        return self.spec.steps + iterations * (how.epochs * how.minibatches - 1)

    def _feeders(self, phase: Phase) -> list[Any]:
        if not self._acts(phase):
            return super()._feeders(phase)
        parts = zip(self.instances, self.seeds, self.own, strict=True)
        return [Stream(self, phase, instance, seeds.world, own) for instance, seeds, own in parts]

    def _acts(self, phase: Phase) -> bool:
        return any(kind in self.instances[0].practices for kind, _ in phase.mixture)

    def _chunk(self, lanes: Lane, feeders: list[Any], number: int) -> tuple[Lane, np.ndarray]:
        if not isinstance(feeders[0], Stream):
            return super()._chunk(lanes, feeders, number)
        started, active = time.monotonic(), np.asarray(lanes.active).tolist()
        tables = jax.tree.map(lambda *leaves: np.stack(leaves), *(feeder.table(number) for feeder in feeders))
        lanes, outcomes = compiled(self._shape(), self.spec.reinforcement, self.mesh)(lanes, tables)
        outcomes = jax.tree.map(np.asarray, outcomes)
        self.seconds[self._kind(tables)] += time.monotonic() - started
        self._finite(lanes, outcomes.loss)
        for i, feeder in enumerate(feeders):
            if feeder.remembers and active[i]:
                feeder.own.add(*_lane((tables.tasks, outcomes.inputs, outcomes.real, outcomes.seen, outcomes.shown), i))
        return lanes, outcomes.loss

    def _instance(self, lane: int) -> Instance:
        return recollected(self.instances[lane], self.own[lane])

    def _extra(self) -> Any:
        return [own.arrays() for own in self.own]

    def _restore(self, extra: Any) -> None:
        for own, arrays in zip(self.own, extra, strict=True):
            for name, leaf in arrays.items():
                setattr(own, name, np.array(leaf))

    def _recollection(self, lane: int) -> Recollection:
        return self.own[lane]


def _lane(tree: Any, lane: int) -> Any:
    """One lane's episodes `[n, ...]` of `[W, I, E, ...]`."""
    return jax.tree.map(lambda leaf: np.asarray(leaf[lane]).reshape(-1, *leaf.shape[3:]), tree)
