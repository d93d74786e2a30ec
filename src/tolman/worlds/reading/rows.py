"""Training rows: whole documents in the first half, their questions in the second."""

from __future__ import annotations

import dataclasses
import random
from typing import NamedTuple

import numpy as np

from tolman.core.experience import NONE, Corpus, Experiences, ragged
from tolman.worlds.reading.documents import Document, Question, draw_document, segments
from tolman.worlds.reading.draft import HOPS, SKILLS, Style
from tolman.worlds.reading.wordings import STOP


class Size(NamedTuple):
    """Fewest and most statements of a document; the most is none where one document fills the row's first half."""

    fewest: int
    most: int | None


SMALL, MEDIUM, LARGE = Size(3, 6), Size(10, 17), Size(1, None)
"""Sizes of training documents; the largest state about 64 facts."""


_NO_HOPS = (NONE,) * HOPS


@dataclasses.dataclass
class Row:
    """The steps of one row so far: token, document, segment, skill and hops of each, `NONE` where there is none."""

    token: list[int] = dataclasses.field(default_factory=list)
    document: list[int] = dataclasses.field(default_factory=list)
    segment: list[int] = dataclasses.field(default_factory=list)
    skill: list[int] = dataclasses.field(default_factory=list)
    hops: list[tuple[int, ...]] = dataclasses.field(default_factory=list)
    segments: int = 0

    def add(self, tokens: list[int], document: int = NONE) -> None:
        """Add a segment without targets."""
        count = len(tokens)
        self.token += tokens
        self.document += [document] * count
        self.segment += [self.segments] * count
        self.skill += [NONE] * count
        self.hops += [_NO_HOPS] * count
        self.segments += 1

    def ask(self, question: Question, document: int) -> None:
        """Add a question, with its answer and the full stop as targets; its hops stand where the answer begins."""
        self.add([*question.prompt, *question.answer, STOP], document)
        targets = len(question.answer) + 1
        self.skill[-targets:] = [SKILLS.index(question.skill)] * targets
        self.hops[-targets] = (*question.hops, *_NO_HOPS)[:HOPS]


@dataclasses.dataclass(frozen=True)
class RowSampler:
    """Draws rows of twice `context` steps, each from documents of one size; calling it returns a corpus.

    Attributes:
        style: how the documents are written.
        sizes: of the documents, one of which is drawn for each row.
        context: steps of each half.
        most_targets: most targets of a row.
    """

    style: Style
    sizes: tuple[Size, ...]
    context: int
    most_targets: int

    def __call__(self, rng: np.random.Generator, n: int) -> Corpus:
        return self.annotated(rng, n)[0]

    def annotated(self, rng: np.random.Generator, n: int) -> tuple[Corpus, np.ndarray]:
        """Return a corpus of `n` rows, and for every step the skill of the question that it answers, as `[n, T]`.

        Skills are numbered as in `SKILLS`, and `NONE` for steps that are no targets.
        """
        rnd = random.Random(int(rng.integers(2**63)))
        rows = [self.draw(rnd) for _ in range(n)]
        skills = ragged([row.skill for row in rows], width=2 * self.context)
        return _corpus(rows, skills), skills

    def draw(self, rnd: random.Random) -> Row:
        """Return one row."""
        row, documents = Row(), self._documents(rnd, rnd.choice(self.sizes))
        for number, document in enumerate(documents):
            for segment in segments(rnd, document.statements, self.style.block):
                row.add(segment, number)
        while rest := self.context - len(row.token):
            row.add(rnd.choices(self.style.pool, k=min(rest, self.style.block)))
        self._ask(rnd, row, documents)
        return row

    def _documents(self, rnd: random.Random, size: Size) -> list[Document]:
        documents, room = list[Document](), self.context
        while True:
            document = draw_document(rnd, self.style, self._statements(rnd, size), room)
            if len(document.statements) < size.fewest:
                return documents
            documents.append(document)
            room -= document.length
            if size.most is None:
                return documents

    def _statements(self, rnd: random.Random, size: Size) -> int:
        """Return a number of statements; without a limit, more than fit, at no fewer than eight tokens each."""
        fewest, most = size
        return rnd.randint(fewest, most) if most else self.context // 8

    def _ask(self, rnd: random.Random, row: Row, documents: list[Document]) -> None:
        asked = [(question, number) for number, document in enumerate(documents) for question in document.questions]
        rnd.shuffle(asked)
        targets = 0
        for question, number in asked:
            targets += len(question.answer) + 1
            if targets > self.most_targets:
                return
            if len(row.token) + question.length <= 2 * self.context:
                row.ask(question, number)


def _corpus(rows: list[Row], skills: np.ndarray) -> Corpus:
    n, length = skills.shape
    token = ragged([row.token for row in rows], fill=0, width=length)
    document = ragged([row.document for row in rows], width=length)
    segment = ragged([row.segment for row in rows], fill=0, width=length)
    hops = [ragged([[step[hop] for step in row.hops] for row in rows], width=length) for hop in range(HOPS)]
    counts = np.array([len(row.token) for row in rows])
    return Corpus(
        experiences=Experiences(
            steps={"token": token, "document": document, "hops": np.stack(hops, axis=-1)},
            weight=(skills != NONE).astype(np.float32),
            valid=np.arange(length) < counts[:, None],
            segment=segment,
        ),
        kind=np.zeros(n, np.int32),
        cue=np.full((n, length), NONE, np.int32),
        fact=np.full((n, length), NONE, np.int32),
        supports=np.full((n, 1), NONE, np.int32),
        topics=np.full((n, 1), NONE, np.int32),
    )
