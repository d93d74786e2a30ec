"""Questions of the tests: goals and starts, chosen before anything is trained, so that training avoids those starts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.worlds.mazes.levels import Levels, choose


class MazeQuestions(NamedTuple):
    """Rows `[m, 5]` of maze, goal, row, column and heading.

    Attributes:
        explicit: goals of training.
        latent: objects of the same mazes that are never goals in training.
        held_out: all objects of the held-out mazes.
    """

    explicit: np.ndarray
    latent: np.ndarray
    held_out: np.ndarray


def draw_questions(levels: Levels, items: int, rng: np.random.Generator) -> MazeQuestions:
    """Draw at most `items` questions of each kind, evenly over mazes and goals.

    Raises:
        UserError: goals of training have too few starts to keep one from training.
    """
    inside = (np.arange(len(levels.goals)) < levels.trained)[:, None]
    kinds = levels.goals & inside, ~levels.goals & inside, np.broadcast_to(~inside, levels.goals.shape)
    found = MazeQuestions(*(_draw(levels, objects, items, rng) for objects in kinds))
    if not len(found.explicit) or not len(found.latent):
        raise UserError("no object can be asked for from a start that training can do without: raise maze.size")
    return found


def without_starts(levels: Levels, questions: MazeQuestions) -> Levels:
    """Return the same mazes without the starts of those questions."""
    starts = levels.starts.copy()
    for rows in questions:
        starts[tuple(rows.T)] = False
    return levels._replace(starts=starts)


def other_latent(levels: Levels, latent: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return latent questions with another latent object of the maze in place of the goal, and the goals `[m]`.

    Questions whose start is within view of every other such object, or out of its reach, are left out.
    """
    allowed = ~levels.goals[latent[:, 0]] & levels.starts[latent[:, 0], :, *latent[:, 2:].T]
    allowed[np.arange(len(latent)), latent[:, 1]] = False
    kept = allowed.any(axis=1)
    others = latent.copy()
    others[:, 1] = choose(allowed, rng)
    return others[kept], latent[kept, 1]


def _draw(levels: Levels, objects: np.ndarray, items: int, rng: np.random.Generator) -> np.ndarray:
    """Return questions `[m, 5]` about those objects `[M, O]`, in the order of the mazes."""
    pairs = rng.permutation(np.argwhere(objects))
    possible = levels.starts[tuple(pairs.T)].reshape(len(pairs), math.prod(levels.starts.shape[2:]))
    each = np.bincount(np.resize(np.arange(len(pairs)), items if len(pairs) else 0), minlength=len(pairs))
    # Half of an object's starts at most, so that it can still be trained.
    each = np.minimum(each, possible.sum(axis=1) // 2)
    order = np.where(possible, rng.random(possible.shape), 2.0).argsort(axis=1).argsort(axis=1)
    pair, start = np.nonzero(order < each[:, None])
    rows = np.stack([*pairs[pair].T, *np.unravel_index(start, levels.starts.shape[2:])], axis=1)
    return np.unique(rows, axis=0)
