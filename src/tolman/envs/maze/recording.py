"""Mazes as plain data in records of trajectories, and scenes made from them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tolman.core.config import canonical, from_canonical
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.geometry import PATH, Scene
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.state import MazeParams, MazeState


def describe_layouts(params: MazeParams, mazes: Sequence[int]) -> dict[str, Any]:
    """Return some mazes as plain data.

    Returns:
        `config`, the environment's parameters, and `levels`: the walls, the objects' cells and the floor of each maze,
        by its number as text.
    """
    levels = {str(maze): _level(params.layouts, maze) for maze in mazes}
    return {"config": canonical(params.config), "levels": levels}


def recorded_scene(layouts: Mapping[str, Any], trajectory: Mapping[str, Any], colour: str = PATH) -> Scene:
    """Return a recorded trajectory as a scene, with the agent at its end.

    Args:
        layouts: a record's `result["trajectories"]["layouts"]`, as `describe_layouts` returns it.
        trajectory: one of its trajectories: `level`, `goal`, the `path` in rows of row, column and heading, and the
            paths of `retrieved` episodes in the same maze, rows of row and column.
        colour: of the path.
    """
    config = from_canonical(MazeConfig, layouts["config"])
    params = MazeParams(_layouts(layouts["levels"][str(trajectory["level"])]), config)
    path = np.array(trajectory["path"], int).reshape(-1, 3)
    parts = 0, path[-1, :2], path[-1, 2], trajectory["goal"], len(path) - 1, False
    state = MazeState(*map(np.asarray, parts))  # pyright: ignore
    return Scene(params, state, path[:, :2], colour, trajectory["retrieved"])


def _level(layouts: Layouts, maze: int) -> dict[str, Any]:
    parts = {"walls": layouts.walls, "object_cells": layouts.object_cells, "floor": layouts.floor}
    return {name: np.asarray(leaf[maze]).tolist() for name, leaf in parts.items()}


def _layouts(level: Mapping[str, Any]) -> Layouts:
    walls, cells, floor = (np.array(level[name], int)[None] for name in ("walls", "object_cells", "floor"))
    object_map = np.zeros(walls.shape, int)
    object_map[0, cells[0, :, 0], cells[0, :, 1]] = np.arange(1, cells.shape[1] + 1)
    return Layouts(
        walls=walls,
        object_map=object_map,
        object_cells=cells,
        cue=np.zeros((1, 0), int),
        floor=floor,
        goals=np.ones(cells.shape[:2], bool),
    )
