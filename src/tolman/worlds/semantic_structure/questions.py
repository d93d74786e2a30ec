"""Questions about categories: for what is stated, and for what follows from it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

import numpy as np

from tolman.worlds.builder import Question
from tolman.worlds.reading import wordings as w
from tolman.worlds.semantic_structure.hierarchy import Fact, Hierarchy, Inherited
from tolman.worlds.semantic_structure.sentences import REVERSED, STATED, stated, wordings_of

Statements = dict[Fact, list[tuple[int, w.Template]]]
"""For each fact, the documents that state it, by name, with the wordings."""

T = TypeVar("T", Fact, Inherited)


class Questions:
    """Asks for what is stated, and for what follows.

    Args:
        hierarchy: the categories.
        said: the statements of each fact.
        asked: wordings in which the same latent question is asked.
        rng: draws wordings.
    """

    def __init__(self, hierarchy: Hierarchy, said: Statements, asked: int, rng: np.random.Generator):
        self._hierarchy, self._said, self._asked, self._rng = hierarchy, said, asked, rng
        self._objects = {key: self._among(key) for key in map(self._place, said)}

    def tests(self) -> Iterable[tuple[str, Literal["explicit", "latent"], list[Question]]]:
        """Yield each test's name, role and questions; what has no other option is not asked."""
        facts = [fact for fact in self._said if len(self._options(fact)) > 1]
        inherited = [each for each in self._hierarchy.all_inherited() if len(self._options(each.fact)) > 1]
        apart = [[e for e in inherited if (e.fact.subject in self._hierarchy.held_out) == held] for held in (0, 1)]
        yield "stated", "explicit", [self._stated(fact, [t for _, t in self._said[fact]]) for fact in facts]
        yield "rephrased", "explicit", [self._stated(f, wordings_of(f, self._hierarchy)[1]) for f in facts]
        yield "reversed", "latent", self._varied(self._hierarchy.of_sort("relation"), REVERSED, self._reversed)
        yield "syllogism", "latent", self._varied(apart[0], STATED[0], self._inherited)
        yield "holdout", "latent", self._varied(apart[1], STATED[0], self._inherited)

    def _place(self, fact: Fact) -> tuple[str, bool]:
        """Return what is said of a subject, and whether it is a root: facts alike in this have the same options."""
        return fact.relation, fact.object in self._hierarchy.levels[0]

    def _among(self, place: tuple[str, bool]) -> tuple[str, ...]:
        return tuple(sorted({fact.object for fact in self._said if self._place(fact) == place}))

    def _options(self, fact: Fact) -> tuple[str, ...]:
        return self._objects[self._place(fact)]

    def _stated(self, fact: Fact, templates: Sequence[w.Template]) -> Question:
        return stated(fact, templates[int(self._rng.integers(len(templates)))], self._options(fact))

    def _varied(
        self, what: Sequence[T], templates: Sequence[w.Template], ask: Callable[[T, w.Template], Question]
    ) -> list[Question]:
        """Return each question in several wordings."""
        some = lambda: self._rng.choice(len(templates), self._asked, replace=False).tolist()  # noqa: E731
        return [ask(each, templates[i]) for each in what for i in some()]

    def _reversed(self, fact: Fact, template: w.Template) -> Question:
        """Return the question whose relation the object is; every one of the subjects is an option."""
        subjects = {each.subject for each in self._said if each.relation == fact.relation}
        return Question(
            w.as_text(template, r=fact.relation, o=fact.object),
            fact.subject,
            fact=fact,
            cue=("reversed", fact),
            frame=("reversed", fact.relation),
            options=tuple(sorted(subjects)),
            topics=[fact.subject],
        )

    def _inherited(self, inherited: Inherited, template: w.Template) -> Question:
        """Return the question for a property that a category has from one above it, which the chain supports."""
        asked = stated(inherited.fact, template, self._options(inherited.fact))
        documents = itertools.zip_longest(*([name for name, _ in self._said[fact]] for fact in inherited.chain))
        supports = [name for names in documents for name in names if name is not None]
        return asked._replace(
            fact=inherited.chain[-1],
            cue=("inherited", inherited.fact),
            frame=None,  # other categories have the same property
            group=inherited.group,
            supports=list(dict.fromkeys(supports)),
            topics=[fact.subject for fact in inherited.chain],
        )
