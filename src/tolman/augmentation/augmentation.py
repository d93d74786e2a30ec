"""The protocol of augmentations, which write training documents from the statements of a world."""

from __future__ import annotations

import abc
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tolman.core.experience import TestSet


class Written(NamedTuple):
    """A document, with the loss weight of each token."""

    tokens: list[int]
    weight: list[float]


class Augmented(NamedTuple):
    """What an augmentation wrote.

    Attributes:
        documents: to train on.
        generated: tokens that a model generated for them, those of dropped documents included.
        dropped: documents that did not have the expected format.
    """

    documents: list[Written]
    generated: int = 0
    dropped: int = 0


class Source(NamedTuple):
    """What an augmentation writes from.

    Attributes:
        statements: the experiences in memory, as tokens.
        vocabulary: the world's words, and then those that the augmentation adds.
        is_name: `[v]` whether a word is part of a name (its sort is "entity").
        tests: the world's tests. Only `closure` may look at them.
        start: returns the model before training, over a vocabulary.
    """

    statements: list[list[int]]
    vocabulary: tuple[str, ...]
    is_name: np.ndarray
    tests: tuple[TestSet, ...]
    start: Callable[[Sequence[str]], Any]

    def parts(self, tokens: Sequence[int]) -> list[list[int]]:
        """Return tokens cut into names, which are runs of words of names, and the runs of other words between them."""
        return [list(run) for _, run in itertools.groupby(tokens, key=lambda token: bool(self.is_name[token]))]

    def names(self, tokens: Sequence[int]) -> list[list[int]]:
        """Return the names among tokens."""
        return [part for part in self.parts(tokens) if self.is_name[part[0]]]

    def tokens(self, text: str) -> list[int]:
        """Return words as tokens; raises `KeyError` for a word that is not in the vocabulary."""
        ids = {word: number for number, word in reversed(list(enumerate(self.vocabulary)))}
        return [ids[word] for word in text.split()]

    def written(self, tokens: list[int], start: int = 1) -> Written:
        """Return a document whose names are to be predicted, from the token `start` on; the first token cannot be."""
        return Written(tokens, [float(self.is_name[t] and i >= start) for i, t in enumerate(tokens)])


class AbstractAugmentation(abc.ABC):
    """An augmentation. Subclasses are frozen dataclasses; their fields are its parameters.

    Attributes:
        version: rises whenever the same source would give other documents.
        words: words that its documents use, whether or not the world has them.
    """

    version: ClassVar[int]
    words: ClassVar[tuple[str, ...]] = ()

    @abc.abstractmethod
    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        """Return documents written from a source."""
