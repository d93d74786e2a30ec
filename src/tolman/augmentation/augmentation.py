"""The protocol of augmentations, which write training documents from the statements of a world."""

from __future__ import annotations

import abc
import dataclasses
import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Experiences, TestSet, token_rows
from tolman.core.names import KnownNames
from tolman.core.ranges import Checked

STOP, GAP = ".", "_"
"""The word that ends a statement, and the one in place of a masked name."""


class Written(NamedTuple):
    """A document, with the loss weight of each token."""

    tokens: list[int]
    weight: list[float]


class Augmented(NamedTuple):
    """Documents that an augmentation wrote, and what they took.

    Attributes:
        documents: to train on.
        generated: tokens that a model generated, those that were cut off or dropped included.
        dropped: documents that did not have the expected format.
    """

    documents: list[Written]
    generated: int = 0
    dropped: int = 0


@dataclasses.dataclass(frozen=True)
class Source:
    """The material that an augmentation writes from.

    Attributes:
        statements: the experiences in memory, as tokens.
        vocabulary: the world's words, and then those that the augmentation adds.
        is_name: `[v]` whether a word is part of a name (its sort is "entity").
        is_relation: `[v]` whether a word names a relation (its sort is "relation").
        tests: the world's tests. Only `closure` may look at them.
        start: returns the model that writes, over a vocabulary; raises `UserError` if it is not pretrained.
        known_names: the names in the statements, as tokens, where words alone do not tell ("of" in "Bank of England");
            None where every run of words of names is a name.
    """

    statements: list[list[int]]
    vocabulary: tuple[str, ...]
    is_name: np.ndarray
    is_relation: np.ndarray
    tests: tuple[TestSet, ...]
    start: Callable[[Sequence[str]], Any]
    known_names: frozenset[tuple[int, ...]] | None = None

    def with_words(self, words: Sequence[str]) -> Source:
        """Return the source with more words at the end of its vocabulary, those that it lacks."""
        more = [word for word in dict.fromkeys(words) if word not in self._ids]
        neither = np.zeros(len(more), bool)
        return dataclasses.replace(
            self,
            vocabulary=(*self.vocabulary, *more),
            is_name=np.concatenate([self.is_name, neither]),
            is_relation=np.concatenate([self.is_relation, neither]),
        )

    def marked(self, tokens: Sequence[int]) -> list[tuple[bool, list[int]]]:
        """Return tokens cut into names and the runs of other words between them, each with whether it is a name."""
        if self._known is not None:
            return self._known.cut(tokens)
        runs = itertools.groupby(tokens, key=lambda token: bool(self.is_name[token]))
        return [(is_name, list(run)) for is_name, run in runs]

    @functools.cached_property
    def _known(self) -> KnownNames[int] | None:
        return None if self.known_names is None else KnownNames(self.known_names)

    def parts(self, tokens: Sequence[int]) -> list[list[int]]:
        """Return tokens cut into names and the runs of other words between them."""
        return [part for _, part in self.marked(tokens)]

    def names(self, tokens: Sequence[int]) -> list[list[int]]:
        """Return the names among tokens."""
        return [part for is_name, part in self.marked(tokens) if is_name]

    def first_name(self, tokens: Sequence[int]) -> list[int]:
        """Return the name that tokens begin with; nothing if they do not begin with one."""
        return next((part if is_name else [] for is_name, part in self.marked(tokens)), [])

    def tokens(self, text: str) -> list[int]:
        """Return words as tokens; raises `KeyError` for a word that is not in the vocabulary."""
        return [self._ids[word] for word in text.split()]

    @functools.cached_property
    def _ids(self) -> dict[str, int]:
        return {word: number for number, word in reversed(list(enumerate(self.vocabulary)))}

    def sentence(self, tokens: list[int]) -> list[int]:
        """Return a statement without its full stop, if it has one."""
        return tokens[:-1] if tokens[-1:] == self.tokens(STOP) else tokens

    def instructed(self, instruction: str, **said: Sequence[int]) -> list[int]:
        """Return an instruction as tokens, with what is `said` in the places of that name, such as `{s}`."""
        places = {f"{{{name}}}": list(tokens) for name, tokens in said.items()}
        words = instruction.split()
        return [token for word in words for token in (places[word] if word in places else self.tokens(word))]

    def masked(self, tokens: Sequence[int]) -> list[tuple[list[int], int, list[int]]]:
        """Return for each name of a sentence: the sentence with it masked, its first word's place, and the name."""
        marked, out = self.marked(tokens), list[tuple[list[int], int, list[int]]]()
        parts = [part for _, part in marked]
        for place, (is_name, part) in enumerate(marked):
            if is_name:
                before, after = itertools.chain(*parts[:place]), itertools.chain(*parts[place + 1 :])
                out.append(([*before, *self.tokens(GAP), *after], sum(map(len, parts[:place])), part))
        return out

    def written(self, tokens: list[int]) -> Written:
        """Return a document whose names are to be predicted; the first token cannot be."""
        is_name = [each for each, part in self.marked(tokens) for _ in part]
        return Written(tokens, [float(each and i > 0) for i, each in enumerate(is_name)])


SLOTS = ("{s}", "{o}", "{r}")
"""The places in an instruction: of a statement, of two names, or of a name and a relation."""


def words_of(instructions: Sequence[str]) -> tuple[str, ...]:
    """Return the words of instructions, each once, without places."""
    return tuple(dict.fromkeys(word for text in instructions for word in text.split() if word not in SLOTS))


def check_instructions(instructions: Sequence[str], *slots: str) -> None:
    """Refuse instructions that do not have each of the places once, as a word of its own.

    Raises:
        UserError: there is no instruction, or one has a place twice or not at all.
    """
    for text in instructions or ("",):
        found = [word for word in text.split() if word in SLOTS]
        if sorted(found) != sorted(slots):
            raise UserError(f"the instruction {text!r} has the places {found}; expected each of {list(slots)} once")


def known(tokens: Sequence[int]) -> list[int]:
    """Return what a model wrote up to its end, or to its first word that is not of the vocabulary."""
    return list(itertools.takewhile(lambda token: token != NONE, tokens))


def in_context(prompts: Sequence[Sequence[Sequence[int]]]) -> Experiences:
    """Return prompts as rows in which each part, the question last, is an experience of its own."""
    rows = token_rows([list(itertools.chain(*parts)) for parts in prompts])
    for row, parts in enumerate(prompts):
        numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        rows.segment[row, : len(numbers)] = numbers
    return rows


def answered(question: list[int], answer: list[int]) -> Written:
    """Return a question with its answer, which is to be predicted."""
    return Written([*question, *answer], [0.0] * len(question) + [1.0] * len(answer))


class AbstractAugmentation(Checked, abc.ABC):
    """An augmentation. Subclasses are frozen dataclasses; their fields are its parameters.

    `version` rises whenever the same source would give other documents.
    """

    version: ClassVar[int]

    @property
    def words(self) -> tuple[str, ...]:
        """Words that its documents may use, and that are added to the vocabulary where the world lacks them."""
        return (STOP,)

    @abc.abstractmethod
    def write(self, source: Source, rng: np.random.Generator) -> Augmented:
        """Return documents written from a source."""


class Writer(Protocol):
    """The configuration of a model that can write documents: an `AbstractModelConfig` that is pretrained.

    Attributes:
        pretrained: whether there are weights to start from.
    """

    pretrained: ClassVar[bool]

    def start(self, vocabulary: Sequence[str]) -> Any:
        """Return the pretrained model over a vocabulary."""
        ...


@dataclasses.dataclass(frozen=True)
class AbstractGeneration(AbstractAugmentation):
    """An augmentation whose documents a model writes. Subclasses are frozen dataclasses.

    Attributes:
        writer: the model that writes, such as `PretrainedConfig("control")`; None = the model that is trained, before
            training.
    """

    writer: Writer | None = dataclasses.field(default=None, kw_only=True, metadata={"key": "changed"})
