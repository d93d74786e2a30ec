"""Tests over a base of facts: what was trained for, what was only latent, and the controls."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from tolman.core.experience import NONE, Chance, Role, TestSet, ragged, token_rows
from tolman.worlds.statements import FORWARD, REVERSE, Documents, FactBase, Statement, fillers, statement_rows, write


@dataclasses.dataclass(frozen=True)
class Question:
    """A fact asked in a direction. `frame` names the direction asked in, `given` and `answers` are names."""

    fact: int
    direction: int
    given: int
    answers: tuple[int, ...]
    asked_in: int

    @classmethod
    def of(cls, base: FactBase, fact: int, direction: int) -> Question:
        """The ordinary question about a fact, with all its right answers."""
        subject, relation, obj = (int(v) for v in base.facts[fact])
        given = subject if direction == FORWARD else obj
        return cls(fact, direction, given, _answers(base, relation, direction, given), direction)

    @classmethod
    def wrong_frame(cls, base: FactBase, fact: int) -> Question:
        """The object with the *forward* relation, scored for the subject: no frame of the world asks that."""
        subject, _, obj = (int(v) for v in base.facts[fact])
        return cls(fact, REVERSE, obj, (subject,), FORWARD)


def _answers(base: FactBase, relation: int, direction: int, given: int) -> tuple[int, ...]:
    here, there = (0, 2) if direction == FORWARD else (2, 0)
    match = (base.facts[:, 1] == relation) & (base.facts[:, here] == given)
    return tuple(sorted(set(base.facts[match, there].tolist())))


@dataclasses.dataclass(frozen=True)
class Options:
    """The answers to choose from, per (direction, relation): lists of names."""

    names: dict[tuple[int, int], tuple[int, ...]]

    @classmethod
    def of(cls, base: FactBase) -> Options:
        """Every name that answers some question of the frame."""
        table = {}
        for direction, column in ((FORWARD, 2), (REVERSE, 0)):
            for relation in range(len(base.relations)):
                values = base.facts[base.facts[:, 1] == relation, column]
                table[direction, relation] = tuple(sorted(set(values.tolist())))
        return cls(table)


class Examiner:
    """Writes tests about a base; `label` names a fact stably, whatever order the facts come in."""

    def __init__(self, base: FactBase, plan: Documents, label: Callable[[int], str], rng: np.random.Generator):
        self.base, self.plan, self.label, self.rng = base, plan, label, rng
        self.options = Options.of(base)
        self.rows = statement_rows(base)
        spelled = {frame: self._spelled(*frame, names) for frame, names in self.options.names.items()}
        self.lists = sorted(set(spelled.values()))
        self.list_of = {frame: self.lists.index(answers) for frame, answers in spelled.items()}

    def test(self, name: str, role: Role, questions: Sequence[Question], told: bool = False) -> TestSet:
        """One test set; `told` states the fact in the document before asking (the in-context test)."""
        base, lists = self.base, [self._list(q) for q in questions]
        width = max(map(len, self.lists))
        correct = np.zeros((len(questions), width), bool)
        for i, (question, names) in enumerate(zip(questions, lists, strict=True)):
            correct[i, [names.index(a) for a in question.answers]] = True
        return TestSet(
            name=name,
            role=role,
            prompts=token_rows([self._prompt(q, told) for q in questions]),
            options=self._option_tokens(width),
            choice=np.array([self.list_of[q.direction, self._relation(q)] for q in questions], np.int32),
            correct=correct,
            cue=np.array([base.cue(q.asked_in, self._relation(q), q.given) for q in questions], np.int32),
            fact=np.array([q.fact for q in questions], np.int32),
            supports=ragged([self._supports(q) for q in questions]),
            topics=ragged([self._topics(q) for q in questions]),
            item_ids=tuple(f"{name}/{self.label(q.fact)}" for q in questions),
            groups=tuple(self.label(q.fact).split("|")[1] for q in questions),
            chance=self._chance(questions, lists),
        )

    def _relation(self, question: Question) -> int:
        return int(self.base.facts[question.fact, 1])

    def _list(self, question: Question) -> tuple[int, ...]:
        return self.options.names[question.direction, self._relation(question)]

    def _option_tokens(self, width: int) -> np.ndarray:
        longest = max(len(answer) for answers in self.lists for answer in answers)
        out = np.full((len(self.lists), width, longest), NONE, np.int32)
        for i, answers in enumerate(self.lists):
            out[i, : len(answers)] = ragged(list(map(list, answers)), width=longest)
        return out

    def _spelled(self, direction: int, relation: int, names: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Options as tokens. A name that begins another is closed, so that no option contains a second one."""
        bare = [self.base.names[n] for n in names]
        begins = [any(len(b) > len(a) and b[: len(a)] == a for b in bare) for a in bare]
        close = self.base.relations[relation][direction].after[:1]
        return tuple((*a, *close) if longer else a for a, longer in zip(bare, begins, strict=True))

    def _prompt(self, question: Question, told: bool) -> list[int]:
        most = self.plan.inner_filler if told else self.plan.filler
        gaps = fillers(self.base, self.rng, most, 2)
        context = [Statement(question.fact, FORWARD, 0.0)] if told else []
        before = write(self.base, self.base.facts, context, gaps[: len(context) + 1]).tokens
        return before + self.base.question(question.asked_in, self._relation(question), question.given)

    def _same_answer(self, question: Question) -> list[int]:
        """Facts that answer the question: all subjects of a many-to-one cue, or just this one."""
        here, there = (0, 2) if question.direction == FORWARD else (2, 0)
        facts = self.base.facts
        match = (facts[:, 1] == self._relation(question)) & (facts[:, here] == question.given)
        return np.flatnonzero(match & np.isin(facts[:, there], question.answers)).tolist()

    def _supports(self, question: Question) -> list[int]:
        return [row for fact in self._same_answer(question) for row in self.rows[fact]][:32]

    def _topics(self, question: Question) -> list[int]:
        return self._same_answer(question)

    def _chance(self, questions: Sequence[Question], lists: Sequence[tuple[int, ...]]) -> Chance:
        uniform = [len(q.answers) / len(names) for q, names in zip(questions, lists, strict=True)]
        left = [self._untrained(q, names) for q, names in zip(questions, lists, strict=True)]
        elimination = [len(set(q.answers) & rest) / max(1, len(rest)) for q, rest in zip(questions, left, strict=True)]
        return Chance(np.array(uniform), np.array(elimination), self._constant(questions, lists))

    def _untrained(self, question: Question, names: tuple[int, ...]) -> set[int]:
        """Options that answer no other trained question of the frame (all, where the frame asks for no such name)."""
        if question.asked_in != question.direction:
            return set(names)
        base, there = self.base, 2 if question.direction == FORWARD else 0
        here = 2 - there
        trained = (base.facts[:, 1] == self._relation(question)) & (base.facts[:, here] != question.given)
        if question.direction == REVERSE:
            trained &= ~base.held
        return set(names) - set(base.facts[trained, there].tolist())

    def _constant(self, questions: Sequence[Question], lists: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Per group of questions with the same options, the share that its single best option answers."""
        best = {}
        for names in set(lists):
            mine = [q for q, other in zip(questions, lists, strict=True) if other == names]
            counts = np.bincount([a for q in mine for a in q.answers])
            best[names] = counts.max() / len(mine)
        return np.array([best[names] for names in lists])


def standard_tests(base: FactBase, examiner: Examiner, most: int, rng: np.random.Generator) -> tuple[TestSet, ...]:
    """The five tests of a reversal world, each of at most `most` items."""
    explicit, held = np.flatnonzero(~base.held), np.flatnonzero(base.held)
    frames = {(s, r, o) for s, r, o in base.facts.tolist()}
    one_way = np.array([f for f in held if tuple(base.facts[f, [2, 1, 0]].tolist()) not in frames])

    def ask(facts: np.ndarray, direction: int) -> list[Question]:
        return [Question.of(base, f, direction) for f in _sample(rng, facts, most)]

    latent = ask(held, REVERSE)
    wrong = [Question.wrong_frame(base, f) for f in _sample(rng, one_way, most)]
    return (
        examiner.test("forward", "explicit", ask(np.arange(len(base.facts)), FORWARD)),
        examiner.test("reverse", "explicit", ask(explicit, REVERSE)),
        examiner.test("latent", "latent", latent),
        examiner.test("in-context", "context", latent, told=True),
        examiner.test("wrong-frame", "control", wrong),
    )


def _sample(rng: np.random.Generator, facts: np.ndarray, most: int) -> list[int]:
    return sorted(rng.permutation(facts)[:most].tolist())
