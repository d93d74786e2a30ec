"""Codebooks: a model that can recite a book's definition need not be able to encode by it.

After Lampinen et al. (arXiv 2509.16189); sizes and wording are our own choices, since the paper's public
material gives none. That the order and direction of a definition decide whether there is any failure is our
own finding.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import Corpus
from tolman.core.extent import FRESH, OF_A_TOKEN, OF_A_WORD
from tolman.core.ranges import NonNegativeInt, PositiveInt, Range, require
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.codebooks.books import MARKERS, Book, Writer, draw_book
from tolman.worlds.codebooks.fresh import FreshBooks
from tolman.worlds.codebooks.tests import BookTests
from tolman.worlds.documents import Document, Row, Vocabulary, as_corpus, sampler

KINDS = ("definition", "encoding", "in-context", "unrelated")
DEFINITION, ENCODING, IN_CONTEXT, UNRELATED = range(len(KINDS))


@dataclasses.dataclass(frozen=True)
class Codebooks(AbstractWorld):
    """Books that map the same input symbols to the same output symbols, each in its own way.

    Attributes:
        books: persistent books.
        entries: pairs per book (also the number of input and of output symbols).
        latent_fraction: fraction of each book's entries that is defined and never encoded.
        order: a definition lists a book's pairs in the book's own order (`fixed`) or in another each time.
        direction: the order of a pair's two symbols in a definition.
        names_book: true if every pair names its book, false if only the document does.
        wording: definitions and encodings put a pair alike ("B3 x5 y7"), or each in its own way ("B3 x5 is y7", "x5 B3
            → y7").
        layout: an encoding puts each output after its input, or (`blocked`) all outputs after all inputs.
        encoded: inputs per encoding.
        definitions, encodings, in_context: documents of each kind per book.
        max_definitions: most definitions in a document that is sampled afresh.
        reserved: book names kept for the books of such documents.
        test_items: most items per test.
        targets: what bears loss: `answers`, or `all` tokens but the first, as in usual language modelling.
    """

    version: ClassVar[int] = 2

    books: PositiveInt = 64
    entries: Annotated[int, Range(3)] = 12
    latent_fraction: Annotated[float, Range(0, 1)] = 0.25
    order: Literal["fixed", "shuffled"] = "shuffled"
    direction: Literal["input-output", "output-input"] = "output-input"
    names_book: bool = True
    wording: Literal["same", "distinct"] = "same"
    layout: Literal["interleaved", "blocked"] = "interleaved"
    encoded: PositiveInt = 4
    definitions: PositiveInt = 4
    encodings: PositiveInt = 32
    in_context: NonNegativeInt = 8
    max_definitions: PositiveInt = 2
    reserved: PositiveInt = 16
    test_items: PositiveInt = 128
    targets: Literal["answers", "all"] = dataclasses.field(default="answers", metadata={"key": "changed"})

    def __post_init__(self) -> None:
        if not 0 < self.latent < self.entries - 1:
            raise UserError(
                f"latent_fraction {self.latent_fraction} of {self.entries} entries leaves {self.latent} latent ones; "
                f"expected between 1 and {self.entries - 2}"
            )
        require(self, "max_definitions", 1, self.reserved - 1, given="reserved")

    @property
    def latent(self) -> int:
        """Latent entries per book."""
        return round(self.latent_fraction * self.entries)

    @property
    def writer(self) -> Writer:
        """The writer of this world's books."""
        return Writer(
            self.entries, self.order, self.direction, self.names_book, layout=self.layout, wording=self.wording
        )

    def extents(self) -> tuple[Mapping[str, int], ...]:
        encoding = self.writer.encoding_length(self.encoded)
        corpus = {
            "books": self.books,
            "documents of each": self.definitions + self.encodings + 2 * self.in_context,
            "tokens of each": self.writer.definition_length() + encoding,
        } | OF_A_TOKEN
        drawn = {
            "definitions": self.max_definitions,
            "tokens of each": self.writer.definition_length() + self.writer.encoding_length(self.entries),
            "documents at a time": FRESH,
        } | OF_A_TOKEN
        return corpus, drawn, {"reserved names": self.reserved} | OF_A_WORD

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        books = [draw_book(i, self.entries, rng) for i in range(self.books)]
        held = np.stack([np.isin(range(self.entries), rng.choice(self.entries, self.latent, False)) for _ in books])
        vocabulary, write = self._vocabulary(), self.writer
        test_rng = np.random.default_rng([seed, 2])
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=KINDS,
            memory_kinds=("definition", "encoding"),
            memory_length=max(write.definition_length(), write.encoding_length(self.encoded)),
            most_targets=self._most_targets(),
            corpus=self._corpus(books, held, rng),
            tests=BookTests(write, books, held, self.definitions, self.encoded, rng=test_rng).all(self.test_items),
            samplers=self._samplers(books),
        )

    def _most_targets(self) -> int:
        if self.targets == "answers":
            return max(2 * self.entries + self.encoded, self.entries)
        write = self.writer
        fresh = self.max_definitions * write.definition_length() + write.encoding_length(self.entries)
        return max(fresh, write.definition_length() + write.encoding_length(self.encoded)) - 1

    def _vocabulary(self) -> Vocabulary:
        """Return the tokens in the order that `Writer` counts on."""
        vocabulary = Vocabulary()
        vocabulary.symbols(MARKERS, "marker")
        vocabulary.symbols([f"x{i}" for i in range(self.entries)], "entity")
        vocabulary.symbols([f"y{i}" for i in range(self.entries)], "answer")
        vocabulary.symbols([f"B{i}" for i in range(self.books)], "relation")
        vocabulary.symbols([f"T{i}" for i in range(self.reserved)], "relation")
        return vocabulary

    def _corpus(self, books: list[Book], held: np.ndarray, rng: np.random.Generator) -> Corpus:
        documents: list[tuple[int, Document, set[int]]] = []
        write, last = self.writer, len(books) - 1

        def encoding(book: Book) -> Document:
            explicit = np.flatnonzero(~held[book.number])
            return write.encoding(book, rng.choice(explicit, self.encoded, replace=True))

        for book in books:
            for _ in range(self.definitions):
                documents.append((DEFINITION, write.definition(book, rng), {book.number}))
        for book in books:
            for _ in range(self.encodings):
                documents.append((ENCODING, encoding(book), {book.number}))
        for book in books:
            other = books[(book.number + int(rng.integers(1, last + 1))) % len(books)]
            for _ in range(self.in_context):
                encoded = encoding(book)
                documents.append((IN_CONTEXT, write.definition(book, rng) + encoded, {book.number}))
                both = {book.number, other.number}
                documents.append((UNRELATED, write.definition(other, rng) + encoded, both))
        documents.sort(key=lambda document: document[0])
        rows = [self._row(place, *document) for place, document in enumerate(documents)]
        length = self.writer.definition_length() + self.writer.encoding_length(self.encoded)
        return as_corpus(rows, length, supports=self.definitions, topics=2)

    def _row(self, place: int, kind: int, document: Document, about: set[int]) -> Row:
        """Return a document as a row; a book's definitions support what is about it alone."""
        definitions = range(min(about) * self.definitions, (min(about) + 1) * self.definitions)
        alone = kind in (DEFINITION, ENCODING)
        document = document.predicted() if self.targets == "all" else document
        return Row(kind, document, [row for row in definitions if row != place] if alone else [], sorted(about))

    def _samplers(self, books: list[Book]) -> dict[str, CorpusSampler]:
        """Return samplers of long documents, of short ones of one book, and of the matched controls of both."""

        def form(max_definitions: int, encoded: int, related: bool) -> CorpusSampler:
            fresh = FreshBooks(
                writer=self.writer,
                first=len(books),
                reserved=self.reserved,
                max_definitions=max_definitions,
                encoded=encoded,
                related=related,
                all_tokens=self.targets == "all",
            )
            return sampler(fresh.draw, fresh.length)

        return {
            "long-in-context": form(self.max_definitions, self.entries, related=True),
            "short-in-context": form(1, self.encoded, related=True),
            "long-unrelated": form(self.max_definitions, self.entries, related=False),
            "short-unrelated": form(1, self.encoded, related=False),
        }
