"""Trains a block of lanes by reward: agents act, learn from it, and remember their own episodes.

Phases of documents are imitated, as everywhere; phases of a world's `task_samplers` are acted in.
"""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from tolman.core.errors import UnknownName
from tolman.core.experience import NONE, Corpus
from tolman.core.world import Instance, TaskSampler
from tolman.envs.environment import RolloutTest, TaskBatch, first_prompts, num_tasks
from tolman.learners.learner import Phase
from tolman.retrieval.retriever import AbstractRetriever, Queries
from tolman.training.data import read_by_models
from tolman.training.replay import ReplayBuffer, empty, with_replay
from tolman.training.rollout import Outcome, TaskChunk, compiled
from tolman.training.step import TrainState
from tolman.training.trainer import Trainer


class TaskSource:
    """One lane's tasks during a phase; the same chunk number and memory give the same table."""

    def __init__(self, block: Trainer, phase: Phase, instance: Instance, seed: int, own: ReplayBuffer):
        self.spec, self.phase, self.seed, self.own = block.spec, phase, seed, own
        self.kind, *others = phase.mixture
        if self.kind not in instance.task_samplers or others:
            raise UnknownName("single kind of practice", self.kind, instance.task_samplers)
        self.draw: TaskSampler = instance.task_samplers[self.kind]
        how = self.spec.retrieval
        self.k = how.k if how and phase.retrieve else 0
        self.retriever: AbstractRetriever | None = how.retriever if how and self.k else None

    @property
    def remembers(self) -> bool:
        """Whether these episodes are kept: those of the persistent places."""
        return self.phase.retrieve

    def table(self, chunk: int) -> TaskChunk:
        """The table of that chunk."""
        rng = np.random.default_rng([self.seed, 3, chunk])
        training = self.spec.training
        practice = self.draw(rng, training.chunk * training.batch)
        memory = self.own.corpus()
        neighbours = self._neighbours(practice, memory, rng)
        apart = lambda leaf: np.asarray(leaf).reshape(training.chunk, training.batch, *leaf.shape[1:])  # noqa: E731
        tasks, read = jax.tree.map(apart, practice.tasks), read_by_models(memory.experiences)
        return TaskChunk(practice.environment, tasks, read, apart(neighbours))

    def _neighbours(self, practice: TaskBatch, memory: Corpus, rng: np.random.Generator) -> np.ndarray:
        environment, tasks, n = *practice, num_tasks(practice.tasks)
        if self.retriever is None or not self.own.written.any():
            return np.full((n, self.k), NONE, np.int32)
        levels = environment.level(tasks)
        supports = self.own.supports(levels, environment.goal(tasks))
        asked = first_prompts(environment, tasks)
        queries = Queries(asked, supports, levels[:, None], np.full(n, NONE))
        return self.retriever.neighbours(memory, queries, self.k, rng).astype(np.int32)


class ActorLearner(Trainer):
    """SeedBatch that learn by reward. Each lane remembers what it did; `instances` must have `task_samplers`."""

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self.own = [self._empty(instance) for instance in self.instances]

    def _empty(self, instance: Instance) -> ReplayBuffer:
        how, test = self.spec.ppo, instance.tests[0]
        assert how is not None
        assert isinstance(test, RolloutTest)
        first = {name: leaf[0, 0] for name, leaf in test.prompts.steps.items()}
        environment = test.environment
        return empty(environment.num_levels, how.memory, environment.max_steps + 1, environment.num_goals, first)

    @property
    def updates(self) -> int:
        how = self.spec.ppo
        assert how is not None
        iterations = sum(self.spec.chunks(p) for p in self.spec.phases if self._acts(p)) * self.spec.training.chunk
        return self.spec.steps + iterations * (how.epochs * how.minibatches - 1)

    def _feeders(self, phase: Phase) -> list[Any]:
        if not self._acts(phase):
            return super()._feeders(phase)
        parts = zip(self.instances, self.seeds, self.own, strict=True)
        return [TaskSource(self, phase, instance, seeds.world, own) for instance, seeds, own in parts]

    def _acts(self, phase: Phase) -> bool:
        return any(kind in self.instances[0].task_samplers for kind in phase.mixture)

    def _chunk(self, lanes: TrainState, feeders: list[Any], number: int) -> tuple[TrainState, np.ndarray]:
        if not isinstance(feeders[0], TaskSource):
            return super()._chunk(lanes, feeders, number)
        started, active = time.monotonic(), np.asarray(lanes.active).tolist()
        tables = jax.tree.map(lambda *leaves: np.stack(leaves), *(feeder.table(number) for feeder in feeders))
        lanes, outcomes = compiled(self._shape(), self.spec.ppo, self.mesh)(lanes, tables)
        outcomes = jax.tree.map(np.asarray, outcomes)
        self.seconds[self._kind(tables)] += time.monotonic() - started
        self._finite(lanes, outcomes.loss)
        for i, feeder in enumerate(feeders):
            if feeder.remembers and active[i]:
                _remember(feeder.own, tables, outcomes, i)
        return lanes, outcomes.loss

    def _instance(self, lane: int) -> Instance:
        return with_replay(self.instances[lane], self.own[lane])

    def _extra(self) -> Any:
        return [own.arrays() for own in self.own]

    def _restore(self, extra: Any) -> None:
        for own, arrays in zip(self.own, extra, strict=True):
            for name, leaf in arrays.items():
                setattr(own, name, np.array(leaf))

    def _recollection(self, lane: int) -> ReplayBuffer:
        return self.own[lane]


def _remember(own: ReplayBuffer, tables: TaskChunk, outcomes: Outcome, lane: int) -> None:
    """Add a lane's episodes to its replay buffer."""
    environment = jax.tree.map(lambda leaf: leaf[lane], tables.environment)
    tasks, kept = _lane((tables.tasks, outcomes._asdict()), lane)
    kept.pop("loss")
    own.add(environment.level(tasks), environment.goal(tasks), **kept)


def _lane(tree: Any, lane: int) -> Any:
    """One lane's episodes `[n, ...]` of `[W, I, E, ...]`."""
    return jax.tree.map(lambda leaf: np.asarray(leaf[lane]).reshape(-1, *leaf.shape[3:]), tree)
