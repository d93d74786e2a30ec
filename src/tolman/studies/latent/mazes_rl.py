"""Mazes, by ppo: an agent that was paid for some objects, asked for others it passed, with its own memory."""

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
from tolman.training.config import OptimiserConfig, PPOConfig, TrainingConfig
from tolman.worlds.mazes import Mazes as World

SIZES = {
    "smoke": Size(
        2,
        SMALL,
        AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        TrainingConfig(batch=8, chunk=5, curve_points=2),
        5,
        2,
        ("task", 5),
        ("multi-trial", 5),
        2,
        PPOConfig(episodes_per_level=8),
    ),
    "quick": Size(
        8,
        World(MazeConfig(size=4, view_size=1, max_steps=8), mazes=16, held_out=8, episodes=64, min_supports=1),
        AgentConfig(),
        TrainingConfig(batch=128, chunk=10, fresh=512),
        700,
        5,
        ("task", 100),
        ("multi-trial", 10),
        2,
        PPOConfig(gamma=0.9),
    ),
    "full": Size(
        8,
        World(
            MazeConfig(size=7, view_size=5, wall_density=0.5, see_through=False, max_steps=32),
            mazes=64,
            held_out=16,
            episodes=128,
        ),
        AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        TrainingConfig(OptimiserConfig(learning_rate=5e-4, warmup=500), batch=1024, chunk=20, parallel_seeds=4),
        5_000,
        20,
        ("task", 200),
        ("multi-trial", 100),
        3,
        PPOConfig(minibatches=8, episodes_per_level=64),
    ),
}


@dataclasses.dataclass(frozen=True)
class MazesRL(AbstractStudy):
    """The same question as in `mazes` of agents that act themselves and remember what they did."""

    version: ClassVar[int] = 4
    title: ClassVar[str] = "finding objects that were passed and never sought, by ppo"
    seeds: ClassVar[range] = range(1260, 1268)

    def plan(self, preset: str) -> Plan:
        return SIZES[preset].plan

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES
