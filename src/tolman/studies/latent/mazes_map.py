"""Study of the conditions under which memory helps: `mazes` again, with one thing changed at a time."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple

from tolman.claims.claim import Claim
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context, parametric_retrieval
from tolman.report.presentation import Presentation
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.map_claims import context_gain, lost_reading, search_gain, smaller_gain
from tolman.studies.latent.mazes import PRESETS
from tolman.studies.latent.navigation import DROPOUT, MazePreset, with_and_without


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


OBSERVED, LOST = "observed", "lost"
"""The condition whose retrieval searches by what is observed, as no maze has a cue; and that of an unknown position."""

ROOM, HIDDEN = {"size": 7, "max_steps": 24}, {"observe_position": False}

GRID = {
    "plain": Variation("in the setting of the study `mazes`", {}),
    "view": Variation("that sees 3 x 3 cells", {"view_size": 3}, 4),
    "larger": Variation("in rooms of 7 x 7 cells", ROOM),
    "larger-view": Variation("that sees 3 x 3 cells in rooms of 7 x 7", {"view_size": 3, **ROOM}, 4),
    "wide-view": Variation("that sees 5 x 5 cells in rooms of 7 x 7", {"view_size": 5, **ROOM}, 4),
    LOST: Variation("that is not told where it stands", HIDDEN, 4),
    "lost-view": Variation("that sees 3 x 3 cells and is not told where it stands", {"view_size": 3, **HIDDEN}, 4),
    "lost-wide-view": Variation(
        "that sees 5 x 5 cells in rooms of 7 x 7 and is not told where it stands",
        {"view_size": 5, **ROOM, **HIDDEN},
        4,
    ),
}
"""View, room and position. The larger views and all hidden positions have the same in-context phase, so that they can
be compared; it is four times that of `mazes`, as found on other seeds (docs/log.md)."""

OBJECTIVES = {
    "no-prediction": Variation("that predicts nothing", {}, model={"goal_prediction_coef": 0.0}),
    "next-observation": Variation("that predicts every next observation", {}, model={"predicts": "next"}),
}

DRAWINGS = {
    "pixels": Variation("that sees rendered pixels", {"observation": "pixels"}),
    "floor": Variation("that knows mazes by the colours of their floor", {"identified_by": "floor"}),
    "walls": Variation("in mazes with half of the walls", {"wall_density": 0.5}, 2),
    "turning": Variation("that turns and moves", {"actions": "turn-move"}, 2),
    OBSERVED: Variation(
        "that sees 3 x 3 cells and knows mazes by their floor", {"view_size": 3, "identified_by": "floor"}, 4
    ),
}

READING = PRESETS["quick"].reading
"""Steps of the in-context phase in `mazes`."""

SWEPT, BUDGETS = ("view", "wide-view", LOST), (1, 2, 8, 16)
"""Conditions that may want longer in-context training, and the factors that are tried beside their own."""


def _at_budget(name: str, patience: int) -> Variation:
    point, steps = GRID[name], patience * READING
    return point._replace(words=f"{point.words}, after {steps:,} steps of in-context training", patience=patience)


BUDGET_AXIS = {f"{name}-{by * READING}": _at_budget(name, by) for name in SWEPT for by in BUDGETS}
"""Conditions named after their steps of in-context training."""

LONGER = f"view-{8 * READING}"
"""The one longer budget that `quick` can afford."""

POINTS = {**GRID, **OBJECTIVES, **DRAWINGS, **BUDGET_AXIS}
"""Conditions of `full`."""

QUICK = (*GRID, *OBJECTIVES, LONGER)
"""Conditions of `quick`."""

FEW = ("plain", "pixels")
"""Conditions of the preset that claims nothing."""


@dataclasses.dataclass(frozen=True)
class MazesMapStudy(AbstractStudy):
    """The experiment of `mazes`, by imitation, with one parameter of the environment or agent changed at a time.

    One network is trained for each condition and seed, without memory, and asked with and without an episode in its
    context; only `observed` has networks that were trained with retrieval.
    """

    version: ClassVar[int] = 3
    title: ClassVar[str] = "where memory helps to find objects that were passed: one parameter changed at a time"
    seeds: ClassVar[range] = range(4300, 4306)
    explored: ClassVar[tuple[range, ...]] = (range(2), range(70, 72), range(90, 92), range(200, 203))

    def plan(self, preset: str) -> Plan:
        names = {"smoke": FEW, "quick": QUICK, "full": tuple(POINTS)}[preset]
        size = PRESETS["smoke" if preset == "smoke" else "quick"]
        return Plan(size.seeds, tuple(_condition(name, size) for name in names))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        unread = (LOST, *(f"{LOST}-{by * READING}" for by in BUDGETS))
        return (
            *(_for_presets(name, context_gain(name, point.words)) for name, point in POINTS.items()),
            *_comparisons(),
            *(_for_presets(name, lost_reading(name, POINTS[name].words)) for name in unread),
            _for_presets(OBSERVED, search_gain(OBSERVED)),
        )

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES


def _for_presets(name: str, claim: Claim) -> Claim:
    """Return a claim on a condition for the presets that have it."""
    return claim if name in QUICK else dataclasses.replace(claim, presets=("full",))


def _comparisons() -> tuple[Claim, ...]:
    return (
        smaller_gain("view-helped-less", "An episode helps an agent that sees 3 x 3 cells less.", "plain", "view"),
        smaller_gain(
            "longer-view-helped-less",
            "So it does after twice as much in-context training.",
            "plain",
            LONGER,
        ),
        smaller_gain(
            "wide-view-helped-less",
            "In rooms of 7 x 7 cells, an episode helps an agent that sees 5 x 5 cells less than one that sees 3 x 3.",
            "larger-view",
            "wide-view",
        ),
    )


def _condition(name: str, size: MazePreset) -> Condition:
    point = POINTS[name]
    maze = dataclasses.replace(size.world.maze, **point.changes)
    model = dataclasses.replace(size.model, **point.model)
    world = dataclasses.replace(size.world, maze=maze)
    turned = dataclasses.replace(size, world=world, model=model, reading=point.patience * size.reading)
    who = _searchers(turned.k) if name == OBSERVED else (parametric(), parametric_context())
    return turned.condition(name, turned.phases, who)


def _searchers(k: int) -> tuple[Learner, ...]:
    """The learners where nothing but what is observed can be searched by.

    A start shows nine cells, an episode many more: long episodes are penalised as usual (recall .76 on seed 200; .61
    without). `model` searches by the agent's own representation of its observations.
    """
    lexical, dense = (
        parametric_retrieval(retriever, k, trained_with=Oracle(), **DROPOUT) for retriever in (BM25(), Dense("model"))
    )
    baseline, oracle = with_and_without(k)
    return baseline, parametric_context(), oracle, lexical, dense
