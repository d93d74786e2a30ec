"""Mazes, by imitation: what an expert's walks showed and never went for, and what remembering one of them does."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.envs.maze import MazeConfig
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.agent import AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.report.presentation import Presentation
from tolman.studies.latent.navigation import SMALL, Size, maze_claims
from tolman.training.config import OptimiserConfig, TrainingConfig
from tolman.worlds.mazes import Mazes as World

SIZES = {
    "smoke": Size(
        2,
        SMALL,
        AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        TrainingConfig(batch=8, chunk=10, fresh=32, curve_points=2),
        10,
        2,
        ("episode", 10),
        ("long-in-context", 10),
        2,
    ),
    "quick": Size(
        6,
        World(MazeConfig(view_size=1), mazes=16, held_out=8, episodes=256),
        AgentConfig(),
        TrainingConfig(batch=128, chunk=10, fresh=512, curve_points=5),
        600,
        8,
        ("episode", 100),
        ("long-in-context", 10),
        2,
    ),
    "full": Size(
        8,
        World(
            MazeConfig(size=9, view_size=5, wall_density=0.5, see_through=False, max_steps=48),
            mazes=256,
            held_out=64,
            episodes=256,
        ),
        AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        TrainingConfig(
            OptimiserConfig(learning_rate=1e-3, warmup=500), batch=256, chunk=100, fresh=2048, parallel_seeds=4
        ),
        10_000,
        20,
        ("episode", 2_000),
        ("long-in-context", 1_000),
        3,
    ),
}


@dataclasses.dataclass(frozen=True)
class Mazes(AbstractStudy):
    """An object lay on the way to others: can an agent that imitates an expert find it once it is the goal?"""

    version: ClassVar[int] = 3
    title: ClassVar[str] = "finding objects that were passed and never sought, by behavioural cloning"
    seeds: ClassVar[range] = range(1200, 1208)

    def plan(self, preset: str) -> Plan:
        return SIZES[preset].plan

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES
