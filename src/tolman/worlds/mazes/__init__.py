"""Mazes with objects that an agent passes on its way to others, and is later sent to.

After the latent gridworld of Lampinen et al. (arXiv 2509.16189). Its sizes are not published; all sizes are ours. The
environment itself is `tolman.envs.maze`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tolman.core.config import override
from tolman.core.extent import FRESH
from tolman.core.ranges import Fraction, NonNegativeInt, PositiveInt, require
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.envs.environment import RolloutTest
from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.dynamics import make_params
from tolman.envs.maze.environment import MazeEnvironment
from tolman.envs.maze.export import export
from tolman.worlds.mazes.episodes import as_corpus, draw_episodes, draw_goal_masked
from tolman.worlds.mazes.in_context import draw_in_context
from tolman.worlds.mazes.levels import Levels, draw_levels
from tolman.worlds.mazes.questions import draw_questions, without_starts
from tolman.worlds.mazes.tasks import task_samplers
from tolman.worlds.mazes.test_builder import RolloutTestBuilder

if TYPE_CHECKING:
    from tolman.core.view import View

__all__ = ["Mazes"]


@dataclasses.dataclass(frozen=True)
class Mazes(AbstractWorld):
    """Mazes with objects, some of which are goals in other mazes but never in this one.

    Attributes:
        maze: parameters of the environment.
        mazes: number of mazes trained in.
        held_out: number of further mazes, which are met in memory only.
        latent_goals: objects of each maze that are never goals in its training.
        episodes: episodes of the expert in each maze.
        min_supports: each object comes into view in at least so many of them.
        noise: fraction of the expert's actions that are random.
        context_trials: trials before the one to learn from in an in-context episode.
        trials_per_episode: trials of a multi-trial episode, which is learned by reward.
        test_items: most items per test.
        masked_tasks: fraction of the tasks, learned by reward, whose goal is hidden.
    """

    version: ClassVar[int] = 2

    maze: MazeConfig = dataclasses.field(default_factory=MazeConfig)
    mazes: PositiveInt = 64
    held_out: NonNegativeInt = 16
    latent_goals: PositiveInt = 2
    episodes: PositiveInt = 48
    min_supports: PositiveInt = 3
    noise: Fraction = 0.0
    context_trials: PositiveInt = 2
    trials_per_episode: PositiveInt = 6
    test_items: PositiveInt = 256
    masked_tasks: Fraction = dataclasses.field(default=0.0, metadata={"key": "changed"})

    def __post_init__(self) -> None:
        require(self, "latent_goals", 1, self.maze.objects - 2, given="maze.objects")
        require(self, "min_supports", 1, self.episodes, given="episodes")

    @property
    def length(self) -> int:
        """Most steps of an expert's episode, the one at the goal included."""
        direct = not (self.noise or self.maze.wall_density or self.maze.headings > 1)
        longest = 2 * (self.maze.size - 1)
        return min(longest, self.maze.max_steps) + 1 if direct else self.maze.max_steps + 1

    def extents(self) -> tuple[Mapping[str, int], ...]:
        seen = {"steps of each": self.length, "cells of each view": self.maze.view_size**2}
        if self.maze.observation == "pixels":
            seen["pixels of each cell"] = 3 * TILE**2
        corpus = {"mazes": self.mazes + self.held_out, "episodes of each": self.episodes, **seen}
        trials = max(self.context_trials, self.trials_per_episode)
        drawn = {"trials": trials, **seen, "episodes at a time": FRESH // 8}
        return corpus, drawn, {"mazes": self.mazes + self.held_out, "questions": self.test_items}

    def draw(self, seed: int) -> Instance:
        rng, question_rng = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
        levels = draw_levels(self.maze, rng, trained=self.mazes, held_out=self.held_out, latent=self.latent_goals)
        questions = draw_questions(levels, self.test_items, question_rng)
        trainable = without_starts(levels, questions)
        episodes = draw_episodes(trainable, rng, count=self.episodes, min_supports=self.min_supports, noise=self.noise)
        kind = episodes.mazes >= levels.trained
        corpus = as_corpus(levels, episodes, kind, length=self.length, max_supports=2 * self.min_supports)
        builder = RolloutTestBuilder(levels, episodes, corpus, self.episodes)
        actions, steps = self.maze.action_names, range(1, self.maze.max_steps + 1)
        return Instance(
            vocabulary=(*actions, *(f"arrives after {k}" for k in steps)),
            palette=("relation",) * len(actions) + ("answer",) * len(steps),
            kinds=("episode", "elsewhere"),
            memory_kinds=("episode", "elsewhere"),
            memory_length=self.length,
            most_targets=self.length,
            corpus=corpus,
            tests=builder.tests(questions, question_rng),
            samplers={
                "long-in-context": self._sampler(levels, self.context_trials, True),
                "long-unrelated": self._sampler(levels, self.context_trials, False),
                "short-in-context": self._sampler(levels, 1, True),
                "short-unrelated": self._sampler(levels, 1, False),
                "goal-masked": functools.partial(draw_goal_masked, self.maze, corpus),
            },
            groups=(len(actions),),
            task_samplers=task_samplers(trainable, self.trials_per_episode, self.masked_tasks),
        )

    def view(self, instance: Instance, width: int, colour: bool) -> View:
        from tolman.worlds.mazes.view import MazeView

        del colour
        test = instance.tests[0]
        assert isinstance(test, RolloutTest)
        assert isinstance(test.environment, MazeEnvironment)
        return MazeView(instance, test.environment, width)

    @classmethod
    def export(cls, folder: Path, settings: Mapping[str, str], **options: Any) -> Path:
        given = {path.removeprefix("maze."): text for path, text in settings.items()}
        params = make_params(override(MazeConfig(), given), options.pop("levels"), options["seed"])
        return export(folder, params, **options)

    def _sampler(self, levels: Levels, context_trials: int, related: bool) -> CorpusSampler:
        return functools.partial(
            draw_in_context,
            levels,
            context_trials=context_trials,
            related=related,
            noise=self.noise,
            length=self.length,
        )
