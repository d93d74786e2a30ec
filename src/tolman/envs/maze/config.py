"""A maze's dials: everything about the environment that is fixed while a program runs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Literal

from tolman.core.errors import UserError

TILE = 8
"""Side of a cell in a rendered view, in pixels."""

_ONE_OF = {
    "actions": ("four-way", "turn-move"),
    "observation": ("symbolic", "pixels"),
    "recognise": ("cue", "floor"),
}


@dataclasses.dataclass(frozen=True)
class Maze:
    """The environment's dials.

    Attributes:
        size: cells along each side, 2 to 32.
        walls: share of the sides between cells that may be closed that are; 0 is an open room, 1 a maze in which
            exactly one path joins any two cells. Every cell can always be reached.
        objects: kinds of object, each of which lies in one cell of every maze.
        view: side of the square that the agent sees, odd; the agent stands in its middle.
        see_through: whether walls hide nothing; else a cell is seen if a path leads to it that crosses no wall and
            never turns back.
        position: whether the observation tells the cell that the agent stands in.
        actions: `four-way` moves north, east, south or west; `turn-move` turns left, turns right or moves forward,
            and the view turns with the agent.
        observation: `symbolic` views are integer planes, `pixels` are rendered.
        recognise: by what a maze is known: a `cue` shown at every step, or the colours of its `floor`.
        digits: length of a cue.
        symbols: values of each digit of a cue, and colours of a floor.
        limit: steps after which an episode ends.

    Raises:
        UserError: a dial outside its range.
    """

    size: int = 5
    walls: float = 0.0
    objects: int = 8
    view: int = 3
    see_through: bool = True
    position: bool = True
    actions: Literal["four-way", "turn-move"] = "four-way"
    observation: Literal["symbolic", "pixels"] = "symbolic"
    recognise: Literal["cue", "floor"] = "cue"
    digits: int = 3
    symbols: int = 16
    limit: int = 16

    def __post_init__(self) -> None:
        for name, values in _ONE_OF.items():
            if getattr(self, name) not in values:
                raise UserError(f"{name} is {getattr(self, name)!r}; expected {' or '.join(values)}")
        within(self, "size", 2, 32)
        within(self, "objects", 2, self.size**2 - 1)
        within(self, "walls", 0.0, 1.0)
        within(self, "digits", 1, 8)
        within(self, "symbols", 2, 64)
        within(self, "limit", 1, 4096)
        if self.view < 1 or self.view % 2 == 0:
            raise UserError(f"view is {self.view}; expected an odd number of cells")

    @property
    def action_names(self) -> tuple[str, ...]:
        """What the actions do, by number."""
        return ("north", "east", "south", "west") if self.headings == 1 else ("left", "right", "forward")

    @property
    def headings(self) -> int:
        """Directions that the agent may face: one if it does not turn, and then it faces north."""
        return 1 if self.actions == "four-way" else 4

    @property
    def cues(self) -> int:
        """Mazes that cues can tell apart."""
        return self.symbols**self.digits


def within(dials: Any, name: str, low: float, high: float = math.inf) -> None:
    """Raises `UserError` where that dial is out of range."""
    value = getattr(dials, name)
    if not low <= value <= high:
        raise UserError(f"{name} is {value}; expected {low} {'or more' if high == math.inf else f'to {high}'}")
