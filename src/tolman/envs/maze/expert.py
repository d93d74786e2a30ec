"""The expert: shortest paths by breadth-first search over all states of a maze."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from tolman.envs.maze.dynamics import Params, move

FAR = 10_000


@jax.jit
def distances(params: Params) -> Int[Array, "m o s s h"]:
    """Fewest actions from every cell and heading to every object, in every maze."""
    following, size = successors(params), params.dials.size
    rows, columns = params.layouts.places[..., 0], params.layouts.places[..., 1]
    at = (rows * size + columns)[..., None] == jnp.arange(size * size)
    start = jnp.where(jnp.repeat(at, params.dials.headings, axis=-1), 0, FAR)

    def better(found: Array) -> Array:
        ahead = jax.vmap(lambda here, after: here[:, after])(found, following)
        return jnp.minimum(found, 1 + ahead.min(axis=-1))

    def search(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        found, _ = carry
        closer = better(found)
        return closer, jnp.any(closer < found)

    found, _ = jax.lax.while_loop(lambda carry: carry[1], search, (start, jnp.array(True)))
    return found.reshape(*at.shape[:2], size, size, params.dials.headings)


@jax.jit
def successors(params: Params) -> Int[Array, "m n a"]:
    """The state that each action leads to, in every maze; states are numbered by row, column, heading."""
    size, headings = params.dials.size, params.dials.headings
    number = jnp.arange(size * size * headings)
    position = jnp.stack([number // headings // size, number // headings % size], axis=-1)
    actions = jnp.arange(len(params.dials.action_names))

    def one(maze: Array, position: Array, heading: Array, action: Array) -> Array:
        (row, column), turned = move(params, maze, position, heading, action)
        return (row * size + column) * headings + turned

    over_actions = jax.vmap(one, (None, None, None, 0))
    over_states = jax.vmap(over_actions, (None, 0, 0, None))
    mazes = jnp.arange(params.layouts.walls.shape[0])
    return jax.vmap(over_states, (0, None, None, None))(mazes, position, number % headings, actions)


def best_actions(params: Params) -> Int[Array, "m o s s h"]:
    """The first action, in the order of their numbers, that begins a shortest path to each object."""
    return solved(params)[0]


@jax.jit
def solved(params: Params) -> tuple[Int[Array, "m o s s h"], Int[Array, "m o s s h"]]:
    """`best_actions` and `distances`, from one search."""
    far = distances(params)
    m, o = far.shape[:2]
    flat = far.reshape(m, o, -1)
    ahead = jax.vmap(lambda here, after: here[:, after])(flat, successors(params))
    return jnp.argmin(ahead, axis=-1).reshape(far.shape).astype(jnp.int32), far


def erring(key: PRNGKeyArray, best: Array, noise: Any, actions: int) -> Array:
    """The expert's action, or with the probability `noise` one of `actions`, uniformly."""
    whether, which = jax.random.split(key)
    random = jax.random.randint(which, (), 0, actions)
    return jnp.where(jax.random.uniform(whether) < noise, random, best)
