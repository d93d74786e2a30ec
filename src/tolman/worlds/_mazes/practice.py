"""Tasks to practise by reward: trained goals in the persistent mazes, and several goals in mazes met once."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

from ...core.environment import ActingTest, Practice, Practices, Tasks
from .cast import Cast, draw_starts, fresh, reachable, tasks_at
from .layout import Layouts
from .navigation import Navigation

_MAZES = 256


def practices(cast: Cast, tests: Iterable[ActingTest], trials: int) -> dict[str, Practices]:
    """By kind: `practice`, never from a start that a test asks from; `long-practice`; and its unrelated twin.

    A long one has so many trials, each with a goal of its own.
    """
    free = ~_asked(cast, tests) & cast.goals[:, :, None, None, None]
    return {
        "practice": functools.partial(_episodes, cast, free),
        "long-practice": functools.partial(_lessons, cast, trials, True),
        "unrelated-long-practice": functools.partial(_lessons, cast, trials, False),
    }


def _asked(cast: Cast, tests: Iterable[ActingTest]) -> np.ndarray:
    """Which goals `[M, O, S, S, H]` are asked for from which starts."""
    out = np.zeros(cast.starts.shape, bool)
    for test in tests:
        out[test.tasks.place[:, 0], test.tasks.goals[:, 0], *test.tasks.starts[:, 0].T] = True
    return out


def _episodes(cast: Cast, free: np.ndarray, rng: np.random.Generator, n: int) -> Practice:
    possible = np.any(free & cast.starts, axis=(2, 3, 4))[: cast.trained]
    pairs = np.argwhere(possible)
    mazes, goals = pairs[rng.integers(len(pairs), size=n)].T
    inside = Layouts(*(leaf[: cast.trained] for leaf in cast.place.layouts))
    starts = draw_starts(cast, mazes, goals, rng, free)
    return Practice(Navigation(inside, cast.place.dials), tasks_at(mazes, goals, starts))


def _lessons(cast: Cast, trials: int, related: bool, rng: np.random.Generator, n: int) -> Practice:
    """Trials with a goal each, in one fresh maze; unrelated ones are in another maze every time."""
    mazes = fresh(cast, _MAZES, rng)
    first = rng.integers(_MAZES, size=(n, 1))
    place = (first + (np.zeros(trials, int) if related else np.arange(trials))) % _MAZES
    # One object or two: with more, an agent that explores has rarely met the later goals before.
    pair = rng.permuted(np.tile(np.arange(cast.place.dials.objects), (n, 1)), axis=1)[:, :2]
    order = rng.integers(2, size=(n, trials)) * rng.integers(2, size=(n, 1))
    goals = reachable(mazes, place, np.take_along_axis(pair, order, axis=1))
    starts = np.stack([draw_starts(mazes, place[:, k], goals[:, k], rng) for k in range(trials)], axis=1)
    return Practice(mazes.place, Tasks(place.astype(np.int32), goals.astype(np.int32), starts, np.zeros(n, bool)))
