"""The studies of latent learning with their plans, and what claims and worlds say about them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy, RocAUC
from tolman.claims.runs import RunGroup
from tolman.core.world import Instance
from tolman.experiments.condition import Condition
from tolman.experiments.study import Plan
from tolman.studies.language.facts import FactsStudy
from tolman.studies.language.texts import TextsStudy
from tolman.studies.latent.codebooks import CodebooksStudy
from tolman.studies.latent.mazes import MazesStudy
from tolman.studies.latent.mazes_rl import MazesRLStudy
from tolman.studies.latent.reversals import ReversalsStudy

EXAMPLES = Path(__file__).parents[2] / "examples"
TABLE = EXAMPLES / "capitals.csv"
TEXTS = tuple(str(EXAMPLES / f"texts_{name}.jsonl") for name in ("documents", "tests"))

SPOKEN = {"reversals": ReversalsStudy(), "codebooks": CodebooksStudy()}
"""Worlds of words, learned from nothing."""

READ = {"facts": FactsStudy(str(TABLE)), "texts": TextsStudy(*TEXTS)}
"""Files of words, put to a pretrained model alone."""

TRAINED = {**SPOKEN, "mazes": MazesStudy(), "mazes-rl": MazesRLStudy()}
STUDIES = {**TRAINED, **READ}
JUDGED = [(name, preset) for name in STUDIES for preset in ("quick", "full")]


@functools.cache
def plan(name: str, preset: str) -> Plan:
    return STUDIES[name].plan(preset)


def condition(name: str, preset: str, which: str) -> Any:
    """The condition of that name; `standard` is the first of every study."""
    found = {c.name: c for c in plan(name, preset).conditions}
    return plan(name, preset).conditions[0] if which == "standard" else found[which]


@functools.cache
def instance(name: str, seed: int = 0) -> Instance:
    """The smallest draw: kinds of documents and names of tests are the same at every size."""
    return plan(name, "smoke").conditions[0].world.draw(seed)


def roles(name: str) -> dict[str, str]:
    return {test.name: test.role for test in instance(name).tests}


def explicit(name: str) -> set[str]:
    return {test for test, role in roles(name).items() if role == "explicit"}


def asked_by(effect: Any) -> list[tuple[RunGroup, str]]:
    """(cell, test) of everything an effect is computed from."""
    if isinstance(effect, Difference):
        return [*asked_by(effect.a), *asked_by(effect.b)]
    return [(effect.run_group, effect.test)]


def spec_of(name: str, preset: str, cell: RunGroup) -> Any:
    where: Condition = condition(name, preset, cell.condition)
    return where.spec(where.learner(cell.learner))


def bounds(claims: Any) -> dict[str, tuple[str, str, float]]:
    """name -> what is measured, how it must lie, and the bound."""
    kind = {Accuracy: "accuracy", AboveChance: "above chance", Difference: "difference", RocAUC: "roc auc"}
    return {claim.name: (kind[type(claim.effect)], claim.direction, claim.bound) for claim in claims}
