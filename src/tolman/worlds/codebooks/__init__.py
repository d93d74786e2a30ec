"""Codebooks: a model that can recite a book's definition need not be able to encode by it.

After Lampinen et al. (arXiv 2509.16189); sizes and wording are our own choices, since the paper's public
material gives none. That the order and direction of a definition decide whether there is any failure is our
own finding.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import Corpus, TestSet, ragged
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.codebooks.books import Book, Writer
from tolman.worlds.codebooks.test_builder import BookExaminer
from tolman.worlds.documents import Document, as_corpus, fresh_corpus

KINDS = ("definition", "encoding", "in-context", "unrelated")
DEFINITION, ENCODING, IN_CONTEXT, UNRELATED = range(len(KINDS))


@dataclasses.dataclass(frozen=True)
class Codebooks(AbstractWorld):
    """Books that map the same input symbols to the same output symbols, each in its own way.

    Attributes:
        books: persistent books.
        entries: pairs per book (also the number of input and of output symbols).
        latent_share: share of each book's entries that is defined and never encoded.
        order: whether a definition always lists a book's pairs in the book's own order, or shuffles them each time.
        direction: which of a pair's symbols comes first in a definition.
        names_book: whether every pair names its book, or only the document does.
        layout: whether an encoding puts each output after its input, or all outputs after all inputs.
        encoded: inputs per encoding.
        definitions, encodings, in_context: documents of each kind per book.
        max_definitions: most transient books in one transient document.
        reserved: book names kept for transient books.
        test_items: most items per test.
    """

    version: ClassVar[int] = 1

    books: int = 64
    entries: int = 12
    latent_share: float = 0.25
    order: Literal["fixed", "shuffled"] = "shuffled"
    direction: Literal["input-output", "output-input"] = "output-input"
    names_book: bool = True
    layout: Literal["interleaved", "blocked"] = "interleaved"
    encoded: int = 4
    definitions: int = 4
    encodings: int = 32
    in_context: int = 8
    max_definitions: int = 2
    reserved: int = 16
    test_items: int = 128

    def __post_init__(self) -> None:
        if not 0 < self.latent < self.entries - 1:
            raise UserError(
                f"latent_share {self.latent_share} of {self.entries} entries leaves {self.latent} latent ones; "
                f"expected between 1 and {self.entries - 2}"
            )
        if not 1 <= self.max_definitions <= self.reserved:
            raise UserError(f"max_definitions is {self.max_definitions}; expected 1 to reserved ({self.reserved})")

    @property
    def latent(self) -> int:
        """Latent entries per book."""
        return round(self.latent_share * self.entries)

    @property
    def writer(self) -> Writer:
        """How this world writes its books."""
        return Writer(self.entries, self.order, self.direction, self.names_book, self.layout)

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        books = [self._book(i, rng) for i in range(self.books)]
        held = np.stack([np.isin(range(self.entries), rng.choice(self.entries, self.latent, False)) for _ in books])
        words = self._words()
        return Instance(
            vocabulary=tuple(text for text, _ in words),
            palette=tuple(sort for _, sort in words),
            kinds=KINDS,
            memory_kinds=("definition", "encoding"),
            memory_length=max(self.writer.definition_length(), self.writer.encoding_length(self.encoded)),
            most_targets=max(2 * self.entries + self.encoded, self.entries),
            corpus=self._corpus(books, held, rng),
            tests=self._tests(books, held, np.random.default_rng([seed, 2])),
            samplers=self._samplers(books, held),
        )

    def _book(self, index: int, rng: np.random.Generator) -> Book:
        return Book(index, rng.permutation(self.entries), rng.permutation(self.entries))

    def _words(self) -> list[tuple[str, str]]:
        words = [("define", "marker"), ("encode", "marker"), (":", "marker"), ("_", "marker")]
        words += [(f"x{i}", "entity") for i in range(self.entries)]
        words += [(f"y{i}", "answer") for i in range(self.entries)]
        words += [(f"B{i}", "relation") for i in range(self.books)]
        return words + [(f"T{i}", "relation") for i in range(self.reserved)]

    def _inputs(self, held: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Explicit inputs of one encoding."""
        return rng.choice(np.flatnonzero(~held), self.encoded, replace=True)

    def _corpus(self, books: list[Book], held: np.ndarray, rng: np.random.Generator) -> Corpus:
        docs: list[Document] = []
        kinds: list[int] = []
        topics: list[list[int]] = []
        write, last = self.writer, len(books) - 1

        def add(kind: int, doc: Document, *about: Book) -> None:
            docs.append(doc)
            kinds.append(kind)
            topics.append(sorted({b.number for b in about}))

        for book in books:
            for _ in range(self.definitions):
                add(DEFINITION, write.definition(book, rng), book)
        for book in books:
            for _ in range(self.encodings):
                add(ENCODING, write.encoding(book, self._inputs(held[book.number], rng)), book)
        for book in books:
            other = books[(book.number + int(rng.integers(1, last + 1))) % len(books)]
            for _ in range(self.in_context):
                encoding = write.encoding(book, self._inputs(held[book.number], rng))
                add(IN_CONTEXT, write.definition(book, rng) + encoding, book)
                add(UNRELATED, write.definition(other, rng) + encoding, book, other)
        order = np.argsort(kinds, kind="stable")
        return self._as_corpus([docs[i] for i in order], [kinds[i] for i in order], [topics[i] for i in order])

    def _as_corpus(self, docs: list[Document], kinds: list[int], topics: list[list[int]]) -> Corpus:
        length = self.writer.definition_length() + self.writer.encoding_length(self.encoded)
        defined = self.definitions
        supports = [
            [r for r in range(about[0] * defined, (about[0] + 1) * defined) if r != row]
            if kind in (DEFINITION, ENCODING)
            else []
            for row, (kind, about) in enumerate(zip(kinds, topics, strict=True))
        ]
        return as_corpus(docs, kinds, ragged(supports, width=defined), ragged(topics, width=2), length)

    def _samplers(self, books: list[Book], held: np.ndarray) -> dict[str, CorpusSampler]:
        """Lessons of up to `max_definitions` books and a long encoding, short ones of one book, and unrelated twins."""

        def drawer(most: int, encoded: int, related: bool) -> CorpusSampler:
            length = most * self.writer.definition_length() + self.writer.encoding_length(encoded)

            def draw(rng: np.random.Generator, n: int) -> Corpus:
                docs = [self._lesson(books, held, most, encoded, related, rng) for _ in range(n)]
                return fresh_corpus(docs, length)

            return draw

        forms = {"long-in-context": (self.max_definitions, self.entries), "short-in-context": (1, self.encoded)}
        plain = {name: drawer(*form, related=True) for name, form in forms.items()}
        return plain | {
            name.replace("in-context", "unrelated"): drawer(*form, related=False) for name, form in forms.items()
        }

    def _lesson(
        self, books: list[Book], held: np.ndarray, most: int, encoded: int, related: bool, rng: np.random.Generator
    ) -> Document:
        """One or more fresh definitions, then an encoding by one of them (or, unrelated, by a book of the world).

        Only the encoding carries loss. The number of definitions varies, since a reader that has met one book
        alone soon tells two apart.
        """
        count = int(rng.integers(1, most + 1))
        names = self.books + rng.choice(self.reserved, count, replace=False)
        fresh = [self._book(int(name), rng) for name in names]
        used = fresh[int(rng.integers(count))] if related else books[int(rng.integers(len(books)))]
        if related:
            inputs = rng.permutation(self.entries)[:encoded]
        else:
            inputs = rng.choice(np.flatnonzero(~held[used.number]), encoded)
        docs = [self.writer.definition(book, rng, weight=0.0) for book in fresh]
        return sum(docs[1:], docs[0]) + self.writer.encoding(used, inputs)

    def _tests(self, books: list[Book], held: np.ndarray, rng: np.random.Generator) -> tuple[TestSet, ...]:
        return BookExaminer(self.writer, books, held, self.definitions, self.encoded, rng).tests(self.test_items)
