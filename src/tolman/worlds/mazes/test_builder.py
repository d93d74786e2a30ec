"""Tests of navigation: new starts, latent goals, hidden goals, and mazes that are known from context only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.core.assemble import gather, prepend
from tolman.core.experience import NONE, Chance, Corpus, Experiences, Role
from tolman.envs.environment import RolloutTest, first_prompts
from tolman.envs.maze.environment import MazeTask
from tolman.worlds.mazes.chance import constant_action, random_walk
from tolman.worlds.mazes.episodes import Episodes, supporting
from tolman.worlds.mazes.levels import Cast, numbered, tasks_at
from tolman.worlds.mazes.questions import Questions

DETOUR = 1.5
"""A goal counts as found within so many times the shortest path."""


class Examiner(NamedTuple):
    """What tests are made from; `memory` is the corpus that holds the `episodes`."""

    cast: Cast
    episodes: Episodes
    memory: Corpus
    most: int

    def tests(self, questions: Questions, rng: np.random.Generator) -> tuple[RolloutTest, ...]:
        """All tests, of those questions."""
        found = [
            self._test("explicit", "explicit", questions.explicit, rng),
            self._test("latent", "latent", questions.latent, rng),
            self._test("goal-masked", "control", questions.latent, rng, masked=True),
        ]
        if len(questions.held_out):
            found.append(self._test("held-out", "context", questions.held_out, rng))
        return tuple(found)

    def _test(
        self, name: str, role: Role, asked: np.ndarray, rng: np.random.Generator, masked: bool = False
    ) -> RolloutTest:
        mazes, goals, starts = asked[:, 0], asked[:, 1], asked[:, 2:]
        tasks, cast, m = tasks_at(mazes, goals, starts, masked), self.cast, len(asked)
        shortest = cast.knowledge.far[mazes, goals, *starts.T]
        options = np.arange(1, cast.place.max_steps + 1)
        correct = options <= np.maximum(DETOUR * shortest[:, None], 1)
        supports = supporting(self.episodes, mazes, goals, self.most)
        return RolloutTest(
            name=name,
            role=role,
            prompts=self._prompts(tasks, supports if role == "context" else None, rng),
            options=(cast.place.num_actions + options - 1).astype(np.int32).reshape(1, -1, 1),
            choice=np.zeros(m, np.int32),
            correct=correct,
            cue=numbered(cast, mazes, goals),
            fact=numbered(cast, mazes, goals),
            supports=supports,
            topics=mazes[:, None].astype(np.int32),
            item_ids=tuple(f"{name}/maze{z}|object{g}|{r},{c},{h}" for z, g, r, c, h in asked.tolist()),
            groups=tuple(f"{d} steps away" for d in shortest.tolist()),
            chance=self._chance(asked, correct),
            tasks=tasks,
            environment=cast.place,
            shortest=shortest,
        )

    def _prompts(self, tasks: MazeTask, supports: np.ndarray | None, rng: np.random.Generator) -> Experiences:
        """The first step of each task; where supports are given, one of them stands before it."""
        first = first_prompts(self.cast.place, tasks)
        if supports is None:
            return first
        chosen = supports[np.arange(len(supports)), rng.integers((supports != NONE).sum(axis=1))]
        return prepend(gather(self.memory.experiences, chosen[:, None]), first)

    def _chance(self, asked: np.ndarray, correct: np.ndarray) -> Chance:
        """Walking at random; going straight to another object that is not asked for in training; one action only."""
        soon = correct.sum(axis=1)
        hidden = (~self.cast.goals).sum(axis=1)[asked[:, 0]]
        latent = ~self.cast.goals[asked[:, 0], asked[:, 1]]
        return Chance(
            random_walk(self.cast.place, asked, soon),
            1 / np.where(latent, hidden, hidden + 1),
            constant_action(self.cast.place, asked, soon),
        )
