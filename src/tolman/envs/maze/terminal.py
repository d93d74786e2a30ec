"""Mazes as lines of text: coloured where the terminal is, readable where it is not."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

import numpy as np

from tolman.envs.maze.geometry import PATH, closed_sides, object_colour
from tolman.envs.maze.state import MazeParams, MazeState

if TYPE_CHECKING:
    from rich.text import Text

_JOINTS = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
"""Characters for lines that meet in a point: 1 from the north, 2 from the east, 4 from the south, 8 from the west."""

_AGENTS = "▲▶▼◀"


def object_name(number: int) -> str:
    """Return the letter that stands for an object: A to Z, a to z, and from the start again."""
    return string.ascii_letters[(number + 26) % 52]


def draw_text(params: MazeParams, state: MazeState, path: Any = ()) -> Text:
    """Draw a maze as `2 size + 1` lines of rich text.

    Objects are letters, the goal stands in brackets, the agent is `●`, or an arrowhead where it turns. Cells of its
    path hold `•`, the first one `○`.

    Args:
        params: the mazes.
        state: one state, not a batch.
        path: cells `[n, 2]` that the agent came through.
    """
    from rich.text import Text

    walls = np.asarray(params.layouts.walls[int(state.maze)])
    across, along = closed_sides(walls)
    cells = _Cells(params, state, path)
    text = Text()
    for row in range(len(walls) + 1):
        text.append(_rule(across, along, row))
        if row < len(walls):
            text.append("\n")
            for column in range(len(walls)):
                text.append("│" if along[row, column] else " ")
                cells.append(text, (row, column))
            text.append("│\n")
    return text


class _Cells:
    """Contents of each cell, three characters wide."""

    def __init__(self, params: MazeParams, state: MazeState, path: Any):
        config, maze = params.config, int(state.maze)
        self.object_map = np.asarray(params.layouts.object_map[maze])
        self.goal, self.objects = int(state.goal), config.objects
        self.at = tuple(int(part) for part in state.position)
        self.agent = "●" if config.headings == 1 else _AGENTS[int(state.heading)]
        cells = [tuple(cell) for cell in np.asarray(path).reshape(-1, 2).tolist()]
        self.marks = dict.fromkeys(cells, "•") | dict.fromkeys(cells[:1], "○")

    def append(self, text: Text, cell: tuple[int, int]) -> None:
        """Add a cell to a line."""
        number, here = int(self.object_map[cell]) - 1, cell == self.at
        goal = number == self.goal
        mark = self.agent if here else self.marks.get(cell, "")
        aside = mark if number >= 0 and not goal else ""
        text.append("[" if goal else aside or " ", "bold" if goal or here else PATH)
        if number >= 0 and not (goal and here):
            text.append(object_name(number), f"bold {object_colour(number, self.objects)}")
        else:
            text.append(mark or "·", ("bold" if here else PATH) if mark else "dim")
        text.append("]" if goal else " ", "bold")


def _rule(across: np.ndarray, along: np.ndarray, row: int) -> str:
    """Return the line above a row of cells."""
    size, padded = across.shape[1], np.pad(along, ((1, 1), (0, 0)))
    ends = np.pad(across[row], 1)
    joints = padded[row] + 2 * ends[1:] + 4 * padded[row + 1] + 8 * ends[:-1]
    parts = [_JOINTS[joints[k]] + ("───" if across[row, k] else "   ") for k in range(size)]
    return "".join(parts) + _JOINTS[joints[size]]
