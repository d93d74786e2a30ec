"""The environment: pure `reset` and `step`, in the shapes of dm_env (Muldal et al. 2019), for `jit` and `vmap`."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from tolman.envs.maze.config import Maze
from tolman.envs.maze.layout import OFFSETS, Layouts, draw_layouts
from tolman.envs.maze.view import pixels, planes, sights

FIRST, MID, LAST = 0, 1, 2
"""Where a time step stands in its episode."""


class State(NamedTuple):
    """Where an episode stands; a pytree of integers.

    `time` counts steps, and `over` says that the next step starts another episode.
    """

    maze: Int[Array, ""]
    position: Int[Array, " 2"]
    heading: Int[Array, ""]
    goal: Int[Array, ""]
    time: Int[Array, ""]
    over: Bool[Array, ""]


class TimeStep(NamedTuple):
    """What a step returns, as in dm_env: `discount` is 0 where the goal was reached, 1 where time ran out.

    `observation` has `view` (planes `[v, v, 3]`, or pixels `[8 v, 8 v, 3]`), `cue[C]` (-1 where the maze is known by
    its floor), `goal`, `position[2]` (-1 where it is not told) and `heading`.
    """

    step_type: Int[Array, ""]
    reward: Float[Array, ""]
    discount: Float[Array, ""]
    observation: dict[str, Array]

    def first(self) -> Array:
        """Whether an episode starts here."""
        return self.step_type == FIRST

    def last(self) -> Array:
        """Whether an episode ends here."""
        return self.step_type == LAST


@dataclasses.dataclass(frozen=True)
class Params:
    """The mazes that episodes take place in, and the dials; only the former are traced.

    `seen`, which follows from both and is what views are cut from, is made anew wherever it is not given; a compiler
    moves that out of a loop of steps.
    """

    layouts: Layouts
    dials: Maze
    seen: Any = None


jax.tree_util.register_dataclass(Params, data_fields=["layouts", "seen"], meta_fields=["dials"])


def make_params(dials: Maze | None = None, mazes: int = 64, seed: int = 0) -> Params:
    """`mazes` random mazes, on the default device; every object of each may be a goal."""
    dials = Maze() if dials is None else dials
    return on_device(draw_layouts(dials, mazes, np.random.default_rng(seed)), dials)


def on_device(layouts: Layouts, dials: Maze) -> Params:
    """Given layouts as parameters."""
    return jax.tree.map(jnp.asarray, Params(layouts, dials, sights(dials, layouts)))


def reset(key: PRNGKeyArray, params: Params) -> tuple[State, TimeStep]:
    """Starts an episode: a maze, a goal that it allows and a cell that is not the goal's, all uniform."""
    layouts, size, headings = params.layouts, params.dials.size, params.dials.headings
    # `vmap` draws this at every step, for most in vain. Remainders of two words are cheap, and uniform to 1 in 4,096.
    first, second = jax.random.bits(key, (2,), jnp.uint32)
    maze, heading = first // headings % layouts.mazes, first % headings
    # A scan by hand takes a third of `cumsum`'s time.
    allowed = jax.lax.associative_scan(jnp.add, layouts.goals[maze].astype(jnp.uint32))
    goal = jnp.sum(allowed <= second // (size * size - 1) % allowed[-1])
    row, column = layouts.places[maze, goal]
    cell = (second % (size * size - 1)).astype(jnp.int32)
    cell = cell + (cell >= row * size + column)
    return begin(params, maze, goal, jnp.stack([cell // size, cell % size]), heading)


def begin(params: Params, maze: Any, goal: Any, position: Any, heading: Any) -> tuple[State, TimeStep]:
    """Starts a given episode."""
    integer = lambda x: jnp.asarray(x, jnp.int32)  # noqa: E731
    state = State(integer(maze), integer(position), integer(heading), integer(goal), integer(0), jnp.zeros((), bool))
    return state, TimeStep(integer(FIRST), jnp.float32(0.0), jnp.float32(1.0), observe(params, state))


def step(key: PRNGKeyArray, state: State, action: Any, params: Params) -> tuple[State, TimeStep]:
    """One step; after the last one of an episode the action is ignored and another episode starts.

    Args:
        key: what the next episode is drawn from, where one starts.
        state: as returned before.
        action: index into `params.dials.action_names`.
        params: the same throughout.

    Returns:
        The next state, and a time step whose reward is 1 where the goal was reached and 0 otherwise.
    """
    moved, outcome = advance(state, action, params)
    fresh, opening = reset(key, params)
    choose = lambda new, old: jnp.where(state.over, new, old)  # noqa: E731
    kept = jax.tree.map(choose, (fresh, opening._replace(observation={})), (moved, outcome))
    following, timestep = kept
    # Observing once, after the choice, costs half of observing both.
    return following, timestep._replace(observation=observe(params, following))


def advance(state: State, action: Any, params: Params) -> tuple[State, TimeStep]:
    """One step of the running episode, without its observation."""
    position, heading = move(params, state.maze, state.position, state.heading, action)
    reached = jnp.all(position == params.layouts.places[state.maze, state.goal])
    time = state.time + 1
    over = reached | (time >= params.dials.limit)
    moved = State(state.maze, position, heading, state.goal, time, over)
    kind = jnp.where(over, LAST, MID).astype(jnp.int32)
    return moved, TimeStep(kind, reached.astype(jnp.float32), 1.0 - reached.astype(jnp.float32), {})


def move(params: Params, maze: Any, position: Any, heading: Any, action: Any) -> tuple[Array, Array]:
    """Position and heading after an action; a closed side leaves the agent where it is."""
    if params.dials.headings == 1:
        direction, forward, turned = action, True, heading
    else:
        direction, forward = heading, action == 2
        turned = (heading + jnp.where(forward, 0, 2 * action - 1)) % 4
    closed = (params.layouts.walls[maze, position[0], position[1]] >> direction) & 1
    ahead = position + jnp.asarray(OFFSETS)[direction]
    return jnp.where(forward & (closed == 0), ahead, position), jnp.asarray(turned, jnp.int32)


def observe(params: Params, state: State) -> dict[str, Array]:
    """The observation in a state."""
    dials, hidden = params.dials, jnp.int32(-1)
    square = planes(params, state)
    cue = params.layouts.cue[state.maze]
    return {
        "view": pixels(dials, square) if dials.observation == "pixels" else square,
        "cue": cue if dials.recognise == "cue" else jnp.full_like(cue, hidden),
        "goal": state.goal,
        "position": state.position if dials.position else jnp.full_like(state.position, hidden),
        "heading": state.heading,
    }
