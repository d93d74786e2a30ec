"""Gymnasium environments of mazes, single and vectorised; import them by `tolman.envs.maze.gymnasium`.

An environment keeps a key. Each episode splits it, uses one half and keeps the other, so that environment `i` of a
vector with the seed `s` has the episodes of a single environment with the seed `s + i`.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gymnasium
import jax
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from tolman.core.errors import UserError
from tolman.envs.forks import check_not_forked, refusal
from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.dynamics import advance, observe, reset, step
from tolman.envs.maze.render import render
from tolman.envs.maze.state import MazeParams, MazeState, MazeTimeStep
from tolman.envs.maze.terminal import draw_text

METADATA = {"render_modes": ["rgb_array", "ansi"], "render_fps": 4}


def observation_space(config: MazeConfig) -> spaces.Dict:
    """Return the space of observations, with the view's bounds plane by plane."""
    number = lambda low, high, *shape: spaces.Box(low, high, shape, np.int32)  # noqa: E731
    v = config.view_size
    highest = np.broadcast_to(np.array([config.objects, config.symbols - 1, 15], np.int32), (v, v, 3))
    lowest = np.broadcast_to(np.array([0, -1, 0], np.int32), (v, v, 3))
    pixels = spaces.Box(0, 255, (TILE * v, TILE * v, 3), np.uint8)
    return spaces.Dict(
        {
            "view": pixels if config.observation == "pixels" else spaces.Box(lowest, highest, dtype=np.int32),
            "cue": number(-1, config.symbols - 1, config.digits),
            "goal": spaces.Discrete(config.objects),
            "position": number(-1, config.size - 1, 2),
            "heading": spaces.Discrete(config.headings),
        }
    )


@jax.jit
def _begin(key: jax.Array, params: MazeParams) -> tuple[jax.Array, MazeState, MazeTimeStep]:
    kept, used = jax.random.split(key)
    return kept, *reset(used, params)


@jax.jit
def _advance(state: MazeState, action: Any, params: MazeParams) -> tuple[MazeState, MazeTimeStep]:
    state, timestep = advance(state, action, params)
    return state, timestep._replace(observation=observe(params, state))


class ForkedEnv(gymnasium.Env):
    """Stands for `MazeEnv` in a process that cannot run it, where waiting for JAX would never end; has its spaces."""

    def __init__(self, config: MazeConfig):
        self.observation_space = observation_space(config)
        self.action_space = spaces.Discrete(len(config.action_names))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Refuse to run: raises `UserError`."""
        raise refusal()


class MazeEnv(gymnasium.Env):
    """One maze after another; see `tolman.envs.maze.to_gymnasium`."""

    metadata = METADATA

    def __init__(self, params: MazeParams, render_mode: str | None = None):
        self.params, self.render_mode = params, render_mode
        self.observation_space = observation_space(params.config)
        self.action_space = spaces.Discrete(len(params.config.action_names))
        self.key: jax.Array | None = None
        self.state: MazeState | None = None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the same seed starts the same episodes."""
        check_not_forked()
        seed = None if seed is None else _checked(seed)
        super().reset(seed=seed)
        if self.key is None or seed is not None:
            self.key = jax.random.key(_seed(self.np_random) if seed is None else seed)
        self.key, state, timestep = _begin(self.key, self.params)
        self.state, self.path = state, [np.asarray(state.position)]
        return _host(timestep.observation), {"maze": int(state.maze)}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one step; reaching the goal terminates the episode, the last allowed step truncates it."""
        if self.state is None or self.state.over:
            raise gymnasium.error.ResetNeeded("the episode is over, or none has begun: call reset()")
        check_not_forked()
        state, timestep = _advance(self.state, _actions(self.params, action, ()), self.params)
        self.state = state
        self.path.append(np.asarray(state.position))
        done = bool(timestep.discount == 0)
        late = bool(timestep.last()) and not done
        return _host(timestep.observation), float(timestep.reward), done, late, {"maze": int(state.maze)}

    def render(self) -> Any:
        """Render the maze from above with the path so far, as pixels `[h, w, 3]` or text."""
        if self.render_mode is None or self.state is None:
            return None
        return _picture(self.render_mode, self.params, self.state, self.path)


def _actions(params: MazeParams, given: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return checked actions; numbers out of range would lead through walls."""
    actions, names = np.asarray(given), params.config.action_names
    whole = np.issubdtype(actions.dtype, np.integer) and actions.shape == shape
    if not whole or ((actions < 0) | (actions >= len(names))).any():
        expected = f"whole numbers from 0 to {len(names) - 1} ({', '.join(names)}), of shape {shape}"
        raise gymnasium.error.InvalidAction(f"action is {given!r}; expected {expected}")
    return actions.astype(np.int32)


def _picture(mode: str, params: MazeParams, state: MazeState, path: Any = ()) -> Any:
    if mode == "ansi":
        return draw_text(params, state, path).plain
    return render(params, state, path=path)


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _checked(seed: Any, count: int = 1) -> int:
    """Return the first of `count` seeds as a number.

    JAX would drop what 32 bits cannot hold, so that different seeds would be the same.
    """
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if not 0 <= number <= 2**32 - count:
        raise UserError(f"seed is {seed!r}; expected a whole number from 0 to {2**32 - count}")
    return number


def _host(observation: dict[str, Any]) -> dict[str, Any]:
    """Return an observation as NumPy; Gymnasium wants integers of 64 bits."""
    shown = {name: np.array(value) for name, value in observation.items()}
    return shown | {name: shown[name].astype(np.int64)[()] for name in ("goal", "heading")}


@jax.jit
def _begin_all(keys: jax.Array, params: MazeParams) -> tuple[jax.Array, MazeState, dict[str, Any]]:
    keys, state, timestep = jax.vmap(_begin, (0, None))(keys, params)
    return keys, state, timestep.observation


@jax.jit
def _begin_some(
    mask: Any, keys: jax.Array, state: MazeState, params: MazeParams
) -> tuple[jax.Array, MazeState, dict[str, Any]]:
    """Begin an episode where the mask says so; return the keys, states and observations of all."""

    def one(begins: jax.Array, key: jax.Array, state: MazeState) -> tuple[jax.Array, MazeState, dict[str, Any]]:
        kept, fresh, timestep = _begin(key, params)
        begun, before = (kept, fresh, timestep.observation), (key, state, observe(params, state))
        return jax.tree.map(lambda new, old: jax.numpy.where(begins, new, old), begun, before)

    return jax.vmap(one)(mask, keys, state)


@jax.jit
def _step_all(
    keys: jax.Array, state: MazeState, actions: Any, params: MazeParams
) -> tuple[jax.Array, MazeState, MazeTimeStep]:
    def one(key: jax.Array, state: MazeState, action: jax.Array) -> tuple[jax.Array, MazeState, MazeTimeStep]:
        kept, used = jax.random.split(key)
        return jax.numpy.where(state.over, kept, key), *step(used, state, action, params)

    return jax.vmap(one)(keys, state, actions)


class MazeVectorEnv(VectorEnv):
    """Many environments in one compiled step; see `tolman.envs.maze.to_gymnasium_vector`."""

    metadata = METADATA | {"autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(self, params: MazeParams, num_envs: int, render_mode: str | None = None):
        self.params, self.num_envs, self.render_mode = params, num_envs, render_mode
        self.single_observation_space = observation_space(params.config)
        self.single_action_space = spaces.Discrete(len(params.config.action_names))
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.keys: jax.Array | None = None
        self.state: MazeState | None = None

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in every environment; environment `i` has the seed `seed + i`, or `seed[i]`.

        With `options={"reset_mask": mask}`, booleans `[num_envs]`, only in those where it is true; the others stay
        where they are.
        """
        check_not_forked()
        given, mask = self._checked(seed), self._mask((options or {}).get("reset_mask"))
        super().reset(seed=given if isinstance(given, int) else None)
        if self.keys is None or self.state is None:
            self.keys, state, shown = _begin_all(self._keys(given), self.params)
        else:
            kept = self.keys
            keys = kept if given is None else jax.vmap(jax.numpy.where)(mask, self._keys(given), kept)
            self.keys, state, shown = _begin_some(mask, keys, self.state, self.params)
        self.state = state
        return _host(shown), self._infos(state, mask)

    def _mask(self, given: Any) -> np.ndarray:
        """Return the environments that are reset."""
        if given is None:
            return np.ones(self.num_envs, bool)
        mask = np.asarray(given)
        if mask.shape != (self.num_envs,) or mask.dtype != bool or not mask.any():
            raise UserError(f"reset_mask is {given!r}; expected {self.num_envs} booleans, one of them true or more")
        if self.state is None and not mask.all():
            raise gymnasium.error.ResetNeeded("no episode has begun: call reset() without a reset_mask first")
        return mask

    def _checked(self, seed: Any) -> int | list[int | None] | None:
        """Return what is given for all, or for each."""
        if seed is None:
            return None
        if np.asarray(seed, object).ndim == 0:
            return _checked(seed, self.num_envs)
        if len(seed) != self.num_envs:
            raise UserError(f"{len(seed)} seeds for {self.num_envs} environments: expected one each, or one number")
        return [None if one is None else _checked(one) for one in seed]

    def _keys(self, seed: int | list[int | None] | None) -> jax.Array:
        if isinstance(seed, list):
            numbers = np.array([_seed(self.np_random) if one is None else one for one in seed])
        else:
            numbers = np.arange(self.num_envs) + (_seed(self.np_random) if seed is None else seed)
        return jax.vmap(jax.random.key)(numbers.astype(np.uint32))

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Take one step in each; where an episode has ended, the action is ignored and another one starts."""
        if self.state is None or self.keys is None:
            raise gymnasium.error.ResetNeeded("no episode has begun: call reset()")
        check_not_forked()
        actions = _actions(self.params, actions, (self.num_envs,))
        self.keys, state, timestep = _step_all(self.keys, self.state, actions, self.params)
        self.state = state
        done = np.asarray(timestep.discount) == 0
        late = np.asarray(timestep.last()) & ~done
        infos = self._infos(state, np.ones(self.num_envs, bool))
        return _host(timestep.observation), np.asarray(timestep.reward, np.float64), done, late, infos

    def _infos(self, state: MazeState, told: np.ndarray) -> dict[str, Any]:
        return {"maze": np.where(told, state.maze, 0), "_maze": told}

    def render(self) -> tuple[Any, ...] | None:
        """Render each maze from above, as pixels `[h, w, 3]` or text."""
        if self.render_mode is None or self.state is None:
            return None
        states = zip(*jax.device_get(self.state), strict=True)
        return tuple(_picture(self.render_mode, self.params, MazeState(*state)) for state in states)
