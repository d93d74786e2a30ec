"""Presets, conditions and claims that the studies of mazes share."""

from __future__ import annotations

import dataclasses

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.claims.published import Published
from tolman.envs.maze import MazeConfig
from tolman.experiments.condition import Condition
from tolman.experiments.study import Plan
from tolman.learners.learner import Learner
from tolman.models.agent import AgentConfig
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import LATENT, OURS, learned, run_group
from tolman.studies.latent.presets import ABLATION, STANDARD, ablated, alternating, learners, oracle_only
from tolman.training.config import Phase, PPOConfig, TrainingConfig
from tolman.worlds.mazes import Mazes

EXPLICIT = "explicit"
MASTERED = 0.90
"""Explicit success that a learner must reach before its latent success says anything."""


SMALL = Mazes(
    MazeConfig(size=4, view_size=1, objects=4, max_steps=8),
    mazes=6,
    held_out=2,
    latent_goals=1,
    episodes=24,
    test_items=24,
)
"""The world of a preset that claims nothing."""


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
        between: the phase between two main ones, which keeps up reading.
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
        """All learners, and the oracle's on the curriculum that teaches no reading."""
        return Plan(
            self.seeds,
            (
                self.condition(STANDARD, self.phases, learners(self.k, Oracle())),
                self.condition(ABLATION, ablated(self.phases), oracle_only(self.k, Oracle())),
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


def maze_claims() -> tuple[Claim, ...]:
    """Return all claims; success counts within 1.5 times the shortest path."""
    return (*_baseline(), *_retrieval(), _ablation())


def _latent(learner: str, condition: str = STANDARD) -> Accuracy:
    return Accuracy(run_group(learner, condition), "latent")


def latent_gain(name: str, statement: str, source: Published | str, condition: str = STANDARD) -> Claim:
    """Return the claim that the oracle's episodes help agents that mastered trained goals."""
    learners = "parametric-retrieval-oracle", "parametric"
    mastered = (need for name in learners for need in learned(run_group(name, condition), EXPLICIT, at_least=MASTERED))
    gain = Difference(*(_latent(name, condition) for name in learners))
    return Claim(
        name=name, statement=statement, source=source, effect=gain, bound=0.30, direction=">=", requires=tuple(mastered)
    )


def _baseline() -> tuple[Claim, ...]:
    parametric = run_group("parametric")
    return (
        Claim(
            name="parametric-explicit",
            statement="The agent without memory finds trained goals from starts it never set out from.",
            source=LATENT.with_our("bound"),
            effect=Accuracy(parametric, EXPLICIT),
            bound=MASTERED,
            direction=">=",
        ),
        Claim(
            name="parametric-latent",
            statement="It finds objects that it passed in training hardly more often than with the goal hidden "
            "from it.",
            source=LATENT.with_our("control"),
            effect=Difference(_latent("parametric"), Accuracy(parametric, "goal-masked")),
            bound=0.10,
            direction="within",
            requires=learned(parametric, EXPLICIT, at_least=MASTERED),
        ),
    )


def _retrieval() -> tuple[Claim, ...]:
    oracle = learned(run_group("parametric-retrieval-oracle"), EXPLICIT, at_least=MASTERED)
    baseline = learned(run_group("parametric"), EXPLICIT, at_least=MASTERED)
    return (
        latent_gain(
            "oracle-latent-gain",
            "With an episode that passed the object in its context the agent finds it far more often.",
            LATENT.with_our("bound"),
        ),
        Claim(
            name="identifier-latent",
            statement="Lookup by the maze's cue, which no other maze has, does as well as the oracle.",
            source=OURS,
            effect=Difference(_latent("parametric-retrieval-bm25"), _latent("parametric-retrieval-oracle")),
            bound=0.10,
            direction="within",
            requires=oracle,
        ),
        Claim(
            name="random-latent",
            statement="Episodes in other mazes in the same weights' context help no more than none help the baseline.",
            source=OURS + " control",
            effect=Difference(_latent("parametric-retrieval-random"), _latent("parametric")),
            bound=0.10,
            direction="within",
            requires=(*oracle, *baseline),
        ),
    )


def _ablation() -> Claim:
    oracle, ablated = run_group("parametric-retrieval-oracle"), run_group("parametric-retrieval-oracle", ABLATION)
    return Claim(
        name="in-context-training",
        statement="Without episodes whose later goals use earlier experience, retrieval's latent success is lower.",
        source=LATENT.with_our("bound"),
        effect=Difference(_latent("parametric-retrieval-oracle"), _latent("parametric-retrieval-oracle", ABLATION)),
        bound=0.10,
        direction=">=",
        requires=(*learned(oracle, EXPLICIT, at_least=MASTERED), *learned(ablated, EXPLICIT, at_least=MASTERED)),
    )
