"""Demonstrations: whole episodes of an expert, or of one who sometimes errs, as arrays of time steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tolman.core.batching import map_batches
from tolman.core.errors import UserError
from tolman.envs.maze.dynamics import FIRST, Params, State, advance, observe, reset
from tolman.envs.maze.expert import erring, solved

NO_ACTION = -1
"""Where an episode has ended, none is taken."""

_EPISODES = 256
_STEPS = 4096
"""How many are computed at once; results do not depend on it."""


class Demonstrations(NamedTuple):
    """`N` time steps of whole episodes, one after another, in dm_env's alignment.

    A row holds what was observed, what that step had earned, and the action taken *after* it. An episode of `n` actions
    has `n + 1` rows. The observation's columns are those of `TimeStep`.

    Attributes:
        episode: `[N]` number of the episode.
        maze: `[N]` number of the maze.
        time: `[N]` actions taken before, from 0.
        step_type: `[N]` 0 first, 1 in between, 2 last.
        reward: `[N]` 1 where the goal has just been reached, else 0.
        discount: `[N]` 0 where the goal has been reached, else 1.
        action: `[N]` what was done then; -1 at the last step.
        expert_action: `[N]` what the expert would have done: the first action that begins a shortest path; -1 as above.
        distance: `[N]` actions on a shortest path to the goal.
        cell: `[N, 2]` row and column of the agent, also where the observation does not tell.
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


def demonstrations(params: Params, episodes: int, seed: int = 0, noise: float = 0.0) -> Demonstrations:
    """Episodes in mazes and with goals drawn as `reset` draws them.

    Args:
        params: the mazes.
        episodes: how many, at least 1.
        seed: what they are drawn from; an episode is the same however many there are.
        noise: share of actions drawn uniformly at random instead of the expert's (of which some are the expert's too).

    Raises:
        UserError: no episode, or a share that is none.
    """
    return joined(list(batches(params, episodes, seed, noise)))


def joined(parts: list[Demonstrations]) -> Demonstrations:
    """Demonstrations one after another."""
    return Demonstrations(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def batches(params: Params, episodes: int, seed: int, noise: float) -> Iterator[Demonstrations]:
    """The same, a few hundred episodes at a time; see `demonstrations`."""
    if episodes < 1 or not 0 <= noise <= 1:
        raise UserError(f"episodes is {episodes} and noise is {noise}; expected at least 1, and 0 to 1")
    key, tables = jax.random.key(seed), solved(params)
    for first in range(0, episodes, _EPISODES):
        numbers = np.arange(first, first + _EPISODES)
        state, rows = jax.device_get(_rollouts(key, numbers, params, tables, noise))
        kept = rows.pop("under_way") & (numbers < episodes)[:, None]
        rows |= {"episode": np.broadcast_to(numbers[:, None], kept.shape), "maze": state.maze}
        rows |= {"time": state.time, "cell": state.position}
        yield _observed(params, State(*(leaf[kept] for leaf in state)), {n: row[kept] for n, row in rows.items()})


def _observed(params: Params, state: State, rows: dict[str, np.ndarray]) -> Demonstrations:
    """Adds observations, of as many steps at a time as memory is sure to hold."""
    seen = map_batches(lambda states, _: _observe(params, states), state, len(state.maze), _STEPS)
    return Demonstrations(**rows, **seen)


@jax.jit
def _observe(params: Params, state: State) -> dict[str, jax.Array]:
    return jax.vmap(observe, (None, 0))(params, state)


@jax.jit
def _rollouts(
    key: jax.Array, numbers: Any, params: Params, tables: Any, noise: Any
) -> tuple[State, dict[str, jax.Array]]:
    """States `[episodes, limit + 1]` and what belongs to them, of which those `under_way` count."""
    return jax.vmap(lambda number: _rollout(jax.random.fold_in(key, number), params, tables, noise))(numbers)


def _rollout(key: jax.Array, params: Params, tables: Any, noise: Any) -> tuple[State, dict[str, jax.Array]]:
    start_key, key = jax.random.split(key)
    state, opening = reset(start_key, params)
    best, far = tables

    def one(carry: Any, key: jax.Array) -> Any:
        state, outcome, under_way = carry
        here = state.maze, state.goal, *state.position, state.heading
        action = erring(key, best[here], noise, len(params.dials.action_names))
        acted = lambda taken: jnp.where(state.over, NO_ACTION, taken)  # noqa: E731
        row = {
            "step_type": outcome.step_type,
            "reward": outcome.reward,
            "discount": outcome.discount,
            "action": acted(action),
            "expert_action": acted(best[here]),
            "distance": far[here],
            "under_way": under_way,
        }
        moved, after = advance(state, action, params)
        return (moved, after, under_way & ~state.over), (state, row)

    begun = state, opening._replace(step_type=jnp.int32(FIRST), observation={}), jnp.array(True)
    return jax.lax.scan(one, begun, jax.random.split(key, params.dials.limit + 1))[1]
