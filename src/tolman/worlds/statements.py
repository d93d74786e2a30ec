"""Statements of relational facts, shared by the worlds that ask for reversals.

A fact (subject, relation, object) can be stated forward, `subject relation → object`, or in reverse, `object
relation ← subject`. Held-out facts are only ever stated forward; asking for their reverse is the latent
test (Berglund et al., arXiv 2309.12288; Lampinen et al., arXiv 2509.16189).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import Corpus, ragged
from tolman.core.world import CorpusSampler
from tolman.worlds.documents import Document, as_corpus, fresh_corpus

FORWARD, REVERSE = 0, 1
KINDS = ("statement", "restatement", "in-context", "unrelated")
STATEMENT, RESTATEMENT, IN_CONTEXT, UNRELATED = range(len(KINDS))
_RETOLD = 0.15


class Wording(NamedTuple):
    """Tokens before the given name, between it and the answer, and after the answer."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class FactBase:
    """Facts as structure, before any wording.

    Attributes:
        facts: `[f, 3]` subject name, relation, object name.
        held: `[f]` whether the fact is stated forward only.
        names: token ids of each name.
        relations: for each relation, its forward and its reverse wording, e.g. `r →` and `r ←`. The relation's
            own token is in both, so that a lexical retriever can tell one fact of an object from another.
        filler: token ids of meaningless words.
        suppose: tokens that open a transient document.
    """

    facts: np.ndarray
    held: np.ndarray
    names: tuple[tuple[int, ...], ...]
    relations: tuple[tuple[Wording, Wording], ...]
    filler: tuple[int, ...] = ()
    suppose: tuple[int, ...] = ()

    def cue(self, direction: int, relation: int, given: int) -> int:
        """The question's id: direction, relation and the name it gives."""
        return (direction * len(self.relations) + relation) * len(self.names) + given

    def question(self, direction: int, relation: int, given: int) -> list[int]:
        """Tokens of the question, up to where the answer begins."""
        wording = self.relations[relation][direction]
        return [*wording.before, *self.names[given], *wording.between]

    def answer(self, direction: int, relation: int, name: int) -> list[int]:
        """Tokens of an answer, with what closes the statement."""
        return [*self.names[name], *self.relations[relation][direction].after]

    def statement_length(self, fact: int) -> int:
        """Tokens of a fact's longer statement."""
        subject, relation, obj = self.facts[fact].tolist()
        names = len(self.names[subject]) + len(self.names[obj])
        return names + max(sum(map(len, wording)) for wording in self.relations[relation])


class Statement(NamedTuple):
    """One statement within a document: which fact, which way, and the loss weight of its answer."""

    fact: int
    direction: int
    weight: float


def write(base: FactBase, facts: np.ndarray, statements: Sequence[Statement], gaps: Sequence[list[int]]) -> Document:
    """Renders statements with filler gaps before, between and after them (`len(statements) + 1` gaps)."""
    doc = Document()
    doc.extend(gaps[0])
    for (index, direction, weight), gap in zip(statements, gaps[1:], strict=True):
        subject, relation, obj = (int(v) for v in facts[index])
        given, asked = (subject, obj) if direction == FORWARD else (obj, subject)
        doc.extend(base.question(direction, relation, given))
        doc.extend(base.answer(direction, relation, asked), weight, base.cue(direction, relation, given), index)
        doc.extend(gap)
    return doc


def fillers(base: FactBase, rng: np.random.Generator, most: int, gaps: int) -> list[list[int]]:
    """`gaps` runs of 0 to `most` filler tokens."""
    counts = rng.integers(0, most + 1, gaps) if base.filler else np.zeros(gaps, int)
    return [rng.choice(base.filler, count).tolist() if count else [] for count in counts]


@dataclasses.dataclass(frozen=True)
class Documents:
    """Which documents a corpus holds.

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


def make_corpus(base: FactBase, plan: Documents, rng: np.random.Generator) -> Corpus:
    """Statements, their restatements, in-context documents and the unrelated counterparts of these.

    A restatement is the statement in other filler: memory keeps each fact and direction once, and other copies
    would only crowd it. An unrelated document replaces an in-context one token for token: the same layout, two
    different facts.
    """
    told = told_ways(base)
    documents = [(STATEMENT, [s]) for s in told]
    documents += [(RESTATEMENT, [s]) for s in told for _ in range(plan.copies - 1)]
    explicit = np.flatnonzero(~base.held)
    for kind, others in ((IN_CONTEXT, explicit), (UNRELATED, np.roll(rng.permutation(explicit), 1))):
        pairs = zip(explicit.tolist(), others.tolist(), strict=True)
        documents += [(kind, [Statement(a, FORWARD, 1.0), Statement(b, REVERSE, 1.0)]) for a, b in pairs]
    docs = [_document(base, plan, said, rng) for _, said in documents]
    topics = ragged([sorted({s.fact for s in said}) for _, said in documents], width=2)
    return as_corpus(docs, [kind for kind, _ in documents], _supports(base, documents), topics, plan.length)


def _document(base: FactBase, plan: Documents, said: list[Statement], rng: np.random.Generator) -> Document:
    most = plan.filler if len(said) == 1 else plan.inner_filler
    return write(base, base.facts, said, fillers(base, rng, most, len(said) + 1))


def told_ways(base: FactBase) -> list[Statement]:
    """Every fact and direction that is stated: in memory, these are the first rows, in this order."""
    return [
        Statement(fact, direction, 1.0)
        for fact in range(len(base.facts))
        for direction in (FORWARD, REVERSE)
        if direction == FORWARD or not base.held[fact]
    ]


def statement_rows(base: FactBase) -> dict[int, list[int]]:
    """Rows of memory that state each fact, either way."""
    rows: dict[int, list[int]] = {}
    for row, statement in enumerate(told_ways(base)):
        rows.setdefault(statement.fact, []).append(row)
    return rows


def _supports(base: FactBase, documents: list[tuple[int, list[Statement]]]) -> np.ndarray:
    """What memory holds about a single statement's fact; longer documents bring their own context, or none."""
    rows = statement_rows(base)
    single = (STATEMENT, RESTATEMENT)
    return ragged(
        [
            [r for r in rows[said[0].fact] if r != row] if kind in single else []
            for row, (kind, said) in enumerate(documents)
        ],
        width=2,
    )


FreshFacts = Callable[[np.random.Generator, int], np.ndarray]
"""Draws `n` fresh facts `[n, 3]`, no two with the same relation and object, for one transient document."""


@dataclasses.dataclass(frozen=True)
class Supposition:
    """A transient document: it supposes up to `told` fresh facts, then states the reverses of all of them.

    Only the reverses carry loss: what is supposed cannot be predicted. Their number varies from one document to
    the next (uniformly from 1), because a reader that has met one fact alone soon tells two apart. A share
    `retold` of the facts is supposed in reverse, as memory holds explicit facts too: their reverses are to be
    copied, not turned. With `related=False` the reverses are of the world's own trained facts instead: the same
    layout, token for token, with nothing to read.
    """

    told: int
    filler: int
    length: int
    retold: float = 0.0
    related: bool = True


def make_samplers(base: FactBase, fresh: FreshFacts, lesson: Supposition, short: int) -> dict[str, CorpusSampler]:
    """Lessons, short ones of at most two facts in rows of `short` tokens, and the unrelated twins of both.

    Only short lessons, which keep reading alive while the world is learned, also suppose facts in reverse: at first
    copying would be the easier thing to learn.
    """
    brief = dataclasses.replace(lesson, told=min(2, lesson.told), length=short, retold=_RETOLD)
    forms = {"long-in-context": lesson, "short-in-context": brief}
    twins = {
        name.replace("in-context", "unrelated"): dataclasses.replace(form, related=False)
        for name, form in forms.items()
    }
    return {name: _drawer(base, fresh, form) for name, form in (forms | twins).items()}


def _drawer(base: FactBase, fresh: FreshFacts, form: Supposition) -> CorpusSampler:
    """Draws suppositions as rows."""

    def draw(rng: np.random.Generator, n: int) -> Corpus:
        return fresh_corpus([_fitting(base, fresh, form, rng) for _ in range(n)], form.length)

    return draw


def _fitting(base: FactBase, fresh: FreshFacts, form: Supposition, rng: np.random.Generator) -> Document:
    """Draws again where long names overflow the row, so that rare long documents don't widen every row."""
    for _ in range(100):
        doc = _supposition(base, fresh, form, rng)
        if len(doc.tokens) <= form.length:
            return doc
    raise ValueError(f"suppositions of {form.told} facts do not fit rows of {form.length} tokens")


def _supposition(base: FactBase, fresh: FreshFacts, form: Supposition, rng: np.random.Generator) -> Document:
    told = int(rng.integers(1, form.told + 1))
    supposed = fresh(rng, told)
    trained = base.facts[rng.choice(np.flatnonzero(~base.held), told)]
    facts = np.concatenate([supposed, supposed if form.related else trained])
    ways = np.where(rng.random(told) < form.retold, REVERSE, FORWARD)
    statements = [Statement(i, int(way), 0.0) for i, way in enumerate(ways)]
    statements += [Statement(told + int(i), REVERSE, 1.0) for i in rng.permutation(told)]
    gaps = fillers(base, rng, form.filler, len(statements) + 1)
    gaps[0] = [*base.suppose, *gaps[0]]
    return write(base, facts, statements, gaps)


def fresh_facts(base: FactBase, subjects: np.ndarray, objects: np.ndarray) -> FreshFacts:
    """Draws pairings of these names that ask no held-out question and give no held-out object its subject.

    Every other draw is from few names and at most two relations, so that its facts share them and only a reader
    who minds roles, directions and relations can tell the facts apart.
    """
    held = base.facts[base.held].tolist()
    cues = {(r, o) for _, r, o in held}
    pairs = {(s, o) for s, _, o in held}
    everything = subjects, objects, np.arange(len(base.relations))

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        some, others, relations = _few(rng, *everything, n + 2) if rng.random() < 0.5 else everything
        facts: dict[tuple[int, int], tuple[int, int, int]] = {}
        for _ in range(100 * n):
            s, o, r = int(rng.choice(some)), int(rng.choice(others)), int(rng.choice(relations))
            if (r, o) not in cues and (s, o) not in pairs and s != o:
                facts.setdefault((r, o), (s, r, o))
            if len(facts) == n:
                return np.array(list(facts.values()), np.int64)
        return draw(rng, n)  # a pool may be too small for what must not be paired

    return draw


def _few(
    rng: np.random.Generator, subjects: np.ndarray, objects: np.ndarray, relations: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`count` subjects and objects, the same names where they can be both, and two relations."""
    some = _pool(rng, subjects, count)
    both = some[np.isin(some, objects)]
    others = np.concatenate([both, _pool(rng, np.setdiff1d(objects, both), count - len(both))])
    return some, others, _pool(rng, relations, 2)


def _pool(rng: np.random.Generator, values: np.ndarray, count: int) -> np.ndarray:
    return rng.choice(values, count, replace=False) if count < len(values) else values
