"""Study of the conditions under which retrieval helps: `mazes` again, with one thing changed at a time."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple

from tolman.claims.claim import Claim
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric_retrieval
from tolman.report.presentation import Presentation
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import OURS
from tolman.studies.latent.maze_claims import BM25 as LEXICAL
from tolman.studies.latent.maze_claims import latent_gain
from tolman.studies.latent.mazes import PRESETS
from tolman.studies.latent.navigation import DROPOUT, MazePreset, with_and_without
from tolman.studies.latent.presets import learners


class Variation(NamedTuple):
    """A condition of the study.

    Attributes:
        words: its description, to follow "an agent".
        changes: parameters of the environment that differ from `mazes`.
        patience: factor by which the in-context phase is longer.
        model: parameters of the agent that differ.
    """

    words: str
    changes: dict[str, Any]
    patience: int = 1
    model: dict[str, Any] = {}  # noqa: RUF012 (never written to)


OBSERVED = "observed"
"""The condition whose retrieval searches by what is observed: no maze has a cue."""

POINTS = {
    "plain": Variation("in the setting of the study `mazes`", {}),
    "pixels": Variation("that sees rendered pixels", {"observation": "pixels"}),
    "larger": Variation("in rooms of 7 x 7 cells", {"size": 7, "max_steps": 24}),
    "floor": Variation("that knows mazes by the colours of their floor", {"identified_by": "floor"}),
    "walls": Variation("in mazes with half of the walls", {"wall_density": 0.5}, 2),
    "view": Variation("that sees 3 x 3 cells", {"view_size": 3}, 4),
    "wide-view": Variation("that sees 5 x 5 cells in rooms of 7 x 7", {"view_size": 5, "size": 7, "max_steps": 24}, 4),
    "turning": Variation("that turns and moves", {"actions": "turn-move"}, 2),
    "lost": Variation("that is not told where it stands", {"observe_position": False}, 2),
    OBSERVED: Variation(
        "that sees 3 x 3 cells and knows mazes by their floor", {"view_size": 3, "identified_by": "floor"}, 4
    ),
    "no-prediction": Variation("that predicts nothing", {}, model={"goal_prediction_coef": 0.0}),
    "next-observation": Variation("that predicts every next observation", {}, model={"predicts": "next"}),
}
"""Conditions; where reading is harder, the in-context phase is longer, as found on other seeds (docs/log.md)."""

FEW = ("plain", "pixels")
"""Conditions of the preset that claims nothing."""

PATIENCE = {"smoke": 1, "quick": 1, "full": 4}
"""Factor of the in-context phase by preset: `full` trains longer in the mazes of `quick`."""


@dataclasses.dataclass(frozen=True)
class MazesMapStudy(AbstractStudy):
    """The experiment of `mazes`, by imitation, with one parameter of the environment or agent changed at a time."""

    version: ClassVar[int] = 2
    title: ClassVar[str] = "where memory helps to find objects that were passed: one parameter changed at a time"
    seeds: ClassVar[range] = range(4300, 4306)
    explored: ClassVar[tuple[range, ...]] = (range(2), range(70, 72), range(90, 92), range(200, 203))

    def plan(self, preset: str) -> Plan:
        names = FEW if preset == "smoke" else tuple(POINTS)
        size = PRESETS["smoke" if preset == "smoke" else "quick"]
        patient = dataclasses.replace(size, reading=PATIENCE[preset] * size.reading)
        return Plan(size.seeds, tuple(_condition(name, patient) for name in names))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        statement = "What search by floor and objects in view finds helps the agent as the oracle's episode should."
        search = latent_gain(f"{OBSERVED}-search", statement, OURS, condition=OBSERVED, learner=LEXICAL)
        return *(_gain(name) for name in POINTS), search

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES


def _condition(name: str, size: MazePreset) -> Condition:
    point = POINTS[name]
    maze = dataclasses.replace(size.world.maze, **point.changes)
    model = dataclasses.replace(size.model, **point.model)
    world = dataclasses.replace(size.world, maze=maze)
    turned = dataclasses.replace(size, world=world, model=model, reading=point.patience * size.reading)
    who = _searchers(turned.k) if name == OBSERVED else learners(turned.k, Oracle(), **DROPOUT)
    return turned.condition(name, turned.phases, who)


def _searchers(k: int) -> tuple[Learner, ...]:
    """The learners where nothing but what is observed can be searched by.

    A start shows nine cells, an episode many more: long episodes are penalised as usual (recall .76 on seed 200; .61
    without). `model` searches by the agent's own representation of its observations.
    """
    lexical, dense = (
        parametric_retrieval(retriever, k, trained_with=Oracle(), **DROPOUT) for retriever in (BM25(), Dense("model"))
    )
    return *with_and_without(k), lexical, dense


def _gain(name: str) -> Claim:
    statement = f"An episode that passed the object helps an agent {POINTS[name].words}."
    return latent_gain(f"{name}-gain", statement, OURS, condition=name)
