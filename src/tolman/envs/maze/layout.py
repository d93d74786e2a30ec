"""Layouts: where walls and objects are, and what makes a maze recognisable."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.envs.maze.config import Maze

OFFSETS = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)], np.int32)
"""Rows and columns to the neighbour in each direction: north, east, south, west."""


class Layouts(NamedTuple):
    """`M` mazes of one size `S` with `O` objects.

    Attributes:
        walls: `[M, S, S]` bits of the closed sides of each cell: 1 north, 2 east, 4 south, 8 west.
        things: `[M, S, S]` which object lies there, plus 1; 0 = none.
        places: `[M, O, 2]` row and column of each object.
        cue: `[M, C]` digits.
        floor: `[M, S, S]` colour of each cell.
        goals: `[M, O]` which objects may be goals when an episode starts.
    """

    walls: Any
    things: Any
    places: Any
    cue: Any
    floor: Any
    goals: Any

    @property
    def mazes(self) -> int:
        """How many mazes there are."""
        return self.walls.shape[0]


def draw_layouts(dials: Maze, count: int, rng: np.random.Generator, taken: Collection[int] = ()) -> Layouts:
    """`count` mazes that differ in their cues, none of which is among those `taken` (see `cue_numbers`).

    Raises:
        UserError: there are not that many cues.
    """
    size = dials.size
    cells = rng.permuted(np.tile(np.arange(size * size), (count, 1)), axis=1)[:, : dials.objects]
    places = np.stack(np.divmod(cells, size), axis=-1).astype(np.int32)
    things = np.zeros((count, size * size), np.int32)
    np.put_along_axis(things, cells, np.arange(1, dials.objects + 1, dtype=np.int32)[None], axis=1)
    return Layouts(
        walls=_walls(dials, count, rng),
        things=things.reshape(count, size, size),
        places=places,
        cue=_cues(dials, count, rng, taken),
        floor=rng.integers(0, dials.symbols, (count, size, size), dtype=np.int32),
        goals=np.ones((count, dials.objects), bool),
    )


def cue_numbers(layouts: Layouts, dials: Maze) -> np.ndarray:
    """Each maze's cue as one number `[M]`."""
    return np.asarray(layouts.cue, np.int64) @ dials.symbols ** np.arange(dials.digits)


def _cues(dials: Maze, count: int, rng: np.random.Generator, taken: Collection[int]) -> np.ndarray:
    if count + len(taken) > dials.cues:
        given = f"{dials.digits} digits of {dials.symbols} symbols make {dials.cues} cues"
        raise UserError(f"{given}, and {count + len(taken)} mazes need one each: raise digits or symbols")
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        drawn = rng.integers(0, dials.cues, 2 * (count - len(chosen)) + 8)
        chosen |= dict.fromkeys(number for number in drawn.tolist() if number not in taken)
    numbers = np.array(list(chosen)[:count], np.int64)
    return (numbers[:, None] // dials.symbols ** np.arange(dials.digits) % dials.symbols).astype(np.int32)


def _walls(dials: Maze, count: int, rng: np.random.Generator) -> np.ndarray:
    """Closed sides: the outer ones, and that share of those outside a random spanning tree."""
    size = dials.size
    closed = np.zeros((count, size, size), np.int32)
    closed[:, 0] |= 1
    closed[:, :, -1] |= 2
    closed[:, -1] |= 4
    closed[:, :, 0] |= 8
    if dials.walls == 0:
        return closed
    shut = ~_spanning_trees(size, count, rng) & (rng.random((count, len(_edges(size)))) < dials.walls)
    for edge, (row, column, direction) in enumerate(_edges(size)):
        down, right = OFFSETS[direction]
        closed[:, row, column] |= shut[:, edge] << direction
        closed[:, row + down, column + right] |= shut[:, edge] << (direction + 2) % 4
    return closed


def _edges(size: int) -> list[tuple[int, int, int]]:
    """Sides between two cells as row, column and direction, each once: to the east, then to the south."""
    east = [(row, column, 1) for row in range(size) for column in range(size - 1)]
    return east + [(row, column, 2) for row in range(size - 1) for column in range(size)]


def _spanning_trees(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Which edges `[count, E]` belong to each maze's tree: the smallest one for random weights (Prim 1957)."""
    ends = np.array([(r * size + c, (r + OFFSETS[d][0]) * size + c + OFFSETS[d][1]) for r, c, d in _edges(size)])
    weight, every = rng.random((count, len(ends))), np.arange(count)
    inside, tree = np.zeros((count, size * size), bool), np.zeros((count, len(ends)), bool)
    inside[:, 0] = True
    for _ in range(size * size - 1):
        leads_out = inside[:, ends[:, 0]] != inside[:, ends[:, 1]]
        best = np.where(leads_out, weight, np.inf).argmin(axis=1)
        tree[every, best] = True
        inside[every[:, None], ends[best]] = True
    return tree
