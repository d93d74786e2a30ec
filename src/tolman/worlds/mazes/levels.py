"""Which mazes a world has, which objects are goals there, and who starts where: all choices of an instance."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.envs.maze.config import Maze
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.expert_trials import Guide, guide
from tolman.envs.maze.layout import cue_numbers, draw_layouts


class Cast(NamedTuple):
    """The persistent mazes: those trained in, then those held out.

    Attributes:
        place: all of them.
        knowledge: the expert's.
        trained: how many are trained in.
        starts: `[M, O, S, S, H]` from where each object can be a goal: out of view of it and within reach.
    """

    place: MazeEnvironment
    knowledge: Guide
    trained: int
    starts: np.ndarray

    @property
    def goals(self) -> np.ndarray:
        """`[M, O]` which objects are goals in training."""
        return self.place.layouts.goals

    @property
    def possible(self) -> np.ndarray:
        """`[M, O]` which objects can be goals, as there is somewhere to start from."""
        return np.any(self.starts, axis=(2, 3, 4))


def draw_cast(dials: Maze, trained: int, held_out: int, latent: int, rng: np.random.Generator) -> Cast:
    """Mazes in each of which `latent` objects are never goals; every object is latent in about as many.

    Raises:
        UserError: from everywhere in a maze all its goals are in view, or too far away.
    """
    layouts = draw_layouts(dials, trained + held_out, rng)
    order = np.resize(np.arange(dials.objects), (layouts.mazes * latent,)).reshape(layouts.mazes, latent)
    hidden = rng.permutation(dials.objects)[order]
    goals = np.ones(layouts.goals.shape, bool)
    np.put_along_axis(goals, hidden, False, axis=1)
    cast = cast_of(MazeEnvironment(layouts._replace(goals=goals), dials, trained), trained)
    if not (cast.goals & cast.possible).any(axis=1).all():
        raise UserError(
            f"in some maze no goal is ever out of view and within reach: maze.size is {dials.size}, maze.view "
            f"{dials.view} and maze.limit {dials.limit}; raise size or limit, or lower view"
        )
    return cast


def cast_of(place: MazeEnvironment, trained: int) -> Cast:
    """What is known of given mazes."""
    knowledge = guide(place)
    near = (knowledge.far > 0) & (knowledge.far <= place.max_steps)
    return Cast(place, knowledge, trained, _blind(place) & near)


def fresh(cast: Cast, count: int, rng: np.random.Generator) -> Cast:
    """Mazes that are none of the persistent ones, as their cues show; every object may be a goal."""
    taken = set(cue_numbers(cast.place.layouts, cast.place.dials).tolist())
    layouts = draw_layouts(cast.place.dials, count, rng, taken)
    return cast_of(MazeEnvironment(layouts, cast.place.dials), count)


def _blind(place: MazeEnvironment) -> np.ndarray:
    """Whether each object is out of view from there, by distance alone: on the safe side, as walls hide more."""
    dials, reach = place.dials, place.dials.view // 2
    cells = np.stack(np.meshgrid(np.arange(dials.size), np.arange(dials.size), indexing="ij"), axis=-1)
    apart = abs(cells - np.asarray(place.layouts.places)[:, :, None, None]).max(axis=-1) > reach
    return np.repeat(apart[..., None], dials.headings, axis=-1)


def tasks_at(mazes: np.ndarray, goals: np.ndarray, starts: np.ndarray, masked: bool = False) -> MazeTask:
    """Tasks of one trial: mazes `[n]`, goals `[n]` and starts `[n, 3]`."""
    whole = lambda x: np.asarray(x, np.int32)  # noqa: E731
    return MazeTask(whole(mazes)[:, None], whole(goals)[:, None], whole(starts)[:, None], np.full(len(mazes), masked))


def one_of(allowed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A column `[n]` that is allowed in each row `[n, k]`, uniformly; 0 where none is."""
    return np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)


def reachable(cast: Cast, mazes: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """The same goals, save that those which cannot be any make way for their maze's first that can."""
    return np.where(cast.possible[mazes, goals], goals, cast.possible[mazes].argmax(axis=-1))


def draw_starts(cast: Cast, mazes: np.ndarray, goals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A start `[n, 3]` for each maze and goal; `NONE` where there is none."""
    allowed = cast.starts[mazes, goals]
    flat = allowed.reshape(len(mazes), math.prod(allowed.shape[1:]))
    starts = np.stack(np.unravel_index(one_of(flat, rng), allowed.shape[1:]), axis=1).astype(np.int32)
    return np.where(np.any(flat, axis=1, keepdims=True), starts, NONE)


def numbered(cast: Cast, mazes: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """One number for each question, `to find that object in that maze`."""
    return (mazes * cast.place.dials.objects + goals).astype(np.int32)
