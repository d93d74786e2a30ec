"""Mazes behind the environment protocol: tasks of one or more trials, and each observation as one vector."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from tolman.core.experience import NONE
from tolman.envs.environment import AbstractEnvironment, TimeStep
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.dynamics import advance, begin, observe
from tolman.envs.maze.encoding import encode, part_slices, retrieval_features
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.recording import describe_layouts
from tolman.envs.maze.state import MazeParams, MazeState
from tolman.envs.maze.view import planes


class MazeTask(NamedTuple):
    """Task of `K` trials, one after another; a batch of tasks has a leading axis `m`.

    Attributes:
        mazes: `[K]` index of each trial's maze.
        goals: `[K]` object at which the trial ends, with the reward.
        starts: `[K, 3]` row, column and heading; `NONE` in the first of a trial that does not take place.
        shown: `[K]` object that the agent is told to go to; `NONE` hides the goal.
    """

    mazes: Any
    goals: Any
    starts: Any
    shown: Any


class TaskState(NamedTuple):
    """State of a task: the running trial's state, its number, and whether all trials are over."""

    task: MazeTask
    inner: MazeState
    trial: Array
    last: Array


@dataclasses.dataclass(frozen=True)
class MazeEnvironment(AbstractEnvironment):
    """Episodes of one or more trials in given mazes; a trial ends at its goal, or after `max_steps` actions.

    Attributes:
        layouts: the mazes.
        config: the environment's parameters.
        persistent: number of mazes that are persistent levels, the first ones; the others are met only once.
    """

    layouts: Layouts
    config: MazeConfig
    persistent: int = 0

    @property
    def params(self) -> MazeParams:
        """The mazes as `tolman.envs.maze.dynamics` takes them."""
        return MazeParams(self.layouts, self.config)

    @property
    def num_actions(self) -> int:
        return len(self.config.action_names)

    @property
    def max_steps(self) -> int:
        return self.config.max_steps

    @property
    def num_levels(self) -> int:
        return self.persistent

    @property
    def num_goals(self) -> int:
        return self.config.objects

    def horizon(self, tasks: MazeTask) -> int:
        return tasks.goals.shape[-1] * (self.max_steps + 1) - 1

    def level(self, tasks: MazeTask) -> Any:
        return tasks.mazes[..., 0]

    def goal(self, tasks: MazeTask) -> Any:
        return tasks.goals[..., 0]

    def reset(self, task: MazeTask) -> tuple[TaskState, TimeStep]:
        task = MazeTask(*map(jnp.asarray, task))
        state = TaskState(task, self._trial(task, jnp.int32(0)), jnp.int32(0), jnp.array(False))
        return state, self._time_step(state, jnp.int32(NONE), jnp.float32(0), jnp.float32(1))

    def step(self, state: TaskState, action: Any) -> tuple[TaskState, TimeStep]:
        over, count = state.inner.over, state.task.goals.shape[0]
        moved, outcome = advance(state.inner, action, self.params)
        trial = state.trial + over
        fresh = self._trial(state.task, jnp.minimum(trial, count - 1))
        inner = jax.tree.map(lambda new, old: jnp.where(over, new, old), fresh, moved)
        another = (trial + 1 < count) & (state.task.starts[jnp.minimum(trial + 1, count - 1), 0] != NONE)
        last = state.last | (inner.over & ~another)
        next_state = TaskState(state.task, inner, trial, last)
        reward = jnp.where(over | state.last, 0.0, outcome.reward)
        discount = (~inner.over & ~last).astype(jnp.float32)
        return next_state, self._time_step(next_state, jnp.where(over, NONE, action), reward, discount)

    def describe(self, state: TaskState) -> Array:
        """Return row, column and heading of the agent."""
        return jnp.concatenate([state.inner.position, state.inner.heading[None]])

    def describe_observations(self, observations: np.ndarray) -> np.ndarray | None:
        """Return the cells `[T, 2]` that observations tell; None if they do not include the position."""
        part = part_slices(self.config).get("position")
        if part is None:
            return None
        one_hot = observations[:, part].reshape(len(observations), 2, 2, self.config.size)[:, 0]
        return one_hot.argmax(axis=-1)

    def describe_levels(self, levels: Sequence[int]) -> dict[str, Any]:
        return describe_layouts(self.params, levels)

    def _trial(self, task: MazeTask, trial: Array) -> MazeState:
        row, column, heading = task.starts[trial]
        state, _ = begin(self.params, task.mazes[trial], task.goals[trial], jnp.stack([row, column]), heading)
        return state

    def _time_step(self, state: TaskState, action: Array, reward: Array, discount: Array) -> TimeStep:
        observed = observe(self.params, state.inner)
        goal = state.task.shown[jnp.minimum(state.trial, state.task.shown.shape[0] - 1)]
        objects, floor, _ = jnp.moveaxis(planes(self.params, state.inner), -1, 0)
        revealed = jnp.any(objects[..., None] == jnp.arange(1, self.config.objects + 1), axis=(0, 1))
        identity = retrieval_features(self.config, observed | {"floor": floor})
        about = revealed | (goal == jnp.arange(self.config.objects))
        return TimeStep(
            observation=encode(self.config, observed | {"goal": goal}, action),
            reward=reward,
            discount=discount,
            last=state.last,
            features=jnp.concatenate([identity, about]),
            revealed=revealed,
        )


jax.tree_util.register_dataclass(MazeEnvironment, data_fields=["layouts"], meta_fields=["config", "persistent"])
