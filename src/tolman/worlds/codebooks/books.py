"""Codebooks written as documents: their definitions and encodings, and the question that each step answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from tolman.core.experience import NONE
from tolman.worlds.documents import Document

MARKERS = ("define", "encode", ":", "_", "is", "→")
"""The first tokens of the vocabulary."""
ENCODE, DEFINE, PLACE = range(3)
"""Task frames: encode an input; complete a definition's pair from its first symbol; name the pair at a place."""


class Book(NamedTuple):
    """A codebook: its number (also its token's place), `output[x]` for each input, and the fixed listing order."""

    number: int
    output: np.ndarray
    order: np.ndarray


def draw_book(number: int, entries: int, rng: np.random.Generator) -> Book:
    """Return a codebook with random outputs and listing order."""
    return Book(number, rng.permutation(entries), rng.permutation(entries))


@dataclasses.dataclass(frozen=True)
class Writer:
    """Writes books as tokens.

    Vocabulary layout: the markers, `entries` inputs, `entries` outputs, then the books.
    """

    entries: int
    order: Literal["fixed", "shuffled"]
    direction: Literal["input-output", "output-input"]
    names_book: bool
    layout: Literal["interleaved", "blocked"]
    wording: Literal["same", "distinct"] = "same"

    define, encode, then, pad, stands_for, gives = range(len(MARKERS))

    def input(self, x: int) -> int:
        """Return the token of an input symbol."""
        return len(MARKERS) + int(x)

    def output(self, y: int) -> int:
        """Return the token of an output symbol."""
        return len(MARKERS) + self.entries + int(y)

    def book(self, book: Book) -> int:
        """Return the token that names a book."""
        return len(MARKERS) + 2 * self.entries + book.number

    def cue(self, frame: int, book: Book, asked: int) -> int:
        """Return the id of the question that gives this symbol or place of a book in a frame."""
        return (book.number * 3 + frame) * self.entries + int(asked)

    def fact(self, book: Book, x: int) -> int:
        """Return the id of the fact that this book maps x as it does."""
        return book.number * self.entries + int(x)

    def definition(self, book: Book, rng: np.random.Generator, weight: float = 1.0) -> Document:
        """Return a document of all pairs of a book, in its fixed order or a fresh one.

        In a fixed order a pair's first symbol can be recalled from its place, and is trained for; in a shuffled
        one it cannot.
        """
        order = book.order if self.order == "fixed" else rng.permutation(self.entries)
        return self.pairs(book, order, weight)

    def pairs(self, book: Book, order: Sequence[int] | np.ndarray, weight: float = 1.0) -> Document:
        """Return a definition that lists these inputs."""
        doc = Document()
        doc.extend([self.define])
        if not self.names_book:
            doc.extend([self.book(book)])
        for place, x in enumerate(order):
            if self.names_book:
                doc.extend([self.book(book)])
            self._pair(doc, book, place, int(x), weight)
        return doc

    def _pair(self, doc: Document, book: Book, place: int, x: int, weight: float) -> None:
        y, fact = int(book.output[x]), self.fact(book, x)
        symbols = [(self.input(x), x), (self.output(y), y)]
        (first, key), (second, _) = symbols if self.direction == "input-output" else symbols[::-1]
        placed = weight if self.order == "fixed" else 0.0
        doc.extend([first], placed, self.cue(PLACE, book, place) if placed else NONE, fact)
        doc.extend([self.stands_for] if self.wording == "distinct" else [])
        doc.extend([second], weight, self.cue(DEFINE, book, key), fact)

    def encoding(self, book: Book, inputs: Sequence[int] | np.ndarray, weight: float = 1.0) -> Document:
        """Return inputs with their outputs, interleaved or in two blocks."""
        doc = Document()
        doc.extend([self.encode])
        if self.layout == "blocked":
            return self._blocked(doc, book, inputs, weight)
        if not self.names_book:
            doc.extend([self.book(book)])
        for x in inputs:
            doc.extend(self._asked(book, int(x)))
            self._answer(doc, book, int(x), weight)
        return doc

    def _asked(self, book: Book, x: int) -> list[int]:
        """Return an input as an encoding has it before its output."""
        named = [self.book(book)] if self.names_book else []
        return [*named, self.input(x)] if self.wording == "same" else [self.input(x), *named, self.gives]

    def _blocked(self, doc: Document, book: Book, inputs: Sequence[int] | np.ndarray, weight: float) -> Document:
        doc.extend([self.book(book)])
        for x in inputs:
            doc.extend([self.input(x)])
        doc.extend([self.then])
        for x in inputs:
            self._answer(doc, book, int(x), weight)
        return doc

    def _answer(self, doc: Document, book: Book, x: int, weight: float) -> None:
        doc.extend([self.output(book.output[x])], weight, self.cue(ENCODE, book, x), self.fact(book, x))

    def definition_length(self) -> int:
        """Return the number of tokens of a definition."""
        return 1 + self._pairs_length(self.entries)

    def encoding_length(self, inputs: int) -> int:
        """Return the number of tokens of an encoding of that many inputs."""
        if self.layout == "blocked":
            return 3 + 2 * inputs
        return 1 + self._pairs_length(inputs)

    def _pairs_length(self, pairs: int) -> int:
        """Return the number of tokens of so many pairs that are listed one after another, with what names the book."""
        between = self.wording == "distinct"
        return (3 + between) * pairs if self.names_book else 1 + (2 + between) * pairs

    def definition_question(self, book: Book, order: np.ndarray, x: int) -> list[int]:
        """Return a definition up to where x's pair lacks its second symbol."""
        place = order.tolist().index(x)
        doc = self.pairs(book, order[: place + 1])
        return doc.tokens[:-1]

    def encoding_question(self, book: Book, inputs: np.ndarray, place: int) -> list[int]:
        """Return an encoding up to where the output of `inputs[place]` belongs."""
        doc = self.encoding(book, inputs)
        answers = [i for i, cue in enumerate(doc.cue) if cue != NONE]
        return doc.tokens[: answers[place]]
