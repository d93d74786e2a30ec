"""Mazes as environments of Gymnasium, which is imported only when one is asked for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from tolman.core.errors import UnknownName, UserError
from tolman.envs.maze.config import Maze
from tolman.envs.maze.dynamics import Params, make_params

if TYPE_CHECKING:
    import gymnasium

ENV_ID = "tolman/Mazes-v0"
"""What `gymnasium.make` and `gymnasium.make_vec` know the environment by, after `register_gymnasium()`."""


def to_gymnasium(
    params: Params | None = None, dials: Maze | None = None, render_mode: str | None = None, **made: Any
) -> gymnasium.Env[Any, Any]:
    """An environment of Gymnasium.

    An episode is one maze, drawn from `params`, and one goal that it allows. Reaching the goal terminates the episode
    with the reward 1; after `dials.limit` steps it is truncated. `info["maze"]` is the maze's number.

    Args:
        params: the mazes and dials; default: random mazes.
        dials: of these random mazes, if `params` is not given.
        render_mode: `rgb_array`, `ansi` or None.
        made: how many random `mazes`, and the `seed` that they are drawn from; see `make_params`.

    Raises:
        UserError: Gymnasium is not installed, no such render mode, or both `params` and what they would be made of.
    """
    gym = register_gymnasium()
    given = _arguments(params, dials, render_mode, made)
    return gym.make(ENV_ID, **given, disable_env_checker=True).unwrapped


def to_gymnasium_vector(
    params: Params | None = None,
    dials: Maze | None = None,
    num_envs: int = 64,
    render_mode: str | None = None,
    **made: Any,
) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """`num_envs` environments as one of Gymnasium's vectors, which take one compiled step together.

    Where an episode has ended, the next step ignores the action and starts another (`AutoresetMode.NEXT_STEP`).
    Environment `i` with the seed `s` goes through the episodes of `to_gymnasium` with the seed `s + i`. Observations
    are NumPy arrays; a program in JAX calls `reset` and `step` itself, which is much faster.

    The other arguments and the errors are those of `to_gymnasium`.
    """
    gym = register_gymnasium()
    given = _arguments(params, dials, render_mode, made)
    if num_envs < 1:
        raise UserError(f"num_envs is {num_envs}; expected at least 1")
    return gym.make_vec(ENV_ID, num_envs, "vector_entry_point", **given)


def register_gymnasium() -> Any:
    """Makes `tolman/Mazes-v0` known to `gymnasium.make`, whose further arguments are dials; returns `gymnasium`."""
    try:
        import gymnasium
    except ImportError as error:
        raise UserError("Gymnasium is not installed: pip install tolman[gym]") from error
    if ENV_ID not in gymnasium.registry:
        module = __name__
        gymnasium.register(ENV_ID, f"{module}:make_env", vector_entry_point=f"{module}:make_vector_env")
    return gymnasium


def make_env(params: Params | None = None, render_mode: str | None = None, **dials: Any) -> Any:
    """What `gymnasium.make` calls; `dials` are those of `Maze`, and `mazes` and `seed`."""
    from tolman.envs.maze.gymnasium_env import MazeEnv

    return MazeEnv(_made(params, dials), render_mode)


def make_vector_env(num_envs: int, params: Params | None = None, render_mode: str | None = None, **dials: Any) -> Any:
    """What `gymnasium.make_vec` calls."""
    from tolman.envs.maze.gymnasium_env import MazeVectorEnv

    return MazeVectorEnv(_made(params, dials), num_envs, render_mode)


def _arguments(params: Params | None, dials: Maze | None, render_mode: str | None, made: dict[str, Any]) -> Any:
    """What to call `gymnasium.make` with: plain numbers where they say it all, so that a spec can be read and kept."""
    if render_mode not in (None, "rgb_array", "ansi"):
        raise UserError(f"render_mode is {render_mode!r}; expected rgb_array, ansi or None")
    plain = {} if dials is None and params is not None else dataclasses.asdict(dials or Maze())
    given = {**plain, **made, "render_mode": render_mode}
    return given if params is None else {"params": params, **given}


def _made(params: Params | None, given: dict[str, Any]) -> Params:
    known = [field.name for field in dataclasses.fields(Maze)]
    for name in given:
        if name not in (*known, "mazes", "seed"):
            raise UnknownName("dial", name, [*known, "mazes", "seed"])
    if params is not None and given:
        alone = "or give dials, mazes and seed without params"
        raise UserError(f"params hold mazes and dials already: leave out {', '.join(given)}, {alone}")
    if params is not None:
        return params
    dials = {name: value for name, value in given.items() if name in known}
    return make_params(Maze(**dials), **{name: given[name] for name in given if name not in known})
