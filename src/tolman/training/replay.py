"""An agent's own episodes: kept as they happen, and put where a world's demonstrations were."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tolman.core.experience import NONE, Corpus, TestSet
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest, observed

MOST = 6
"""Supports among which one is drawn in training, at most: the latest."""


@dataclasses.dataclass
class ReplayBuffer:
    """The latest episodes of each of `P` places, `N` of each, of `U` steps.

    `sees[P, N, O]` says which objects were in view, `shows[P, N, Q]` what an episode can be found by, `goal[P, N]`
    what the goal was, `NONE` in an empty slot, and `written[P]` how many episodes were ever kept.
    """

    inputs: np.ndarray
    valid: np.ndarray
    sees: np.ndarray
    shows: np.ndarray
    goal: np.ndarray
    written: np.ndarray

    def add(
        self,
        levels: np.ndarray,
        goals: np.ndarray,
        *,
        inputs: np.ndarray,
        real: np.ndarray,
        seen: np.ndarray,
        shown: np.ndarray,
    ) -> None:
        """Keep episodes of one trial `[n, ...]`, each in place of the oldest of its level."""
        for row, place in enumerate(np.asarray(levels).tolist()):
            slot = self.written[place] % self.goal.shape[1]
            self.inputs[place, slot], self.valid[place, slot] = inputs[row], real[row]
            self.sees[place, slot], self.shows[place, slot] = seen[row], shown[row]
            self.goal[place, slot] = goals[row]
            self.written[place] += 1

    def corpus(self) -> Corpus:
        """All slots as a corpus of `P * N` rows, empty ones without a valid step."""
        places, slots = self.goal.shape
        n, length = places * slots, self.valid.shape[2]
        inputs, valid = self.inputs.reshape(n, length, -1), self.valid.reshape(n, length)
        goal, place = self.goal.reshape(n), np.repeat(np.arange(places, dtype=np.int32), slots)
        # What an episode shows is known of it as a whole, and is written at its first step.
        shows = np.zeros((n, length, self.shows.shape[2]), bool)
        shows[:, 0] = self.shows.reshape(n, -1)
        asked = np.where((goal != NONE)[:, None] & valid, (place * self.sees.shape[2] + goal)[:, None], NONE)
        return Corpus(
            experiences=observed(inputs, valid, features=shows)._replace(weight=valid.astype(np.float32)),
            kind=np.zeros(n, np.int32),
            cue=asked.astype(np.int32),
            fact=asked.astype(np.int32),
            supports=np.full((n, 1), NONE, np.int32),
            topics=np.where(goal == NONE, NONE, place)[:, None],
        )

    def supports(self, places: np.ndarray, goals: np.ndarray, most: int = MOST) -> np.ndarray:
        """Rows `[m, most]` of the corpus in which those objects were in view in those places, the latest first."""
        slots = self.goal.shape[1]
        age = (self.written[places][:, None] - 1 - np.arange(slots)) % slots
        usable = self.sees[places, :, goals] & (self.goal[places] != NONE)
        order = np.argsort(np.where(usable, age, slots), axis=1, kind="stable")[:, :most]
        rows = places[:, None] * slots + order
        return np.where(np.take_along_axis(usable, order, axis=1), rows, NONE).astype(np.int32)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `ReplayBuffer(**arrays)` is made from."""
        return dict(vars(self))


def empty(places: int, slots: int, length: int, objects: int, first: dict[str, np.ndarray]) -> ReplayBuffer:
    """No episodes yet; `first` are one step's arrays, for their shapes and types."""
    return ReplayBuffer(
        inputs=np.zeros((places, slots, length, *first["input"].shape), first["input"].dtype),
        valid=np.zeros((places, slots, length), bool),
        sees=np.zeros((places, slots, objects), bool),
        shows=np.zeros((places, slots, *first["features"].shape), bool),
        goal=np.full((places, slots), NONE, np.int32),
        written=np.zeros(places, np.int64),
    )


def with_replay(instance: Instance, own: ReplayBuffer | None) -> Instance:
    """The instance as the agent knows it: its own episodes, if it has any, are the corpus, and support its tests."""
    if own is None:
        return instance
    corpus = own.corpus()
    tests = tuple(_supported(test, own) for test in instance.tests)
    kept: dict[str, Any] = {"kinds": ("episode",), "memory_kinds": ("episode",), "memory_length": own.valid.shape[2]}
    return dataclasses.replace(instance, corpus=corpus, tests=tests, **kept)


def _supported(test: TestSet, own: ReplayBuffer) -> TestSet:
    """What its memory gives for each question; prompts that show an episode keep it."""
    if not isinstance(test, RolloutTest):
        return test
    place = np.asarray(test.environment.level(test.tasks))
    inside = place < len(own.goal)
    places = np.where(inside, place, 0)
    supports = own.supports(places, np.asarray(test.environment.goal(test.tasks)), own.goal.shape[1])
    return dataclasses.replace(test, supports=np.where(inside[:, None], supports, NONE))
