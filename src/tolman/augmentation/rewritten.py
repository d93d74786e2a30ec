"""Statements that the model itself rewrites on demand."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

import numpy as np

from tolman.augmentation.augmentation import (
    STOP,
    AbstractAugmentation,
    AbstractGeneration,
    Augmented,
    Source,
    check_instructions,
    known,
    words_of,
)
from tolman.core.experience import token_rows
from tolman.core.ranges import Range


@dataclasses.dataclass(frozen=True)
class Rewritten(AbstractGeneration, AbstractAugmentation):
    """Sentences that the model writes, before it is trained, when it is asked to rewrite each statement.

    The published method (Lampinen et al., arXiv 2505.00661, local augmentation) asks a language model to rephrase and
    reverse each sentence. What it writes is kept by its format alone: a sentence with two names, up to a full stop. No
    test and no answer is looked at.

    Attributes:
        instructions: prompts with `{s}` in the place of the statement, without its full stop.
        copies: rewritings of each statement, after different instructions if there are so many.
        longest: most tokens of a rewriting.
    """

    version: ClassVar[int] = 1

    instructions: tuple[str, ...]
    copies: Annotated[int, Range(1, 100)] = 2
    longest: Annotated[int, Range(2, 1000)] = 16

    def __post_init__(self) -> None:
        check_instructions(self.instructions, "{s}")

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        reader = source.with_words(words_of(self.instructions))
        prompts = [
            reader.instructed(self.instructions[number], s=source.sentence(tokens))
            for tokens in source.statements
            for number in self._chosen(rng)
        ]
        continued = source.start(reader.vocabulary).generate(token_rows(prompts), self.longest)
        sentences = [_formatted(source, known(tokens.tolist())) for tokens in continued]
        kept = [source.written(tokens) for tokens in sentences if tokens]
        return Augmented(kept, generated=int(continued.size), dropped=len(sentences) - len(kept))

    def _chosen(self, rng: np.random.Generator) -> list[int]:
        order = rng.permutation(len(self.instructions))
        return [int(order[i % len(order)]) for i in range(self.copies)]


def _formatted(source: Source, tokens: list[int]) -> list[int]:
    """Return what was written up to its full stop; nothing if it has none, a strange word, or not two names."""
    (stop,) = source.tokens(STOP)
    sentence = tokens[: tokens.index(stop) + 1] if stop in tokens else []
    ours = all(token < len(source.vocabulary) for token in sentence)
    return sentence if ours and len(source.names(sentence)) == 2 else []
