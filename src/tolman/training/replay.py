"""Episodic memory of agents that act: the replay buffer, and tasks whose context is retrieved from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Bool, Float, Int, PyTree, Shaped

from tolman.core.errors import UnknownName, UserError
from tolman.core.experience import NONE, Corpus, TestSet
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest, TaskBatch, first_prompts, num_tasks, observed
from tolman.retrieval.retriever import Queries
from tolman.training.config import Phase, PPOConfig, TrainingSpec
from tolman.training.data import neighbours_of, without_features
from tolman.training.ppo import Outcome, TaskChunk, ppo_program
from tolman.training.step import StepConfig, TrainState

MAX_SUPPORTS = 6
"""Supporting episodes among which the oracle draws in training: the latest ones."""


@dataclasses.dataclass
class ReplayBuffer:
    """The latest `e` episodes, of up to `u` steps, of each of `l` levels.

    Attributes:
        observations: of each episode.
        valid: steps that took place.
        revealed: goals that an episode showed.
        features: retrieval features of an episode.
        goal: of an episode; `NONE` where none is stored.
        written: how many episodes of each level were ever stored.
    """

    observations: Shaped[np.ndarray, "l e u d"]
    valid: Bool[np.ndarray, "l e u"]
    revealed: Bool[np.ndarray, "l e g"]
    features: Bool[np.ndarray, "l e q"]
    goal: Int[np.ndarray, "l e"]
    written: Int[np.ndarray, " l"]

    def add(
        self,
        levels: Int[np.ndarray, " n"],
        goals: Int[np.ndarray, " n"],
        *,
        observations: Shaped[np.ndarray, "n u d"],
        valid: Bool[np.ndarray, "n u"],
        revealed: Bool[np.ndarray, "n g"],
        features: Bool[np.ndarray, "n q"],
    ) -> None:
        """Store episodes of one trial, each in place of the oldest of its level."""
        for row, level in enumerate(np.asarray(levels).tolist()):
            slot = self.written[level] % self.goal.shape[1]
            self.observations[level, slot], self.valid[level, slot] = observations[row], valid[row]
            self.revealed[level, slot], self.features[level, slot] = revealed[row], features[row]
            self.goal[level, slot] = goals[row]
            self.written[level] += 1

    def corpus(self) -> Corpus:
        """Return all `l * e` places of the buffer as rows, empty ones without a valid step."""
        levels, size = self.goal.shape
        n, length = levels * size, self.valid.shape[2]
        observations, valid = self.observations.reshape(n, length, -1), self.valid.reshape(n, length)
        goal, level = self.goal.reshape(n), np.repeat(np.arange(levels, dtype=np.int32), size)
        # The features of an episode as a whole stand at its first step.
        features = np.zeros((n, length, self.features.shape[2]), bool)
        features[:, 0] = self.features.reshape(n, -1)
        asked = np.where((goal != NONE)[:, None] & valid, (level * self.revealed.shape[2] + goal)[:, None], NONE)
        return Corpus(
            experiences=observed(observations, valid, features=features)._replace(weight=valid.astype(np.float32)),
            kind=np.zeros(n, np.int32),
            cue=asked.astype(np.int32),
            fact=asked.astype(np.int32),
            supports=np.full((n, 1), NONE, np.int32),
            topics=np.where(goal == NONE, NONE, level)[:, None],
        )

    def supports(
        self, levels: Int[np.ndarray, " m"], goals: Int[np.ndarray, " m"], most: int = MAX_SUPPORTS
    ) -> Int[np.ndarray, "m s"]:
        """Return rows of the corpus that showed these goals in these levels, the latest first, `NONE`-padded."""
        size = self.goal.shape[1]
        age = (self.written[levels][:, None] - 1 - np.arange(size)) % size
        usable = self.revealed[levels, :, goals] & (self.goal[levels] != NONE)
        order = np.argsort(np.where(usable, age, size), axis=1, kind="stable")[:, :most]
        rows = levels[:, None] * size + order
        return np.where(np.take_along_axis(usable, order, axis=1), rows, NONE).astype(np.int32)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the buffer's arrays, from which `ReplayBuffer(**arrays)` makes it again."""
        return dict(vars(self))

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace the buffer's arrays."""
        for name, leaf in arrays.items():
            setattr(self, name, np.array(leaf))


def empty_buffer(instance: Instance, ppo: PPOConfig) -> ReplayBuffer:
    """Return a buffer for the episodes of an instance's environment.

    Raises:
        UserError: the instance has no test by rollout, and so no environment.
    """
    tests = [test for test in instance.tests if isinstance(test, RolloutTest)]
    if not tests:
        raise UserError("ppo is given for a world without an environment to act in; drop it, or take such a world")
    environment = tests[0].environment
    first = {name: leaf[0, 0] for name, leaf in tests[0].prompts.steps.items()}
    shape = environment.num_levels, ppo.episodes_per_level
    steps = (*shape, environment.max_steps + 1)
    return ReplayBuffer(
        observations=np.zeros((*steps, *first["input"].shape), first["input"].dtype),
        valid=np.zeros(steps, bool),
        revealed=np.zeros((*shape, environment.num_goals), bool),
        features=np.zeros((*shape, *first["features"].shape), bool),
        goal=np.full(shape, NONE, np.int32),
        written=np.zeros(environment.num_levels, np.int64),
    )


def with_replay(instance: Instance, replay: ReplayBuffer) -> Instance:
    """Return the instance with the agent's own episodes as its corpus, and as supports of its tests."""
    tests = tuple(_supported(test, replay) for test in instance.tests)
    kinds: dict[str, Any] = {"kinds": ("episode",), "memory_kinds": ("episode",)}
    length = replay.valid.shape[2]
    return dataclasses.replace(instance, corpus=replay.corpus(), tests=tests, memory_length=length, **kinds)


def _supported(test: TestSet, replay: ReplayBuffer) -> TestSet:
    """The test with supports from the buffer; a prompt that contains an episode keeps it."""
    if not isinstance(test, RolloutTest):
        return test
    level = np.asarray(test.environment.level(test.tasks))
    inside = level < len(replay.goal)
    goals = np.asarray(test.environment.goal(test.tasks))
    supports = replay.supports(np.where(inside, level, 0), goals, replay.goal.shape[1])
    return dataclasses.replace(test, supports=np.where(inside[:, None], supports, NONE))


class PhaseTasks:
    """The tasks of one seed during a phase, chunk by chunk."""

    def __init__(self, spec: TrainingSpec, phase: Phase, instance: Instance, seed: int, *, replay: ReplayBuffer):
        self.spec, self.phase, self.seed, self.replay = spec, phase, seed, replay
        self.kind, *others = phase.mixture
        if self.kind not in instance.task_samplers or others:
            raise UnknownName("single kind of task", self.kind, instance.task_samplers)
        self.draw = instance.task_samplers[self.kind]
        self.retrieval = spec.retrieval if phase.retrieve else None

    def chunk(self, number: int) -> TaskChunk:
        """Return the tasks of the chunk of that number, with neighbours from the replay buffer as it is now."""
        rng = np.random.default_rng([self.seed, 3, number])
        training, memory = self.spec.training, self.replay.corpus()
        batch = self.draw(rng, training.chunk * training.batch)
        neighbours = self._neighbours(batch, memory, rng)
        split = lambda leaf: np.asarray(leaf).reshape(training.chunk, training.batch, *leaf.shape[1:])  # noqa: E731
        return TaskChunk(
            environment=batch.environment,
            tasks=jax.tree.map(split, batch.tasks),
            memory=without_features(memory.experiences),
            neighbours=split(neighbours),
        )

    def _neighbours(self, batch: TaskBatch, memory: Corpus, rng: np.random.Generator) -> np.ndarray:
        environment, tasks, n = *batch, num_tasks(batch.tasks)
        k = self.retrieval.k if self.retrieval else 0
        if self.retrieval is None or not self.replay.written.any():
            return np.full((n, k), NONE, np.int32)
        levels = environment.level(tasks)
        supports = self.replay.supports(levels, environment.goal(tasks))
        queries = Queries(first_prompts(environment, tasks), supports, levels[:, None], np.full(n, NONE))
        return neighbours_of(self.retrieval, memory, queries, rng).astype(np.int32)

    def store(self, data: TaskChunk, outcome: Outcome) -> None:
        """Store a chunk's episodes, if they took place in persistent levels."""
        if not self.phase.retrieve:
            return
        join = lambda leaf: np.asarray(leaf).reshape(-1, *leaf.shape[2:])  # noqa: E731
        tasks, episodes = jax.tree.map(join, (data.tasks, outcome._replace(loss=None)))
        fields = {name: leaf for name, leaf in episodes._asdict().items() if name != "loss"}
        self.replay.add(data.environment.level(tasks), data.environment.goal(tasks), **fields)


class TaskSource:
    """The tasks of parallel seeds, learned from by acting: a `DataSource`."""

    loads_ahead: ClassVar[bool] = False  # tasks come with the agent's own episodes so far

    def __init__(self, seeds: Sequence[PhaseTasks], config: StepConfig, ppo: PPOConfig, mesh: Mesh):
        self.seeds, self.config, self.ppo, self.mesh = seeds, config, ppo, mesh

    def load(self, number: int) -> TaskChunk:
        """Return the tasks of a chunk."""
        return jax.tree.map(lambda *leaves: np.stack(leaves), *(seed.chunk(number) for seed in self.seeds))

    def learn(self, states: TrainState, data: TaskChunk) -> tuple[TrainState, Float[np.ndarray, "seeds steps"]]:
        """Act and learn for the iterations of a chunk; active seeds store their episodes."""
        active = np.flatnonzero(states.active).tolist()
        states, outcomes = ppo_program(self.config, self.ppo, self.mesh)(states, data)
        outcomes = jax.tree.map(np.asarray, outcomes)
        for i in active:
            self.seeds[i].store(*_seed((data, outcomes), i))
        return states, outcomes.loss


def _seed(tree: PyTree, index: int) -> PyTree:
    return jax.tree.map(lambda leaf: leaf[index], tree)
