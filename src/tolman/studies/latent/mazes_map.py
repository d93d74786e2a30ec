"""How far it goes: the experiment of `mazes` again, with one dial turned at a time."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, NamedTuple

from tolman.claims.claim import Claim
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.retrieval.oracle import Oracle
from tolman.studies.latent.claims import OURS
from tolman.studies.latent.mazes import SIZES
from tolman.studies.latent.navigation import Size, latent_gain
from tolman.studies.latent.presets import learners


class Point(NamedTuple):
    """A place on the map: what it is called, the dials that differ, and how many times the lessons are needed."""

    words: str
    dials: dict[str, Any]
    lessons: int = 1


POINTS = {
    "plain": Point("in the setting of the study `mazes`", {}),
    "pixels": Point("that sees rendered pixels", {"observation": "pixels"}),
    "larger": Point("in rooms of 7 x 7 cells", {"size": 7, "max_steps": 24}),
    "floor": Point("that knows mazes by the colours of their floor", {"identified_by": "floor"}),
    "walls": Point("in mazes with half of the walls", {"wall_density": 0.5}, 2),
    "view": Point("that sees 3 x 3 cells", {"view_size": 3}, 4),
    "turning": Point("that turns and moves", {"actions": "turn-move"}, 2),
    "lost": Point("that is not told where it stands", {"observe_position": False}, 2),
}
"""Conditions, with lessons where reading is harder; how many was explored on other seeds (docs/log.md)."""

FEW = ("plain", "pixels")
"""Those of the preset that claims nothing."""

PATIENCE = {"smoke": 1, "quick": 1, "full": 4}
"""By what lessons are multiplied: `full` asks whether it is a matter of time, in the mazes of `quick`."""


@dataclasses.dataclass(frozen=True)
class MazesMap(AbstractStudy):
    """In which mazes does a remembered episode help? One dial of `mazes` at a time, by imitation."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "where memory helps to find objects that were passed: one dial turned at a time"
    seeds: ClassVar[range] = range(1320, 1326)

    def plan(self, preset: str) -> Plan:
        names = FEW if preset == "smoke" else tuple(POINTS)
        size = SIZES["smoke" if preset == "smoke" else "quick"]
        patient = dataclasses.replace(size, reading=PATIENCE[preset] * size.reading)
        return Plan(size.seeds, tuple(_condition(name, patient) for name in names))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else tuple(_gain(name) for name in POINTS)

    @classmethod
    def presentation(cls) -> Presentation:
        from tolman.studies.latent.presentation import MAZES

        return MAZES


def _condition(name: str, size: Size) -> Condition:
    point = POINTS[name]
    maze = dataclasses.replace(size.world.maze, **point.dials)
    world = dataclasses.replace(size.world, maze=maze)
    turned = dataclasses.replace(size, world=world, reading=point.lessons * size.reading)
    return turned.condition(name, turned.phases, learners(turned.k, Oracle()))


def _gain(name: str) -> Claim:
    statement = f"An episode that passed the object helps an agent {POINTS[name].words}."
    return latent_gain(f"{name}-gain", statement, OURS, name)
