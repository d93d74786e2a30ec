"""Documents: statements, and the questions that they answer."""

from __future__ import annotations

import dataclasses
import random
from typing import NamedTuple

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.categories import state_comparison, state_inheritance, state_syllogism
from tolman.worlds.reading.draft import Draft, Fact, Question, Style
from tolman.worlds.reading.facts import (
    FactPlan,
    ask,
    ask_cloze,
    ask_two_hops,
    ask_what_is_not_stated,
    chains,
    draw_cloze,
    draw_plan,
    draw_relations,
    state_fact,
)
from tolman.worlds.reading.names import SHORT_LENGTHS, Name, Names
from tolman.worlds.reading.rewriting import linking, restating, reversing

JOINED = 0.15
"""Fraction of the statements that share a segment with the next one."""

UNIFORM = 0.3
"""Fraction of the documents that word all sentences of a class alike."""

SHORT_NAMED = 0.35
"""Fraction of the documents whose names have one word, or two."""

NOISY = 0.4
"""Fraction of the documents that also have statements of random words."""


class Document(NamedTuple):
    """A finished document.

    Attributes:
        statements: as tokens, in random order.
        questions: in random order.
        facts: what may be asked of it, as drawn.
    """

    statements: list[list[int]]
    questions: list[Question]
    facts: list[Fact]

    @property
    def length(self) -> int:
        """Number of tokens of all statements."""
        return sum(map(len, self.statements))


def new_draft(rnd: random.Random, style: Style, statements: int, room: int) -> Draft:
    """Return an empty document for about so many statements that take at most `room` tokens."""
    names = Names(rnd, style.pool, statements, style.lengths)
    return Draft(rnd=rnd, style=style, names=names, room=room)


def draw_document(rnd: random.Random, style: Style, statements: int, room: int) -> Document:
    """Draw a document of about so many statements, or fewer where they take more than `room` tokens."""
    if rnd.random() < SHORT_NAMED:
        style = style._replace(lengths=SHORT_LENGTHS)
    draft = new_draft(rnd, style, statements, room)
    draft.uniform = draft.chance(UNIFORM)
    draft.noisy = not draft.uniform and draft.chance(style.noise)
    plan = draw_plan(draft, statements)
    noise = [state_noise(draft) for _ in range(1 + statements // 16 if draft.chance(NOISY) else 0)]
    only_facts = draft.chance(style.shares.only_facts)
    most = statements if only_facts else 1 + int(max(0, statements - 3) * 0.7 * rnd.random())
    if style.shares.focused:
        _state_groups(draft, most)
        plan = FactPlan(tuple({fact.relation: None for fact in draft.facts}) or plan.relations)
    else:
        state_facts(draft, plan, most)
    questions = [question for question in noise if question]
    questions += [] if only_facts else _state_others(draft, plan, statements)
    questions += _ask_about_facts(draft, plan)
    questions += _more_questions(draft, plan, draft.length - sum(q.length for q in questions))
    rnd.shuffle(draft.statements)
    rnd.shuffle(questions)
    return Document(draft.statements, _distinct(questions, style.block), draft.facts)


def state_facts(draft: Draft, plan: FactPlan, count: int) -> None:
    """State facts until there are so many statements, or the document is full."""
    for _ in range(6 * count):
        if len(draft.statements) >= count or draft.full:
            return
        state_fact(draft, plan)


def focused(draft: Draft, facts: int, cloze: bool = False) -> FactPlan:
    """State facts, half of which share the relation of the first one, and half a name or words of a name with it.

    Args:
        draft: the document, which may have other statements.
        facts: number of statements at which to stop; fewer where they do not fit.
        cloze: whether half of the relations have a wording of their own.
    """
    relations = draw_relations(draft, max(2, (facts - len(draft.statements)) // 3))
    for relation in relations[::2] if cloze else ():
        draft.cloze[relation] = draw_cloze(draft, relation)
    plan = FactPlan(relations)
    first = None
    while first is None and not draft.full:
        first = state_fact(draft, dataclasses.replace(plan, relations=relations[:1]))
    plan = dataclasses.replace(plan, focus=first)
    state_facts(draft, plan, facts)
    return plan


def _state_groups(draft: Draft, count: int) -> None:
    """State groups of 4 to 32 facts that are much alike, until there are so many statements or no room is left."""
    while len(draft.statements) < count and not draft.full:
        size = int(4 * 8 ** draft.rnd.random())
        focused(draft, min(count, len(draft.statements) + size), cloze=draft.chance(0.2))


def _state_others(draft: Draft, plan: FactPlan, count: int) -> list[Question]:
    """State syllogisms, hierarchies and comparisons up to a number of statements, and return their questions."""
    questions = list[Question]()
    while len(draft.statements) < count and not draft.full:
        questions += state_other(draft, plan, count - len(draft.statements))
    return questions


def state_other(draft: Draft, plan: FactPlan, most: int = 3) -> list[Question]:
    """State a syllogism, a hierarchy or a comparison, and return its questions; none if it does not fit.

    Args:
        draft: the document.
        plan: its relations.
        most: most statements, of which a syllogism takes two and a hierarchy three.
    """
    shares, u = draft.style.shares, draft.rnd.random()
    if u < shares.syllogism and most >= 2:
        syllogism = state_syllogism(draft)
        return [syllogism.question, syllogism.premise] if syllogism else []
    if shares.syllogism <= u < shares.syllogism + shares.inheritance and most >= 3:
        hierarchy = state_inheritance(draft, plan.relations)
        return [hierarchy.question, hierarchy.link] if hierarchy else []
    comparison = state_comparison(draft)
    return [comparison] if comparison else []


def state_noise(draft: Draft) -> Question | None:
    """State random words, which say nothing, and ask for them from the third or fourth on; None if they do not fit."""
    length = 3 + int(draft.rnd.random() * 9)
    words = [draft.names.any_word() if draft.chance(0.7) else draft.one(w.FUNCTION_WORDS) for _ in range(length)]
    cut = 2 + draft.chance(0.5)
    if not draft.state(words) or cut >= length or words[cut] == words[cut - 1]:
        return None
    return Question("cloze-same", words[:cut], words[cut:])


def _ask_about_facts(draft: Draft, plan: FactPlan) -> list[Question]:
    """Ask for every fact, one way or another, and for some pairs of facts."""
    pairs, shares = chains(draft), draft.style.shares
    draft.rnd.shuffle(pairs)
    most = max(1, int(len(draft.statements) * shares.pairs))
    questions = [ask_two_hops(draft, *pair) for pair in pairs[:most]]
    return questions + [_ask_one_way(draft, plan, fact) for fact in draft.facts if draft.chance(shares.facts)]


def _ask_one_way(draft: Draft, plan: FactPlan, fact: Fact) -> Question:
    inferences, u = draft.style.inferences, draft.rnd.random()
    if fact.relation in draft.cloze:
        return ask_cloze(draft, fact, reverse=inferences and u < 0.6)
    if u < 0.08 and (missing := ask_what_is_not_stated(draft, plan)):
        return missing
    if u < 0.24:
        return _ask_to_rewrite(draft, fact)
    return ask(draft, fact, reverse=inferences and u < 0.75)


def _ask_to_rewrite(draft: Draft, fact: Fact | None) -> Question:
    u = draft.rnd.random()
    if u < 0.3 or not draft.style.inferences:
        return restating(draft, fact).question
    return (reversing(draft, fact) if u < 0.75 else linking(draft)).question


def _more_questions(draft: Draft, plan: FactPlan, tokens: int) -> list[Question]:
    """Return further questions of about so many tokens: sentences to rewrite, and what is not stated."""
    questions = list[Question]()
    while tokens > 0:
        missing = ask_what_is_not_stated(draft, plan) if draft.chance(0.4) else None
        questions.append(missing or _ask_to_rewrite(draft, None))
        tokens -= questions[-1].length
    return questions


def _distinct(questions: list[Question], block: int) -> list[Question]:
    """Return the questions that fit a block, none twice."""
    return list({tuple(q.prompt): q for q in questions if q.length <= block}.values())


def segments(rnd: random.Random, statements: list[list[int]], block: int) -> list[list[int]]:
    """Return statements as segments of at most a block; some hold two of them."""
    out = list[list[int]]()
    joins = False
    for statement in statements:
        if joins and len(out[-1]) + len(statement) <= block:
            out[-1] = out[-1] + statement
            joins = False
        else:
            out.append(statement)
            joins = rnd.random() < JOINED
    return out


def names_of(facts: list[Fact]) -> list[Name]:
    """Return the distinct names of facts."""
    return list(dict.fromkeys(name for fact in facts for name in fact.names))
