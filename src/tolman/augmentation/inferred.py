"""What the model says follows from two statements about the same name."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Annotated, ClassVar, NamedTuple

import numpy as np

from tolman.augmentation.augmentation import (
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


class Pair(NamedTuple):
    """Two statements that share a name, and the other names of both."""

    statements: tuple[list[int], list[int]]
    names: tuple[tuple[int, ...], tuple[int, ...]]


@dataclasses.dataclass(frozen=True)
class Inferred(AbstractGeneration, AbstractAugmentation):
    """Questions about the other names of two statements that share one, with the answers of the model that has both.

    The published method (Lampinen et al., arXiv 2505.00661, global augmentation) has a language model link each
    document with all others. Here two statements that share a name are linked, once for each pair of other names, and
    stand in the context; statements that do not have exactly two names are left out. An answer is kept by its format
    alone: a sentence with both names.

    Attributes:
        instructions: questions with `{s}` and `{o}` in the places of the names.
        longest: most tokens of an answer.
    """

    version: ClassVar[int] = 1

    instructions: tuple[str, ...]
    longest: Annotated[int, Range(1, 1000)] = 8

    def __post_init__(self) -> None:
        check_instructions(self.instructions, "{s}", "{o}")

    @property
    def words(self) -> tuple[str, ...]:
        return (*words_of(self.instructions), STOP)

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        pairs = _pairs(source)
        if not pairs:
            return Augmented([])
        chosen = rng.integers(len(self.instructions), size=len(pairs))
        places = [dict(zip("so", pair.names, strict=True)) for pair in pairs]
        asked = [source.instructed(self.instructions[i], **said) for i, said in zip(chosen, places, strict=True)]
        rows = in_context([(*pair.statements, question) for pair, question in zip(pairs, asked, strict=True)])
        continued = source.start(source.vocabulary).generate(rows, self.longest)
        answers = [_sentence(source, known(tokens.tolist())) for tokens in continued]
        kept = [
            answered(question, answer)
            for pair, question, answer in zip(pairs, asked, answers, strict=True)
            if set(map(tuple, source.names(answer))) == set(pair.names)
        ]
        return Augmented(kept, generated=int(continued.size), dropped=len(asked) - len(kept))


def _pairs(source: Source) -> list[Pair]:
    """Return the pairs of statements that share one of their two names, once for each pair of other names."""
    stated = [(tokens, list(map(tuple, source.names(tokens)))) for tokens in source.statements]
    by_name: dict[tuple[int, ...], list[int]] = {}
    for number, (_, names) in enumerate(stated):
        for name in names if len(set(names)) == 2 else ():
            by_name.setdefault(name, []).append(number)
    found: dict[frozenset[tuple[int, ...]], Pair] = {}
    for name, numbers in by_name.items():
        for one, other in itertools.combinations(numbers, 2):
            first, second = (next(n for n in stated[i][1] if n != name) for i in (one, other))
            if first != second:
                found.setdefault(frozenset((first, second)), Pair((stated[one][0], stated[other][0]), (first, second)))
    return list(found.values())


def _sentence(source: Source, tokens: list[int]) -> list[int]:
    """Return what was written before its full stop; nothing if it has none."""
    (stop,) = source.tokens(STOP)
    return tokens[: tokens.index(stop)] if stop in tokens else []
