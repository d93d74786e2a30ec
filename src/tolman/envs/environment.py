"""The environment protocol: pure `reset` and `step` on a pytree state, tasks to act in, and tests by rollout.

The semantics are those of dm_env (Muldal et al., 2019) with automatic resets: an episode is one or more trials.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tolman.core.batching import map_batches
from tolman.core.experience import NONE, Experiences, ItemResults, TestSet

_ROWS = 512
"""Tasks that are reset at once."""


class TimeStep(NamedTuple):
    """One step of an episode, as the environment returns it.

    Attributes:
        observation: `[D]` input of the agent.
        reward: for the action that led here.
        discount: 0 where a trial has just ended, else 1. The action given after such a step is ignored and the next
            trial starts, so that an action counts exactly where the discount is above 0.
        last: whether the whole episode is over; nothing that comes later counts.
        features: `[Q]` retrieval features, the bits by which memory can be searched.
        revealed: `[G]` goals that the observation shows, for the experimenter only.
    """

    observation: Any
    reward: Any
    discount: Any
    last: Any
    features: Any
    revealed: Any


class Trajectories(NamedTuple):
    """Rollouts of `m` tasks of one trial.

    Attributes:
        steps_to_goal: `[m]` actions until the reward, 0 = never.
        path: `[m, max_steps + 1, ...]` description of every state, also of those after the goal (`describe`).
    """

    steps_to_goal: np.ndarray
    path: np.ndarray


class TaskBatch(NamedTuple):
    """`n` tasks to learn from by reward, and the environment that they belong to."""

    environment: AbstractEnvironment
    tasks: Any


class AbstractEnvironment(abc.ABC):
    """Pure functions of one episode, for `jax.jit` and `jax.vmap`.

    A subclass is a pytree whose arrays are what differs between seeds. A *task* is any pytree of arrays that says what
    an episode starts from; `tasks` have a leading axis `m`.
    """

    @property
    @abc.abstractmethod
    def num_actions(self) -> int:
        """Number of actions."""

    @property
    @abc.abstractmethod
    def max_steps(self) -> int:
        """Actions after which a trial ends."""

    @property
    @abc.abstractmethod
    def num_levels(self) -> int:
        """Number of persistent levels, whose episodes a replay buffer keeps: those with an index below it."""

    @property
    @abc.abstractmethod
    def num_goals(self) -> int:
        """Number of goals that a level can have."""

    @abc.abstractmethod
    def reset(self, task: Any) -> tuple[Any, TimeStep]:
        """Return the first state and time step of one task, whose arrays have no leading axis."""

    @abc.abstractmethod
    def step(self, state: Any, action: Any) -> tuple[Any, TimeStep]:
        """Return the next state and time step."""

    @abc.abstractmethod
    def horizon(self, tasks: Any) -> int:
        """Return the most actions of a whole episode, those between two trials included; it depends on shapes only."""

    @abc.abstractmethod
    def level(self, tasks: Any) -> Any:
        """Return the index `[m]` of the level in which each task begins."""

    @abc.abstractmethod
    def goal(self, tasks: Any) -> Any:
        """Return the index `[m]` of the goal of each task's first trial."""

    def describe(self, state: Any) -> Any:
        """Return an array that records keep of a state to draw its trajectory; by default an empty one."""
        del state
        return jnp.zeros(0, jnp.int32)

    def describe_observations(self, observations: np.ndarray) -> np.ndarray | None:
        """Return the path that an episode's observations `[T, D]` tell, a row a step; None if they do not tell it."""
        del observations

    def describe_levels(self, levels: Sequence[int]) -> dict[str, Any]:
        """Return what records keep of these levels, so that they can be drawn: plain numbers, texts and lists."""
        del levels
        return {}


@dataclasses.dataclass(frozen=True)
class RolloutTest(TestSet):
    """Questions answered by acting until the goal is reached.

    Option `k` is to reach the goal after `k + 1` actions, and it is correct if that is soon enough. An agent that never
    reaches it gives every option the log-probability -inf. A prompt ends with the first step of its task.

    Attributes:
        tasks: `[m]` of one trial each.
        environment: where they take place.
        shortest: `[m]` fewest actions that lead to the goal.
        temperature: of the policy, from which actions are sampled; 0 = the most probable one is taken.
    """

    __test__ = False  # not a pytest class

    ranks_options: ClassVar[bool] = False

    tasks: Any
    environment: AbstractEnvironment
    shortest: np.ndarray
    temperature: float = 0.0

    def more(self, result: ItemResults) -> dict[str, float | None]:
        """Return the fraction of goals ever reached, and the mean length of these paths over the shortest."""
        steps_to_goal = np.argmax(result.logprobs, axis=1) + 1
        success = np.isfinite(result.logprobs).any(axis=1)
        ratio = (steps_to_goal / self.shortest)[success]
        return {"success": float(success.mean()), "path_ratio": float(ratio.mean()) if len(ratio) else None}


def num_tasks(tasks: Any) -> int:
    """Return the length of the leading axis of a batch of tasks."""
    return len(jax.tree.leaves(tasks)[0])


def first_prompts(environment: AbstractEnvironment, tasks: Any) -> Experiences:
    """Return the prompt of each task without memory: its first step, with its retrieval features."""
    count = num_tasks(tasks)
    first = map_batches(lambda tasks, _: _first_steps(environment, tasks), tasks, count, _ROWS)
    return observed(first.observation[:, None], np.ones((count, 1), bool), features=first.features[:, None])


def observed(inputs: Any, valid: Any, xp: Any = np, **steps: Any) -> Experiences:
    """Return observations as experiences `[n, T]` without any target; `steps` are further leaves."""
    nothing = xp.full(valid.shape, NONE, xp.int32)
    unlabelled = {"input": inputs, "label": nothing[..., None], "steps_to_reward": nothing, **steps}
    return Experiences(unlabelled, xp.zeros(valid.shape, xp.float32), valid, xp.zeros(valid.shape, xp.int32))


@jax.jit
def _first_steps(environment: AbstractEnvironment, tasks: Any) -> TimeStep:
    return jax.vmap(lambda task: environment.reset(task)[1])(tasks)
