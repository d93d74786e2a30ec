"""Documents of tokens with what the experimenter knows about each step, and rows made of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tolman.core.experience import NONE, Corpus, ragged, token_rows


@dataclasses.dataclass
class Document:
    """Tokens with, per step, loss weight, cue and fact (see `Corpus`)."""

    tokens: list[int] = dataclasses.field(default_factory=list)
    weight: list[float] = dataclasses.field(default_factory=list)
    cue: list[int] = dataclasses.field(default_factory=list)
    fact: list[int] = dataclasses.field(default_factory=list)

    def extend(self, tokens: Sequence[int], weight: float = 0.0, cue: int = NONE, fact: int = NONE) -> None:
        """Appends steps that share their annotations."""
        self.tokens.extend(tokens)
        for column, value in ((self.weight, weight), (self.cue, cue), (self.fact, fact)):
            column.extend([value] * len(tokens))  # pyright: ignore[reportArgumentType]

    def __add__(self, other: Document) -> Document:
        return Document(
            self.tokens + other.tokens, self.weight + other.weight, self.cue + other.cue, self.fact + other.fact
        )


def as_corpus(
    docs: Sequence[Document], kinds: Sequence[int], supports: np.ndarray, topics: np.ndarray, length: int
) -> Corpus:
    """Documents as the rows of a corpus, `length` steps each."""
    rows = token_rows([d.tokens for d in docs], length)
    weight = np.zeros(rows.valid.shape, np.float32)
    weight[rows.valid] = [w for d in docs for w in d.weight]
    cue, fact = ragged([d.cue for d in docs], width=length), ragged([d.fact for d in docs], width=length)
    return Corpus(rows._replace(weight=weight), np.array(kinds, np.int32), cue, fact, supports, topics)


def fresh_corpus(docs: Sequence[Document], length: int) -> Corpus:
    """Transient documents as rows: no facts of the world, so without id or topic, and nothing supports them."""
    empty = np.full((len(docs), 1), NONE, np.int32)
    corpus = as_corpus(docs, [0] * len(docs), empty, empty, length)
    return corpus._replace(fact=np.full_like(corpus.fact, NONE))
