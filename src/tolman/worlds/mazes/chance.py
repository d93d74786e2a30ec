"""Chance levels of navigation without knowledge, computed exactly."""

from __future__ import annotations

import numpy as np

from tolman.envs.maze.environment import MazeEnvironment
from tolman.envs.maze.expert import successors


def random_walk(environment: MazeEnvironment, questions: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return the probability `[m]` that uniformly random actions reach the goal within `allowed[m]` actions.

    Args:
        environment: the mazes.
        questions: `[m, 5]` rows of maze, goal, and the start's row, column and heading.
        allowed: `[m]` actions that count as soon enough.
    """
    next_states = np.asarray(successors(environment.params))
    start, goal = _states(environment, questions)
    mass = np.eye(next_states.shape[1])[start]
    reached, found = np.zeros(len(questions)), np.zeros(len(questions))
    for time in range(1, int(allowed.max(initial=0)) + 1):
        mass = _diffused(mass, next_states[questions[:, 0]])
        reached += (mass * goal).sum(axis=1)
        mass = mass * ~goal
        found = np.where(allowed == time, reached, found)
    return found


def constant_action(environment: MazeEnvironment, questions: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return whether the best single action, repeated, reaches each goal within `allowed[m]`, as 0 and 1 `[m]`."""
    next_states = np.asarray(successors(environment.params))
    start, goal = _states(environment, questions)
    reached = []
    for action in range(environment.num_actions):
        at, hit = start, np.zeros(len(questions), bool)
        for time in range(1, int(allowed.max(initial=0)) + 1):
            at = next_states[questions[:, 0], at, action]
            hit |= goal[np.arange(len(questions)), at] & (time <= allowed)
        reached.append(hit)
    return max(reached, key=lambda hit: hit.mean()).astype(float)


def _states(environment: MazeEnvironment, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each start `[m]`, and the states `[m, n]` that are at the goal."""
    size, headings = environment.config.size, environment.config.headings
    start = (questions[:, 2] * size + questions[:, 3]) * headings + questions[:, 4]
    row, column = np.asarray(environment.layouts.object_cells)[questions[:, 0], questions[:, 1]].T
    cell = np.arange(size * size * headings) // headings
    return start, cell == (row * size + column)[:, None]


def _diffused(mass: np.ndarray, next_states: np.ndarray) -> np.ndarray:
    """Return the probability of each state after one random action."""
    moved = np.zeros_like(mass)
    rows = np.broadcast_to(np.arange(len(mass))[:, None, None], next_states.shape)
    np.add.at(moved, (rows, next_states), mass[..., None] / next_states.shape[-1])
    return moved
