"""Parameters of the maze environment: everything that is fixed while a program runs."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Literal

from tolman.core.errors import UserError
from tolman.core.ranges import Checked, Fraction, Range, require

TILE = 8
"""Side of a cell in a rendered view, in pixels."""


@dataclasses.dataclass(frozen=True)
class MazeConfig(Checked):
    """Parameters of the environment.

    Attributes:
        size: cells along each side, 2 to 32.
        wall_density: fraction of the walls that can be built without cutting a cell off: 0 is an open room, 1 a maze in
            which exactly one path joins any two cells.
        objects: kinds of object, one of each in every maze.
        view_size: side of the square that the agent sees, odd, at most 63; the agent stands in its middle.
        see_through: walls hide nothing. Otherwise a cell is visible if a path leads to it that crosses no wall and
            never turns back.
        observe_position: the observation includes the agent's cell.
        actions: `four-way` moves north, east, south or west; `turn-move` turns left, turns right or moves forward,
            and the view turns with the agent.
        observation: `symbolic` views are integer planes, `pixels` are rendered.
        identified_by: what tells mazes apart, a `cue` shown at every step or the colours of the `floor`.
        digits: length of a cue.
        symbols: values of each digit of a cue, and colours of a floor.
        max_steps: actions after which an episode ends.

    Raises:
        UserError: a parameter is out of range.
    """

    size: Annotated[int, Range(2, 32)] = 5
    wall_density: Fraction = 0.0
    objects: Annotated[int, Range(2)] = 8
    view_size: Annotated[int, Range(1, 63)] = 3
    see_through: bool = True
    observe_position: bool = True
    actions: Literal["four-way", "turn-move"] = "four-way"
    observation: Literal["symbolic", "pixels"] = "symbolic"
    identified_by: Literal["cue", "floor"] = "cue"
    digits: Annotated[int, Range(1, 8)] = 3
    symbols: Annotated[int, Range(2, 64)] = 16
    max_steps: Annotated[int, Range(1, 4096)] = 16

    def __post_init__(self) -> None:
        require(self, "objects", 2, self.size**2 - 1, given="size")
        if self.view_size % 2 == 0:
            raise UserError(f"view_size is {self.view_size}; expected an odd number of cells")

    @property
    def action_names(self) -> tuple[str, ...]:
        """Names of the actions, by number."""
        return ("north", "east", "south", "west") if self.headings == 1 else ("left", "right", "forward")

    @property
    def headings(self) -> int:
        """Number of directions that the agent can face: 1 (north) if it does not turn, else 4."""
        return 1 if self.actions == "four-way" else 4

    @property
    def cues(self) -> int:
        """Number of different cues."""
        return self.symbols**self.digits
