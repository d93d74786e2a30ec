"""In-context episodes: trials in a maze that is met once, whose last goal came into view in an earlier trial."""

from __future__ import annotations

import numpy as np

from tolman.core.assemble import prepend, take_rows, tree_map
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.worlds.mazes.episodes import ExpertEpisodes, experiences, run_expert
from tolman.worlds.mazes.levels import Levels, choose, draw_starts, fresh_levels, replace_impossible, single_trials

_FEWEST = 4
"""Episodes that are drawn at once, at least: the matched control takes its context from the others' mazes."""


def draw_in_context(
    levels: Levels,
    rng: np.random.Generator,
    count: int,
    *,
    context_trials: int,
    related: bool,
    noise: float,
    length: int,
) -> Corpus:
    """Draw episodes of `context_trials` trials and one more, whose actions alone are targets.

    One of the earlier trials has the last one's goal in view; of the others about half are in the same maze and the
    rest in another one. The matched control (`related=False`) has earlier trials in other mazes only.
    """
    drawn = max(count, _FEWEST)
    fresh, own = fresh_levels(levels, drawn, rng), np.arange(drawn)
    support = _random_trials(fresh, own, rng, noise)
    passed = choose(support.revealed & fresh.possible, rng)
    goals = np.where(rng.random(drawn) < 0.5, support.goals, passed)
    last = run_expert(fresh, single_trials(own, goals, draw_starts(fresh, own, goals, rng)), noise, rng)
    others = [
        _random_trials(fresh, np.where(rng.random(drawn) < 0.5, own, (own + 1) % drawn), rng, noise)
        for _ in range(context_trials - 1)
    ]
    context = _shuffled([experiences(e.trials, length, learned=False) for e in (support, *others)], rng)
    if not related:
        # Two mazes on, since trials of the next maze are in this episode's own context.
        context = take_rows(context, (own + 2) % drawn)
    episodes = prepend(context, experiences(last.trials, length))
    return _corpus(take_rows(episodes, own[:count]))


def _random_trials(levels: Levels, mazes: np.ndarray, rng: np.random.Generator, noise: float) -> ExpertEpisodes:
    goals = replace_impossible(levels, mazes, rng.integers(levels.goals.shape[1], size=len(mazes)))
    return run_expert(levels, single_trials(mazes, goals, draw_starts(levels, mazes, goals, rng)), noise, rng)


def _shuffled(parts: list[Experiences], rng: np.random.Generator) -> Experiences:
    """Return experiences `[n, T]` as `[n, k, T]`, each row's in an order of its own."""
    n, k = parts[0].valid.shape[0], len(parts)
    order = rng.permuted(np.tile(np.arange(k), (n, 1)), axis=1)
    mix = lambda *leaves: np.stack(leaves, axis=1)[np.arange(n)[:, None], order]  # noqa: E731
    first, *rest = (part._asdict() for part in parts)
    return Experiences(**tree_map(mix, first, *rest))


def _corpus(rows: Experiences) -> Corpus:
    n = len(rows.valid)
    nothing, empty = np.full(rows.valid.shape, NONE, np.int32), np.full((n, 1), NONE, np.int32)
    return Corpus(rows, np.zeros(n, np.int32), cue=nothing, fact=nothing, supports=empty, topics=empty)
