"""Questions of tests: a document, one question about it, and the answers to choose from."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.categories import conclusion, state_comparison, state_inheritance, state_syllogism
from tolman.worlds.reading.documents import focused, names_of, new_draft, state_noise, state_other
from tolman.worlds.reading.draft import Draft, Fact, Question, Style
from tolman.worlds.reading.facts import (
    ask,
    ask_cloze,
    ask_two_hops,
    ask_what_is_not_stated,
    chains,
)
from tolman.worlds.reading.names import LENGTHS
from tolman.worlds.reading.rewriting import Rewriting, linking, restating, reversing
from tolman.worlds.reading.syllogisms import STRONGEST, valid

WINDOW = 1900
"""Most tokens of the statements of the longest documents."""

Answer = tuple[int, ...]


class Asked(NamedTuple):
    """A question of a test; the answers, without their full stop, are distinct, and the right ones come first."""

    draft: Draft
    question: Question
    right: tuple[Answer, ...]
    wrong: tuple[Answer, ...]


Drawer = Callable[[random.Random, Style], Asked | None]
"""Draws a question, or None if the draw does not permit one."""


def _asked(draft: Draft, question: Question, others: Iterable[w.Tokens]) -> Asked:
    right = tuple(question.answer)
    wrong = dict.fromkeys(tuple(other) for other in others)
    wrong.pop(right, None)
    return Asked(draft, question, (right,), tuple(wrong))


def about_fact(facts: int, reverse: bool, lengths: tuple[float, ...] = LENGTHS, cloze: bool = False) -> Drawer:
    """Return a drawer of questions that ask for one of so many facts."""

    def drawn(rnd: random.Random, style: Style) -> Asked:
        draft = new_draft(rnd, style._replace(lengths=lengths), facts, room=10**6)
        focused(draft, facts, cloze)
        question = (ask_cloze if cloze else ask)(draft, draft.facts[0], reverse)
        return _asked(draft, question, names_of(draft.facts))

    return drawn


def in_window(rnd: random.Random, style: Style) -> Asked:
    """Draw a reversed question about a long document, of facts and of much else."""
    draft = new_draft(rnd, style, WINDOW // 15, room=WINDOW)
    plan = focused(draft, WINDOW // 18)
    while not draft.full:
        if draft.chance(0.15):
            state_noise(draft)
        else:
            state_other(draft, plan)
    return _asked(draft, ask(draft, draft.facts[0], reverse=True), names_of(draft.facts))


def two_hops(rnd: random.Random, style: Style) -> Asked | None:
    """Draw a question about two of 16 facts."""
    draft = new_draft(rnd, style, 16, room=10**6)
    focused(draft, 16)
    pairs = chains(draft)
    return _asked(draft, ask_two_hops(draft, *draft.one(pairs)), names_of(draft.facts)) if pairs else None


def syllogism(rnd: random.Random, style: Style) -> Asked | None:
    """Draw a question about one of three syllogisms; conclusions that follow but are weaker are no options."""
    draft = new_draft(rnd, style, 16, room=10**6)
    focused(draft, 8)
    made = [state_syllogism(draft) for _ in range(3)]
    if (first := made[0]) is None or None in made:
        return None
    strongest, entailed = STRONGEST[first.premises], valid(first.premises)
    right = [_conclusion(*one, *first.ends) for one in sorted(strongest)]
    every = itertools.product(range(4), range(2))
    wrong = [_conclusion(*one, *first.ends) for one in every if one not in entailed]
    (wrong if right else right).append(w.NOTHING_FOLLOWS)
    return Asked(draft, first.question, tuple(right), tuple(wrong))


def _conclusion(quantifier: int, turned: int, a: Answer, c: Answer) -> Answer:
    return tuple(conclusion(quantifier, c, a) if turned else conclusion(quantifier, a, c))


def inheritance(rnd: random.Random, style: Style) -> Asked | None:
    """Draw a question about one of three hierarchies of two levels."""
    draft = new_draft(rnd, style, 16, room=10**6)
    relations = focused(draft, 8).relations
    made = [state_inheritance(draft, relations, levels=2) for _ in range(3)]
    return _asked(draft, made[0].question, draft.names.taken) if made[0] else None


def comparison(rnd: random.Random, style: Style) -> Asked | None:
    """Draw a question about one of eight comparisons."""
    draft = new_draft(rnd, style, 8, room=10**6)
    made = [state_comparison(draft) for _ in range(8)]
    return _asked(draft, made[0], draft.names.taken) if made[0] else None


def stated(is_stated: bool, refused: bool = False) -> Drawer:
    """Return a drawer of questions with a question mark about 16 facts, which say the answer or do not.

    With `refused`, "not stated" counts as right, and nothing else.
    """

    def drawn(rnd: random.Random, style: Style) -> Asked | None:
        draft = new_draft(rnd, style, 16, room=10**6)
        plan = focused(draft, 16)
        missing = None if is_stated else ask_what_is_not_stated(draft, plan)
        question = ask(draft, draft.facts[0], draft.chance(0.5), marked=True) if is_stated else missing
        if question and refused:
            question = question._replace(answer=w.NOT_STATED)
        return _asked(draft, question, [w.NOT_STATED, *names_of(draft.facts)]) if question else None

    return drawn


def rewriting(ask_to: Callable[[Draft, Fact | None], Rewriting]) -> Drawer:
    """Return a drawer of sentences to rewrite beside eight facts."""

    def drawn(rnd: random.Random, style: Style) -> Asked:
        draft = new_draft(rnd, style, 8, room=10**6)
        focused(draft, 8)
        made = ask_to(draft, draft.facts[0])
        return _asked(draft, made.question, _wrong_sentences(draft, made))

    return drawn


def _wrong_sentences(draft: Draft, made: Rewriting) -> Iterable[w.Tokens]:
    """Yield the right sentence with its names exchanged, or with other names, and the other form of it."""
    subject, relation, object, *second = made.parts
    others = [name for name in names_of(draft.facts) if name not in (subject, object)]
    other = draft.one(others)
    yield w.fill(made.form, object, relation, subject, *second)
    yield w.fill(made.form, subject, relation, other, *second)
    yield w.fill(made.form, other, relation, object, *second)
    if second:
        yield w.fill(made.form, subject, second[0], object, relation)
        yield w.fill(w.FORWARD_FORM, subject, relation, object)
    elif made.form in (w.FORWARD_FORM, w.REVERSE_FORM):
        form = w.REVERSE_FORM if made.form == w.FORWARD_FORM else w.FORWARD_FORM
        yield w.fill(form, subject, relation, object)
        yield w.fill(form, object, relation, subject)


DRAWERS: dict[str, Drawer] = {
    **{f"reversed-{facts}": about_fact(facts, reverse=True) for facts in (4, 16, 64)},
    "reversed-window": in_window,
    **{f"same-{facts}": about_fact(facts, reverse=False) for facts in (16, 64)},
    "five-word-16": about_fact(16, reverse=True, lengths=(0, 0, 0, 0, 1)),
    "two-hop-16": two_hops,
    "syllogism": syllogism,
    "inheritance": inheritance,
    "comparison": comparison,
    "not-stated": stated(False),
    "stated": stated(True),
    "stated-refused": stated(True, refused=True),
    "reverse": rewriting(reversing),
    "restate": rewriting(restating),
    "link": rewriting(lambda draft, _: linking(draft)),
    "cloze-same-16": about_fact(16, reverse=False, cloze=True),
    "cloze-reversed-16": about_fact(16, reverse=True, cloze=True),
}
"""Drawers of the questions of each test."""
