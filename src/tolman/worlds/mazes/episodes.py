"""The expert's episodes as experiences: targets of imitation, contents of memory, and supports of questions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.core.assemble import take_rows
from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.encoding import part_slices
from tolman.envs.maze.environment import MazeTask
from tolman.envs.maze.expert_trials import ExpertTrials, expert_trials
from tolman.worlds.mazes.levels import Levels, choose, draw_starts, fact_ids, single_trials

_TRIES = 200


class ExpertEpisodes(NamedTuple):
    """`n` trials of the expert with their tasks; `revealed[n, O]` are the objects that came into view in each."""

    tasks: MazeTask
    trials: ExpertTrials
    revealed: np.ndarray

    @property
    def mazes(self) -> np.ndarray:
        """`[n]` index of the maze."""
        return self.tasks.mazes[:, 0]

    @property
    def goals(self) -> np.ndarray:
        """`[n]` object that was the goal."""
        return self.tasks.goals[:, 0]


def run_expert(levels: Levels, tasks: MazeTask, noise: float, rng: np.random.Generator) -> ExpertEpisodes:
    """Return the expert's episodes at tasks of one trial."""
    trials = expert_trials(levels.environment, levels.expert, tasks, noise=noise, seed=int(rng.integers(2**31)))
    return ExpertEpisodes(tasks, trials, np.any(trials.revealed & trials.valid[..., None], axis=1))


def draw_episodes(
    levels: Levels, rng: np.random.Generator, *, count: int, min_supports: int, noise: float
) -> ExpertEpisodes:
    """Draw `count` episodes in each maze, to goals of training, in the order of the mazes.

    Some are redrawn until every object comes into view in at least `min_supports` episodes of each maze.

    Raises:
        UserError: that does not happen, as there are too few episodes or the view is too small.
    """
    mazes = np.repeat(np.arange(levels.goals.shape[0]), count)
    found = run_expert(levels, _tasks(levels, mazes, rng), noise, rng)
    for _ in range(_TRIES):
        revealed = found.revealed.reshape(-1, count, found.revealed.shape[1])
        if (revealed.sum(axis=1) >= min_supports).all():
            return found
        again = _redrawn(revealed, min_supports, rng).ravel()
        if again.any():
            found = _replaced(found, again, run_expert(levels, _tasks(levels, mazes[again], rng), noise, rng))
    raise UserError(
        f"after {_TRIES} draws some object is still in view in fewer than {min_supports} of a maze's {count} episodes; "
        f"raise episodes or maze.view_size, or lower min_supports"
    )


def _redrawn(revealed: np.ndarray, min_supports: int, rng: np.random.Generator) -> np.ndarray:
    """Return the episodes `[M, E]` to draw again: in unfinished mazes, those without which no object falls short."""
    short = revealed.sum(axis=1) < min_supports  # [M, O]
    needed = (revealed & (revealed.sum(axis=1, keepdims=True) <= min_supports)).any(axis=2)
    return short.any(axis=1)[:, None] & ~needed & (rng.random(needed.shape) < 0.5)


def _tasks(levels: Levels, mazes: np.ndarray, rng: np.random.Generator) -> MazeTask:
    goals = choose((levels.goals & levels.possible)[mazes], rng)
    return single_trials(mazes, goals, draw_starts(levels, mazes, goals, rng))


def _replaced(old: ExpertEpisodes, where: np.ndarray, new: ExpertEpisodes) -> ExpertEpisodes:
    def put(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a = a.copy()
        a[where] = b
        return a

    tasks = MazeTask(*map(put, old.tasks, new.tasks))
    return ExpertEpisodes(tasks, ExpertTrials(*map(put, old.trials, new.trials)), put(old.revealed, new.revealed))


def experiences(trials: ExpertTrials, length: int, learned: bool = True) -> Experiences:
    """Return trials as rows of `length` steps; with `learned`, every action of the expert is a target."""
    cut = ExpertTrials(*(leaf[:, :length] for leaf in trials))
    steps = {
        "input": cut.input,
        "label": cut.label[..., None],
        "steps_to_reward": cut.steps_to_reward,
        "features": cut.features,
    }
    weight = (cut.valid & (cut.label != NONE) & learned).astype(np.float32)
    return Experiences(steps, weight, cut.valid, np.zeros(cut.valid.shape, np.int32))


def as_corpus(levels: Levels, episodes: ExpertEpisodes, kind: np.ndarray, *, length: int, max_supports: int) -> Corpus:
    """Return episodes as a corpus; the supports of each are episodes of its maze in which its goal comes into view."""
    rows, mazes, goals = experiences(episodes.trials, length), episodes.mazes, episodes.goals
    asked = np.where(rows.weight > 0, fact_ids(levels, mazes, goals)[:, None], NONE).astype(np.int32)
    return Corpus(
        experiences=rows,
        kind=kind.astype(np.int32),
        cue=asked,
        fact=asked,
        supports=find_supports(episodes, mazes, goals, max_supports=max_supports, exclude=np.arange(len(mazes))),
        topics=mazes[:, None].astype(np.int32),
    )


def draw_goal_masked(config: MazeConfig, corpus: Corpus, rng: np.random.Generator, count: int) -> Corpus:
    """Draw episodes of trained mazes from the corpus, with the goal hidden at every step, so that no fact is asked."""
    chosen = rng.choice(np.flatnonzero(corpus.kind == 0), size=count)
    rows = take_rows(corpus.experiences, chosen)
    seen = rows.steps["input"].copy()
    seen[..., part_slices(config)["goal"]] = 0
    hidden = rows._replace(steps={**rows.steps, "input": seen})
    unasked = np.full_like(corpus.fact[chosen], NONE)
    return Corpus(
        experiences=hidden,
        kind=np.zeros(count, np.int32),
        cue=unasked,
        fact=unasked,
        supports=corpus.supports[chosen],
        topics=corpus.topics[chosen],
    )


def find_supports(
    episodes: ExpertEpisodes,
    mazes: np.ndarray,
    goals: np.ndarray,
    *,
    max_supports: int,
    exclude: np.ndarray | None = None,
) -> np.ndarray:
    """Return episodes in those mazes in which those objects come into view.

    Args:
        episodes: all of them.
        mazes: `[m]` mazes.
        goals: `[m]` objects.
        max_supports: number of columns; more supports are thinned out evenly.
        exclude: `[m]` an episode that is none of the question's supports.

    Returns:
        Rows `[m, max_supports]`, padded with `NONE`.
    """
    out = np.full((len(mazes), max_supports), NONE, np.int32)
    by_maze = {int(maze): np.flatnonzero(episodes.mazes == maze) for maze in np.unique(mazes)}
    for i, (maze, goal) in enumerate(zip(mazes.tolist(), goals.tolist(), strict=True)):
        rows = by_maze[maze]
        rows = rows[episodes.revealed[rows, goal] & (rows != (NONE if exclude is None else exclude[i]))]
        thinned = np.linspace(0, len(rows) - 1, min(max_supports, len(rows))).astype(int)
        kept = rows[thinned] if len(rows) else rows
        out[i, : len(kept)] = kept
    return out
