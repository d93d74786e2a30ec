"""Documents of codebooks that are drawn afresh, which teach a model to encode by a definition it has just read."""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.worlds.codebooks.books import Writer, draw_book
from tolman.worlds.documents import Document


@dataclasses.dataclass(frozen=True)
class FreshBooks:
    """Documents of 1 to `max_definitions` fresh books under reserved names, then an encoding by one of them.

    Only the encoding carries loss, or with `all_tokens` every token but the first. The number of definitions is
    uniform, since a reader that has met one book alone soon tells two apart.

    Attributes:
        writer: how books are written.
        first: number of the first of the names that are kept for fresh books.
        reserved: names kept for fresh books.
        max_definitions: most definitions of a document.
        encoded: inputs of the encoding.
        related: false for the matched control, which encodes by one more fresh book, that is not defined: the same
            layout, token for token, with nothing to read and nothing to memorise.
        all_tokens: whether all tokens but the first carry loss.
    """

    writer: Writer
    first: int
    reserved: int
    max_definitions: int
    encoded: int
    related: bool
    all_tokens: bool = False

    @property
    def length(self) -> int:
        """Tokens per row."""
        return self.max_definitions * self.writer.definition_length() + self.writer.encoding_length(self.encoded)

    def draw(self, rng: np.random.Generator) -> Document:
        """Return a document."""
        count = int(rng.integers(1, self.max_definitions + 1))
        names = self.first + rng.choice(self.reserved, count + 1, replace=False)
        *fresh, undefined = [draw_book(int(name), self.writer.entries, rng) for name in names]
        book = fresh[int(rng.integers(len(fresh)))] if self.related else undefined
        docs = [self.writer.definition(book, rng, weight=0.0) for book in fresh]
        inputs = rng.permutation(self.writer.entries)[: self.encoded]
        document = sum(docs[1:], docs[0]) + self.writer.encoding(book, inputs)
        return document.predicted() if self.all_tokens else document
