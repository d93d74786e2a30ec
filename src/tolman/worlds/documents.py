"""Documents and questions of tokens, and the arrays made from them."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.experience import NONE, Chance, Corpus, Experiences, Role, TestSet, ragged, token_rows
from tolman.core.world import CorpusSampler

MAX_SUPPORTS = 32
"""Most supporting rows listed for a question; one with many answers may have more."""

Option = Sequence[int]
"""An answer to choose from, as token ids."""


@dataclasses.dataclass
class Vocabulary:
    """Texts of the tokens, which are numbered as they come.

    Attributes:
        texts: token id -> text.
        sorts: token id -> its sort, which `tolman look` shows as a colour.
        complete: true if no text may be added any more.
    """

    texts: list[str] = dataclasses.field(default_factory=list)
    sorts: list[str] = dataclasses.field(default_factory=list)
    complete: bool = False
    _ids: dict[tuple[str, bool], int] = dataclasses.field(default_factory=dict)

    def words(self, text: str, sort: str = "word") -> tuple[int, ...]:
        """Return the ids of a text's words; a new word is added with this sort."""
        return tuple([self._id(word, sort, False) for word in text.split()])

    def symbol(self, text: str, sort: str) -> int:
        """Return the id of one token for the whole text, which is another token than a word of that text."""
        return self._id(text, sort, True)

    def symbols(self, texts: Sequence[str], sort: str) -> tuple[int, ...]:
        """Return the ids of several symbols of one sort."""
        return tuple([self.symbol(text, sort) for text in texts])

    def _id(self, text: str, sort: str, symbol: bool) -> int:
        found = self._ids.get((text, symbol))
        if found is None:
            if self.complete:
                raise ValueError(f"the word {text!r} is not in the vocabulary; declare it beforehand")
            found = self._ids[text, symbol] = len(self.texts)
            self.texts.append(text)
            self.sorts.append(sort)
        return found

    def __len__(self) -> int:
        return len(self.texts)


@dataclasses.dataclass
class Document:
    """Tokens with, per step, the loss weight, the cue and the fact (see `Corpus`)."""

    tokens: list[int] = dataclasses.field(default_factory=list)
    weight: list[float] = dataclasses.field(default_factory=list)
    cue: list[int] = dataclasses.field(default_factory=list)
    fact: list[int] = dataclasses.field(default_factory=list)

    def extend(self, tokens: Sequence[int], weight: float = 0.0, cue: int = NONE, fact: int = NONE) -> None:
        """Append steps that share their annotations."""
        count = len(tokens)
        self.tokens += tokens
        self.weight += [weight] * count
        self.cue += [cue] * count
        self.fact += [fact] * count

    def __add__(self, other: Document) -> Document:
        return Document(
            self.tokens + other.tokens, self.weight + other.weight, self.cue + other.cue, self.fact + other.fact
        )

    def predicted(self) -> Document:
        """Return the document with loss on all tokens but the first, which follows nothing."""
        return dataclasses.replace(self, weight=[0.0] + [1.0] * (len(self.weight) - 1))


class Wording(NamedTuple):
    """Tokens of a question before the name it gives, between that and the answer, and after the answer."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


def filler_gaps(filler: Sequence[int], rng: np.random.Generator, longest: int, count: int) -> list[list[int]]:
    """Return `count` runs of 0 to `longest` of the filler tokens."""
    lengths = rng.integers(0, longest + 1, count) if filler else np.zeros(count, int)
    return [rng.choice(filler, length).tolist() if length else [] for length in lengths]


class Row(NamedTuple):
    """A document as a row of a corpus, with its kind, supports and topics (see `Corpus`)."""

    kind: int
    document: Document
    supports: Sequence[int] = ()
    topics: Sequence[int] = ()


def as_corpus(rows: Sequence[Row], length: int, supports: int | None = None, topics: int | None = None) -> Corpus:
    """Return documents as rows of `length` steps, with so many columns of supports and topics (None: as needed)."""
    documents = [row.document for row in rows]
    made = token_rows([document.tokens for document in documents], length)
    weight = np.zeros(made.valid.shape, np.float32)
    weight[made.valid] = [w for document in documents for w in document.weight]
    return Corpus(
        experiences=made._replace(weight=weight),
        kind=np.array([row.kind for row in rows], np.int32),
        cue=ragged([document.cue for document in documents], width=length),
        fact=ragged([document.fact for document in documents], width=length),
        supports=ragged([list(row.supports) for row in rows], width=supports),
        topics=ragged([list(row.topics) for row in rows], width=topics),
    )


def fresh_corpus(documents: Sequence[Document], length: int) -> Corpus:
    """Return documents sampled afresh as rows: they state no fact of the world, and nothing supports them."""
    corpus = as_corpus([Row(0, document) for document in documents], length)
    return corpus._replace(fact=np.full_like(corpus.fact, NONE))


def sampler(draw: Callable[[np.random.Generator], Document], length: int) -> CorpusSampler:
    """Return a sampler of rows of `length` steps whose documents `draw` writes one at a time.

    A document that is too long is drawn again, so that rare long ones do not widen every row.
    """

    def fitting(rng: np.random.Generator) -> Document:
        for _ in range(100):
            if len((document := draw(rng)).tokens) <= length:
                return document
        raise ValueError(f"documents sampled afresh do not fit rows of {length} tokens")

    return lambda rng, n: fresh_corpus([fitting(rng) for _ in range(n)], length)


class Item(NamedTuple):
    """A question of a test.

    Attributes:
        id: stable and unique within the world.
        correct: places of the right options in the item's list of options.
        choice: which list of options the item is answered from.
        cue, fact, supports, topics: as in `TestSet`.
        group: subset that is also reported apart.
        elimination: chance of a guess among the options that answer no other trained question of the frame (see
            `by_elimination`); None: nothing is eliminated.
        pool: items of a pool are those that one constant answer could be given to; None: those with the same options.
    """

    id: str
    correct: Collection[int]
    choice: int = 0
    cue: int = NONE
    fact: int = NONE
    supports: Sequence[int] = ()
    topics: Sequence[int] = ()
    group: str = ""
    elimination: float | None = None
    pool: int | None = None


def by_elimination(correct: Collection[int], left: Collection[int]) -> float:
    """Return the fraction of the options `left` by elimination that is correct."""
    return len(set(correct) & set(left)) / max(1, len(left))


def make_test(
    name: str, role: Role, prompts: Experiences, items: Sequence[Item], options: Sequence[Sequence[Option]]
) -> TestSet:
    """Return the test that asks `items` after `prompts`, each answered from one of the lists of `options`."""
    choice = np.array([item.choice for item in items], np.int32)
    correct = np.zeros((len(items), max(map(len, options))), bool)
    for row, item in zip(correct, items, strict=True):
        row[list(item.correct)] = True
    return TestSet(
        name=name,
        role=role,
        prompts=prompts,
        options=option_array(options),
        choice=choice,
        correct=correct,
        cue=np.array([item.cue for item in items], np.int32),
        fact=np.array([item.fact for item in items], np.int32),
        supports=ragged([list(item.supports) for item in items]),
        topics=ragged([list(item.topics) for item in items]),
        item_ids=tuple([item.id for item in items]),
        groups=tuple([item.group for item in items]),
        chance=_chance(items, options),
    )


def closed(options: Sequence[Option], end: Option) -> tuple[tuple[int, ...], ...]:
    """Return options, of which those that begin another one are closed by `end`: none then contains another."""
    begins = [any(len(b) > len(a) and b[: len(a)] == a for b in options) for a in options]
    return tuple((*a, *end) if longer else tuple(a) for a, longer in zip(options, begins, strict=True))


def option_array(options: Sequence[Sequence[Option]]) -> np.ndarray:
    """Return lists of options as tokens `[lists, options, length]`, padded with `NONE`."""
    longest = max(len(answer) for answers in options for answer in answers)
    out = np.full((len(options), max(map(len, options)), longest), NONE, np.int32)
    for rows, answers in zip(out, options, strict=True):
        rows[: len(answers)] = ragged([list(answer) for answer in answers], width=longest)
    return out


def _chance(items: Sequence[Item], options: Sequence[Sequence[Option]]) -> Chance:
    """Return the three chances: the best constant answer is that of all items of a pool."""
    uniform = np.array([len(item.correct) / len(options[item.choice]) for item in items])
    elimination = [
        by_chance if item.elimination is None else item.elimination
        for item, by_chance in zip(items, uniform, strict=True)
    ]
    pools = [("options", item.choice) if item.pool is None else ("pool", item.pool) for item in items]
    right: dict[tuple[str, int], Counter[tuple[int, ...]]] = defaultdict(Counter)
    for pool, item in zip(pools, items, strict=True):
        right[pool].update(tuple(options[item.choice][place]) for place in item.correct)
    constant = [max(right[pool].values()) / pools.count(pool) for pool in pools]
    return Chance(uniform, np.array(elimination), np.array(constant))
