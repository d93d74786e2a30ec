"""The protocol of augmentations, which write training documents from the statements of a world."""

from __future__ import annotations

import abc
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tolman.core.experience import TestSet

STATEMENT, STOP, GAP = "{s}", ".", "_"
"""The place of a statement in an instruction, the word that ends a statement, and the one in place of a masked name."""


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

    def with_words(self, words: Sequence[str]) -> Source:
        """Return the source with more words at the end of its vocabulary, those that it lacks."""
        more = [word for word in words if word not in self.vocabulary]
        return self._replace(
            vocabulary=(*self.vocabulary, *more), is_name=np.concatenate([self.is_name, np.zeros(len(more), bool)])
        )

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

    def sentence(self, tokens: list[int]) -> list[int]:
        """Return a statement without its full stop, if it has one."""
        return tokens[:-1] if tokens[-1:] == self.tokens(STOP) else tokens

    def instructed(self, instruction: str, sentence: Sequence[int]) -> list[int]:
        """Return an instruction with a sentence in its place."""
        before, after = instruction.split(STATEMENT)
        return [*self.tokens(before), *sentence, *self.tokens(after)]

    def masked(self, tokens: Sequence[int]) -> list[tuple[list[int], int, list[int]]]:
        """Return for each name of a sentence the sentence with the name masked, where it stood, and the name."""
        parts, out = self.parts(tokens), list[tuple[list[int], int, list[int]]]()
        for place, part in enumerate(parts):
            if self.is_name[part[0]]:
                before, after = itertools.chain(*parts[:place]), itertools.chain(*parts[place + 1 :])
                out.append(([*before, *self.tokens(GAP), *after], sum(map(len, parts[:place])), part))
        return out

    def written(self, tokens: list[int], start: int = 1) -> Written:
        """Return a document whose names are to be predicted, from the token `start` on; the first token cannot be."""
        return Written(tokens, [float(self.is_name[t] and i >= start) for i, t in enumerate(tokens)])


def words_of(instructions: Sequence[str]) -> tuple[str, ...]:
    """Return the words of instructions, each once."""
    return tuple(dict.fromkeys(word for text in instructions for word in text.replace(STATEMENT, " ").split()))


class AbstractAugmentation(abc.ABC):
    """An augmentation. Subclasses are frozen dataclasses; their fields are its parameters.

    `version` rises whenever the same source would give other documents.
    """

    version: ClassVar[int]

    @property
    def words(self) -> tuple[str, ...]:
        """Words that its documents use, whether or not the world has them."""
        return (STOP,)

    @abc.abstractmethod
    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        """Return documents written from a source."""
