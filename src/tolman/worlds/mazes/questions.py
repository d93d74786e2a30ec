"""Which object is asked for from where: chosen before anything is trained, which then keeps off those starts."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.worlds.mazes.levels import Cast


class Questions(NamedTuple):
    """Rows of maze, goal, row, column and heading, `[m, 5]` each.

    Attributes:
        explicit: goals of training.
        latent: objects of the same mazes that are none.
        held_out: all objects of mazes that are known from memory only.
    """

    explicit: np.ndarray
    latent: np.ndarray
    held_out: np.ndarray


def draw_questions(cast: Cast, items: int, rng: np.random.Generator) -> Questions:
    """At most `items` of each kind, evenly over mazes and goals.

    Raises:
        UserError: goals of training have too few starts to keep one from training.
    """
    inside = (np.arange(len(cast.goals)) < cast.trained)[:, None]
    kinds = cast.goals & inside, ~cast.goals & inside, np.broadcast_to(~inside, cast.goals.shape)
    found = Questions(*(_some(cast, which, items, rng) for which in kinds))
    if not len(found.explicit) or not len(found.latent):
        raise UserError("no object can be asked for from a start that training can do without: raise maze.size")
    return found


def unasked(cast: Cast, questions: Questions) -> Cast:
    """The same mazes without the starts of those questions."""
    starts = cast.starts.copy()
    for rows in questions:
        starts[tuple(rows.T)] = False
    return cast._replace(starts=starts)


def _some(cast: Cast, which: np.ndarray, items: int, rng: np.random.Generator) -> np.ndarray:
    """Questions `[m, 5]` about those objects `[M, O]`, in the order of the mazes."""
    pairs = rng.permutation(np.argwhere(which))
    possible = cast.starts[tuple(pairs.T)].reshape(len(pairs), math.prod(cast.starts.shape[2:]))
    each = np.bincount(np.resize(np.arange(len(pairs)), items if len(pairs) else 0), minlength=len(pairs))
    # Half of an object's starts at most, so that it can still be trained.
    each = np.minimum(each, possible.sum(axis=1) // 2)
    order = np.where(possible, rng.random(possible.shape), 2.0).argsort(axis=1).argsort(axis=1)
    pair, start = np.nonzero(order < each[:, None])
    rows = np.stack([*pairs[pair].T, *np.unravel_index(start, cast.starts.shape[2:])], axis=1)
    return np.unique(rows, axis=0)
