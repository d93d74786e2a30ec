"""Sentences and articles that state facts about categories, and sentences that merely name two things together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tolman.worlds.builder import Part, Question, Target
from tolman.worlds.reading import wordings as w
from tolman.worlds.semantic_structure.hierarchy import Fact, Hierarchy

Wordings = tuple[tuple[w.Template, ...], tuple[w.Template, ...]]
"""Wordings of documents, and those that only tests use."""

LOWEST, HIGHER = w.ending_in(w.MEMBER, w.OBJECT, 6), w.ending_in(w.KIND, w.OBJECT, 6)
"""Sentences that end in the category above, of the lowest categories and of higher ones."""

STATED = w.ending_in(w.FORWARD, w.OBJECT, 5)
"""Sentences that end in a property, or in the object of a relation."""

REVERSED, _ = w.ending_in(w.REVERSE, w.SUBJECT, 5)
"""Beginnings of sentences that end in the subject of a relation."""

QUESTIONS = tuple(t for t in dict.fromkeys(itertools.chain(*w.FORWARD_MARK.trained)) if len(t) <= 8)
"""Questions for a property or an object, with a question mark."""

TOGETHER = ("{s} and then {o}", "first {s} , then {o}", "here {s} , there {o}", "see {s} , see {o}", "{s} and also {o}")
"""Sentences that name two things together and say nothing about them; ours."""

SENTENCES = (4, 20)
"""Fewest and most sentences of an article."""

ASKED = 0.2
"""Fraction of an article's sentences about properties and relations that are a question with its answer."""

_CATEGORIES, _STATING = (*LOWEST, *HIGHER), (*LOWEST[0], *HIGHER[0], *STATED[0])
_TOGETHER = tuple(map(w.parse, TOGETHER))

LONGEST_ARTICLE = SENTENCES[1] * (max(map(len, (*_STATING, *QUESTIONS))) + 2)
"""Words of the longest possible article."""

LONGEST_SENTENCE = 1 + max(map(len, (*_STATING, *_TOGETHER)))

TEMPLATES = tuple(dict.fromkeys(itertools.chain(*_CATEGORIES, *STATED, REVERSED, QUESTIONS, _TOGETHER)))
"""All of them, for the vocabulary."""


def wordings_of(fact: Fact, hierarchy: Hierarchy) -> Wordings:
    """Return the wordings that state a fact."""
    if fact.sort == "membership":
        return LOWEST if fact.subject in hierarchy.levels[-1] else HIGHER
    return STATED


def stated(fact: Fact, template: w.Template, options: Sequence[str] | None = None) -> Question:
    """Return the statement of a fact as a question whose answer ends it."""
    return Question(
        w.as_text(template, s=fact.subject, r=fact.relation),
        fact.object,
        fact=fact,
        cue=fact,
        frame=fact.relation or None,
        group=fact.sort,
        options=options,
        topics=[fact.subject],
    )


def together(first: str, last: str, rng: np.random.Generator) -> tuple[Part, ...]:
    """Return a sentence that names two things together; the last one is predicted."""
    template = _TOGETHER[int(rng.integers(len(_TOGETHER)))]
    return w.as_text(template, s=first), Target(last), " ."


def article(
    facts: Sequence[Fact], hierarchy: Hierarchy, rng: np.random.Generator, every: bool
) -> list[tuple[Fact, w.Template]]:
    """Draw the sentences of an article about one category; with `every`, each fact is stated in it.

    Returns:
        Facts with their wordings; those in `QUESTIONS` are asked and answered.
    """
    count = int(rng.integers(SENTENCES[0], SENTENCES[1] + 1))
    count = max(count, len(facts)) if every else count
    rounds = [rng.permutation(len(facts)) for _ in range(1 + count // len(facts))]
    told = [facts[i] for i in np.concatenate(rounds)[:count]]
    out = list[tuple[Fact, w.Template]]()
    for place, fact in enumerate(told):
        asked = fact.sort != "membership" and rng.random() < ASKED and not (every and place < len(facts))
        choices = QUESTIONS if asked else wordings_of(fact, hierarchy)[0]
        out.append((fact, choices[int(rng.integers(len(choices)))]))
    return out
