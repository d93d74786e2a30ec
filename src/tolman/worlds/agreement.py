"""Agreement: are two cued tokens of a sequence the same? Their class may give the answer away in training.

Whether a shortcut hinders or helps the harder feature beside it was reported in a thread without a paper; the
sequences, the classes and all sizes are our own choices.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, Experiences, Role, TestSet, ragged
from tolman.core.extent import FRESH, OF_A_TOKEN, OF_A_WORD
from tolman.core.ranges import Fraction, PositiveInt, Range
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.documents import Item, Vocabulary, make_test

CUE, MARK, QUESTION, DIFFERENT, SAME, FIRST_ID = range(6)
LAST = 2
"""The tokens before the question, which are never cued."""


class Draw(NamedTuple):
    """The answers of `n` sequences, and those that a class suggests.

    Attributes:
        same: `[n]` whether the cued tokens are the same.
        suggested: `[n]` the answer that the informative class stands for, true for `same`.
    """

    same: np.ndarray
    suggested: np.ndarray


@dataclasses.dataclass(frozen=True)
class Agreement(AbstractWorld):
    """Sequences in which two tokens are cued, and the question whether these are the same.

    Tokens belong to classes of equal size, and both cued tokens are always of one class, so that a class alone does not
    give the answer. In training it does to some degree: one half of the classes goes with `same`, the other with
    `different`. At test it is uninformative.

    Attributes:
        predictivity: P(the class stands for the right answer) in training; 0.5 = it is uninformative.
        shortcut: the two tokens of that class: the `cued` ones themselves, the `last` two before the question, or two
            that are `marked` by another token. Of the last two kinds the cued tokens have a class of their own, which
            says nothing.
        length: tokens of a sequence, without cues, marks and the question.
        vocabulary: tokens that a sequence is drawn from.
        classes: classes of these tokens.
        short: `length` of the sequences of the kind `short`, for a curriculum.
        examples: sequences of the finite training set, the kind `sequence`.
        test_items: sequences per test.
    """

    version: ClassVar[int] = 1

    predictivity: Fraction = 0.75
    shortcut: Literal["cued", "last", "marked"] = "cued"
    length: Annotated[int, Range(6)] = 24
    vocabulary: Annotated[int, Range(4)] = 32
    classes: Annotated[int, Range(2)] = 2
    short: Annotated[int, Range(6)] = 6
    examples: PositiveInt = 4096
    test_items: PositiveInt = 1024

    def __post_init__(self) -> None:
        if self.classes % 2 or self.vocabulary % self.classes or self.vocabulary // self.classes < 2:
            raise UserError(
                f"{self.vocabulary} tokens in {self.classes} classes; expected an even number of classes of equal "
                "size, with two tokens or more each"
            )

    @property
    def marks(self) -> int:
        """Cues and marks of a sequence."""
        return 4 if self.shortcut == "marked" else 2

    def extents(self) -> tuple[Mapping[str, int], ...]:
        words = {"tokens of each": max(self.length, self.short) + self.marks + 2} | OF_A_TOKEN
        rows = {"sequences": max(self.examples, 3 * self.test_items, FRESH)}
        return rows | words, {"words": self.vocabulary} | OF_A_WORD

    def draw(self, seed: int) -> Instance:
        vocabulary = Vocabulary()
        vocabulary.symbols(("*", "+", "?"), "marker")
        vocabulary.symbols(("different", "same"), "answer")
        for c in range(self.classes):
            size = self.vocabulary // self.classes
            vocabulary.symbols([f"{chr(97 + c % 26)}{c // 26 or ''}{i}" for i in range(size)], f"class {c}")
        rng = np.random.default_rng([seed, 1])
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=("sequence",),
            memory_kinds=(),
            memory_length=1,
            most_targets=1,
            corpus=self._corpus(self.predictivity, self.length, rng, self.examples),
            tests=self._tests(np.random.default_rng([seed, 2])),
            samplers={
                "fresh": functools.partial(self._corpus, self.predictivity, self.length),
                "uninformative": functools.partial(self._corpus, 0.5, self.length),
                "short": functools.partial(self._corpus, 0.5, self.short),
            },
        )

    def _corpus(self, predictivity: float, length: int, rng: np.random.Generator, n: int) -> Corpus:
        """Return `n` sequences with their answers."""
        same = rng.random(n) < 0.5
        drawn = Draw(same, same == (rng.random(n) < predictivity))
        prompts = self._sequences(drawn, length, rng)
        tokens = np.concatenate([prompts, np.where(same, SAME, DIFFERENT)[:, None]], axis=1)
        weight = np.zeros(tokens.shape, np.float32)
        weight[:, -1] = 1
        rows, empty = _all_valid(tokens, weight), np.full(tokens.shape, NONE, np.int32)
        nothing = ragged([[]] * n)
        return Corpus(rows, np.zeros(n, np.int32), cue=empty, fact=empty, supports=nothing, topics=nothing)

    def _sequences(self, drawn: Draw, length: int, rng: np.random.Generator) -> np.ndarray:
        """Return sequences up to the answer, `[n, length + marks + 1]`."""
        n = len(drawn.same)
        content = rng.integers(0, self.vocabulary, (n, length))
        places = _places(rng, n, length - LAST, self.marks)
        informative = self._classes(drawn.suggested, rng)
        own = informative if self.shortcut == "cued" else self._classes(rng.random(n) < 0.5, rng)
        pair = self._tokens(own, rng, 2)
        pair[:, 1] = np.where(drawn.same, pair[:, 0], self._other(pair[:, 0], rng))
        np.put_along_axis(content, places[:, :2], pair, axis=1)
        if self.shortcut == "marked":
            np.put_along_axis(content, places[:, 2:], self._tokens(informative, rng, 2), axis=1)
        elif self.shortcut == "last":
            content[:, -LAST:] = self._tokens(informative, rng, LAST)
        return _with_marks(FIRST_ID + content, places)

    def _classes(self, suggested: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return classes `[n]` that stand for the suggested answers: every second one for `same`."""
        return 2 * rng.integers(0, self.classes // 2, len(suggested)) + suggested

    def _tokens(self, classes: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
        size = self.vocabulary // self.classes
        return classes[:, None] * size + rng.integers(0, size, (len(classes), count))

    def _other(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return other tokens `[n]` of the same classes."""
        size = self.vocabulary // self.classes
        start = tokens // size * size
        return start + (tokens - start + rng.integers(1, size, len(tokens))) % size

    def _tests(self, rng: np.random.Generator) -> tuple[TestSet, ...]:
        return (
            self._test("standard", "explicit", self.predictivity, rng),
            self._test("unbiased", "explicit", 0.5, rng),
            self._test("conflicting", "control", 0.0, rng),
        )

    def _test(self, name: str, role: Role, predictivity: float, rng: np.random.Generator) -> TestSet:
        """Return a test of equally many of either answer, of which that fraction agrees with the class."""
        n = self.test_items
        same = np.arange(n) % 2 == 0
        agrees = np.arange(n) // 2 < round(predictivity * n / 2)
        prompts = self._sequences(Draw(same, same == agrees), self.length, rng)
        items = [
            Item(id=f"{name}/{i}", correct=[int(answer)], group="agreeing" if right else "conflicting")
            for i, (answer, right) in enumerate(zip(same, agrees, strict=True))
        ]
        rows = _all_valid(prompts, np.zeros(prompts.shape, np.float32))
        return make_test(name, role, rows, items, [[[DIFFERENT], [SAME]]])


def _places(rng: np.random.Generator, n: int, length: int, count: int) -> np.ndarray:
    """Return `count` different places `[n, count]` below `length`: the cued ones, then the marked ones."""
    return np.argsort(rng.random((n, length)), axis=1)[:, :count]


def _with_marks(content: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return content `[n, t]` with a cue before the first two places, a mark before any others, and the question."""
    n, length = content.shape
    marks = places.shape[1]
    before = (places[:, None, :] <= np.arange(length)[:, None]).sum(axis=2)
    rows = np.full((n, length + marks + 1), QUESTION)
    to = np.arange(length) + before
    np.put_along_axis(rows, to, content, axis=1)
    np.put_along_axis(
        rows, np.take_along_axis(to, places, axis=1) - 1, np.array([CUE, CUE, MARK, MARK])[:marks], axis=1
    )
    return rows


def _all_valid(tokens: np.ndarray, weight: np.ndarray) -> Experiences:
    tokens = tokens.astype(np.int32)
    return Experiences({"token": tokens}, weight, np.ones(tokens.shape, bool), np.zeros_like(tokens))
