"""Tasks to practise by reward: trained goals in the persistent mazes, and several goals in mazes met once."""

from __future__ import annotations

import functools

import numpy as np

from tolman.core.world import TaskSampler
from tolman.envs.environment import TaskBatch
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.layout import Layouts
from tolman.worlds.mazes.levels import Cast, draw_starts, fresh, reachable, tasks_at

_MAZES = 256


def task_samplers(cast: Cast, trials: int) -> dict[str, TaskSampler]:
    """By kind: `practice`, for trained goals from the starts that `cast` has; `long-practice`; and its unrelated twin.

    A long one has so many trials, for one object or two.
    """
    return {
        "task": functools.partial(_episodes, cast),
        "multi-trial": functools.partial(_lessons, cast, trials, True),
        "multi-trial-unrelated": functools.partial(_lessons, cast, trials, False),
    }


def _episodes(cast: Cast, rng: np.random.Generator, n: int) -> TaskBatch:
    pairs = np.argwhere((cast.goals & cast.possible)[: cast.trained])
    mazes, goals = pairs[rng.integers(len(pairs), size=n)].T
    inside = Layouts(*(leaf[: cast.trained] for leaf in cast.place.layouts))
    place = MazeEnvironment(inside, cast.place.dials, cast.trained)
    return TaskBatch(place, tasks_at(mazes, goals, draw_starts(cast, mazes, goals, rng)))


def _lessons(cast: Cast, trials: int, related: bool, rng: np.random.Generator, n: int) -> TaskBatch:
    """Trials with a goal each, in one fresh maze; unrelated ones are in another maze every time."""
    mazes = fresh(cast, _MAZES, rng)
    first = rng.integers(_MAZES, size=(n, 1))
    place = (first + (np.zeros(trials, int) if related else np.arange(trials))) % _MAZES
    # One object or two: with more, an agent that explores has rarely met the later goals before.
    pair = rng.permuted(np.tile(np.arange(cast.place.dials.objects), (n, 1)), axis=1)[:, :2]
    order = rng.integers(2, size=(n, trials)) * rng.integers(2, size=(n, 1))
    goals = reachable(mazes, place, np.take_along_axis(pair, order, axis=1))
    starts = np.stack([draw_starts(mazes, place[:, k], goals[:, k], rng) for k in range(trials)], axis=1)
    return TaskBatch(mazes.place, MazeTask(place.astype(np.int32), goals.astype(np.int32), starts, np.zeros(n, bool)))
