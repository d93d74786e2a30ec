"""Presets, conditions and claims that the studies of mazes share."""

from __future__ import annotations

import dataclasses

from tolman.envs.maze import MazeConfig
from tolman.experiments.condition import Condition
from tolman.experiments.study import Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, without_context
from tolman.models.agent import AgentConfig
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Dropout
from tolman.studies.latent.presets import ABLATION, STANDARD, ablated, alternating, learners, oracle_only
from tolman.training.config import Phase, PPOConfig, TrainingConfig
from tolman.worlds.mazes import Mazes

SMALL = Mazes(
    MazeConfig(size=4, view_size=1, objects=4, max_steps=8),
    mazes=6,
    held_out=2,
    latent_goals=2,
    episodes=24,
    test_items=24,
)
"""The world of a preset that claims nothing."""


ORACLE, EMPTY = "parametric-retrieval-oracle", "parametric-retrieval-empty"
"""Learners that share weights: with the oracle's episodes, and with none."""

DROPOUT: Dropout = {"empty": 0.25, "irrelevant": 0.25}
"""Retrieval dropout: half of the contexts in training hold nothing that helps."""


def with_and_without(k: int) -> tuple[Learner, ...]:
    """Return the learner with the oracle's episodes, `k` in its context, and the baseline without memory."""
    return parametric(), *oracle_only(k, Oracle(), **DROPOUT)


def agents(k: int) -> tuple[Learner, ...]:
    """Return all learners: two agents, each asked with and without episodes in its context."""
    standard = learners(k, Oracle(), **DROPOUT)
    oracle = next(learner for learner in standard if learner.name == ORACLE)
    return (*standard, without_context(oracle, EMPTY))


@dataclasses.dataclass(frozen=True, kw_only=True)
class MazePreset:
    """A preset of a study of mazes.

    Attributes:
        seeds: number of seeds.
        world: the mazes.
        model: the agent.
        training: batch size, optimiser and the like.
        reading: steps of in-context episodes alone, at first.
        rounds: times that the main phase comes.
        main: the phase of the episodes or tasks that the tests ask about.
        between: the phase between two main ones, which keeps up reading; the last is a main one.
        k: episodes in the context.
        ppo: learn by reward; None = by imitation.
    """

    seeds: int
    world: Mazes
    model: AgentConfig
    training: TrainingConfig
    reading: int
    rounds: int
    main: Phase
    between: Phase
    k: int
    ppo: PPOConfig | None = None

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The curriculum."""
        return alternating(reading=self.reading, rounds=self.rounds, main=self.main, between=self.between)

    @property
    def plan(self) -> Plan:
        """All learners, and those with the oracle and without memory on the curriculum that teaches no reading."""
        return Plan(
            self.seeds,
            (
                self.condition(STANDARD, self.phases, agents(self.k)),
                self.condition(ABLATION, ablated(self.phases), with_and_without(self.k)),
            ),
        )

    def condition(self, name: str, phases: tuple[Phase, ...], who: tuple[Learner, ...]) -> Condition:
        """Return the condition of those learners on that curriculum."""
        return Condition(
            name=name,
            world=self.world,
            model=self.model,
            training=self.training,
            phases=phases,
            learners=who,
            ppo=self.ppo,
        )
