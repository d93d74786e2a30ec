"""Facts (subject, relation, object) in two directions, and the documents that state them.

A fact is stated forward, `subject relation → object`, or in reverse, `object relation ← subject`. Held-out facts
are stated forward only; asking for their reverse is the latent test (Berglund et al., arXiv 2309.12288; Lampinen et
al., arXiv 2509.16189).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import Corpus, ragged
from tolman.worlds.documents import Document, as_corpus

FORWARD, REVERSE = 0, 1
KINDS = ("statement", "restatement", "in-context", "unrelated")
STATEMENT, RESTATEMENT, IN_CONTEXT, UNRELATED = range(len(KINDS))


class Wording(NamedTuple):
    """Tokens before the given name, between it and the answer, and after the answer."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


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

    def statement_length(self, fact: int) -> int:
        """Return the number of tokens of a fact's longer statement."""
        subject, relation, obj = self.facts[fact].tolist()
        names = len(self.names[subject]) + len(self.names[obj])
        return names + max(sum(map(len, wording)) for wording in self.relations[relation])

    def asked(self, direction: int, relation: int) -> np.ndarray:
        """Return the names `[k, 2]`, given and answered, of every fact of the relation, with repeats."""
        facts = self.facts[self.facts[:, 1] == relation]
        return facts[:, [0, 2]] if direction == FORWARD else facts[:, [2, 0]]


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


def filler_gaps(base: FactBase, rng: np.random.Generator, longest: int, count: int) -> list[list[int]]:
    """Return `count` runs of 0 to `longest` filler tokens."""
    lengths = rng.integers(0, longest + 1, count) if base.filler else np.zeros(count, int)
    return [rng.choice(base.filler, length).tolist() if length else [] for length in lengths]


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
    docs = [_document(base, plan, said, rng) for _, said in documents]
    topics = ragged([sorted({s.fact for s in said}) for _, said in documents], width=2)
    return as_corpus(docs, [kind for kind, _ in documents], _supports(base, documents), topics, plan.length)


def _document(base: FactBase, plan: CorpusPlan, said: list[Statement], rng: np.random.Generator) -> Document:
    longest = plan.filler if len(said) == 1 else plan.inner_filler
    return write(base, base.facts, said, filler_gaps(base, rng, longest, len(said) + 1))


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


def _supports(base: FactBase, documents: list[tuple[int, list[Statement]]]) -> np.ndarray:
    """Return the other rows that state a single statement's fact; longer documents bring their own context, or none."""
    rows = statement_rows(base)
    single = (STATEMENT, RESTATEMENT)
    return ragged(
        [
            [r for r in rows[said[0].fact] if r != row] if kind in single else []
            for row, (kind, said) in enumerate(documents)
        ],
        width=2,
    )
