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

from tolman.core.experience import Corpus
from tolman.worlds.documents import (
    Document,
    Row,
    Wording,
    as_corpus,
    filler_gaps,
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

    def gaps(
        self, rng: np.random.Generator, longest: int, count: int, *, last_odd: bool | None = None
    ) -> list[list[int]]:
        """Return `count` runs of 0 to `longest` filler words.

        Args:
            rng: draws them.
            longest: most words of a run.
            count: number of runs.
            last_odd: whether the last run has an odd number of the first filler word; None: either.
        """
        gaps = filler_gaps(self.filler, rng, longest, count)
        while last_odd is not None and self.filler and longest and gaps[-1].count(self.filler[0]) % 2 != last_odd:
            gaps[-1:] = filler_gaps(self.filler, rng, longest, 1)
        return gaps

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
        all_tokens: whether all tokens but the first carry loss, not answers alone.
    """

    copies: int
    filler: int
    inner_filler: int
    length: int
    all_tokens: bool = False


def make_corpus(base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> Corpus:
    """Return statements, restatements, in-context documents and their matched controls.

    A restatement is a statement in other filler: memory holds each fact and direction once, since more copies would
    only crowd it. The filler that a document begins with has an even number of the first filler word, and that before
    a question of a test an odd one: no such question stands in training as it is. An `unrelated` document replaces an
    in-context one token for token: the same layout, two different facts.
    """
    singles = stated(base)
    documents = [(STATEMENT, [s]) for s in singles]
    documents += [(RESTATEMENT, [s]) for s in singles for _ in range(plan.copies - 1)]
    explicit = np.flatnonzero(~base.held)
    for kind, others in ((IN_CONTEXT, explicit), (UNRELATED, _derangement(explicit, rng))):
        pairs = zip(explicit.tolist(), others.tolist(), strict=True)
        documents += [(kind, [Statement(a, FORWARD, 1.0), Statement(b, REVERSE, 1.0)]) for a, b in pairs]
    stating = statement_rows(base)

    def row(place: int, kind: int, said: list[Statement]) -> Row:
        longest = plan.filler if len(said) == 1 else plan.inner_filler
        first = base.gaps(rng, longest, 1, last_odd=False)
        document = write(base, base.facts, said, [*first, *base.gaps(rng, longest, len(said))])
        document = document.predicted() if plan.all_tokens else document
        # Longer documents bring their own context, or none.
        supports = [other for other in stating[said[0].fact] if other != place] if len(said) == 1 else []
        return Row(kind, document, supports, sorted({s.fact for s in said}))

    rows = [row(place, kind, said) for place, (kind, said) in enumerate(documents)]
    return as_corpus(rows, plan.length, supports=2, topics=2)


def _derangement(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a random order of distinct values, of which none stands where it was: all are moved along one cycle."""
    cycle, moved = rng.permutation(len(values)), np.empty_like(values)
    moved[cycle] = values[np.roll(cycle, 1)]
    return moved


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


FreshFacts = Callable[[np.random.Generator, int], np.ndarray]
"""Draws `n` facts `[n, 3]` for one document, no two with the same relation and object."""


def fresh_facts(base: FactBase, subjects: np.ndarray, objects: np.ndarray) -> FreshFacts:
    """Return a drawer of pairings that ask no held-out question and give no held-out object its subject.

    Every other draw is from few names and at most two relations, so that its facts share them and only a reader
    who minds roles, directions and relations can tell the facts apart.
    """
    held = base.facts[base.held].tolist()
    cues = {(r, o) for _, r, o in held}
    pairs = {(s, o) for s, _, o in held}
    everything = subjects, objects, np.arange(len(base.relations))

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        some, others, relations = _few(rng, n + 2, everything) if rng.random() < 0.5 else everything
        facts: dict[tuple[int, int], tuple[int, int, int]] = {}
        for _ in range(100 * n):
            s, o, r = int(rng.choice(some)), int(rng.choice(others)), int(rng.choice(relations))
            if (r, o) not in cues and (s, o) not in pairs and s != o:
                facts.setdefault((r, o), (s, r, o))
            if len(facts) == n:
                return np.array(list(facts.values()), np.int64)
        return draw(rng, n)  # a pool may be too small for what must not be paired

    return draw


def _few(rng: np.random.Generator, count: int, everything: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """Draw `count` subjects and objects, the same names where they can be both, and two relations."""
    subjects, objects, relations = everything
    some = _pool(rng, subjects, count)
    both = some[np.isin(some, objects)]
    others = np.concatenate([both, _pool(rng, np.setdiff1d(objects, both), count - len(both))])
    return some, others, _pool(rng, relations, 2)


def _pool(rng: np.random.Generator, values: np.ndarray, count: int) -> np.ndarray:
    return rng.choice(values, count, replace=False) if count < len(values) else values
