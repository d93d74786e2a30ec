"""Statements about categories and comparisons, with the questions that they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.draft import Draft, Question
from tolman.worlds.reading.facts import draw_relations
from tolman.worlds.reading.names import Name
from tolman.worlds.reading.syllogisms import ALL, CONCLUSIVE, INCONCLUSIVE, NO, SOME, STRONGEST, Premises


class Syllogism(NamedTuple):
    """Two premises as stated, the outer categories, the question about them, and one about a single premise."""

    premises: Premises
    ends: tuple[Name, Name]
    question: Question
    premise: Question


class Hierarchy(NamedTuple):
    """The question about what a member of a category has, and one about a single link."""

    question: Question
    link: Question


def state_syllogism(draft: Draft) -> Syllogism | None:
    """State two premises about three new categories; None if they do not fit. One in four has no conclusion."""
    a, b, c = (draft.names.name(2, plain=True) for _ in range(3))
    premises = draft.one(CONCLUSIVE if draft.chance(0.75) else INCONCLUSIVE)
    said = (
        (premises.first, (b, a) if premises.first_turned else (a, b)),
        (premises.second, (c, b) if premises.second_turned else (b, c)),
    )
    if not draft.state(*(w.fill(draft.wording(w.QUANTIFIED[q]), x, (), y) for q, (x, y) in said)):
        return None
    if draft.style.inferences:
        return Syllogism(
            premises, (a, c), _ask_conclusion(draft, premises, a, c), _ask_premise(draft, *draft.one(said))
        )
    one, other = (Question("same", w.fill(w.QUANTIFIED_FORMS[quantifier], x), y) for quantifier, (x, y) in said)
    return Syllogism(premises, (a, c), one, other)


def _ask_premise(draft: Draft, quantifier: int, pair: tuple[Name, Name]) -> Question:
    """Ask what follows about two categories of which a premise says it, in either order."""
    asked = pair if draft.chance(0.5) else pair[::-1]
    prompt = w.fill(draft.varied(w.SYLLOGISM), asked[0], (), asked[1])
    return Question("same", prompt, conclusion(quantifier, *(asked if quantifier in (NO, SOME) else pair)))


def _ask_conclusion(draft: Draft, premises: Premises, a: Name, c: Name) -> Question:
    asked = (a, c) if draft.chance(0.5) else (c, a)
    prompt = w.fill(draft.varied(w.SYLLOGISM), asked[0], (), asked[1])
    found = STRONGEST[premises]
    if not found:
        return Question("syllogism", prompt, w.NOTHING_FOLLOWS)
    quantifier, turned = min(found)
    pair = asked if quantifier in (NO, SOME) else (c, a) if turned else (a, c)
    return Question("syllogism", prompt, conclusion(quantifier, *pair))


def conclusion(quantifier: int, x: Name, y: Name) -> list[int]:
    """Return the sentence about two categories as answers word it."""
    return w.fill(w.QUANTIFIED_FORMS[quantifier], x, (), y)


def state_inheritance(draft: Draft, relations: Sequence[Name], levels: int | None = None) -> Hierarchy | None:
    """State a member of a category, its super-category and what one of them has; ask what the member has.

    Args:
        draft: the document.
        relations: those of its facts, one of which serves here too, unless its wording is the document's own.
        levels: 2 if the super-category has it, 1 if the category has it; None: drawn.
    """
    member, holding, relation = draft.names.name(), draft.names.name(), draft.one(relations)
    if relation in draft.cloze:
        (relation,) = draw_relations(draft, 1)
    low, high = (draft.names.name(2, plain=True) for _ in range(2))
    levels = 1 + draft.chance(0.75) if levels is None else levels
    holder = high if levels == 2 else low
    fits = draft.state(
        w.fill(draft.varied(w.MEMBER), member, (), low),
        w.fill(draft.varied(w.KIND), low, (), high),
        w.fill(draft.varied(w.FORWARD), holder, relation, holding),
    )
    if not fits:
        return None
    wording = draft.varied(w.FORWARD_MARK if draft.chance(0.45) else w.FORWARD_OPEN)
    link = (w.MEMBER_FORM, member, low) if draft.chance(0.5) else (w.QUANTIFIED_FORMS[ALL], low, high)
    stated = Question("same", w.fill(link[0], link[1]), link[2])
    if draft.style.inferences:
        asked = low if levels == 2 and not draft.style.held_out and draft.chance(0.25) else member
        between = ([low] if asked == member else []) + ([high] if levels == 2 else [])
        hops = tuple([category[0] for category in between])
        return Hierarchy(Question("inheritance", w.fill(wording, asked, relation), holding, hops), stated)
    if draft.chance(0.5):
        return Hierarchy(Question("same", w.fill(w.MEMBER_FORM, member), low), stated)
    return Hierarchy(Question("same", w.fill(wording, holder, relation), holding), stated)


def state_comparison(draft: Draft) -> Question | None:
    """State that one thing has more of something than another, and ask what the other one has less than."""
    pair, x, y = draft.one(w.COMPARATIVES), draft.names.name(), draft.names.name()
    if draft.compared and draft.chance(0.6):
        x, pair = _compared_otherwise(draft, x)
    said, inverse = (x, pair[0], y), (y, pair[1], x)
    if draft.chance(0.5):
        said, inverse = inverse, said
    if not draft.state(w.fill(draft.varied(w.COMPARISON), said[0], said[1:2], said[2])):
        return None
    draft.compared |= {(x, pair): None, (y, pair): None}
    inferred = draft.style.inferences and (draft.style.held_out or draft.chance(0.75))
    asked = inverse if inferred else said
    prompt = w.fill(draft.varied(w.COMPARED), asked[0], asked[1:2])
    return Question("comparison" if inferred else "same", prompt, asked[2])


def _compared_otherwise(draft: Draft, new: Name) -> tuple[Name, tuple[int, ...]]:
    """Return a name and a pair of comparatives that were used before, but not together."""
    (old, _), (_, pair) = (draft.one(list(draft.compared)) for _ in range(2))
    return (new if draft.chance(0.5) or (old, pair) in draft.compared else old), pair
