"""Trials of the expert: the episodes that an agent imitates and remembers."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from tolman.core.batching import map_batches
from tolman.core.experience import NONE
from tolman.envs.environment import num_tasks
from tolman.envs.maze.environment import MazeEnvironment, MazeTask, TaskState
from tolman.envs.maze.expert import erring, solved

_ROWS = 512
"""Tasks that are computed at once."""


class Trials(NamedTuple):
    """`n` trials of at most `L` steps, the last of which is at the goal.

    Attributes:
        input: `[n, L, D]` as an agent reads it.
        label: `[n, L]` the expert's action, `NONE` where there is none to take.
        ahead: `[n, L]` after how many steps the reward comes; `NONE` after it, and where it never does.
        valid: `[n, L]` real steps.
        seen: `[n, L, O]` which objects are in view.
        features: `[n, L, Q]` what memory can be searched by.
    """

    input: np.ndarray
    label: np.ndarray
    steps_to_reward: np.ndarray
    valid: np.ndarray
    seen: np.ndarray
    features: np.ndarray


class Guide(NamedTuple):
    """All that the expert knows of some mazes: `best` actions and `far`, distances, both `[M, O, S, S, H]`."""

    best: np.ndarray
    far: np.ndarray


def guide(place: MazeEnvironment) -> Guide:
    """The expert's knowledge."""
    return Guide(*map(np.asarray, solved(place.params)))


def walk(place: MazeEnvironment, knowledge: Guide, tasks: MazeTask, noise: float, seed: int) -> Trials:
    """The expert's trials at tasks of one trial; a share `noise` of its actions is random, its labels never are."""
    key, odds = jax.random.key(seed), jnp.float32(noise)
    ask = lambda tasks, numbers: _walk(place, knowledge.best, tasks, odds, key, numbers)  # noqa: E731
    return map_batches(ask, tasks, num_tasks(tasks), _ROWS)


@jax.jit
def _walk(place: MazeEnvironment, best: Array, tasks: MazeTask, noise: Array, key: Any, numbers: Array) -> Trials:
    keys = jax.vmap(functools.partial(jax.random.fold_in, key))(numbers)
    return jax.vmap(functools.partial(_one, place, best, noise))(tasks, keys)


def _one(place: MazeEnvironment, best: Array, noise: Array, task: MazeTask, key: Any) -> Trials:
    state, first = place.reset(task)

    def act(carry: Any, key: Any) -> tuple[Any, Any]:
        state, seen, ended = carry
        right = _right(best, state)
        label: Any = jnp.where(seen.discount > 0, right, NONE)
        following, after = place.step(state, erring(key, right, noise, place.num_actions))
        return (following, after, ended | seen.last), (seen, label, ~ended)

    keys = jax.random.split(key, place.max_steps + 1)
    _, (seen, label, valid) = jax.lax.scan(act, (state, first, jnp.array(False)), keys)
    return Trials(seen.observation, label, _until(seen.reward > 0), valid, seen.revealed, seen.features)


def _until(comes: Array) -> Any:
    """Steps until the one at which something comes, `NONE` after it or if it never does."""
    left = jnp.argmax(comes) - jnp.arange(len(comes))
    return jnp.where(jnp.any(comes) & (left >= 0), left, NONE)


def _right(best: Array, state: TaskState) -> Array:
    inner = state.inner
    return best[inner.maze, inner.goal, inner.position[0], inner.position[1], inner.heading]
