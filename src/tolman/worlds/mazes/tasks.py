"""Tasks to learn from by reward: single trials in the persistent mazes, and multi-trial episodes in fresh ones."""

from __future__ import annotations

import functools

import numpy as np

from tolman.core.experience import NONE
from tolman.core.world import TaskSampler
from tolman.envs.environment import TaskBatch
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.layout import Layouts
from tolman.worlds.mazes.levels import Levels, draw_starts, fresh_levels, replace_impossible, single_trials

_MAZES = 256


def task_samplers(levels: Levels, trials: int, hidden: float) -> dict[str, TaskSampler]:
    """Return samplers by kind.

    `task` has one trial to a goal of training, from an allowed start; the fraction `hidden` hides its goal.
    `multi-trial` has `trials` trials in a fresh maze, to one object or two. `multi-trial-unrelated` is its matched
    control: every trial is in another maze.
    """
    return {
        "task": functools.partial(_tasks, levels, hidden),
        "multi-trial": functools.partial(_multi_trial, levels, trials, True),
        "multi-trial-unrelated": functools.partial(_multi_trial, levels, trials, False),
    }


def _tasks(levels: Levels, hidden: float, rng: np.random.Generator, n: int) -> TaskBatch:
    pairs = np.argwhere((levels.goals & levels.possible)[: levels.trained])
    mazes, goals = pairs[rng.integers(len(pairs), size=n)].T
    trained = Layouts(*(leaf[: levels.trained] for leaf in levels.environment.layouts))
    environment = MazeEnvironment(trained, levels.environment.config, levels.trained)
    starts = draw_starts(levels, mazes, goals, rng)
    shown = np.where(rng.random(n) < hidden, NONE, goals) if hidden else goals
    return TaskBatch(environment, single_trials(mazes, goals, starts, shown))


def _multi_trial(levels: Levels, trials: int, related: bool, rng: np.random.Generator, n: int) -> TaskBatch:
    fresh = fresh_levels(levels, _MAZES, rng)
    first = rng.integers(_MAZES, size=(n, 1))
    mazes = (first + (np.zeros(trials, int) if related else np.arange(trials))) % _MAZES
    # One object or two: with more, an agent that explores has rarely met the later goals before.
    pair = rng.permuted(np.tile(np.arange(fresh.environment.config.objects), (n, 1)), axis=1)[:, :2]
    order = rng.integers(2, size=(n, trials)) * rng.integers(2, size=(n, 1))
    goals = replace_impossible(fresh, mazes, np.take_along_axis(pair, order, axis=1))
    starts = np.stack([draw_starts(fresh, mazes[:, k], goals[:, k], rng) for k in range(trials)], axis=1)
    tasks = MazeTask(mazes.astype(np.int32), goals.astype(np.int32), starts, goals.astype(np.int32))
    return TaskBatch(fresh.environment, tasks)
