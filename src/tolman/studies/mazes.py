"""Mazes, by imitation: what an expert's walks showed and never went for, and what remembering one of them does."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..claims.claim import Claim
from ..core.learning import Phase
from ..models.agent import AgentConfig
from ..models.decoder import DecoderConfig
from ..training.optimiser import OptimiserConfig
from ..training.spec import TrainingConfig
from ..worlds.mazes import Maze
from ..worlds.mazes import Mazes as World
from ._claims import ABLATION, STANDARD
from ._courses import ablated, alternating, learners, oracle_only
from ._mazes import maze_claims
from ._study import AbstractStudy, Condition, Plan


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset: lessons for `reading` steps, then `rounds` of the world's episodes and of lessons in turn."""

    seeds: int
    world: World
    model: AgentConfig
    training: TrainingConfig
    reading: int
    rounds: int
    episodes: int
    lessons: int
    slots: int

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The course."""
        return alternating(self.reading, self.rounds, ("episode", self.episodes), ("lesson", self.lessons))


SIZES = {
    "smoke": Size(
        2,
        World(Maze(size=4, view=1, objects=4, limit=8), mazes=6, held_out=2, latent=1, episodes=24, test_items=24),
        AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        TrainingConfig(batch=8, chunk=10, transients=32, curve_points=2),
        10,
        1,
        20,
        10,
        2,
    ),
    "quick": Size(
        6,
        World(Maze(view=1), mazes=16, held_out=8, episodes=256),
        AgentConfig(),
        TrainingConfig(batch=128, chunk=20, transients=512),
        700,
        10,
        100,
        20,
        2,
    ),
    "full": Size(
        8,
        World(Maze(size=9, view=5, walls=0.5, see_through=False, limit=48), mazes=256, held_out=64, episodes=256),
        AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        TrainingConfig(OptimiserConfig(learning_rate=1e-3, warmup=500), batch=256, chunk=100, transients=2048, lanes=4),
        10_000,
        20,
        2_000,
        1_000,
        3,
    ),
}


@dataclasses.dataclass(frozen=True)
class Mazes(AbstractStudy):
    """An object lay on the way to others: can an agent that imitates an expert find it once it is the goal?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "finding objects that were passed and never sought, by behavioural cloning"

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        parts = size.world, size.model, size.training
        return Plan(
            size.seeds,
            (
                Condition(STANDARD, *parts, size.phases, learners(size.slots, "oracle")),
                Condition(ABLATION, *parts, ablated(size.phases), oracle_only(size.slots, "oracle")),
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()
