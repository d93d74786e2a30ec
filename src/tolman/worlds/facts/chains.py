"""Facts of a table that compose: the object of one is the subject of another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tolman.worlds.relations import FORWARD, FactBase


class Chain(NamedTuple):
    """A fact, one about its object, and all names that end such a chain from the same subject by the same relations."""

    first: int
    second: int
    ends: tuple[int, ...]


def chains(base: FactBase) -> tuple[Chain, ...]:
    """Return the chains of two facts of different relations, once for each subject and pair of relations.

    Relations with a sentence of their own are left out, as are chains that lead back to their subject.
    """
    plain = [not relation[FORWARD].before for relation in base.relations]
    about: dict[int, list[int]] = {}
    for fact, (subject, relation, _) in enumerate(base.facts.tolist()):
        if plain[relation]:
            about.setdefault(subject, []).append(fact)
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for first, (subject, relation, between) in enumerate(base.facts.tolist()):
        for second in about.get(between, ()) if plain[relation] else ():
            _, then, end = base.facts[second].tolist()
            if then != relation and end != subject:
                found.setdefault((subject, relation, then), []).append((first, second))
    return tuple(Chain(*pairs[0], _ends(base, pairs)) for pairs in found.values())


def _ends(base: FactBase, pairs: list[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(np.unique(base.facts[[second for _, second in pairs], 2]).tolist())
