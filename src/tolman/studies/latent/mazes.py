"""Mazes by behavioural cloning: objects that an expert passed on its way and never sought."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.envs.maze import MazeConfig
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.studies.latent.maze_claims import maze_claims
from tolman.studies.latent.navigation import SMALL, MazePreset
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.mazes import Mazes as World

MIXTURE = {"episode": 0.7, "goal-masked": 0.1, "short-in-context": 0.2}
"""Training, of all learners alike: episodes in the mazes that are asked about, some with their goal hidden so that the
control is in distribution, and what keeps up reading."""

PRESETS: dict[str, MazePreset] = {
    "smoke": MazePreset(
        seeds=2,
        world=SMALL,
        model=AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        training=TrainingConfig(batch=8, chunk=10, fresh=32, curve_points=2),
        reading=10,
        rounds=2,
        main=Phase(10, MIXTURE),
        between=Phase(10, {"long-in-context": 1.0}, retrieve=False),
        k=2,
    ),
    "quick": MazePreset(
        seeds=6,
        world=World(MazeConfig(view_size=1), mazes=16, held_out=8, episodes=256),
        model=AgentConfig(),
        training=TrainingConfig(batch=128, chunk=10, fresh=512, curve_points=5),
        reading=600,
        rounds=8,
        main=Phase(100, MIXTURE),
        between=Phase(10, {"long-in-context": 1.0}, retrieve=False),
        k=2,
    ),
    "full": MazePreset(
        seeds=8,
        world=World(
            MazeConfig(size=9, view_size=5, wall_density=0.5, see_through=False, max_steps=48),
            mazes=256,
            held_out=64,
            episodes=256,
        ),
        model=AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        training=TrainingConfig(
            optimiser=OptimiserConfig(learning_rate=1e-3, warmup=500),
            batch=256,
            chunk=100,
            fresh=2048,
            parallel_seeds=4,
        ),
        reading=10_000,
        rounds=20,
        main=Phase(2_000, MIXTURE),
        between=Phase(1_000, {"long-in-context": 1.0}, retrieve=False),
        k=3,
    ),
}


@dataclasses.dataclass(frozen=True)
class MazesStudy(AbstractStudy):
    """An object lies on the way to others; the latent test makes it the goal of an agent that imitates an expert."""

    version: ClassVar[int] = 4
    title: ClassVar[str] = "finding objects that were passed and never sought, by behavioural cloning"
    seeds: ClassVar[range] = range(4100, 4108)
    explored: ClassVar[tuple[range, ...]] = (range(6), range(60, 66), range(70, 76), range(90, 96), range(200, 203))

    def plan(self, preset: str) -> Plan:
        return PRESETS[preset].plan

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES
