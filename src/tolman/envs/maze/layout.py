"""Layouts of mazes: their walls, objects, floors and cues, drawn at random."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.envs.maze.config import MazeConfig

OFFSETS = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)], np.int32)
"""Row and column offsets of the neighbour in each direction: north, east, south, west."""


class Layouts(NamedTuple):
    """`M` mazes of one size `S` with `O` objects.

    Attributes:
        walls: `[M, S, S]` bits of the closed sides of each cell: 1 north, 2 east, 4 south, 8 west.
        object_map: `[M, S, S]` number of the object in each cell, plus 1; 0 = none.
        object_cells: `[M, O, 2]` row and column of each object.
        cue: `[M, C]` digits.
        floor: `[M, S, S]` colour of each cell.
        goals: `[M, O]` objects that may be goals when an episode starts.
    """

    walls: Any
    object_map: Any
    object_cells: Any
    cue: Any
    floor: Any
    goals: Any

    @property
    def mazes(self) -> int:
        """Number of mazes."""
        return self.walls.shape[0]


def draw_layouts(config: MazeConfig, count: int, rng: np.random.Generator, taken: Collection[int] = ()) -> Layouts:
    """Draw `count` mazes with different cues.

    Args:
        config: the environment's parameters.
        count: number of mazes.
        rng: source of randomness.
        taken: cues that must not occur, as numbers (`cue_numbers`).

    Raises:
        UserError: there are not that many cues.
    """
    size = config.size
    cells = rng.permuted(np.tile(np.arange(size * size), (count, 1)), axis=1)[:, : config.objects]
    object_cells = np.stack(np.divmod(cells, size), axis=-1).astype(np.int32)
    object_map = np.zeros((count, size * size), np.int32)
    np.put_along_axis(object_map, cells, np.arange(1, config.objects + 1, dtype=np.int32)[None], axis=1)
    return Layouts(
        walls=_walls(config, count, rng),
        object_map=object_map.reshape(count, size, size),
        object_cells=object_cells,
        cue=_cues(config, count, rng, taken),
        floor=rng.integers(0, config.symbols, (count, size, size), dtype=np.int32),
        goals=np.ones((count, config.objects), bool),
    )


def cue_numbers(layouts: Layouts, config: MazeConfig) -> np.ndarray:
    """Return each maze's cue as one number `[M]`."""
    return np.asarray(layouts.cue, np.int64) @ config.symbols ** np.arange(config.digits)


def _cues(config: MazeConfig, count: int, rng: np.random.Generator, taken: Collection[int]) -> np.ndarray:
    if count + len(taken) > config.cues:
        given = f"{config.digits} digits of {config.symbols} symbols make {config.cues} cues"
        raise UserError(f"{given}, and {count + len(taken)} mazes need one each: raise digits or symbols")
    chosen: dict[int, None] = {}
    while len(chosen) < count:
        drawn = rng.integers(0, config.cues, 2 * (count - len(chosen)) + 8)
        chosen |= dict.fromkeys(number for number in drawn.tolist() if number not in taken)
    numbers = np.array(list(chosen)[:count], np.int64)
    return (numbers[:, None] // config.symbols ** np.arange(config.digits) % config.symbols).astype(np.int32)


def _walls(config: MazeConfig, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return closed sides: the outer ones, and a random part of the inner ones outside a random spanning tree."""
    size = config.size
    closed = np.zeros((count, size, size), np.int32)
    closed[:, 0] |= 1
    closed[:, :, -1] |= 2
    closed[:, -1] |= 4
    closed[:, :, 0] |= 8
    if config.wall_density == 0:
        return closed
    shut = ~_spanning_trees(size, count, rng) & (rng.random((count, len(_edges(size)))) < config.wall_density)
    for edge, (row, column, direction) in enumerate(_edges(size)):
        down, right = OFFSETS[direction]
        closed[:, row, column] |= shut[:, edge] << direction
        closed[:, row + down, column + right] |= shut[:, edge] << (direction + 2) % 4
    return closed


def _edges(size: int) -> list[tuple[int, int, int]]:
    """Return the inner sides as row, column and direction, each once: to the east, then to the south."""
    east = [(row, column, 1) for row in range(size) for column in range(size - 1)]
    return east + [(row, column, 2) for row in range(size - 1) for column in range(size)]


def _spanning_trees(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return the edges `[count, E]` of each maze's minimum spanning tree for random weights (Prim, 1957)."""
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
