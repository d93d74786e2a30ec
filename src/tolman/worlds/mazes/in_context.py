"""Lessons: episodes in a maze that is met once, whose last goal was in view earlier."""

from __future__ import annotations

import numpy as np

from tolman.core.assemble import prepend, take_rows, tree_map
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.worlds.mazes.episodes import Episodes, experiences, walked
from tolman.worlds.mazes.levels import Cast, draw_starts, fresh, one_of, reachable, tasks_at

_FEWEST = 4
"""Lessons that are drawn at once, at least: unrelated ones are told apart by the mazes of others."""


def draw_lessons(
    cast: Cast, count: int, past: int, related: bool, noise: float, length: int, rng: np.random.Generator
) -> Corpus:
    """`count` lessons of `past` trials and one more, whose actions alone bear loss.

    One of the earlier trials has the last one's goal in view; of the others about half are in the same maze, the rest
    in another. Unrelated lessons have earlier trials in other mazes only.
    """
    wanted, count = count, max(count, _FEWEST)
    mazes = fresh(cast, count, rng)
    own = np.arange(count)
    support = _trials(mazes, own, rng, noise)
    passed = one_of(support.sees & mazes.possible, rng)
    goals = np.where(rng.random(count) < 0.5, support.tasks.goals[:, 0], passed)
    last = walked(mazes, tasks_at(own, goals, draw_starts(mazes, own, goals, rng)), noise, rng)
    elsewhere = (own + 1) % count
    others = [_trials(mazes, np.where(rng.random(count) < 0.5, own, elsewhere), rng, noise) for _ in range(past - 1)]
    earlier = [experiences(e.trials, length, learned=False) for e in (support, *others)]
    context = _shuffled(earlier, rng)
    if not related:
        # Two mazes on, since the next one's trials stand among this lesson's own.
        context = take_rows(context, (own + 2) % count)
    lessons = prepend(context, experiences(last.trials, length))
    return _corpus(take_rows(lessons, own[:wanted]))


def _trials(cast: Cast, mazes: np.ndarray, rng: np.random.Generator, noise: float) -> Episodes:
    goals = reachable(cast, mazes, rng.integers(cast.goals.shape[1], size=len(mazes)))
    return walked(cast, tasks_at(mazes, goals, draw_starts(cast, mazes, goals, rng)), noise, rng)


def _shuffled(parts: list[Experiences], rng: np.random.Generator) -> Experiences:
    """Experiences `[n, T]` as `[n, k, T]`, each row's in an order of its own."""
    n, k = parts[0].valid.shape[0], len(parts)
    order = rng.permuted(np.tile(np.arange(k), (n, 1)), axis=1)
    mix = lambda *leaves: np.stack(leaves, axis=1)[np.arange(n)[:, None], order]  # noqa: E731
    first, *rest = (part._asdict() for part in parts)
    return Experiences(**tree_map(mix, first, *rest))


def _corpus(rows: Experiences) -> Corpus:
    n = len(rows.valid)
    nothing, empty = np.full(rows.valid.shape, NONE, np.int32), np.full((n, 1), NONE, np.int32)
    return Corpus(rows, np.zeros(n, np.int32), nothing, nothing, empty, empty)
