"""Sentences to rewrite: to say the same in the standard form, to turn around, or to link."""

from __future__ import annotations

from typing import NamedTuple

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.draft import Draft, Fact, Question
from tolman.worlds.reading.facts import draw_relations
from tolman.worlds.reading.names import Name
from tolman.worlds.reading.syllogisms import NO, SOME


class Rewriting(NamedTuple):
    """A question that asks to rewrite a sentence, the answer's wording, and the names in its slots."""

    question: Question
    form: w.Template
    parts: tuple[w.Tokens, ...]


def _fresh(draft: Draft) -> tuple[Name, Name, Name]:
    subject, object = (draft.names.name(3, plain=True) for _ in range(2))
    return subject, draw_relations(draft, 1)[0], object


def _parts(draft: Draft, fact: Fact | None) -> tuple[Name, Name, Name]:
    """Return a fact's names and relation; fresh ones where closed-class words blur where its names end."""
    if fact is None or fact.relation in draft.cloze or draft.chance(0.6):
        return _fresh(draft)
    closed = len(w.CLOSED)
    return _fresh(draft) if min(*fact.subject, *fact.object) < closed else fact[:3]


def _rewriting(skill: str, prompt: list[int], form: w.Template, parts: tuple[w.Tokens, ...]) -> Rewriting:
    return Rewriting(Question(skill, prompt, w.fill(form, *parts)), form, parts)


def restating(draft: Draft, fact: Fact | None) -> Rewriting:
    """Ask to say a sentence in the standard form, in the same direction; a new sentence where no fact is given."""
    parts, forward = _parts(draft, fact), draft.chance(0.7)
    text = w.fill(draft.wording(w.SEPARABLE_FORWARD if forward else w.SEPARABLE_REVERSE), *parts)
    form = w.FORWARD_FORM if forward else w.REVERSE_FORM
    return _rewriting("restate", w.fill(draft.wording(w.RESTATE), text), form, parts)


def reversing(draft: Draft, fact: Fact | None) -> Rewriting:
    """Ask to say a sentence the other way round; in one of five, it is about categories or a comparison."""
    (x, relation, y), u = _parts(draft, fact), draft.rnd.random()
    parts = (x, relation, y)
    if u < 0.6:
        text, form = w.fill(draft.wording(w.SEPARABLE_FORWARD), *parts), w.REVERSE_FORM
    elif u < 0.8:
        text, form = w.fill(draft.wording(w.SEPARABLE_REVERSE), *parts), w.FORWARD_FORM
    elif u < 0.9:
        one, inverse = draft.rnd.sample(draft.one(w.COMPARATIVES), 2)
        text, form = w.fill(draft.wording(w.COMPARISON), x, (one,), y), w.COMPARISON_FORM
        parts = (y, (inverse,), x)
    else:
        quantifier = draft.one((NO, SOME))
        text, form = w.fill(draft.wording(w.QUANTIFIED[quantifier]), x, (), y), w.QUANTIFIED_FORMS[quantifier]
        parts = (y, (), x)
    return _rewriting("reverse", w.fill(draft.wording(w.TURN), text), form, parts)


def linking(draft: Draft) -> Rewriting:
    """Ask to make one sentence of two new ones, the second of which continues the first."""
    a, b, c = (draft.names.name(1 + draft.chance(0.2), plain=True) for _ in range(3))
    (first,), (second,) = draw_relations(draft, 1, longest=1), draw_relations(draft, 1, longest=1)
    if first == second:
        return linking(draft)
    sentences = [w.fill(draft.wording(w.BRIEF_FORWARD), *parts) for parts in ((a, first, b), (b, second, c))]
    if draft.chance(0.5):
        sentences.reverse()
    prompt = w.fill(draft.wording(w.LINK), sentences[0], (), sentences[1])
    return _rewriting("link", prompt, w.LINKED_FORM, (a, first, c, second))
