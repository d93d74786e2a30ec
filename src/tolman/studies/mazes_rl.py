"""Mazes, by reinforcement: an agent that was paid for some objects, asked for others it passed, with its own memory."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from ..claims.claim import Claim
from ..core.learning import Phase
from ..models.agent import AgentConfig
from ..models.decoder import DecoderConfig
from ..training.optimiser import OptimiserConfig
from ..training.ppo import Reinforcement
from ..training.spec import TrainingConfig
from ..worlds.mazes import Maze
from ..worlds.mazes import Mazes as World
from ._claims import ABLATION, STANDARD
from ._courses import ablated, alternating, learners, oracle_only
from ._mazes import maze_claims
from ._study import AbstractStudy, Condition, Plan


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset: `reading` steps of imitated lessons, then `rounds` of practice, in the trained mazes and long ones."""

    seeds: int
    world: World
    model: AgentConfig
    training: TrainingConfig
    reinforcement: Reinforcement
    reading: int
    rounds: int
    practice: int
    long: int
    slots: int

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The course."""
        return alternating(self.reading, self.rounds, ("practice", self.practice), ("long-practice", self.long))


SIZES = {
    "smoke": Size(
        2,
        World(Maze(size=4, view=1, objects=4, limit=8), mazes=6, held_out=2, latent=1, episodes=24, test_items=24),
        AgentConfig(DecoderConfig(width=32, rotary=0.25)),
        TrainingConfig(batch=8, chunk=5, curve_points=2),
        Reinforcement(memory=8),
        5,
        1,
        10,
        5,
        2,
    ),
    "quick": Size(
        6,
        World(Maze(size=4, view=1, limit=8), mazes=12, held_out=8, episodes=64, supports=1),
        AgentConfig(),
        TrainingConfig(batch=128, chunk=10, transients=512),
        Reinforcement(discount=0.9),
        700,
        4,
        100,
        10,
        2,
    ),
    "full": Size(
        8,
        World(Maze(size=7, view=5, walls=0.5, see_through=False, limit=32), mazes=64, held_out=16, episodes=128),
        AgentConfig(DecoderConfig(width=256, layers=4, heads=4, rotary=0.25)),
        TrainingConfig(OptimiserConfig(learning_rate=5e-4, warmup=500), batch=1024, chunk=20, lanes=4),
        Reinforcement(minibatches=8, memory=64),
        5_000,
        20,
        200,
        100,
        3,
    ),
}


@dataclasses.dataclass(frozen=True)
class MazesRL(AbstractStudy):
    """The same question as in `mazes` of agents that act themselves and remember what they did."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "finding objects that were passed and never sought, by reinforcement"

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]

        def condition(name: str, phases: tuple[Phase, ...], who) -> Condition:
            return Condition(name, size.world, size.model, size.training, phases, who, size.reinforcement)

        return Plan(
            size.seeds,
            (
                condition(STANDARD, size.phases, learners(size.slots, "oracle")),
                condition(ABLATION, ablated(size.phases), oracle_only(size.slots, "oracle")),
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else maze_claims()
