"""Trials of the expert at given tasks: the episodes that an agent imitates, or keeps in memory."""

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
from tolman.envs.maze.expert import Expert, noisy_action

_ROWS = 512
"""Tasks that are computed at once."""


class ExpertTrials(NamedTuple):
    """`n` trials of at most `L` steps, the last of which is at the goal.

    Attributes:
        input: `[n, L, D]` observations.
        label: `[n, L]` the expert's action, `NONE` where there is none to take.
        steps_to_reward: `[n, L]` steps until the reward; `NONE` after it, and if it never comes.
        valid: `[n, L]` real steps.
        revealed: `[n, L, O]` objects in view.
        features: `[n, L, Q]` retrieval features.
    """

    input: np.ndarray
    label: np.ndarray
    steps_to_reward: np.ndarray
    valid: np.ndarray
    revealed: np.ndarray
    features: np.ndarray


def expert_trials(
    environment: MazeEnvironment, expert: Expert, tasks: MazeTask, *, noise: float = 0.0, seed: int = 0
) -> ExpertTrials:
    """Return the expert's trials at tasks of one trial.

    Args:
        environment: the mazes.
        expert: their solution (`solve`).
        tasks: `n` tasks.
        noise: fraction of random actions; labels are always the expert's.
        seed: source of randomness.
    """
    fixed = environment, expert.best, jnp.float32(noise), jax.random.key(seed)
    run = lambda tasks, numbers: _trials(*fixed, tasks, numbers)  # noqa: E731
    return map_batches(run, tasks, num_tasks(tasks), _ROWS)


@jax.jit
def _trials(
    environment: MazeEnvironment, best: Array, noise: Any, key: Any, tasks: MazeTask, numbers: Array
) -> ExpertTrials:
    keys = jax.vmap(functools.partial(jax.random.fold_in, key))(numbers)
    return jax.vmap(functools.partial(_trial, environment, best, noise))(tasks, keys)


def _trial(environment: MazeEnvironment, best: Array, noise: Array, task: MazeTask, key: Any) -> ExpertTrials:
    state, first = environment.reset(task)

    def act(carry: Any, key: Any) -> tuple[Any, Any]:
        state, now, ended = carry
        right = _best_action(best, state)
        label: Any = jnp.where(now.discount > 0, right, NONE)
        next_state, after = environment.step(state, noisy_action(key, right, noise, environment.num_actions))
        return (next_state, after, ended | now.last), (now, label, ~ended)

    keys = jax.random.split(key, environment.max_steps + 1)
    _, (steps, label, valid) = jax.lax.scan(act, (state, first, jnp.array(False)), keys)
    to_reward = _steps_until(steps.reward > 0)
    return ExpertTrials(
        input=steps.observation,
        label=label,
        steps_to_reward=to_reward,
        valid=valid,
        revealed=steps.revealed,
        features=steps.features,
    )


def _steps_until(event: Array) -> Any:
    """Return the steps until the first event, `NONE` after it or if there is none."""
    left = jnp.argmax(event) - jnp.arange(len(event))
    return jnp.where(jnp.any(event) & (left >= 0), left, NONE)


def _best_action(best: Array, state: TaskState) -> Array:
    inner = state.inner
    return best[inner.maze, inner.goal, inner.position[0], inner.position[1], inner.heading]
