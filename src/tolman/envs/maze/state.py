"""Parameters, states and time steps of the maze environment."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Bool, Float, Int

from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.layout import Layouts

FIRST, MID, LAST = 0, 1, 2
"""Position of a time step in its episode, as in dm_env's `StepType`."""


class MazeState(NamedTuple):
    """State of an episode, a pytree of integers.

    Attributes:
        maze: index of the maze.
        position: row and column of the agent.
        heading: direction that it faces, 0 to 3 from north clockwise.
        goal: index of the object to go to.
        time: actions taken.
        over: the episode is over, so that the next step starts another one.
    """

    maze: Int[Array, ""]
    position: Int[Array, " 2"]
    heading: Int[Array, ""]
    goal: Int[Array, ""]
    time: Int[Array, ""]
    over: Bool[Array, ""]


class MazeTimeStep(NamedTuple):
    """Time step with the fields of dm_env's.

    Attributes:
        step_type: `FIRST`, `MID` or `LAST`.
        reward: 1 where the goal was reached, else 0.
        discount: 0 where the goal was reached, else 1, also where time ran out.
        observation: `view` (planes `[v, v, 3]`, or pixels `[8 v, 8 v, 3]`), `cue[C]` (-1 where mazes are identified by
            their floors), `goal`, `position[2]` (-1 where it is not observed) and `heading`.
    """

    step_type: Int[Array, ""]
    reward: Float[Array, ""]
    discount: Float[Array, ""]
    observation: dict[str, Array]

    def first(self) -> Array:
        """Return whether an episode starts here."""
        return self.step_type == FIRST

    def last(self) -> Array:
        """Return whether an episode ends here."""
        return self.step_type == LAST


@dataclasses.dataclass(frozen=True)
class MazeParams:
    """Mazes in which episodes take place, and the environment's parameters, of which only the mazes are traced.

    Attributes:
        layouts: the mazes.
        config: the environment's parameters.
        padded: planes that views are cut from (`padded_planes`), a function of the other two. They are computed where
            they are not given; a compiler moves that out of a loop of steps.
    """

    layouts: Layouts
    config: MazeConfig
    padded: Any = None


jax.tree_util.register_dataclass(MazeParams, data_fields=["layouts", "padded"], meta_fields=["config"])
