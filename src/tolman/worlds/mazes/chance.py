"""What acting without knowledge would achieve, computed exactly."""

from __future__ import annotations

import numpy as np

from tolman.envs.maze.environment import MazeEnvironment
from tolman.envs.maze.expert import successors


def random_walk(place: MazeEnvironment, asked: np.ndarray, soon: np.ndarray) -> np.ndarray:
    """Probability `[m]` that uniformly random actions reach each goal within `soon` actions.

    `asked` has a row of maze, goal and start (row, column, heading) for each.
    """
    following = np.asarray(successors(place.params))
    start, goal = _states(place, asked)
    mass = np.eye(following.shape[1])[start]
    arrived, found = np.zeros(len(asked)), np.zeros(len(asked))
    for time in range(1, int(soon.max(initial=0)) + 1):
        mass = _spread(mass, following[asked[:, 0]])
        arrived += (mass * goal).sum(axis=1)
        mass = mass * ~goal
        found = np.where(soon == time, arrived, found)
    return found


def constant_action(place: MazeEnvironment, asked: np.ndarray, soon: np.ndarray) -> np.ndarray:
    """Whether the best single action, repeated, reaches each goal within `soon`, `[m]` of 0 and 1."""
    following = np.asarray(successors(place.params))
    start, goal = _states(place, asked)
    reached = []
    for action in range(place.num_actions):
        at, hit = start, np.zeros(len(asked), bool)
        for time in range(1, int(soon.max(initial=0)) + 1):
            at = following[asked[:, 0], at, action]
            hit |= goal[np.arange(len(asked)), at] & (time <= soon)
        reached.append(hit)
    return max(reached, key=lambda hit: hit.mean()).astype(float)


def _states(place: MazeEnvironment, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each start `[m]`, and which states `[m, n]` are at the goal."""
    size, headings = place.dials.size, place.dials.headings
    start = (asked[:, 2] * size + asked[:, 3]) * headings + asked[:, 4]
    row, column = np.asarray(place.layouts.places)[asked[:, 0], asked[:, 1]].T
    cell = np.arange(size * size * headings) // headings
    return start, cell == (row * size + column)[:, None]


def _spread(mass: np.ndarray, following: np.ndarray) -> np.ndarray:
    moved = np.zeros_like(mass)
    rows = np.arange(len(mass))[:, None, None]
    np.add.at(moved, (np.broadcast_to(rows, following.shape), following), mass[..., None] / following.shape[-1])
    return moved
