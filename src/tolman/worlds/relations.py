"""Facts (subject, relation, object) in two directions: documents that state them, and tests that ask for them.

A fact is stated forward, `subject relation → object`, or in reverse, `object relation ← subject`. Held-out facts
are stated forward only; asking for their reverse is the latent test (Berglund et al., arXiv 2309.12288; Lampinen et
al., arXiv 2509.16189).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import Corpus, Experiences, Role, TestSet, token_rows
from tolman.worlds.documents import (
    MAX_SUPPORTS,
    Document,
    Item,
    Row,
    Wording,
    as_corpus,
    by_elimination,
    closed,
    filler_gaps,
    make_test,
)

FORWARD, REVERSE = 0, 1
KINDS = ("statement", "restatement", "in-context", "unrelated")
STATEMENT, RESTATEMENT, IN_CONTEXT, UNRELATED = range(len(KINDS))
COLUMNS = {FORWARD: (0, 2), REVERSE: (2, 0)}
"""Columns of a table of facts that hold what a question gives and what answers it."""


@dataclasses.dataclass(frozen=True)
class FactBase:
    """Facts as structure, with the tokens to word them in.

    Attributes:
        facts: `[f, 3]` subject name, relation, object name.
        held: `[f]` true for facts that are stated forward only.
        names: token ids of each name.
        relations: for each relation, its forward and its reverse wording, e.g. `r →` and `r ←`. The relation's
            own token is in both, so that a lexical retriever can tell one fact of an object from another.
        filler: token ids of meaningless words.
        opening: tokens that open a document of premises.
    """

    facts: np.ndarray
    held: np.ndarray
    names: tuple[tuple[int, ...], ...]
    relations: tuple[tuple[Wording, Wording], ...]
    filler: tuple[int, ...] = ()
    opening: tuple[int, ...] = ()

    def cue(self, direction: int, relation: int, given: int) -> int:
        """Return the id of the question that gives this name."""
        return (direction * len(self.relations) + relation) * len(self.names) + given

    def question(self, direction: int, relation: int, given: int) -> list[int]:
        """Return the tokens of a question, up to where the answer begins."""
        wording = self.relations[relation][direction]
        return [*wording.before, *self.names[given], *wording.between]

    def answer(self, direction: int, relation: int, name: int) -> list[int]:
        """Return the tokens of an answer, with what closes the statement."""
        return [*self.names[name], *self.relations[relation][direction].after]


class Statement(NamedTuple):
    """A statement within a document: the fact's index, the direction, and the loss weight of its answer."""

    fact: int
    direction: int
    weight: float


def write(base: FactBase, facts: np.ndarray, statements: Sequence[Statement], gaps: Sequence[list[int]]) -> Document:
    """Return the statements about `facts[f, 3]` with filler before, between and after them."""
    doc = Document()
    doc.extend(gaps[0])
    for (index, direction, weight), gap in zip(statements, gaps[1:], strict=True):
        subject, relation, obj = (int(v) for v in facts[index])
        given, asked = (subject, obj) if direction == FORWARD else (obj, subject)
        doc.extend(base.question(direction, relation, given))
        doc.extend(base.answer(direction, relation, asked), weight, base.cue(direction, relation, given), index)
        doc.extend(gap)
    return doc


@dataclasses.dataclass(frozen=True)
class CorpusPlan:
    """Sizes of a corpus's documents.

    Attributes:
        copies: documents per fact and direction, each in other filler.
        filler: most filler tokens before and after a single statement.
        inner_filler: most filler tokens in each gap of a longer document.
        length: tokens per row; the same for every seed.
    """

    copies: int
    filler: int
    inner_filler: int
    length: int


def make_corpus(base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> Corpus:
    """Return statements, restatements, in-context documents and their matched controls.

    A restatement is a statement in other filler: memory holds each fact and direction once, since more copies would
    only crowd it. An `unrelated` document replaces an in-context one token for token: the same layout, two
    different facts.
    """
    singles = stated(base)
    documents = [(STATEMENT, [s]) for s in singles]
    documents += [(RESTATEMENT, [s]) for s in singles for _ in range(plan.copies - 1)]
    explicit = np.flatnonzero(~base.held)
    for kind, others in ((IN_CONTEXT, explicit), (UNRELATED, np.roll(rng.permutation(explicit), 1))):
        pairs = zip(explicit.tolist(), others.tolist(), strict=True)
        documents += [(kind, [Statement(a, FORWARD, 1.0), Statement(b, REVERSE, 1.0)]) for a, b in pairs]
    stating = statement_rows(base)

    def row(place: int, kind: int, said: list[Statement]) -> Row:
        longest = plan.filler if len(said) == 1 else plan.inner_filler
        document = write(base, base.facts, said, filler_gaps(base.filler, rng, longest, len(said) + 1))
        # Longer documents bring their own context, or none.
        supports = [other for other in stating[said[0].fact] if other != place] if len(said) == 1 else []
        return Row(kind, document, supports, sorted({s.fact for s in said}))

    rows = [row(place, kind, said) for place, (kind, said) in enumerate(documents)]
    return as_corpus(rows, plan.length, supports=2, topics=2)


def statement_corpus(base: FactBase, length: int) -> Corpus:
    """Return each fact in each direction that is stated, once and without filler, then each name that is a subject.

    A name alone follows the opening. It says no fact, but makes every answer a target: held-out subjects might else
    never be predicted at all. Rows have `length` tokens.
    """
    said, stating = stated(base), statement_rows(base)

    def row(place: int, statement: Statement) -> Row:
        document = write(base, base.facts, [statement], [[], []])
        supports = [other for other in stating[statement.fact] if other != place]
        return Row(0, document, supports, [statement.fact])

    rows = [row(place, statement) for place, statement in enumerate(said)]
    for subject in np.unique(base.facts[:, 0]).tolist():
        document = Document()
        document.extend(base.opening)
        document.extend(base.names[subject], 1.0)
        rows.append(Row(1, document))
    return as_corpus(rows, length, supports=2, topics=2)


def stated(base: FactBase) -> list[Statement]:
    """Return every fact in every direction that is stated: these are the first rows of memory, in this order."""
    return [
        Statement(fact, direction, 1.0)
        for fact in range(len(base.facts))
        for direction in (FORWARD, REVERSE)
        if direction == FORWARD or not base.held[fact]
    ]


def statement_rows(base: FactBase) -> dict[int, list[int]]:
    """Return the rows of memory that state each fact, in either direction."""
    rows: dict[int, list[int]] = {}
    for row, statement in enumerate(stated(base)):
        rows.setdefault(statement.fact, []).append(row)
    return rows


class RelationQuestion(NamedTuple):
    """A fact asked for in a direction: the name given, those that are right, and the facts that say so.

    `asked_in` is the direction of the question's wording, another than `direction` in the wrong frame.
    """

    fact: int
    relation: int
    direction: int
    given: int
    answers: tuple[int, ...]
    facts: tuple[int, ...]
    asked_in: int


class RelationTests:
    """Writes tests about a base of facts.

    Args:
        base: the facts.
        plan: how much filler stands before a question.
        label: names a fact, `subject|relation|object`, whatever order the facts come in.
        rng: draws the filler, and which of equally hard options stand.
        max_options: most options of a question: the right ones, and those of the wrong ones that share most words with
            one of them. 0 = all names that answer a question of the same frame.
    """

    def __init__(
        self,
        base: FactBase,
        plan: CorpusPlan,
        label: Callable[[int], str],
        rng: np.random.Generator,
        max_options: int = 0,
    ):
        self.base, self.plan, self.label, self.rng, self.max_options = base, plan, label, rng, max_options
        self.rows = statement_rows(base)
        frames = [(direction, relation) for direction in COLUMNS for relation in range(len(base.relations))]
        self.names = {frame: self._names(*frame) for frame in frames}

    def question(self, fact: int, direction: int) -> RelationQuestion:
        """Return the ordinary question about a fact, with all its right answers."""
        facts, (given, answers) = self.base.facts, COLUMNS[direction]
        relation, name = int(facts[fact, 1]), int(facts[fact, given])
        same = np.flatnonzero((facts[:, 1] == relation) & (facts[:, given] == name))
        right = tuple(np.unique(facts[same, answers]).tolist())
        return RelationQuestion(fact, relation, direction, name, right, facts=tuple(same.tolist()), asked_in=direction)

    def wrong_frame(self, fact: int) -> RelationQuestion:
        """Return the object with the *forward* relation, scored for the subject: no frame of the world asks that."""
        subject, relation, obj = self.base.facts[fact].tolist()
        return RelationQuestion(fact, relation, REVERSE, obj, (subject,), facts=(fact,), asked_in=FORWARD)

    def test(self, name: str, role: Role, questions: Sequence[RelationQuestion], stated: bool = False) -> TestSet:
        """Return a test of the questions that have a wrong answer; with `stated`, each prompt states the fact first."""
        questions = [q for q in questions if len(self.names[q.direction, q.relation]) > len(q.answers)]
        names = [self._offered(question) for question in questions]
        prompts = self._prompts(questions, stated)
        spelled = [self._spelled(question, offered) for question, offered in zip(questions, names, strict=True)]
        # A test without questions has options too, so that it has the same shape as any other.
        options = sorted(set(spelled)) or [((0,),)]
        choices = [options.index(answers) for answers in spelled]
        items = [self._item(name, *asked) for asked in zip(questions, names, choices, strict=True)]
        return make_test(name, role, prompts, items, options)

    def _item(self, test: str, asked: RelationQuestion, names: tuple[int, ...], choice: int) -> Item:
        label = self.label(asked.fact)
        return Item(
            id=f"{test}/{label}",
            correct=[names.index(answer) for answer in asked.answers],
            choice=choice,
            cue=self.base.cue(asked.asked_in, asked.relation, asked.given),
            fact=asked.fact,
            supports=[row for fact in asked.facts for row in self.rows[fact]][:MAX_SUPPORTS],
            topics=asked.facts,
            group=label.split("|")[1],
            elimination=by_elimination(asked.answers, self._untrained(asked, names)),
            pool=asked.relation,
        )

    def _offered(self, asked: RelationQuestion) -> tuple[int, ...]:
        """Return the names that are offered as answers, in the order of their numbers."""
        names = self.names[asked.direction, asked.relation]
        if not self.max_options or len(names) <= self.max_options:
            return names
        words = [{*self.base.names[answer]} for answer in asked.answers]
        wrong = self.rng.permutation(np.setdiff1d(names, asked.answers)).tolist()
        wrong.sort(key=lambda name: -max(len(each & set(self.base.names[name])) for each in words))
        room = max(1, self.max_options - len(asked.answers))
        return tuple(sorted((*asked.answers, *wrong[:room])))

    def _names(self, direction: int, relation: int) -> tuple[int, ...]:
        """Return the options of a frame: every name that answers one of its questions."""
        answers = self.base.facts[self.base.facts[:, 1] == relation, COLUMNS[direction][1]]
        return tuple(np.unique(answers).tolist())

    def _spelled(self, asked: RelationQuestion, names: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        after = self.base.relations[asked.relation][asked.direction].after
        return closed([self.base.names[name] for name in names], after[:1])

    def _untrained(self, asked: RelationQuestion, names: tuple[int, ...]) -> set[int]:
        """Return the options that answer no other trained question of the frame; all where it asks for no such name."""
        if asked.asked_in != asked.direction:
            return set(names)
        facts, (given, answers) = self.base.facts, COLUMNS[asked.direction]
        others = (facts[:, 1] == asked.relation) & (facts[:, given] != asked.given)
        trained = others & ~self.base.held if asked.direction == REVERSE else others
        return set(names) - set(facts[trained, answers].tolist())

    def _prompts(self, questions: Sequence[RelationQuestion], stated: bool) -> Experiences:
        """Return the prompts; a statement before a question is an experience of its own."""
        context = [self._context(question, stated) for question in questions]
        asked = [self.base.question(each.asked_in, each.relation, each.given) for each in questions]
        made = token_rows([before + prompt for before, prompt in zip(context, asked, strict=True)])
        lengths = np.array([len(before) if stated else 0 for before in context])
        of_question = np.arange(made.length) >= lengths[:, None]
        return made._replace(segment=(of_question & (lengths > 0)[:, None] & made.valid).astype(np.int32))

    def _context(self, asked: RelationQuestion, stated: bool) -> list[int]:
        longest = self.plan.inner_filler if stated else self.plan.filler
        gaps = filler_gaps(self.base.filler, self.rng, longest, 2)
        context = [Statement(asked.fact, FORWARD, 0.0)] if stated else []
        return write(self.base, self.base.facts, context, gaps[: len(context) + 1]).tokens
