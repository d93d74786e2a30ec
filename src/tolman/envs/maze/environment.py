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
from tolman.envs.environment import AbstractEnvironment, Step, Tasks
from tolman.envs.maze.config import TILE, Maze
from tolman.envs.maze.dynamics import Params, State, advance, begin, observe
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.sketch import sketched
from tolman.envs.maze.view import OUTSIDE, planes


class Walk(NamedTuple):
    """Where a task stands: the episode's state, its trial's number, and whether all trials are over."""

    task: Tasks
    inner: State
    trial: Array
    end: Array


@dataclasses.dataclass(frozen=True)
class Navigation(AbstractEnvironment):
    """Episodes of trials in given mazes; a trial ends at its goal or its limit, and the next starts a step later."""

    layouts: Layouts
    dials: Maze

    @property
    def params(self) -> Params:
        """As the environment's functions take them."""
        return Params(self.layouts, self.dials)

    @property
    def actions(self) -> int:
        return len(self.dials.action_names)

    @property
    def limit(self) -> int:
        return self.dials.limit

    def begin(self, task: Tasks) -> tuple[Walk, Step]:
        task = Tasks(*map(jnp.asarray, task))
        inner = self._trial(task, jnp.int32(0))
        walk = Walk(task, inner, jnp.int32(0), jnp.array(False))
        return walk, self._step(walk, jnp.int32(NONE), jnp.float32(0), jnp.array(True))

    def step(self, state: Walk, action: Any) -> tuple[Walk, Step]:
        moved, outcome = advance(state.inner, action, self.params)
        trial = state.trial + state.inner.over
        fresh = self._trial(state.task, jnp.minimum(trial, state.task.goals.shape[0] - 1))
        inner = jax.tree.map(lambda new, old: jnp.where(state.inner.over, new, old), fresh, moved)
        another = trial + 1 < state.task.goals.shape[0]
        exists = another & (state.task.starts[jnp.minimum(trial + 1, state.task.goals.shape[0] - 1), 0] != NONE)
        end = state.end | (inner.over & ~exists)
        walk = Walk(state.task, inner, trial, end)
        reward = jnp.where(state.inner.over | state.end, 0.0, outcome.reward)
        taken = jnp.where(state.inner.over, NONE, action)
        return walk, self._step(walk, taken, reward, ~inner.over & ~end)

    def where(self, state: Walk) -> Array:
        return jnp.concatenate([state.inner.position, state.inner.heading[None]])

    def retrace(self, inputs: np.ndarray) -> np.ndarray | None:
        part = slices(self.dials).get("position")
        if part is None:
            return None
        bare = inputs[:, part].reshape(len(inputs), 2, 2, self.dials.size)[:, 0]
        return bare.argmax(axis=-1)

    def sketch(self, places: Sequence[int]) -> dict[str, Any]:
        return sketched(self.params, places)

    def _trial(self, task: Tasks, trial: Array) -> State:
        row, column, heading = task.starts[trial]
        state, _ = begin(self.params, task.place[trial], task.goals[trial], jnp.stack([row, column]), heading)
        return state

    def _step(self, walk: Walk, taken: Array, reward: Array, acts: Array) -> Step:
        observed = observe(self.params, walk.inner)
        goal = jnp.where(walk.task.masked, NONE, observed["goal"])
        things, floor, _ = jnp.moveaxis(planes(self.params, walk.inner), -1, 0)
        seen = jnp.any(things[..., None] == jnp.arange(1, self.dials.objects + 1), axis=(0, 1))
        about = seen | (goal == jnp.arange(self.dials.objects))
        shown = jnp.concatenate([marks(self.dials, observed | {"floor": floor}), about])
        return Step(encode(self.dials, observed | {"goal": goal}, taken), reward, acts, walk.end, seen, shown)


jax.tree_util.register_dataclass(Navigation, data_fields=["layouts"], meta_fields=["dials"])


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
