"""Mazes by PPO: objects that an agent passed and was never rewarded for, with its own episodes in memory."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.envs.maze import MazeConfig
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.studies.latent.claims import OURS
from tolman.studies.latent.maze_claims import latent_gain, maze_claims
from tolman.studies.latent.navigation import SMALL, MazePreset, with_and_without
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, TrainingConfig
from tolman.worlds.mazes import Mazes as World

HIDDEN = 0.1
"""Fraction of the tasks whose goal is hidden, so that the control is in distribution."""

PRESETS: dict[str, MazePreset] = {
    "smoke": MazePreset(
        seeds=2,
        world=dataclasses.replace(SMALL, masked_tasks=HIDDEN),
        model=AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        training=TrainingConfig(batch=8, chunk=5, curve_points=2),
        reading=5,
        rounds=2,
        main=Phase(5, {"task": 1.0}),
        between=Phase(5, {"short-in-context": 1.0}, retrieve=False),
        k=2,
        ppo=PPOConfig(episodes_per_level=8),
    ),
    "quick": MazePreset(
        seeds=8,
        world=World(
            MazeConfig(size=4, view_size=1, max_steps=8),
            mazes=16,
            held_out=8,
            episodes=64,
            min_supports=1,
            masked_tasks=HIDDEN,
        ),
        model=AgentConfig(),
        training=TrainingConfig(batch=128, chunk=10, fresh=512),
        reading=700,
        rounds=25,
        main=Phase(20, {"task": 1.0}),
        between=Phase(10, {"short-in-context": 1.0}, retrieve=False),
        k=2,
        ppo=PPOConfig(gamma=0.9),
    ),
    "full": MazePreset(
        seeds=8,
        world=World(
            MazeConfig(size=7, view_size=5, wall_density=0.5, see_through=False, max_steps=32),
            mazes=64,
            held_out=16,
            episodes=128,
            masked_tasks=HIDDEN,
        ),
        model=AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        training=TrainingConfig(
            optimiser=OptimiserConfig(learning_rate=5e-4, warmup=500), batch=1024, chunk=20, parallel_seeds=4
        ),
        reading=5_000,
        rounds=100,
        main=Phase(40, {"task": 1.0}),
        between=Phase(20, {"short-in-context": 1.0}, retrieve=False),
        k=3,
        ppo=PPOConfig(minibatches=8, episodes_per_level=64),
    ),
}


SCRATCH = "from-scratch"
"""The condition without imitation and without prediction: plain PPO."""


def from_scratch(size: MazePreset) -> Condition:
    """Return the condition that learns by reward alone: multi-trial episodes first and between the tasks.

    With 1,000 iterations of reading and 1,000 of tasks, of 1,024 episodes each, that is 20 million steps of tasks.
    """
    model = dataclasses.replace(size.model, goal_prediction_coef=0.0)
    reading, main = Phase(1_000, {"multi-trial": 1.0}, retrieve=False), Phase(200, {"task": 1.0})
    between = Phase(100, {"multi-trial": 1.0}, retrieve=False)
    phases = (reading, main, *(4 * (between, main)))
    return dataclasses.replace(size, model=model).condition(SCRATCH, phases, with_and_without(size.k))


@dataclasses.dataclass(frozen=True)
class MazesRLStudy(AbstractStudy):
    """The question of `mazes`, for agents that learn by reward and remember their own episodes."""

    version: ClassVar[int] = 5
    title: ClassVar[str] = "finding objects that were passed and never sought, by ppo"
    seeds: ClassVar[range] = range(4200, 4208)
    explored: ClassVar[tuple[range, ...]] = (
        range(6),
        *(range(start, start + 8) for start in (60, 70, 80, 100)),
        range(200, 203),
    )

    def plan(self, preset: str) -> Plan:
        plan = PRESETS[preset].plan
        return Plan(plan.seeds, (*plan.conditions, from_scratch(PRESETS[preset]))) if preset == "full" else plan

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        statement = "An agent that learns by reward alone, reading too, is helped by an episode that passed the object."
        scratch = latent_gain("scratch-latent-gain", statement, OURS, condition=SCRATCH)
        return (*maze_claims(), scratch) if preset == "full" else maze_claims()

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES
