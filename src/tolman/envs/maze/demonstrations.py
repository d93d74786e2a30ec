"""Demonstrations: whole episodes of the expert, or of an expert with random actions, as arrays of time steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tolman.core.batching import map_batches
from tolman.core.errors import UserError
from tolman.envs.maze.dynamics import advance, observe, reset
from tolman.envs.maze.expert import Expert, noisy_action, solve
from tolman.envs.maze.state import FIRST, MazeParams, MazeState

NO_ACTION = -1
"""Value of the action at the last step of an episode."""

_EPISODES = 256
_STEPS = 4096
"""Episodes and steps that are computed at once; results do not depend on it."""


class Demonstrations(NamedTuple):
    """`N` time steps of whole episodes, one after another, aligned as in dm_env.

    A row holds an observation, the reward of the action that led to it, and the action taken *after* it. An episode of
    `n` actions has `n + 1` rows. The observation's columns are those of `MazeTimeStep`.

    Attributes:
        episode: `[N]` number of the episode.
        maze: `[N]` number of the maze.
        time: `[N]` actions taken before, from 0.
        step_type: `[N]` 0 first, 1 mid, 2 last.
        reward: `[N]` 1 where the goal has just been reached, else 0.
        discount: `[N]` 0 where the goal has been reached, else 1.
        action: `[N]` action taken; -1 at the last step.
        expert_action: `[N]` the expert's action, the first that begins a shortest path; -1 at the last step.
        distance: `[N]` actions on a shortest path to the goal.
        cell: `[N, 2]` row and column of the agent, also where they are not observed.
        view: `[N, v, v, 3]` planes, or `[N, 8 v, 8 v, 3]` pixels.
        cue: `[N, C]` digits, or -1.
        goal: `[N]` number of the object.
        position: `[N, 2]` row and column as observed, or -1.
        heading: `[N]` 0 north, 1 east, 2 south, 3 west.
    """

    episode: np.ndarray
    maze: np.ndarray
    time: np.ndarray
    step_type: np.ndarray
    reward: np.ndarray
    discount: np.ndarray
    action: np.ndarray
    expert_action: np.ndarray
    distance: np.ndarray
    cell: np.ndarray
    view: np.ndarray
    cue: np.ndarray
    goal: np.ndarray
    position: np.ndarray
    heading: np.ndarray


def demonstrations(params: MazeParams, episodes: int, seed: int = 0, noise: float = 0.0) -> Demonstrations:
    """Return episodes of the expert, whose mazes, goals and starts are drawn as `reset` draws them.

    Args:
        params: the mazes.
        episodes: number of episodes, at least 1.
        seed: source of randomness; an episode is the same however many there are.
        noise: fraction of actions that are drawn uniformly; some of them are the expert's by chance.

    Raises:
        UserError: a number is out of range.
    """
    parts = batches(params, episodes, seed, noise)
    return Demonstrations(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def batches(params: MazeParams, episodes: int, seed: int, noise: float) -> Iterator[Demonstrations]:
    """Yield the episodes of `demonstrations`, a few hundred at a time."""
    if episodes < 1 or not 0 <= noise <= 1:
        raise UserError(f"episodes is {episodes} and noise is {noise}; expected at least 1, and 0 to 1")
    key, expert = jax.random.key(seed), solve(params)
    for first in range(0, episodes, _EPISODES):
        numbers = np.arange(first, first + _EPISODES)
        state, rows = jax.device_get(_rollouts(key, numbers, params, expert, noise))
        kept = rows.pop("under_way") & (numbers < episodes)[:, None]
        rows |= {"episode": np.broadcast_to(numbers[:, None], kept.shape), "maze": state.maze}
        rows |= {"time": state.time, "cell": state.position}
        yield _observed(params, MazeState(*(leaf[kept] for leaf in state)), {n: row[kept] for n, row in rows.items()})


def _observed(params: MazeParams, state: MazeState, rows: dict[str, np.ndarray]) -> Demonstrations:
    """Add observations, of as many steps at a time as memory is sure to hold."""
    seen = map_batches(lambda states, _: _observe(params, states), state, len(state.maze), _STEPS)
    return Demonstrations(**rows, **seen)


@jax.jit
def _observe(params: MazeParams, state: MazeState) -> dict[str, jax.Array]:
    return jax.vmap(observe, (None, 0))(params, state)


@jax.jit
def _rollouts(
    key: jax.Array, numbers: Any, params: MazeParams, expert: Expert, noise: Any
) -> tuple[MazeState, dict[str, jax.Array]]:
    """Return states `[episodes, max_steps + 1]` and their rows, of which those `under_way` count."""
    return jax.vmap(lambda number: _rollout(jax.random.fold_in(key, number), params, expert, noise))(numbers)


def _rollout(key: jax.Array, params: MazeParams, expert: Expert, noise: Any) -> tuple[MazeState, dict[str, jax.Array]]:
    start_key, key = jax.random.split(key)
    state, opening = reset(start_key, params)

    def one(carry: Any, key: jax.Array) -> Any:
        state, outcome, under_way = carry
        here = state.maze, state.goal, *state.position, state.heading
        action = noisy_action(key, expert.best[here], noise, len(params.config.action_names))
        acted = lambda taken: jnp.where(state.over, NO_ACTION, taken)  # noqa: E731
        row = {
            "step_type": outcome.step_type,
            "reward": outcome.reward,
            "discount": outcome.discount,
            "action": acted(action),
            "expert_action": acted(expert.best[here]),
            "distance": expert.distance[here],
            "under_way": under_way,
        }
        moved, after = advance(state, action, params)
        return (moved, after, under_way & ~state.over), (state, row)

    begun = state, opening._replace(step_type=jnp.int32(FIRST), observation={}), jnp.array(True)
    return jax.lax.scan(one, begun, jax.random.split(key, params.config.max_steps + 1))[1]
