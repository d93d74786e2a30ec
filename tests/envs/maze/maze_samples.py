"""Mazes for tests, and the plainest possible versions of what the environment computes."""

from __future__ import annotations

from collections import deque

import jax
import numpy as np
from hypothesis import strategies as st

from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.dynamics import make_params
from tolman.envs.maze.state import MazeParams

ASIDE = [(-1, 0), (0, 1), (1, 0), (0, -1)]
"""North, east, south, west."""


def configs(**fixed) -> st.SearchStrategy[MazeConfig]:
    """Small environments of every kind."""
    free = {
        "size": st.integers(2, 6),
        "wall_density": st.sampled_from([0.0, 0.3, 0.7, 1.0]),
        "view_size": st.sampled_from([1, 3, 5]),
        "see_through": st.booleans(),
        "observe_position": st.booleans(),
        "actions": st.sampled_from(["four-way", "turn-move"]),
        "identified_by": st.sampled_from(["cue", "floor"]),
        "max_steps": st.integers(1, 12),
    }
    return st.fixed_dictionaries(free | {name: st.just(value) for name, value in fixed.items()}).flatmap(_with_objects)


def _with_objects(chosen: dict) -> st.SearchStrategy[MazeConfig]:
    return st.integers(2, min(8, chosen["size"] ** 2 - 1)).map(lambda objects: MazeConfig(objects=objects, **chosen))


def host(params: MazeParams) -> MazeParams:
    """The same mazes as NumPy arrays."""
    return MazeParams(jax.tree.map(np.asarray, params.layouts), params.config)


def drawn(config: MazeConfig, mazes: int = 3, seed: int = 0) -> MazeParams:
    return host(make_params(config, mazes, seed))


def moved(walls: np.ndarray, cell: tuple[int, int], direction: int) -> tuple[int, int]:
    """The cell that a step leads to in one maze `[S, S]`."""
    if walls[cell] & (1 << direction):
        return cell
    return cell[0] + ASIDE[direction][0], cell[1] + ASIDE[direction][1]


def after(walls: np.ndarray, heading: int, cell: tuple[int, int], action: int, turning: bool):
    """Cell and heading after an action."""
    if not turning:
        return moved(walls, cell, action), heading
    if action == 2:
        return moved(walls, cell, heading), heading
    return cell, (heading + (-1, 1)[action]) % 4


def fewest(walls: np.ndarray, target: tuple[int, int], start: tuple[int, int], heading: int, turning: bool) -> int:
    """Actions on a shortest path, by a search from its start."""
    queue, far = deque([(start, heading)]), {(start, heading): 0}
    while queue:
        cell, facing = here = queue.popleft()
        if cell == target:
            return far[here]
        for action in range(3 if turning else 4):
            there = after(walls, facing, cell, action, turning)
            if there not in far:
                far[there] = far[here] + 1
                queue.append(there)
    raise AssertionError(f"no path from {start} to {target}")


def reachable(walls: np.ndarray) -> int:
    """Cells that are joined to the first one."""
    seen, queue = {(0, 0)}, [(0, 0)]
    while queue:
        cell = queue.pop()
        new = {moved(walls, cell, direction) for direction in range(4)} - seen
        seen |= new
        queue += new
    return len(seen)


def seen_from(params: MazeParams, maze: int, cell: tuple[int, int], heading: int) -> np.ndarray:
    """The view's planes, cell by cell."""
    v, square = params.config.view_size, np.empty((params.config.view_size, params.config.view_size, 3), int)
    for i in range(v):
        for j in range(v):
            square[i, j] = _seen(params, maze, cell, heading, v // 2 - i, j - v // 2)
    return square


def _seen(params: MazeParams, maze: int, cell: tuple[int, int], heading: int, ahead: int, right: int) -> list[int]:
    (up, along), (down, across) = ASIDE[heading], ASIDE[(heading + 1) % 4]
    there = cell[0] + ahead * up + right * down, cell[1] + ahead * along + right * across
    if min(there) < 0 or max(there) >= params.config.size:
        return [0, -1, 0]
    layouts = params.layouts
    if not params.config.see_through and not _straight(layouts.walls[maze], cell, there):
        return [0, -1, 0]
    sides = sum(bool(layouts.walls[maze][there] & 1 << (heading + k) % 4) << k for k in range(4))
    return [layouts.object_map[maze][there], layouts.floor[maze][there], sides]


def _straight(walls: np.ndarray, here: tuple[int, int], there: tuple[int, int]) -> bool:
    """Whether a path without a detour joins two cells: one step nearer in either direction, and so on."""
    if here == there:
        return True
    ways = [d for d, (r, c) in enumerate(ASIDE) if (there[0] - here[0]) * r + (there[1] - here[1]) * c > 0]
    return any(_straight(walls, moved(walls, here, d), there) for d in ways if moved(walls, here, d) != here)
