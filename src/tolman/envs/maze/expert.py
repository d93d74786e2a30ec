"""An expert that takes shortest paths, found by breadth-first search over all states of a maze."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from tolman.envs.maze.dynamics import move
from tolman.envs.maze.state import MazeParams

FAR = 10_000
"""Distance before anything is found."""


class Expert(NamedTuple):
    """Solution of some mazes, for every object as the goal, from every cell and heading.

    Attributes:
        best: `[M, O, S, S, H]` first action, in the order of their numbers, that begins a shortest path.
        distance: `[M, O, S, S, H]` actions on a shortest path.
    """

    best: Any
    distance: Any


@jax.jit
def distances(params: MazeParams) -> Int[Array, "m o s s h"]:
    """Return the fewest actions from every cell and heading to every object, in every maze."""
    next_states, size = successors(params), params.config.size
    rows, columns = params.layouts.object_cells[..., 0], params.layouts.object_cells[..., 1]
    at = (rows * size + columns)[..., None] == jnp.arange(size * size)
    start = jnp.where(jnp.repeat(at, params.config.headings, axis=-1), 0, FAR)

    def better(found: Array) -> Array:
        ahead = jax.vmap(lambda here, after: here[:, after])(found, next_states)
        return jnp.minimum(found, 1 + ahead.min(axis=-1))

    def search(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        found, _ = carry
        closer = better(found)
        return closer, jnp.any(closer < found)

    found, _ = jax.lax.while_loop(lambda carry: carry[1], search, (start, jnp.array(True)))
    return found.reshape(*at.shape[:2], size, size, params.config.headings)


@jax.jit
def successors(params: MazeParams) -> Int[Array, "m n a"]:
    """Return the state to which each action leads, in every maze; states are numbered by row, column, heading."""
    size, headings = params.config.size, params.config.headings
    number = jnp.arange(size * size * headings)
    position = jnp.stack([number // headings // size, number // headings % size], axis=-1)
    actions = jnp.arange(len(params.config.action_names))

    def one(maze: Array, position: Array, heading: Array, action: Array) -> Array:
        (row, column), turned = move(params, maze, position, heading, action)
        return (row * size + column) * headings + turned

    over_actions = jax.vmap(one, (None, None, None, 0))
    over_states = jax.vmap(over_actions, (None, 0, 0, None))
    mazes = jnp.arange(params.layouts.walls.shape[0])
    return jax.vmap(over_states, (0, None, None, None))(mazes, position, number % headings, actions)


def best_actions(params: MazeParams) -> Int[Array, "m o s s h"]:
    """Return the first action, in the order of their numbers, that begins a shortest path to each object."""
    return solve(params).best


@jax.jit
def solve(params: MazeParams) -> Expert:
    """Return `best_actions` and `distances`, from one search."""
    far = distances(params)
    m, o = far.shape[:2]
    flat = far.reshape(m, o, -1)
    ahead = jax.vmap(lambda here, after: here[:, after])(flat, successors(params))
    return Expert(jnp.argmin(ahead, axis=-1).reshape(far.shape).astype(jnp.int32), far)


def noisy_action(key: PRNGKeyArray, best: Array, noise: Any, actions: int) -> Array:
    """Return the best action, or with the probability `noise` one of `actions`, uniformly."""
    whether, which = jax.random.split(key)
    random = jax.random.randint(which, (), 0, actions)
    return jnp.where(jax.random.uniform(whether) < noise, random, best)
