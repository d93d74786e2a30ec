"""Syllogisms: the strongest conclusion of every pair of premises, found by going through all models.

Sentences are "all", "no", "some" and "some ... not" about three categories A, B and C, each of which has members. A
model says which of the eight combinations of categories occur; a set of models is an integer with one bit for each.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

ALL, NO, SOME, SOME_NOT = range(4)

Conclusion = tuple[int, int]
"""A quantifier, and 0 for a sentence from A to C or 1 for one from C to A."""

Combination = tuple[int, int, int]
"""Whether something is an A, a B and a C."""

ENDS = ((0, 2), (2, 0))
"""The places of a conclusion's two categories among A, B and C."""


class Premises(NamedTuple):
    """Two premises; a turned one speaks of B before A, or of C before B."""

    first: int
    first_turned: int
    second: int
    second_turned: int


def _models() -> list[Sequence[Combination]]:
    combinations = [(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    occurring: Iterable[Sequence[Combination]] = (
        [c for bit, c in enumerate(combinations) if number >> bit & 1] for number in range(256)
    )
    return [model for model in occurring if all(any(c[i] for c in model) for i in range(3))]


def _holds(quantifier: int, x: int, y: int, model: Iterable[Combination]) -> bool:
    inside = [bool(c[y]) for c in model if c[x]]
    return (all(inside), not any(inside), any(inside), not all(inside))[quantifier]


@functools.cache
def _where(quantifier: int, x: int, y: int) -> int:
    """Return the models in which a sentence is true."""
    return sum(1 << i for i, model in enumerate(_models()) if _holds(quantifier, x, y, model))


def _conclusions() -> dict[Conclusion, int]:
    return {(q, turned): _where(q, *ENDS[turned]) for q in range(4) for turned in range(2)}


def valid(premises: Premises) -> frozenset[Conclusion]:
    """Return every conclusion that is true in all models of the premises."""
    first = ((0, 1), (1, 0))[premises.first_turned]
    second = ((1, 2), (2, 1))[premises.second_turned]
    models = _where(premises.first, *first) & _where(premises.second, *second)
    return frozenset(conclusion for conclusion, true in _conclusions().items() if not models & ~true)


def strongest(premises: Premises) -> frozenset[Conclusion]:
    """Return the valid conclusions that no stronger one entails; they are equivalent to one another."""
    true, found = _conclusions(), valid(premises)
    return frozenset(a for a in found if not any(true[b] != true[a] and not true[b] & ~true[a] for b in found))


def _table() -> Mapping[Premises, frozenset[Conclusion]]:
    every = itertools.product(range(4), range(2), range(4), range(2))
    return MappingProxyType({premises: strongest(premises) for premises in itertools.starmap(Premises, every)})


STRONGEST = _table()
"""Strongest conclusions of all pairs of premises; none where nothing follows."""

CONCLUSIVE = tuple(premises for premises, found in STRONGEST.items() if found)
INCONCLUSIVE = tuple(premises for premises, found in STRONGEST.items() if not found)
