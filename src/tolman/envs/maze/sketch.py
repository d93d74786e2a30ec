"""What a record keeps of mazes and of walks in them, and scenes made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tolman.core.config import canonical, from_canonical
from tolman.envs.maze.config import Maze
from tolman.envs.maze.dynamics import Params, State
from tolman.envs.maze.geometry import Scene
from tolman.envs.maze.layout import Layouts


def sketched(params: Params, mazes: Sequence[int]) -> dict[str, Any]:
    """Some mazes as plain numbers: the dials, and each one's walls, objects and floor, by its number as text."""
    return {"dials": canonical(params.dials), "mazes": {str(maze): _maze(params.layouts, maze) for maze in mazes}}


def _maze(layouts: Layouts, maze: int) -> dict[str, Any]:
    parts = {"walls": layouts.walls, "places": layouts.places, "floor": layouts.floor}
    return {name: np.asarray(leaf[maze]).tolist() for name, leaf in parts.items()}


def scene(
    sketch: Mapping[str, Any],
    maze: int,
    goal: int,
    way: Sequence[Sequence[int]],
    earlier: Sequence[Sequence[Sequence[int]]] = (),
) -> Scene:
    """An agent at the end of its `way`, rows of row, column and heading, to an object of a sketched maze.

    Args:
        sketch: as `sketched` returns it.
        maze: its number there.
        goal: number of the object.
        way: from the start to where the agent is.
        earlier: cells of ways that were walked there before.
    """
    params = Params(_layouts(sketch["mazes"][str(maze)]), from_canonical(Maze, sketch["dials"]))
    cells = np.array(way, int).reshape(-1, 3)
    state = State(*map(np.asarray, (0, cells[-1, :2], cells[-1, 2], goal, len(cells) - 1, False)))  # pyright: ignore
    return Scene(params, state, cells[:, :2], earlier=earlier)


def _layouts(kept: Mapping[str, Any]) -> Layouts:
    walls, places, floor = (np.array(kept[name], int)[None] for name in ("walls", "places", "floor"))
    things = np.zeros(walls.shape, int)
    things[0, places[0, :, 0], places[0, :, 1]] = np.arange(1, places.shape[1] + 1)
    return Layouts(walls, things, places, np.zeros((1, 0), int), floor, np.ones(places.shape[:2], bool))
