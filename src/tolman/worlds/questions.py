"""Tests over a base of facts: what was trained for, what is latent, and the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import Role, TestSet, token_rows
from tolman.worlds.documents import MAX_SUPPORTS, Item, by_elimination, make_test
from tolman.worlds.relations import (
    FORWARD,
    REVERSE,
    CorpusPlan,
    FactBase,
    Statement,
    filler_gaps,
    statement_rows,
    write,
)


class Question(NamedTuple):
    """A fact asked for in a direction: the name given and those that are right.

    `asked_in` is the direction of the question's wording, another than `direction` in the wrong frame.
    """

    fact: int
    relation: int
    direction: int
    given: int
    answers: tuple[int, ...]
    asked_in: int


def question(base: FactBase, fact: int, direction: int) -> Question:
    """Return the ordinary question about a fact, with all its right answers."""
    subject, relation, obj = base.facts[fact].tolist()
    given = subject if direction == FORWARD else obj
    pairs = base.asked(direction, relation)
    answers = np.unique(pairs[pairs[:, 0] == given, 1])
    return Question(fact, relation, direction, given, tuple(answers.tolist()), direction)


def wrong_frame(base: FactBase, fact: int) -> Question:
    """Return the object with the *forward* relation, scored for the subject: no frame of the world asks that."""
    subject, relation, obj = base.facts[fact].tolist()
    return Question(fact, relation, REVERSE, obj, (subject,), FORWARD)


def answer_names(base: FactBase) -> dict[tuple[int, int], tuple[int, ...]]:
    """Return the options by (direction, relation): every name that answers a question of it."""
    frames = [(direction, relation) for direction in (FORWARD, REVERSE) for relation in range(len(base.relations))]
    return {frame: tuple(np.unique(base.asked(*frame)[:, 1]).tolist()) for frame in frames}


def untrained_names(base: FactBase, asked: Question, names: tuple[int, ...]) -> set[int]:
    """Return the options that answer no other trained question of the frame; all where it asks for no such name."""
    if asked.asked_in != asked.direction:
        return set(names)
    given, answers = (0, 2) if asked.direction == FORWARD else (2, 0)
    trained = (base.facts[:, 1] == asked.relation) & (base.facts[:, given] != asked.given)
    if asked.direction == REVERSE:
        trained &= ~base.held
    return set(names) - set(base.facts[trained, answers].tolist())


class RelationTests:
    """Writes tests about a base of facts.

    Args:
        base: the facts.
        plan: how much filler stands before a question.
        label: names a fact, `subject|relation|object`, whatever order the facts come in.
        rng: draws the filler.
    """

    def __init__(self, base: FactBase, plan: CorpusPlan, label: Callable[[int], str], rng: np.random.Generator):
        self.base, self.plan, self.label, self.rng = base, plan, label, rng
        self.names, self.rows = answer_names(base), statement_rows(base)
        spelled = {frame: self._spelled(*frame, names) for frame, names in self.names.items()}
        self.options = sorted(set(spelled.values()))
        self.choice = {frame: self.options.index(answers) for frame, answers in spelled.items()}

    def test(self, name: str, role: Role, questions: Sequence[Question], stated: bool = False) -> TestSet:
        """Return a test; with `stated`, each prompt states the fact before it asks."""
        prompts = token_rows([self._prompt(question, stated) for question in questions])
        return make_test(name, role, prompts, [self._item(name, question) for question in questions], self.options)

    def _item(self, test: str, asked: Question) -> Item:
        names, label = self.names[asked.direction, asked.relation], self.label(asked.fact)
        facts = self._same_question(asked)
        return Item(
            id=f"{test}/{label}",
            correct=[names.index(answer) for answer in asked.answers],
            choice=self.choice[asked.direction, asked.relation],
            cue=self.base.cue(asked.asked_in, asked.relation, asked.given),
            fact=asked.fact,
            supports=[row for fact in facts for row in self.rows[fact]][:MAX_SUPPORTS],
            topics=facts,
            group=label.split("|")[1],
            elimination=by_elimination(asked.answers, untrained_names(self.base, asked, names)),
        )

    def _spelled(self, direction: int, relation: int, names: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Return options as tokens. A name that begins another is closed, so that no option contains a second one."""
        bare = [self.base.names[n] for n in names]
        begins = [any(len(b) > len(a) and b[: len(a)] == a for b in bare) for a in bare]
        close = self.base.relations[relation][direction].after[:1]
        return tuple((*a, *close) if longer else a for a, longer in zip(bare, begins, strict=True))

    def _prompt(self, asked: Question, stated: bool) -> list[int]:
        longest = self.plan.inner_filler if stated else self.plan.filler
        gaps = filler_gaps(self.base, self.rng, longest, 2)
        context = [Statement(asked.fact, FORWARD, 0.0)] if stated else []
        before = write(self.base, self.base.facts, context, gaps[: len(context) + 1]).tokens
        return before + self.base.question(asked.asked_in, asked.relation, asked.given)

    def _same_question(self, asked: Question) -> list[int]:
        """Return the facts that answer the question: all subjects of a many-to-one cue, or just this one."""
        given, answers = (0, 2) if asked.direction == FORWARD else (2, 0)
        facts = self.base.facts
        match = (facts[:, 1] == asked.relation) & (facts[:, given] == asked.given)
        return np.flatnonzero(match & np.isin(facts[:, answers], asked.answers)).tolist()


def standard_tests(tests: RelationTests, most: int, rng: np.random.Generator) -> tuple[TestSet, ...]:
    """Return the five tests of a world of reversals, each of at most `most` items."""
    base = tests.base
    explicit, held = np.flatnonzero(~base.held), np.flatnonzero(base.held)
    frames = set(map(tuple, base.facts.tolist()))
    one_way = np.array([fact for fact in held if tuple(base.facts[fact, [2, 1, 0]].tolist()) not in frames])

    def ask(facts: np.ndarray, direction: int) -> list[Question]:
        return [question(base, fact, direction) for fact in _sample(rng, facts, most)]

    latent = ask(held, REVERSE)
    wrong = [wrong_frame(base, fact) for fact in _sample(rng, one_way, most)]
    return (
        tests.test("forward", "explicit", ask(np.arange(len(base.facts)), FORWARD)),
        tests.test("reverse", "explicit", ask(explicit, REVERSE)),
        tests.test("latent", "latent", latent),
        tests.test("in-context", "context", latent, stated=True),
        tests.test("wrong-frame", "control", wrong),
    )


def _sample(rng: np.random.Generator, facts: np.ndarray, most: int) -> list[int]:
    return sorted(rng.permutation(facts)[:most].tolist())
