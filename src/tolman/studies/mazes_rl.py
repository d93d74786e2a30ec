"""Mazes, by reinforcement: an agent that was paid for some objects, asked for others it passed, with its own memory."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..claims.claim import Claim
from ..models.agent import AgentConfig
from ..models.decoder import DecoderConfig
from ..training.optimiser import OptimiserConfig
from ..training.ppo import Reinforcement
from ..training.spec import TrainingConfig
from ..worlds.mazes import Maze
from ..worlds.mazes import Mazes as World
from ._mazes import SMALL, Size, maze_claims
from ._study import FRESH, AbstractStudy, Plan

SIZES = {
    "smoke": Size(
        2,
        SMALL,
        AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        TrainingConfig(batch=8, chunk=5, curve_points=2),
        5,
        2,
        ("practice", 5),
        ("long-practice", 5),
        2,
        Reinforcement(memory=8),
    ),
    "quick": Size(
        8,
        World(Maze(size=4, view=1, limit=8), mazes=16, held_out=8, episodes=64, supports=1),
        AgentConfig(),
        TrainingConfig(batch=128, chunk=10, transients=512),
        700,
        5,
        ("practice", 100),
        ("long-practice", 10),
        2,
        Reinforcement(discount=0.9),
        FRESH + 40,
    ),
    "full": Size(
        8,
        World(Maze(size=7, view=5, walls=0.5, see_through=False, limit=32), mazes=64, held_out=16, episodes=128),
        AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        TrainingConfig(OptimiserConfig(learning_rate=5e-4, warmup=500), batch=1024, chunk=20, lanes=4),
        5_000,
        20,
        ("practice", 200),
        ("long-practice", 100),
        3,
        Reinforcement(minibatches=8, memory=64),
        FRESH + 40,
    ),
}


@dataclasses.dataclass(frozen=True)
class MazesRL(AbstractStudy):
    """The same question as in `mazes` of agents that act themselves and remember what they did."""

    version: ClassVar[int] = 4
    title: ClassVar[str] = "finding objects that were passed and never sought, by reinforcement"

    def plan(self, preset: str) -> Plan:
        return SIZES[preset].plan

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()
