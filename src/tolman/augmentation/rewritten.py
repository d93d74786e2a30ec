"""Statements that the model itself rewrites on demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from tolman.augmentation.augmentation import AbstractAugmentation, Augmented, Source
from tolman.core.config import in_range
from tolman.core.experience import token_rows

STATEMENT = "{s}"


@dataclasses.dataclass(frozen=True)
class Rewritten(AbstractAugmentation):
    """What the model writes, before it is trained, when it is asked to rewrite each statement.

    The published method (Lampinen et al., arXiv 2505.00661, local augmentation) asks a language model to rephrase and
    reverse each sentence. What it writes is kept by its format alone: a sentence with two names, up to a full stop. No
    test and no answer is looked at.

    Attributes:
        instructions: prompts with `{s}` in the place of the statement, without its full stop.
        copies: rewritings of each statement, each after another of the instructions as far as there are enough.
        longest: most tokens of a rewriting.
    """

    version: ClassVar[int] = 1
    words: ClassVar[tuple[str, ...]] = (".",)

    instructions: tuple[str, ...]
    copies: int = 2
    longest: int = 16

    __post_init__ = in_range(copies=(1, 100), longest=(2, 1000))

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        asked = [i for _ in source.statements for i in self._chosen(rng)]
        statements = [tokens for tokens in source.statements for _ in range(self.copies)]
        vocabulary = _with_words(source.vocabulary, self.instructions)
        prompted = source._replace(vocabulary=vocabulary)
        prompts = [self._prompt(prompted, self.instructions[i], s) for i, s in zip(asked, statements, strict=True)]
        continued = source.start(vocabulary).generate(token_rows(prompts), self.longest)
        sentences = [self._sentence(source, tokens.tolist()) for tokens in continued]
        kept = [source.written(tokens) for tokens in sentences if tokens]
        return Augmented(kept, generated=int(continued.size), dropped=len(sentences) - len(kept))

    def _chosen(self, rng: np.random.Generator) -> Sequence[int]:
        order = rng.permutation(len(self.instructions))
        return [int(order[i % len(order)]) for i in range(self.copies)]

    def _prompt(self, source: Source, instruction: str, statement: list[int]) -> list[int]:
        before, after = instruction.split(STATEMENT)
        stop = source.tokens(".")
        said = statement[:-1] if statement[-1:] == stop else statement
        return [*source.tokens(before), *said, *source.tokens(after)]

    def _sentence(self, source: Source, tokens: list[int]) -> list[int]:
        """Return what was written up to its full stop; nothing if it has none, a strange word, or not two names."""
        (stop,) = source.tokens(".")
        sentence = tokens[: tokens.index(stop) + 1] if stop in tokens else []
        known = all(token < len(source.vocabulary) for token in sentence)
        return sentence if sentence and known and len(source.names(sentence)) == 2 else []


def _with_words(vocabulary: tuple[str, ...], instructions: Sequence[str]) -> tuple[str, ...]:
    words = dict.fromkeys(word for text in instructions for word in text.replace(STATEMENT, " ").split())
    return (*vocabulary, *(word for word in words if word not in set(vocabulary)))
