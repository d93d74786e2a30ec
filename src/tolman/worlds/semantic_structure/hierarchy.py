"""Categories in a hierarchy, what is stated of them, and what follows by inheritance."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from tolman.worlds.reading.names import open_words

Sort = Literal["membership", "property", "relation"]
Levels = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

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
    """A fact as it is stated: a `subject` is an `object`, or the `relation` of a `subject` is an `object`."""

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
        """The way in which it follows: in one step, in two, or from an exception."""
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

    levels: Levels
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
    branches = sizes.roots * sizes.branches
    levels = _levels((sizes.roots, branches, branches * sizes.leaves), words)
    hierarchy = Hierarchy(
        levels=levels,
        held_out=frozenset(levels[-1][:: sizes.leaves]),  # one of each branch
        facts={name: [] for level in levels for name in level},
        kinds=tuple(rng.permutation(PROPERTIES)[: 3 * sizes.properties].tolist()),
    )
    for upper, lower in itertools.pairwise(levels):
        for place, name in enumerate(lower):
            above = upper[place * len(upper) // len(lower)]
            hierarchy.facts[name].append(Fact("membership", name, "", above))
    _add_properties(hierarchy, sizes.properties, words, rng)
    _add_exceptions(hierarchy, round(sizes.exceptions * branches), words, rng)
    related = [name for name in levels[-1] if name not in hierarchy.held_out]
    for fact in _relations(related, sizes.relations, rng):
        hierarchy.facts[fact.subject].append(fact)
    return hierarchy


def _levels(counts: tuple[int, int, int], words: Iterator[str]) -> Levels:
    roots, branches, leaves = (tuple(itertools.islice(words, count)) for count in counts)
    return roots, branches, leaves


def _add_properties(hierarchy: Hierarchy, most: int, words: Iterator[str], rng: np.random.Generator) -> None:
    """Give each category 1 to `most` properties of its own, of other kinds than those that it inherits."""
    used = Counter[str]()
    for level in hierarchy.levels:
        holders = [name for name in level if name not in hierarchy.held_out]
        for name, count in zip(holders, _counts(len(holders), most, rng), strict=True):
            inherited = {each.fact.relation for each in hierarchy.inherited(name)}
            own = _least_used(hierarchy.kinds, inherited, used, rng)[:count]
            used.update(own)
            hierarchy.facts[name] += [Fact("property", name, kind, next(words)) for kind in own]


def _add_exceptions(hierarchy: Hierarchy, count: int, words: Iterator[str], rng: np.random.Generator) -> None:
    """Give so many branches a property of a kind that their root has, too."""
    for name in rng.permutation(hierarchy.levels[1])[:count].tolist():
        kinds = rng.permutation([each.fact.relation for each in hierarchy.inherited(name)]).tolist()
        hierarchy.facts[name].append(Fact("property", name, kinds[0], next(words)))


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
