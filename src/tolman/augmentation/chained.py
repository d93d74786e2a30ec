"""What the model says of a name, when two statements lead from it to another one of which something is stated."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from typing import Annotated, ClassVar, NamedTuple

import numpy as np

from tolman.augmentation.augmentation import (
    STOP,
    AbstractAugmentation,
    AbstractGeneration,
    Augmented,
    Source,
    Written,
    answered,
    check_instructions,
    in_context,
    known,
    words_of,
)
from tolman.core.ranges import Range

Name = tuple[int, ...]


class Statement(NamedTuple):
    """A statement of two names, the `last` of which ends it.

    Attributes:
        tokens: as written.
        begun: its parts without the last name.
        first, last: the names.
        relation: the words of a relation in it; empty if it has none.
    """

    tokens: list[int]
    begun: list[list[int]]
    first: Name
    last: Name
    relation: Name

    def about(self, name: Name) -> list[int]:
        """Return the beginning of the statement, with another name in place of the first one."""
        return [*itertools.chain(*(name if tuple(part) == self.first else part for part in self.begun))]


@dataclasses.dataclass(frozen=True)
class Chained(AbstractGeneration, AbstractAugmentation):
    """Statements about a name that the model infers from two others, such as "X is a Y" and "the diet of Y is Z".

    The published method (Lampinen et al., arXiv 2505.00661, global augmentation) has a language model link each
    document with all others. Here two statements are linked where the second begins with the name that ends the first,
    and has a relation that is not stated of the first's name. Both stand in the context, and the model is asked for
    that relation of the first's name. If it answers with a name, the second statement is written again about the
    first's name, with that answer. So an answer is kept by its format alone; a refusal is dropped. In further rounds,
    what was written is linked as the second statement.

    Attributes:
        instructions: questions with `{r}` and `{s}` in the places of the relation and the name.
        refusal: what the model can say instead of a name.
        rounds: how often statements are linked.
        longest: most tokens of an answer.
    """

    version: ClassVar[int] = 1

    instructions: tuple[str, ...]
    refusal: str = "not stated"
    rounds: Annotated[int, Range(1, 10)] = 2
    longest: Annotated[int, Range(1, 1000)] = 4

    def __post_init__(self) -> None:
        check_instructions(self.instructions, "{r}", "{s}")

    @property
    def words(self) -> tuple[str, ...]:
        return (*words_of((*self.instructions, self.refusal)), STOP)

    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        stated = [found for tokens in source.statements if (found := _parsed(source, tokens))]
        documents, generated, asked, latest = list[Written](), 0, 0, stated
        for _ in range(self.rounds):
            linked = list(_linked(stated, latest))
            if not linked:
                break
            answers = self._answers(source, linked, rng)
            kept = [(*pair, name) for pair, name in zip(linked, answers, strict=True) if name]
            made = [_closed(source, answered(second.about(first.first), answer)) for first, second, answer in kept]
            documents += made
            generated, asked = generated + self.longest * len(linked), asked + len(linked)
            latest = [found for document in made if (found := _parsed(source, document.tokens))]
        return Augmented(documents, generated=generated, dropped=asked - len(documents))

    def _answers(
        self, source: Source, linked: list[tuple[Statement, Statement]], rng: np.random.Generator
    ) -> list[list[int]]:
        """Return the name that the model says of each first name; nothing where it does not begin with one."""
        chosen = rng.integers(len(self.instructions), size=len(linked))
        asked = [
            source.instructed(self.instructions[i], r=second.relation, s=first.first)
            for i, (first, second) in zip(chosen, linked, strict=True)
        ]
        prompts = [(a.tokens, b.tokens, question) for (a, b), question in zip(linked, asked, strict=True)]
        continued = source.start(source.vocabulary).generate(in_context(prompts), self.longest)
        return [source.first_name(known(tokens)) for tokens in continued.tolist()]


def _closed(source: Source, document: Written) -> Written:
    """Return a document with its full stop, which is not to be predicted, as in a statement."""
    return Written([*document.tokens, *source.tokens(STOP)], [*document.weight, 0.0])


def _parsed(source: Source, tokens: list[int]) -> Statement | None:
    """Return a statement with its parts; None if it has not exactly two names, the last one at its end."""
    parts, names = source.parts(source.sentence(tokens)), source.names(tokens)
    if len(names) != 2 or names[0] == names[1] or parts[-1] != names[1]:
        return None
    relation = tuple(token for token in tokens if source.is_relation[token])
    return Statement(tokens, parts[:-1], tuple(names[0]), tuple(names[1]), relation)


def _linked(stated: list[Statement], latest: list[Statement]) -> Iterable[tuple[Statement, Statement]]:
    """Yield each name with each of the latest statements that it leads to, once."""
    is_stated = {(each.first, each.relation) for each in stated}
    leading: dict[Name, dict[Name, Statement]] = {}
    for first in stated:
        leading.setdefault(first.last, {}).setdefault(first.first, first)
    for second in latest:
        for first in leading.get(second.first, {}).values() if second.relation else ():
            if (first.first, second.relation) not in is_stated and first.first != second.last:
                yield first, second
