"""Episodes as experiences: what is imitated, what memory holds, and what supports what."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.envs.maze.environment import MazeTask
from tolman.envs.maze.expert_trials import Trials, walk
from tolman.worlds.mazes.levels import Cast, draw_starts, numbered, one_of, tasks_at

_TRIES = 200


class Episodes(NamedTuple):
    """`n` trials of the expert with their tasks; `sees[n, O]` says which objects each had in view."""

    tasks: MazeTask
    trials: Trials
    sees: np.ndarray


def walked(cast: Cast, tasks: MazeTask, noise: float, rng: np.random.Generator) -> Episodes:
    """The expert's episodes at tasks of one trial."""
    trials = walk(cast.place, cast.knowledge, tasks, noise, int(rng.integers(2**31)))
    return Episodes(tasks, trials, np.any(trials.seen & trials.valid[..., None], axis=1))


def draw_episodes(cast: Cast, count: int, supports: int, noise: float, rng: np.random.Generator) -> Episodes:
    """`count` episodes in each maze, to goals of training, in the order of the mazes.

    Drawn until every object was in view in at least `supports` episodes of each maze.

    Raises:
        UserError: that does not happen, since there are too few episodes or the view is too small.
    """
    mazes = np.repeat(np.arange(cast.goals.shape[0]), count)
    found = walked(cast, _tasks(cast, mazes, rng), noise, rng)
    for _ in range(_TRIES):
        sees = found.sees.reshape(-1, count, found.sees.shape[1])
        if (sees.sum(axis=1) >= supports).all():
            return found
        again = _redrawn(sees, supports, rng).ravel()
        if again.any():
            found = _replaced(found, again, walked(cast, _tasks(cast, mazes[again], rng), noise, rng))
    raise UserError(
        f"after {_TRIES} draws some object is still in view in fewer than {supports} of a maze's {count} episodes; "
        f"raise episodes or maze.view, or lower supports"
    )


def _redrawn(sees: np.ndarray, supports: int, rng: np.random.Generator) -> np.ndarray:
    """Which episodes `[M, E]` to draw again: in unfinished mazes, those without which no object falls short."""
    short = sees.sum(axis=1) < supports  # [M, O]
    needed = (sees & (sees.sum(axis=1, keepdims=True) <= supports)).any(axis=2)
    return short.any(axis=1)[:, None] & ~needed & (rng.random(needed.shape) < 0.5)


def _tasks(cast: Cast, mazes: np.ndarray, rng: np.random.Generator) -> MazeTask:
    goals = one_of((cast.goals & cast.possible)[mazes], rng)
    return tasks_at(mazes, goals, draw_starts(cast, mazes, goals, rng))


def _replaced(old: Episodes, where: np.ndarray, new: Episodes) -> Episodes:
    def put(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a = a.copy()
        a[where] = b
        return a

    tasks = MazeTask(*map(put, old.tasks, new.tasks))
    return Episodes(tasks, Trials(*map(put, old.trials, new.trials)), put(old.sees, new.sees))


def experiences(trials: Trials, length: int, learned: bool = True) -> Experiences:
    """Trials as rows of `length` steps; every action of the expert's is a target if they are to be learned."""
    cut = Trials(*(leaf[:, :length] for leaf in trials))
    steps = {
        "input": cut.input,
        "label": cut.label[..., None],
        "steps_to_reward": cut.steps_to_reward,
        "features": cut.features,
    }
    weight = (cut.valid & (cut.label != NONE) & learned).astype(np.float32)
    return Experiences(steps, weight, cut.valid, np.zeros(cut.valid.shape, np.int32))


def as_corpus(cast: Cast, episodes: Episodes, kind: np.ndarray, length: int, most: int) -> Corpus:
    """Episodes as a corpus; at most `most` supports of each, episodes of its maze in which its goal is in view."""
    rows = experiences(episodes.trials, length)
    mazes, goals = episodes.tasks.mazes[:, 0], episodes.tasks.goals[:, 0]
    asked = np.where(rows.weight > 0, numbered(cast, mazes, goals)[:, None], NONE).astype(np.int32)
    own = np.arange(len(mazes))
    return Corpus(
        experiences=rows,
        kind=kind.astype(np.int32),
        cue=asked,
        fact=asked,
        supports=supporting(episodes, mazes, goals, most, own),
        topics=mazes[:, None].astype(np.int32),
    )


def supporting(
    episodes: Episodes, mazes: np.ndarray, goals: np.ndarray, most: int, own: np.ndarray | None = None
) -> np.ndarray:
    """Rows `[m, most]` of episodes in those mazes that had those objects in view, evenly chosen, `NONE`-padded."""
    out = np.full((len(mazes), most), NONE, np.int32)
    by_maze = {int(maze): np.flatnonzero(episodes.tasks.mazes[:, 0] == maze) for maze in np.unique(mazes)}
    for i, (maze, goal) in enumerate(zip(mazes.tolist(), goals.tolist(), strict=True)):
        rows = by_maze[maze]
        rows = rows[episodes.sees[rows, goal] & (rows != (NONE if own is None else own[i]))]
        kept = rows[np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(int)] if len(rows) else rows
        out[i, : len(kept)] = kept
    return out
