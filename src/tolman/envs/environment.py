"""What an environment is to an agent: tasks to begin, steps to take, and tests that are answered by acting."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np

from tolman.core.batching import map_batches
from tolman.core.experience import NONE, Experiences, ItemResults, TestSet

_ROWS = 512
"""Tasks that are begun at once."""


class Tasks(NamedTuple):
    """What `m` episodes set out from: `K` trials one after another.

    Attributes:
        place: `[m, K]` index of the maze.
        goals: `[m, K]` object to go to.
        starts: `[m, K, 3]` row, column and heading; `NONE` in the first of a trial that does not take place.
        masked: `[m]` whether the goal is hidden from the agent.
    """

    place: Any
    goals: Any
    starts: Any
    masked: Any


class Step(NamedTuple):
    """What an agent is given: its `input`, the `reward` for its last action, and whether it `acts` now.

    It does not act where a trial has just ended (its action is ignored there) nor after the `end` of the last one.
    `seen[O]` says which objects are in view, for the experimenter; `appearance[Q]` what memory can be searched by.
    """

    input: Any
    reward: Any
    acts: Any
    end: Any
    seen: Any
    features: Any


class Walks(NamedTuple):
    """How `m` goals were gone for.

    `taken[m]` is after how many actions each was reached, 0 = never; `ways[m, limit + 1, 3]` are row, column and
    heading at the start and after each action, also after those that came after the goal.
    """

    taken: np.ndarray
    ways: np.ndarray


class TaskBatch(NamedTuple):
    """`n` tasks to learn from by reward, and where they take place."""

    environment: AbstractEnvironment
    tasks: Tasks


class AbstractEnvironment(abc.ABC):
    """Pure functions of one episode, for `jax.jit` and `jax.vmap`; a pytree whose arrays are what differs by seed."""

    @property
    @abc.abstractmethod
    def actions(self) -> int:
        """How many actions there are."""

    @property
    @abc.abstractmethod
    def limit(self) -> int:
        """Actions after which a trial ends."""

    @abc.abstractmethod
    def begin(self, task: Tasks) -> tuple[Any, Step]:
        """The first state and step of one task, whose arrays have no leading axis."""

    @abc.abstractmethod
    def step(self, state: Any, action: Any) -> tuple[Any, Step]:
        """The next state and step."""

    @abc.abstractmethod
    def where(self, state: Any) -> Any:
        """Row, column and heading `[3]` of the agent in a state."""

    @abc.abstractmethod
    def retrace(self, inputs: np.ndarray) -> np.ndarray | None:
        """Rows and columns `[T, 2]` that an episode's inputs `[T, D]` tell of; None if they do not tell."""

    @abc.abstractmethod
    def sketch(self, places: Sequence[int]) -> dict[str, Any]:
        """What a record keeps of these places, so that they can be drawn: plain numbers, texts and lists."""


@dataclasses.dataclass(frozen=True)
class RolloutTest(TestSet):
    """Questions that are answered by acting until the goal is reached.

    Option `k` is to arrive after `k + 1` actions, and one is correct if that is soon enough; who never arrives gives
    every option the log-probability -inf. A prompt ends with the first step of its task.

    Attributes:
        tasks: `[m]` one trial each.
        environment: where they take place.
        shortest: `[m]` fewest actions that lead to the goal.
    """

    __test__ = False  # not a pytest class

    ranks_options: ClassVar[bool] = False

    tasks: Tasks
    environment: AbstractEnvironment
    shortest: np.ndarray

    def more(self, result: ItemResults) -> dict[str, float | None]:
        """How long the paths were: share of goals ever reached, and mean length of those paths over the shortest."""
        taken = np.argmax(result.logprobs, axis=1) + 1
        arrived = np.isfinite(result.logprobs).any(axis=1)
        ratio = (taken / self.shortest)[arrived]
        return {"arrived": float(arrived.mean()), "path_ratio": float(ratio.mean()) if len(ratio) else None}


def first_prompts(environment: AbstractEnvironment, tasks: Tasks) -> Experiences:
    """What an agent has before it when it begins each task: one step, with what memory can be searched by."""
    first = map_batches(lambda tasks, _: _begun(environment, tasks), tasks, len(tasks.place), _ROWS)
    one = np.ones((len(tasks.place), 1), bool)
    return observed(first.input[:, None], one, features=first.features[:, None])


def observed(inputs: Any, valid: Any, xp: Any = np, **steps: Any) -> Experiences:
    """Experiences `[n, T]` that ask for nothing: what was observed, and whatever else is given of the `steps`."""
    nothing = xp.full(valid.shape, NONE, xp.int32)
    unlabelled = {"input": inputs, "label": nothing[..., None], "steps_to_reward": nothing, **steps}
    return Experiences(unlabelled, xp.zeros(valid.shape, xp.float32), valid, xp.zeros(valid.shape, xp.int32))


@jax.jit
def _begun(environment: AbstractEnvironment, tasks: Tasks) -> Step:
    return jax.vmap(lambda task: environment.begin(task)[1])(tasks)
