"""Answers that the model itself gives about statements in its context."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

import numpy as np

from tolman.augmentation.augmentation import (
    GAP,
    STOP,
    AbstractAugmentation,
    AbstractGeneration,
    Augmented,
    Source,
    answered,
    check_instructions,
    in_context,
    known,
    words_of,
)
from tolman.core.ranges import Range


@dataclasses.dataclass(frozen=True)
class Distilled(AbstractGeneration, AbstractAugmentation):
    """Cloze questions about each statement, one a name, with the answers of the model that has it in its context.

    After self-distillation (arXiv 2601.19897): the model with the data in its prompt teaches the model without. That
    method matches distributions on answers that the student samples; here the teacher's greedy answer is the target. An
    answer is kept by its format alone: it is a name. Whether it is right is not looked at. The documents are questions
    with answers, without the statement.

    Attributes:
        instructions: questions with `{s}` in the place of a statement. There "_" stands in place of the asked name.
        longest: most tokens of an answer.
    """

    version: ClassVar[int] = 1

    instructions: tuple[str, ...]
    longest: Annotated[int, Range(1, 1000)] = 6

    def __post_init__(self) -> None:
        check_instructions(self.instructions, "{s}")

    @property
    def words(self) -> tuple[str, ...]:
        return (*words_of(self.instructions), GAP, STOP)

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        stated = [tokens for tokens in source.statements for _ in source.masked(tokens)]
        gaps = [masked for tokens in source.statements for masked, _, _ in source.masked(source.sentence(tokens))]
        if not gaps:
            return Augmented([])
        chosen = rng.integers(len(self.instructions), size=len(gaps))
        asked = [source.instructed(self.instructions[i], s=gap) for i, gap in zip(chosen, gaps, strict=True)]
        rows = in_context(list(zip(stated, asked, strict=True)))
        continued = source.start(source.vocabulary).generate(rows, self.longest)
        names = [source.first_name(known(tokens)) for tokens in continued.tolist()]
        kept = [answered(question, name) for question, name in zip(asked, names, strict=True) if name]
        return Augmented(kept, generated=int(continued.size), dropped=len(asked) - len(kept))
