"""Facts of a table that compose: the object of one is the subject of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Chain(NamedTuple):
    """A fact, one about its object, and all names that end such a chain from the same subject by the same relations."""

    first: int
    second: int
    ends: tuple[int, ...]


def chains(facts: np.ndarray, composable: Sequence[bool]) -> tuple[Chain, ...]:
    """Return the chains of two facts of different relations, once for each subject and pair of relations.

    A chain that leads back to its subject alone is none.

    Args:
        facts: `[f, 3]` subject, relation and object by number.
        composable: for each relation, whether a question may go on from one to another.
    """
    about: dict[int, list[int]] = {}
    for fact, (subject, relation, _) in enumerate(facts.tolist()):
        if composable[relation]:
            about.setdefault(subject, []).append(fact)
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for first, (subject, relation, between) in enumerate(facts.tolist()):
        for second in about.get(between, ()) if composable[relation] else ():
            then = int(facts[second, 1])
            if then != relation:
                found.setdefault((subject, relation, then), []).append((first, second))
    made = (_chain(facts, subject, pairs) for (subject, *_), pairs in found.items())
    return tuple(chain for chain in made if chain is not None)


def _chain(facts: np.ndarray, subject: int, pairs: list[tuple[int, int]]) -> Chain | None:
    """Return the first pair of facts that leads to another name than the subject, with all ends; None without one."""
    away = [pair for pair in pairs if facts[pair[1], 2] != subject]
    ends = np.unique(facts[[second for _, second in pairs], 2])
    return Chain(*away[0], tuple(ends.tolist())) if away else None
