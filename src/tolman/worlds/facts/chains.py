"""Facts of a table that compose: the object of one is the subject of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tolman.worlds.relations import FactBase


class Chain(NamedTuple):
    """A fact, one about its object, and all names that end such a chain from the same subject by the same relations."""

    first: int
    second: int
    ends: tuple[int, ...]


def chains(base: FactBase, composable: Sequence[bool]) -> tuple[Chain, ...]:
    """Return the chains of two facts of different relations, once for each subject and pair of relations.

    A chain that leads back to its subject alone is none.

    Args:
        base: the facts.
        composable: for each relation, whether a question may go on from one to another.
    """
    about: dict[int, list[int]] = {}
    for fact, (subject, relation, _) in enumerate(base.facts.tolist()):
        if composable[relation]:
            about.setdefault(subject, []).append(fact)
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for first, (subject, relation, between) in enumerate(base.facts.tolist()):
        for second in about.get(between, ()) if composable[relation] else ():
            then = int(base.facts[second, 1])
            if then != relation:
                found.setdefault((subject, relation, then), []).append((first, second))
    made = [(subject, Chain(*pairs[0], _ends(base, pairs))) for (subject, *_), pairs in found.items()]
    return tuple(chain for subject, chain in made if chain.ends != (subject,))


def _ends(base: FactBase, pairs: list[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(np.unique(base.facts[[second for _, second in pairs], 2]).tolist())
