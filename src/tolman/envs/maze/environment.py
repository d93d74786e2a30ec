"""Mazes as an agent meets them: tasks of several trials, and each observation as one vector."""

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
from tolman.envs.maze.config import TILE, Maze
from tolman.envs.maze.dynamics import Params, State, advance, begin, observe
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.sketch import sketched
from tolman.envs.maze.view import OUTSIDE, planes


class MazeTask(NamedTuple):
    """What an episode of `K` trials starts from, one after another; a batch of tasks has a leading axis `m`.

    Attributes:
        mazes: `[K]` index of each trial's maze.
        goals: `[K]` object to go to.
        starts: `[K, 3]` row, column and heading; `NONE` in the first of a trial that does not take place.
        goal_masked: whether the goal is hidden from the agent.
    """

    mazes: Any
    goals: Any
    starts: Any
    goal_masked: Any


class TaskState(NamedTuple):
    """State of a task: that of the running trial, the trial's number, and whether all trials are over."""

    task: MazeTask
    inner: State
    trial: Array
    end: Array


@dataclasses.dataclass(frozen=True)
class MazeEnvironment(AbstractEnvironment):
    """Episodes of one or more trials in given mazes; a trial ends at its goal, or after `max_steps` actions.

    Attributes:
        layouts: the mazes.
        dials: the environment's parameters.
        persistent: how many mazes are persistent levels: the first ones. Agents meet the others only once.
    """

    layouts: Layouts
    dials: Maze
    persistent: int = 0

    @property
    def params(self) -> Params:
        """As the environment's functions take them."""
        return Params(self.layouts, self.dials)

    @property
    def num_actions(self) -> int:
        return len(self.dials.action_names)

    @property
    def max_steps(self) -> int:
        return self.dials.limit

    @property
    def num_levels(self) -> int:
        return self.persistent

    @property
    def num_goals(self) -> int:
        return self.dials.objects

    def horizon(self, tasks: MazeTask) -> int:
        return tasks.goals.shape[-1] * (self.max_steps + 1) - 1

    def level(self, tasks: MazeTask) -> Any:
        return tasks.mazes[..., 0]

    def goal(self, tasks: MazeTask) -> Any:
        return tasks.goals[..., 0]

    def reset(self, task: MazeTask) -> tuple[TaskState, TimeStep]:
        task = MazeTask(*map(jnp.asarray, task))
        inner = self._trial(task, jnp.int32(0))
        state = TaskState(task, inner, jnp.int32(0), jnp.array(False))
        return state, self._time_step(state, jnp.int32(NONE), jnp.float32(0), jnp.float32(1))

    def step(self, state: TaskState, action: Any) -> tuple[TaskState, TimeStep]:
        moved, outcome = advance(state.inner, action, self.params)
        trial = state.trial + state.inner.over
        fresh = self._trial(state.task, jnp.minimum(trial, state.task.goals.shape[0] - 1))
        inner = jax.tree.map(lambda new, old: jnp.where(state.inner.over, new, old), fresh, moved)
        another = trial + 1 < state.task.goals.shape[0]
        exists = another & (state.task.starts[jnp.minimum(trial + 1, state.task.goals.shape[0] - 1), 0] != NONE)
        end = state.end | (inner.over & ~exists)
        following = TaskState(state.task, inner, trial, end)
        reward = jnp.where(state.inner.over | state.end, 0.0, outcome.reward)
        taken = jnp.where(state.inner.over, NONE, action)
        discount = (~inner.over & ~end).astype(jnp.float32)
        return following, self._time_step(following, taken, reward, discount)

    def describe(self, state: TaskState) -> Array:
        return jnp.concatenate([state.inner.position, state.inner.heading[None]])

    def describe_observations(self, observations: np.ndarray) -> np.ndarray | None:
        part = slices(self.dials).get("position")
        if part is None:
            return None
        bare = observations[:, part].reshape(len(observations), 2, 2, self.dials.size)[:, 0]
        return bare.argmax(axis=-1)

    def describe_levels(self, levels: Sequence[int]) -> dict[str, Any]:
        return sketched(self.params, levels)

    def _trial(self, task: MazeTask, trial: Array) -> State:
        row, column, heading = task.starts[trial]
        state, _ = begin(self.params, task.mazes[trial], task.goals[trial], jnp.stack([row, column]), heading)
        return state

    def _time_step(self, state: TaskState, taken: Array, reward: Array, discount: Array) -> TimeStep:
        observed = observe(self.params, state.inner)
        goal = jnp.where(state.task.goal_masked, NONE, observed["goal"])
        things, floor, _ = jnp.moveaxis(planes(self.params, state.inner), -1, 0)
        seen = jnp.any(things[..., None] == jnp.arange(1, self.dials.objects + 1), axis=(0, 1))
        about = seen | (goal == jnp.arange(self.dials.objects))
        shown = jnp.concatenate([marks(self.dials, observed | {"floor": floor}), about])
        observation = encode(self.dials, observed | {"goal": goal}, taken)
        return TimeStep(observation, reward, discount, state.end, shown, seen)


jax.tree_util.register_dataclass(MazeEnvironment, data_fields=["layouts"], meta_fields=["dials", "persistent"])


def encode(dials: Maze, observation: dict[str, Array], taken: Array) -> Array:
    """An observation and the action that led to it (`NONE` = a trial starts) as a vector `[D]`.

    Its parts follow one another as in `widths`. Symbolic views give bits; with pixels all are 8-bit intensities.
    """
    parts = _parts(dials, observation, taken)
    scale = jnp.uint8(255) if dials.observation == "pixels" else True
    flat = {name: part if part.dtype == jnp.uint8 else part * scale for name, part in parts.items()}
    return jnp.concatenate([flat[name].ravel() for name in widths(dials)])


def marks(dials: Maze, observation: dict[str, Array]) -> Array:
    """What a maze is recognised by, as bits: the digits of its cue, or the colours of the floor in view.

    Where those are rendered in pixels they are taken as they were before, as if the memory saw them perfectly.
    """
    if dials.recognise == "cue":
        return (observation["cue"][:, None] == jnp.arange(dials.symbols)).ravel()
    return jnp.any(observation["floor"][..., None] == jnp.arange(dials.symbols), axis=(0, 1))


def _parts(dials: Maze, observation: dict[str, Array], taken: Array) -> dict[str, Array]:
    position = observation["position"][:, None]
    cells = jnp.arange(dials.size)
    found = {
        "goal": observation["goal"] == jnp.arange(dials.objects),
        "taken": taken == jnp.arange(NONE, len(dials.action_names)),
        "cue": observation["cue"][:, None] == jnp.arange(dials.symbols),
        # A thermometer beside the bare place: sums and differences of places are then sums of bits.
        "position": jnp.stack([position == cells, position > cells]),
        "heading": observation["heading"] == jnp.arange(dials.headings),
    }
    if dials.observation == "pixels":
        return found | {"view": observation["view"]}
    things, floor, walls = jnp.moveaxis(observation["view"], -1, 0)
    return found | {
        "in view": jnp.any(things[..., None] == jnp.arange(1, dials.objects + 1), axis=(0, 1)),
        "things": things[..., None] == jnp.arange(1, dials.objects + 1),
        "outside": floor == OUTSIDE,
        "floor": floor[..., None] == jnp.arange(dials.symbols),
        "walls": ((walls[..., None] >> jnp.arange(4)) & 1).astype(bool),
    }


def widths(dials: Maze) -> dict[str, int]:
    """The parts of an input that these dials need, and how many units each has."""
    cells = dials.view**2
    symbolic = dials.observation == "symbolic"
    floors = dials.recognise == "floor"
    sizes = {
        "goal": dials.objects,
        "taken": len(dials.action_names) + 1,
        "cue": 0 if floors else dials.digits * dials.symbols,
        "position": 4 * dials.size if dials.position else 0,
        "heading": dials.headings if dials.headings > 1 else 0,
        "in view": dials.objects if symbolic and dials.view > 1 else 0,
        "things": cells * dials.objects if symbolic else 0,
        "outside": cells if symbolic and dials.view > 1 else 0,
        "floor": cells * dials.symbols if symbolic and floors else 0,
        "walls": 4 * cells if symbolic and dials.walls else 0,
        "view": 0 if symbolic else 3 * (dials.view * TILE) ** 2,
    }
    return {name: size for name, size in sizes.items() if size}


def slices(dials: Maze) -> dict[str, slice]:
    """Where each part of an input is."""
    found, start = {}, 0
    for name, size in widths(dials).items():
        found[name] = slice(start, start + size)
        start += size
    return found
