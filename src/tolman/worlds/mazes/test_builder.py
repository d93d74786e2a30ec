"""Tests of navigation: explicit, latent and hidden goals, and held-out mazes, known from the context or not at all."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np

from tolman.core.assemble import gather, prepend
from tolman.core.experience import NONE, Chance, Corpus, Experiences, Role
from tolman.envs.environment import RolloutTest, first_prompts
from tolman.envs.maze.environment import MazeTask
from tolman.worlds.mazes.chance import constant_action, random_walk
from tolman.worlds.mazes.episodes import ExpertEpisodes, find_supports
from tolman.worlds.mazes.levels import Levels, fact_ids, single_trials
from tolman.worlds.mazes.questions import MazeQuestions, other_latent

DETOUR = 1.5
"""Longest path that counts as a success, in shortest paths."""


class RolloutTestBuilder(NamedTuple):
    """Makes tests of questions about levels.

    Attributes:
        levels: the mazes.
        episodes: the expert's.
        memory: the corpus made of them.
        max_supports: supports of a question, at most.
    """

    levels: Levels
    episodes: ExpertEpisodes
    memory: Corpus
    max_supports: int

    def tests(self, questions: MazeQuestions, rng: np.random.Generator) -> tuple[RolloutTest, ...]:
        """Return all tests of those questions."""
        latent = questions.latent
        found = [
            self._test("explicit", "explicit", questions.explicit, rng),
            self._test("latent", "latent", latent, rng),
            self._test("goal-masked", "control", latent, rng, shown=np.full(len(latent), NONE)),
        ]
        if len(questions.held_out):
            found.append(self._test("held-out", "context", questions.held_out, rng))
            found.append(self._test("unseen", "control", questions.held_out, rng))
        others, shown = other_latent(self.levels, latent, rng)
        if len(others):
            found.append(self._test("wrong-object", "control", others, rng, shown=shown))
        sampled = self._test("latent-sampled", "control", latent, rng)
        return (*found, dataclasses.replace(sampled, temperature=1.0))

    def _test(
        self,
        name: str,
        role: Role,
        questions: np.ndarray,
        rng: np.random.Generator,
        *,
        shown: np.ndarray | None = None,
    ) -> RolloutTest:
        mazes, goals, starts = questions[:, 0], questions[:, 1], questions[:, 2:]
        tasks, environment = single_trials(mazes, goals, starts, shown), self.levels.environment
        shortest = self.levels.expert.distance[mazes, goals, *starts.T]
        options = np.arange(1, environment.max_steps + 1)
        correct = options <= np.maximum(DETOUR * shortest[:, None], 1)
        told = goals if shown is None else np.where(shown == NONE, goals, shown)
        supports = find_supports(self.episodes, mazes, told, max_supports=self.max_supports)
        facts = fact_ids(self.levels, mazes, goals)
        return RolloutTest(
            name=name,
            role=role,
            prompts=self._prompts(tasks, supports if role == "context" else None, rng),
            options=(environment.num_actions + options - 1).astype(np.int32).reshape(1, -1, 1),
            choice=np.zeros(len(questions), np.int32),
            correct=correct,
            cue=facts,
            fact=facts,
            supports=supports,
            topics=mazes[:, None].astype(np.int32),
            item_ids=tuple(f"{name}/maze{z}|object{g}|{r},{c},{h}" for z, g, r, c, h in questions.tolist()),
            groups=tuple(f"{d} steps away" for d in shortest.tolist()),
            chance=self._chance(questions, correct),
            tasks=tasks,
            environment=environment,
            shortest=shortest,
        )

    def _prompts(self, tasks: MazeTask, supports: np.ndarray | None, rng: np.random.Generator) -> Experiences:
        """Return the first step of each task, after one of its supports if these are given."""
        first = first_prompts(self.levels.environment, tasks)
        if supports is None:
            return first
        chosen = supports[np.arange(len(supports)), rng.integers((supports != NONE).sum(axis=1))]
        return prepend(gather(self.memory.experiences, chosen[:, None]), first)

    def _chance(self, questions: np.ndarray, correct: np.ndarray) -> Chance:
        """Return chance levels.

        `uniform` acts at random; `elimination` goes straight to an object that is no goal of training, of which a goal
        of training is one more; `constant` repeats the best single action.
        """
        allowed, goals = correct.sum(axis=1), self.levels.goals
        hidden = (~goals).sum(axis=1)[questions[:, 0]]
        latent = ~goals[questions[:, 0], questions[:, 1]]
        return Chance(
            random_walk(self.levels.environment, questions, allowed),
            1 / np.where(latent, hidden, hidden + 1),
            constant_action(self.levels.environment, questions, allowed),
        )
