"""Facts of a document: drawing them, stating them, and asking for what they say, directly or by inference."""

from __future__ import annotations

import dataclasses

from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.draft import Cloze, Draft, Fact, Question
from tolman.worlds.reading.names import Name

FORWARD_SHARE = 0.75
"""Fraction of the facts that are stated forwards."""

MARKED = 0.45
"""Fraction of the questions that end in a question mark."""


@dataclasses.dataclass(frozen=True)
class FactPlan:
    """The relations of a document's facts, and what these have in common.

    Attributes:
        relations: the relations, the most frequent ones first.
        skew: how much more frequent these are.
        reuse: fraction of the facts with a name of an earlier fact.
        focus: a fact with which half of the others share the relation, and half a name or words of a name.
    """

    relations: tuple[Name, ...]
    skew: float = 0.0
    reuse: float = 0.5
    focus: Fact | None = None


def draw_plan(draft: Draft, facts: int) -> FactPlan:
    """Draw relations for about so many facts; some have a wording of their own, which only this document uses."""
    rnd = draft.rnd.random
    relations = draw_relations(draft, 1 + int(rnd() ** 2 * min(facts, 40)))
    for relation in relations:
        if rnd() < 0.15:
            draft.cloze[relation] = draw_cloze(draft, relation)
    return FactPlan(relations, skew=0.3 + 1.5 * rnd(), reuse=0.25 + 0.5 * rnd())


def draw_relations(draft: Draft, count: int, longest: int = 3) -> tuple[Name, ...]:
    """Draw distinct relations of one to three words."""
    found = dict[Name, None]()
    while len(found) < count:
        length = min(longest, 1 + draft.chance(0.4) + draft.chance(0.1))
        made = tuple([draft.names.word() for _ in range(length)])
        if len(set(made)) == length:
            found[made] = None
    return tuple(found)


def draw_cloze(draft: Draft, relation: Name) -> Cloze:
    """Draw a sentence around two gaps, of open words and function words; the relation's first word is between them."""

    def some(most: int) -> list[int]:
        return [_filler(draft) for _ in range(int(draft.rnd.random() * (most + 1)))]

    return Cloze(tuple(some(2)), (relation[0], *some(2)), tuple(some(2)))


def _filler(draft: Draft) -> int:
    return draft.names.word() if draft.chance(0.7) else draft.one(w.FUNCTION_WORDS)


def state_fact(draft: Draft, plan: FactPlan) -> Fact | None:
    """State one more fact; None if the draw contradicts an earlier one, or does not fit."""
    relation = _relation(draft, plan)
    subject, object = _pair(draft, plan)
    if subject == object or (subject, relation) in draft.objects or (object, relation) in draft.subjects:
        return None
    fact = Fact(subject, relation, object, draft.chance(FORWARD_SHARE))
    if not draft.state(_sentence(draft, fact)):
        return None
    draft.objects[subject, relation], draft.subjects[object, relation] = object, subject
    draft.facts.append(fact)
    return fact


def _relation(draft: Draft, plan: FactPlan) -> Name:
    relations = plan.relations
    if plan.focus is not None:
        return plan.focus.relation if len(relations) == 1 or draft.chance(0.5) else draft.one(relations[1:])
    return relations[int(len(relations) * draft.rnd.random() ** (1 + plan.skew))]


def _pair(draft: Draft, plan: FactPlan) -> tuple[Name, Name]:
    """Return a subject and an object, one of them often a name that was used before, or a neighbour of one."""
    new = draft.names.name()
    if not draft.facts or not draft.chance(plan.reuse):
        return new, draft.names.name()
    if plan.focus is None:
        old = draft.one(draft.one(draft.facts).names)
    else:
        old = draft.one(plan.focus.names)
        old = old if draft.chance(0.5) else draft.names.neighbour(old)
    return (old, new) if draft.chance(0.5) else (new, old)


def _sentence(draft: Draft, fact: Fact) -> list[int]:
    subject, relation, object, forward = fact
    if relation in draft.cloze:
        before, between, after = draft.cloze[relation]
        return [*before, *subject, *between, *object, *after]
    return w.fill(draft.varied(w.FORWARD if forward else w.REVERSE), subject, relation, object)


def ask(draft: Draft, fact: Fact, reverse: bool, marked: bool | None = None) -> Question:
    """Ask for a fact in the direction in which it was stated, or in the other one.

    Args:
        draft: the document.
        fact: one of its facts.
        reverse: whether to ask in the other direction.
        marked: whether the question ends in a question mark; None: drawn.
    """
    marked = draft.chance(MARKED) if marked is None else marked
    skill = "reversed" if reverse else "same"
    subject, relation, object, forward = fact
    if forward != reverse:
        wording = draft.varied(w.FORWARD_MARK if marked else w.FORWARD_OPEN)
        return Question(skill, w.fill(wording, s=subject, r=relation), object)
    wording = draft.varied(w.REVERSE_MARK if marked else w.REVERSE_OPEN)
    return Question(skill, w.fill(wording, r=relation, o=object), subject)


def ask_cloze(draft: Draft, fact: Fact, reverse: bool) -> Question:
    """Ask to complete the sentence that states a fact, by its object or, in reverse, by its subject."""
    before, between, after = draft.cloze[fact.relation]
    if reverse:
        text = [*before, w.GAP, *between, *fact.object, *after]
    elif draft.chance(0.5) and not draft.style.held_out:
        return Question("cloze-same", [*before, *fact.subject, *between], (*fact.object, *after))
    else:
        text = [*before, *fact.subject, *between, w.GAP, *after]
    prompt = w.fill(draft.wording(w.COMPLETE), text)
    return Question("cloze-reversed" if reverse else "cloze-same", prompt, fact.subject if reverse else fact.object)


def ask_what_is_not_stated(draft: Draft, plan: FactPlan) -> Question | None:
    """Ask for something of a name and a relation of the document that no statement says, or None if none is found."""
    relations = [r for r in plan.relations if r not in draft.cloze]
    for _ in range(10 if relations and draft.facts else 0):
        relation = draft.one(relations)
        name = draft.names.name() if draft.chance(0.15) else draft.one(draft.one(draft.facts).names)
        forward = draft.chance(0.5)
        if (name, relation) in (draft.objects if forward else draft.subjects):
            continue
        wording = draft.varied(w.FORWARD_MARK if forward else w.REVERSE_MARK)
        return Question("not-stated", w.fill(wording, name, relation, name), w.NOT_STATED)
    return None


def chains(draft: Draft) -> list[tuple[Fact, Fact]]:
    """Return all pairs of facts the first of which has the second's subject as its object."""
    facts = [fact for fact in draft.facts if fact.relation not in draft.cloze]
    by_subject = dict[Name, list[Fact]]()
    for fact in facts:
        by_subject.setdefault(fact.subject, []).append(fact)
    return [(fact, follower) for fact in facts for follower in by_subject.get(fact.object, ())]


def ask_two_hops(draft: Draft, first: Fact, second: Fact) -> Question:
    """Ask for the second fact's object by the first one's subject."""
    if not draft.style.inferences:
        return ask(draft, second, reverse=False)
    prompt = w.fill(draft.varied(w.TWO_HOP), s=first.subject, r=first.relation, q=second.relation)
    return Question("two-hop", prompt, second.object, hops=(first.object[0],))
