"""Categories in a hierarchy, what is stated of them, and what follows by inheritance."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from tolman.worlds.reading.names import open_words

Sort = Literal["membership", "property", "relation"]

PROPERTIES = (
    *("colour", "diet", "habitat", "sound", "shape", "smell", "taste", "texture", "gait"),
    *("season", "shelter", "origin", "material", "weight", "speed", "pattern", "temper", "purpose"),
)
"""Kinds of properties. Three times as many are in a world as a category has at most."""

RELATIONS = ("predator", "rival", "guardian", "companion")
"""Relations between categories."""

LETTERS = (4, 5)
"""Shortest and longest of the invented words."""


class Fact(NamedTuple):
    """What is stated: a `subject` is an `object`, or the `relation` of a `subject` is an `object`."""

    sort: Sort
    subject: str
    relation: str
    object: str


class Inherited(NamedTuple):
    """A property that a category has from one above it.

    Attributes:
        fact: what follows.
        chain: the facts that it follows from: memberships upwards, then the property of the highest category.
        overridden: what a still higher category has instead, to which `chain` states an exception; mostly "".
    """

    fact: Fact
    chain: tuple[Fact, ...]
    overridden: str = ""

    @property
    def group(self) -> str:
        """How it follows."""
        return "exception" if self.overridden else "one-step" if len(self.chain) == 2 else "two-steps"


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Sizes of a hierarchy, as the world's parameters of the same names."""

    roots: int
    branches: int
    leaves: int
    properties: int
    relations: int
    exceptions: float


@dataclasses.dataclass(frozen=True)
class Hierarchy:
    """Categories and what is stated of them.

    Attributes:
        levels: names by level, the highest first.
        held_out: those of the lowest level of which only the category above is stated.
        facts: what is stated, by subject.
        kinds: the kinds of properties in use.
    """

    levels: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    held_out: frozenset[str]
    facts: dict[str, list[Fact]]
    kinds: tuple[str, ...]

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories, the highest first."""
        return sum(self.levels, ())

    def of_sort(self, *sorts: Sort) -> list[Fact]:
        """Return all facts of these sorts, or of all."""
        return [fact for each in self.facts.values() for fact in each if not sorts or fact.sort in sorts]

    def all_inherited(self) -> list[Inherited]:
        """Return what all categories have from those above them."""
        return [each for name in self.categories for each in self.inherited(name)]

    def of(self, category: str, sort: Sort) -> list[Fact]:
        """Return what is stated of a category, of one sort."""
        return [fact for fact in self.facts[category] if fact.sort == sort]

    def inherited(self, category: str) -> list[Inherited]:
        """Return what a category has from those above it; the nearest one that states something counts."""
        found: dict[str, Inherited] = {}
        taken, chain = {fact.relation for fact in self.of(category, "property")}, ()
        above = self.of(category, "membership")
        while above:
            chain = (*chain, *above)
            holder = above[0].object
            for fact in self.of(holder, "property"):
                if fact.relation in found:
                    found[fact.relation] = found[fact.relation]._replace(overridden=fact.object)
                elif fact.relation not in taken:
                    inferred = fact._replace(subject=category)
                    found[fact.relation] = Inherited(inferred, (*chain, fact))
            above = self.of(holder, "membership")
        return list(found.values())


def draw_hierarchy(sizes: Sizes, rng: np.random.Generator) -> Hierarchy:
    """Draw categories; how many facts are stated is the same for every seed."""
    words = iter(open_words(rng, _words(sizes), LETTERS))
    counts = (sizes.roots, sizes.roots * sizes.branches, sizes.roots * sizes.branches * sizes.leaves)
    roots, branches, leaves = (tuple(next(words) for _ in range(count)) for count in counts)
    held_out = frozenset(leaves[:: sizes.leaves])  # one of each branch
    facts: dict[str, list[Fact]] = {name: [] for name in (*roots, *branches, *leaves)}
    for upper, lower in ((roots, branches), (branches, leaves)):
        for place, name in enumerate(lower):
            facts[name].append(Fact("membership", name, "", upper[place * len(upper) // len(lower)]))
    kinds = tuple(rng.permutation(PROPERTIES)[: 3 * sizes.properties].tolist())
    hierarchy = Hierarchy((roots, branches, leaves), held_out, facts, kinds)
    used = Counter[str]()
    for level in hierarchy.levels:
        holders = [name for name in level if name not in held_out]
        for name, count in zip(holders, _counts(len(holders), sizes.properties, rng), strict=True):
            own = _least_used(kinds, {each.fact.relation for each in hierarchy.inherited(name)}, used, rng)[:count]
            used.update(own)
            facts[name] += [Fact("property", name, kind, next(words)) for kind in own]
    for name in rng.permutation(branches)[: round(sizes.exceptions * len(branches))].tolist():
        above = rng.permutation([each.fact.relation for each in hierarchy.inherited(name)]).tolist()
        facts[name].append(Fact("property", name, above[0], next(words)))
    for fact in _relations([name for name in leaves if name not in held_out], sizes.relations, rng):
        facts[fact.subject].append(fact)
    return hierarchy


def _words(sizes: Sizes) -> int:
    """Return enough words for all categories and properties."""
    branches = sizes.roots * sizes.branches
    return (sizes.roots + branches * (1 + sizes.leaves)) * (1 + sizes.properties) + branches


def _counts(categories: int, most: int, rng: np.random.Generator) -> list[int]:
    """Return how many properties of its own each category has, 1 to `most`; every number is about as frequent."""
    return rng.permutation([most - i % most for i in range(categories)]).tolist()


def _least_used(kinds: Sequence[str], taken: set[str], used: Counter[str], rng: np.random.Generator) -> list[str]:
    """Return the kinds that are not taken, the least used first, so that each has several values to choose from."""
    free = [kind for kind in rng.permutation(kinds).tolist() if kind not in taken]
    return sorted(free, key=lambda kind: used[kind])


def _relations(names: list[str], count: int, rng: np.random.Generator) -> list[Fact]:
    """Return relations of one half of the categories to the other; no two categories are related twice.

    Nothing is on both sides, so that there is nothing to compose: asked for the rival of a category, the reader in
    part gives the rival of its rival, where there is one.
    """
    half = len(names) // 2
    mixed = rng.permutation(names).tolist()
    return [
        Fact("relation", mixed[place], relation, mixed[half + (place + shift) % half])
        for shift, relation in enumerate(RELATIONS[:count])
        for place in range(half)
    ]
