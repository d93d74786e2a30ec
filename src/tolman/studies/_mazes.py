"""Navigation by whatever means it was learned: the sizes of a preset, its conditions, and what is claimed."""

from __future__ import annotations

import dataclasses

from ..claims.claim import Claim
from ..claims.effects import Accuracy, Difference
from ..core.learning import AbstractLearner, Phase
from ..models.agent import AgentConfig
from ..training.ppo import Reinforcement
from ..training.spec import TrainingConfig
from ..worlds.mazes import Maze, Mazes
from ._claims import ABLATION, LATENT, OURS, STANDARD, cell, learned
from ._courses import ablated, alternating, learners, oracle_only
from ._study import FRESH, Condition, Plan

EXPLICIT = "explicit"
MASTERED = 0.90
"""Explicit success that a learner must reach before its latent success says anything."""


SMALL = Mazes(Maze(size=4, view=1, objects=4, limit=8), mazes=6, held_out=2, latent=1, episodes=24, test_items=24)
"""The world of a preset that claims nothing."""


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset: `reading` steps of lessons, then `rounds` of steps of the kind `main`, and `between` between them.

    Seeds count from `first_seed`: those before it showed that earlier settings were not good enough (docs/log.md).
    """

    seeds: int
    world: Mazes
    model: AgentConfig
    training: TrainingConfig
    reading: int
    rounds: int
    main: tuple[str, int]
    between: tuple[str, int]
    slots: int
    reinforcement: Reinforcement | None = None
    first_seed: int = FRESH

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The course."""
        return alternating(self.reading, self.rounds, self.main, self.between)

    @property
    def plan(self) -> Plan:
        """Everyone on the course, and oracle retrieval on the course that teaches no reading."""
        return Plan(
            self.seeds,
            (
                self.condition(STANDARD, self.phases, learners(self.slots, "oracle")),
                self.condition(ABLATION, ablated(self.phases), oracle_only(self.slots, "oracle")),
            ),
        )

    def condition(
        self, name: str, phases: tuple[Phase, ...], who: tuple[tuple[str, AbstractLearner], ...]
    ) -> Condition:
        """Those learners on that course."""
        return Condition(name, self.world, self.model, self.training, phases, who, self.reinforcement, self.first_seed)


def maze_claims() -> tuple[Claim, ...]:
    """All claims; success counts within 1.5 times the shortest path."""
    return (*_baseline(), *_retrieval(), _ablation())


def _latent(learner: str, condition: str = STANDARD) -> Accuracy:
    return Accuracy(cell(learner, condition), "latent")


def latent_gain(name: str, statement: str, source: str, condition: str = STANDARD) -> Claim:
    """That the oracle's episodes help agents that mastered trained goals."""
    arms = "retrieval-oracle", "parametric"
    mastered = (need for arm in arms for need in learned(cell(arm, condition), EXPLICIT, at_least=MASTERED))
    gain = Difference(*(_latent(arm, condition) for arm in arms))
    return Claim(name, statement, source, gain, 0.30, ">=", tuple(mastered))


def _baseline() -> tuple[Claim, ...]:
    parametric = cell("parametric")
    return (
        Claim(
            "parametric-explicit",
            "The agent without memory finds trained goals from starts it never set out from.",
            LATENT + "; the bound is ours",
            Accuracy(parametric, EXPLICIT),
            MASTERED,
            ">=",
        ),
        Claim(
            "parametric-latent",
            "It finds objects that it passed in training hardly more often than with the goal hidden from it.",
            LATENT + "; the control is ours",
            Difference(_latent("parametric"), Accuracy(parametric, "goal-masked")),
            0.10,
            "within",
            learned(parametric, EXPLICIT, at_least=MASTERED),
        ),
    )


def _retrieval() -> tuple[Claim, ...]:
    oracle = learned(cell("retrieval-oracle"), EXPLICIT, at_least=MASTERED)
    baseline = learned(cell("parametric"), EXPLICIT, at_least=MASTERED)
    return (
        latent_gain(
            "oracle-latent-gain",
            "With an episode that passed the object in its context the agent finds it far more often.",
            LATENT + "; the bound is ours",
        ),
        Claim(
            "similarity-latent",
            "Retrieval by the maze's appearance does as well as the oracle.",
            OURS,
            Difference(_latent("retrieval-bm25"), _latent("retrieval-oracle")),
            0.10,
            "within",
            oracle,
        ),
        Claim(
            "random-latent",
            "Episodes in other mazes in the same weights' context help no more than none help the baseline.",
            OURS + " control",
            Difference(_latent("retrieval-random"), _latent("parametric")),
            0.10,
            "within",
            (*oracle, *baseline),
        ),
    )


def _ablation() -> Claim:
    oracle, ablated = cell("retrieval-oracle"), cell("retrieval-oracle", ABLATION)
    return Claim(
        "in-context-training",
        "Without episodes whose later goals use earlier experience, retrieval's latent success is lower.",
        LATENT + "; the bound is ours",
        Difference(_latent("retrieval-oracle"), _latent("retrieval-oracle", ABLATION)),
        0.10,
        ">=",
        (*learned(oracle, EXPLICIT, at_least=MASTERED), *learned(ablated, EXPLICIT, at_least=MASTERED)),
    )
