"""Mazes as Gymnasium environments; Gymnasium is imported only where one is made."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from tolman.core.errors import UnknownName, UserError
from tolman.core.ranges import PositiveInt, check_value
from tolman.envs.forks import check_not_forked, is_forked
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.dynamics import make_params
from tolman.envs.maze.state import MazeParams

if TYPE_CHECKING:
    import gymnasium

ENV_ID = "tolman/Mazes-v0"
"""Identifier for `gymnasium.make` and `gymnasium.make_vec`, after `register_gymnasium()`."""


def to_gymnasium(
    params: MazeParams | None = None, config: MazeConfig | None = None, render_mode: str | None = None, **made: Any
) -> gymnasium.Env[Any, Any]:
    """Make a Gymnasium environment.

    An episode is one maze, drawn from `params`, and one goal that it allows. Reaching the goal terminates the episode
    with the reward 1; after `config.max_steps` steps it is truncated. `info["maze"]` is the maze's number.

    Args:
        params: mazes and their parameters; default: random mazes.
        config: parameters of random mazes, if `params` is not given.
        render_mode: `rgb_array`, `ansi` or None.
        made: the number of random `mazes`, and their `seed`; see `make_params`.

    Raises:
        UserError: Gymnasium is not installed, there is no such render mode, or `params` are given together with
            arguments that would make them.
    """
    gym = register_gymnasium()
    given = _arguments(params, config, render_mode, made)
    return gym.make(ENV_ID, **given, disable_env_checker=True).unwrapped


def to_gymnasium_vector(
    params: MazeParams | None = None,
    config: MazeConfig | None = None,
    num_envs: int = 64,
    render_mode: str | None = None,
    **made: Any,
) -> gymnasium.vector.VectorEnv[Any, Any, Any]:
    """Make a Gymnasium vector of `num_envs` environments, which take one compiled step together.

    Where an episode has ended, the next step ignores the action and starts another (`AutoresetMode.NEXT_STEP`).
    Environment `i` with the seed `s` has the episodes of `to_gymnasium` with the seed `s + i`. Observations are NumPy
    arrays; a program in JAX calls `reset` and `step` itself, which is much faster.

    The other arguments and the errors are those of `to_gymnasium`.
    """
    gym = register_gymnasium()
    given = _arguments(params, config, render_mode, made)
    check_value("num_envs", num_envs, PositiveInt)
    return gym.make_vec(ENV_ID, num_envs, "vector_entry_point", **given)


def register_gymnasium() -> Any:
    """Register `tolman/Mazes-v0`, whose arguments are the fields of `MazeConfig`; return the module `gymnasium`."""
    try:
        import gymnasium
    except ImportError as error:
        raise UserError("Gymnasium is not installed: pip install tolman[gym]") from error
    if ENV_ID not in gymnasium.registry:
        module = __name__
        gymnasium.register(ENV_ID, f"{module}:make_env", vector_entry_point=f"{module}:make_vector_env")
    return gymnasium


def make_env(params: MazeParams | None = None, render_mode: str | None = None, **config: Any) -> Any:
    """Entry point of `gymnasium.make`; `config` are fields of `MazeConfig`, `mazes` and `seed`."""
    from tolman.envs.maze.gymnasium_env import ForkedEnv, MazeEnv

    if is_forked():  # an error here would end the process before it can be told
        return ForkedEnv(_config(config) if params is None else params.config)
    return MazeEnv(_made(params, config), render_mode)


def make_vector_env(
    num_envs: int, params: MazeParams | None = None, render_mode: str | None = None, **config: Any
) -> Any:
    """Entry point of `gymnasium.make_vec`."""
    from tolman.envs.maze.gymnasium_env import MazeVectorEnv

    check_not_forked()
    return MazeVectorEnv(_made(params, config), num_envs, render_mode)


def _arguments(
    params: MazeParams | None, config: MazeConfig | None, render_mode: str | None, made: dict[str, Any]
) -> Any:
    """Return arguments of `gymnasium.make`: plain numbers where possible, so that a spec can be stored as JSON."""
    if render_mode not in (None, "rgb_array", "ansi"):
        raise UserError(f"render_mode is {render_mode!r}; expected rgb_array, ansi or None")
    plain = {} if config is None and params is not None else dataclasses.asdict(config or MazeConfig())
    given = {**plain, **made, "render_mode": render_mode}
    return given if params is None else {"params": params, **given}


def _made(params: MazeParams | None, given: dict[str, Any]) -> MazeParams:
    known = [field.name for field in dataclasses.fields(MazeConfig)]
    for name in given:
        if name not in (*known, "mazes", "seed"):
            raise UnknownName("parameter", name, [*known, "mazes", "seed"])
    if params is not None and given:
        alone = "or give config, mazes and seed without params"
        raise UserError(f"params hold mazes and config already: leave out {', '.join(given)}, {alone}")
    if params is not None:
        return params
    return make_params(_config(given), **{name: given[name] for name in given if name not in known})


def _config(given: dict[str, Any]) -> MazeConfig:
    known = [field.name for field in dataclasses.fields(MazeConfig)]
    return MazeConfig(**{name: value for name, value in given.items() if name in known})
