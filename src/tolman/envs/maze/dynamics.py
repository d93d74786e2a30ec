"""Episodes in random mazes: pure `reset` and `step` with the semantics of dm_env (Muldal et al., 2019).

Both are unbatched; `jax.vmap` them. `tolman.envs.maze.environment` has the same dynamics for tasks that are given.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from tolman.core.ranges import NonNegativeInt, PositiveInt, check_value
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.layout import OFFSETS, Layouts, draw_layouts
from tolman.envs.maze.state import FIRST, LAST, MID, MazeParams, MazeState, MazeTimeStep
from tolman.envs.maze.view import padded_planes, pixels, planes


def make_params(config: MazeConfig | None = None, mazes: int = 64, seed: int = 0) -> MazeParams:
    """Draw `mazes` random mazes, on the default device; every object of each may be a goal."""
    check_value("mazes", mazes, PositiveInt)
    check_value("seed", seed, NonNegativeInt)
    config = MazeConfig() if config is None else config
    return on_device(draw_layouts(config, mazes, np.random.default_rng(seed)), config)


def on_device(layouts: Layouts, config: MazeConfig) -> MazeParams:
    """Return parameters with these layouts, on the default device."""
    return jax.tree.map(jnp.asarray, MazeParams(layouts, config, padded_planes(config, layouts)))


def reset(key: PRNGKeyArray, params: MazeParams) -> tuple[MazeState, MazeTimeStep]:
    """Start an episode: a maze, a goal that it allows and a cell that is not the goal's, all uniform."""
    layouts, size, headings = params.layouts, params.config.size, params.config.headings
    # `vmap` draws this at every step, for most in vain. Remainders of two words are cheap, and uniform to 1 in 4,096.
    first, second = jax.random.bits(key, (2,), jnp.uint32)
    maze, heading = first // headings % layouts.mazes, first % headings
    # A scan by hand takes a third of `cumsum`'s time.
    allowed = jax.lax.associative_scan(jnp.add, layouts.goals[maze].astype(jnp.uint32))
    goal = jnp.sum(allowed <= second // (size * size - 1) % allowed[-1])
    row, column = layouts.object_cells[maze, goal]
    cell = (second % (size * size - 1)).astype(jnp.int32)
    cell = cell + (cell >= row * size + column)
    return begin(params, maze, goal, jnp.stack([cell // size, cell % size]), heading)


def begin(params: MazeParams, maze: Any, goal: Any, position: Any, heading: Any) -> tuple[MazeState, MazeTimeStep]:
    """Start an episode in that maze, with that goal, from that cell."""
    integers = (jnp.asarray(x, jnp.int32) for x in (maze, position, heading, goal, 0))
    state = MazeState(*integers, over=jnp.zeros((), bool))
    return state, MazeTimeStep(jnp.int32(FIRST), jnp.float32(0.0), jnp.float32(1.0), observe(params, state))


def step(key: PRNGKeyArray, state: MazeState, action: Any, params: MazeParams) -> tuple[MazeState, MazeTimeStep]:
    """Take one step; after the last one of an episode the action is ignored and another episode starts.

    Args:
        key: source of the next episode, where one starts.
        state: the state before.
        action: index into `params.config.action_names`.
        params: the mazes.
    """
    moved, outcome = advance(state, action, params)
    fresh, opening = reset(key, params)
    choose = lambda new, old: jnp.where(state.over, new, old)  # noqa: E731
    kept = jax.tree.map(choose, (fresh, opening._replace(observation={})), (moved, outcome))
    following, timestep = kept
    # Observing once, after the choice, costs half of observing both.
    return following, timestep._replace(observation=observe(params, following))


def advance(state: MazeState, action: Any, params: MazeParams) -> tuple[MazeState, MazeTimeStep]:
    """Take one step of the running episode; its time step has no observation."""
    position, heading = move(params, state.maze, state.position, state.heading, action)
    reached = jnp.all(position == params.layouts.object_cells[state.maze, state.goal])
    time = state.time + 1
    over = reached | (time >= params.config.max_steps)
    moved = state._replace(position=position, heading=heading, time=time, over=over)
    kind = jnp.where(over, LAST, MID).astype(jnp.int32)
    return moved, MazeTimeStep(kind, reached.astype(jnp.float32), 1.0 - reached.astype(jnp.float32), {})


def move(params: MazeParams, maze: Any, position: Any, heading: Any, action: Any) -> tuple[Array, Array]:
    """Return position and heading after an action; a closed side leaves the agent where it is."""
    if params.config.headings == 1:
        direction, forward, turned = action, True, heading
    else:
        direction, forward = heading, action == 2
        turned = (heading + jnp.where(forward, 0, 2 * action - 1)) % 4
    closed = (params.layouts.walls[maze, position[0], position[1]] >> direction) & 1
    ahead = position + jnp.asarray(OFFSETS)[direction]
    return jnp.where(forward & (closed == 0), ahead, position), jnp.asarray(turned, jnp.int32)


def observe(params: MazeParams, state: MazeState) -> dict[str, Array]:
    """Return the observation in a state."""
    config, hidden = params.config, jnp.int32(-1)
    square = planes(params, state)
    cue = params.layouts.cue[state.maze]
    return {
        "view": pixels(config, square) if config.observation == "pixels" else square,
        "cue": cue if config.identified_by == "cue" else jnp.full_like(cue, hidden),
        "goal": state.goal,
        "position": state.position if config.observe_position else jnp.full_like(state.position, hidden),
        "heading": state.heading,
    }
