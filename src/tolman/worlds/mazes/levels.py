"""Levels of the world: its mazes, the objects that are goals in each, and the starts of trials."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.expert import Expert, solve
from tolman.envs.maze.layout import cue_numbers, draw_layouts


class Levels(NamedTuple):
    """`M` mazes: those trained in, then those held out.

    Attributes:
        environment: all of them.
        expert: their solution.
        trained: number of mazes trained in.
        starts: `[M, O, S, S, H]` allowed starts for each goal: out of view of it and within reach.
    """

    environment: MazeEnvironment
    expert: Expert
    trained: int
    starts: np.ndarray

    @property
    def goals(self) -> np.ndarray:
        """`[M, O]` objects that are goals in training."""
        return self.environment.layouts.goals

    @property
    def possible(self) -> np.ndarray:
        """`[M, O]` objects that can be goals, as there is an allowed start."""
        return np.any(self.starts, axis=(2, 3, 4))


def draw_levels(config: MazeConfig, rng: np.random.Generator, *, trained: int, held_out: int, latent: int) -> Levels:
    """Draw mazes in each of which `latent` objects are never goals, every object in about as many mazes.

    Raises:
        UserError: in some maze every goal is in view or out of reach from everywhere.
    """
    layouts = draw_layouts(config, trained + held_out, rng)
    order = np.resize(np.arange(config.objects), (layouts.mazes * latent,)).reshape(layouts.mazes, latent)
    hidden = rng.permutation(config.objects)[order]
    goals = np.ones(layouts.goals.shape, bool)
    np.put_along_axis(goals, hidden, False, axis=1)
    levels = make_levels(MazeEnvironment(layouts._replace(goals=goals), config, trained), trained)
    if not (levels.goals & levels.possible).any(axis=1).all():
        raise UserError(
            f"in some maze no goal is ever out of view and within reach: maze.size is {config.size}, maze.view_size "
            f"{config.view_size} and maze.max_steps {config.max_steps}; raise size or max_steps, or lower view_size"
        )
    return levels


def make_levels(environment: MazeEnvironment, trained: int) -> Levels:
    """Solve the mazes and find the allowed starts."""
    expert = Expert(*map(np.asarray, solve(environment.params)))
    within_reach = (expert.distance > 0) & (expert.distance <= environment.max_steps)
    return Levels(environment, expert, trained, _out_of_view(environment) & within_reach)


def fresh_levels(levels: Levels, count: int, rng: np.random.Generator) -> Levels:
    """Draw mazes whose cues differ from those of the given ones; every object may be a goal."""
    config = levels.environment.config
    taken = set(cue_numbers(levels.environment.layouts, config).tolist())
    return make_levels(MazeEnvironment(draw_layouts(config, count, rng, taken), config), count)


def _out_of_view(environment: MazeEnvironment) -> np.ndarray:
    """Return from where `[M, O, S, S, H]` each object is too far away to be seen; walls may hide it from nearer too."""
    config, reach = environment.config, environment.config.view_size // 2
    cells = np.stack(np.meshgrid(np.arange(config.size), np.arange(config.size), indexing="ij"), axis=-1)
    objects = np.asarray(environment.layouts.object_cells)[:, :, None, None]
    return np.repeat((abs(cells - objects).max(axis=-1) > reach)[..., None], config.headings, axis=-1)


def single_trials(
    mazes: np.ndarray, goals: np.ndarray, starts: np.ndarray, shown: np.ndarray | None = None
) -> MazeTask:
    """Return tasks of one trial: mazes `[n]`, goals `[n]`, starts `[n, 3]`, and goals as the agent is told them."""
    told = goals if shown is None else shown
    return MazeTask(*(np.asarray(column, np.int32)[:, None] for column in (mazes, goals, starts, told)))


def choose(allowed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random allowed column `[n]` of each row `[n, k]`; 0 where none is allowed."""
    return np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)


def replace_impossible(levels: Levels, mazes: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Return the goals, with the maze's first possible goal in place of those that are impossible."""
    return np.where(levels.possible[mazes, goals], goals, levels.possible[mazes].argmax(axis=-1))


def draw_starts(levels: Levels, mazes: np.ndarray, goals: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an allowed start `[n, 3]` for each maze and goal; `NONE` where there is none."""
    allowed = levels.starts[mazes, goals]
    flat = allowed.reshape(len(mazes), math.prod(allowed.shape[1:]))
    starts = np.stack(np.unravel_index(choose(flat, rng), allowed.shape[1:]), axis=1).astype(np.int32)
    return np.where(np.any(flat, axis=1, keepdims=True), starts, NONE)


def fact_ids(levels: Levels, mazes: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Return a number for each pair of a maze and an object in it."""
    return (mazes * levels.environment.config.objects + goals).astype(np.int32)
