"""Tests of codebooks: recall of definitions, explicit and latent encoding, each with and without the definition."""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.core.experience import Role, TestSet, token_rows
from tolman.worlds.codebooks.books import DEFINE, ENCODE, Book, Writer
from tolman.worlds.documents import Item, make_test

Entry = tuple[int, int]
"""A codebook's number and an input symbol."""


@dataclasses.dataclass
class BookTests:
    """Writes tests about the entries of books.

    Attributes:
        writer: how books are written.
        books: the persistent books.
        held: `[book, input]` true for the latent entries.
        definitions: definitions per book; these are the first rows of memory.
        encoded: inputs per encoding.
        rng: draws entries and prompts.
    """

    writer: Writer
    books: list[Book]
    held: np.ndarray
    definitions: int
    encoded: int
    rng: np.random.Generator

    def all(self, max_items: int) -> tuple[TestSet, ...]:
        """Return seven tests of at most `max_items` entries each.

        Three are plain, three have the definition in the prompt, and one asks the latent questions with only those
        outputs as options that no explicit encoding by the book has; it is left out if each book has one alone.
        """
        every = self._sample(np.ones_like(self.held), max_items)
        explicit, latent = self._sample(~self.held, max_items), self._sample(self.held, max_items)
        plain: list[tuple[str, Role, list[Entry]]] = [
            ("definition", "explicit", every),
            ("encoding", "explicit", explicit),
            ("latent", "latent", latent),
        ]
        return (
            *(self._test(name, role, entries, defined=False) for name, role, entries in plain),
            *self._untrained(latent),
            *(self._test(f"{name}-in-context", "context", entries, defined=True) for name, _, entries in plain),
        )

    def _sample(self, mask: np.ndarray, max_items: int) -> list[Entry]:
        entries = np.argwhere(mask)
        chosen = np.sort(self.rng.permutation(len(entries))[:max_items])
        return [(int(b), int(x)) for b, x in entries[chosen]]

    def _test(self, name: str, role: Role, entries: list[Entry], defined: bool) -> TestSet:
        recall = name.startswith("definition")
        inverse = recall and self.writer.direction == "output-input"
        symbol = self.writer.input if inverse else self.writer.output
        prompts = token_rows([self._prompt(entry, recall, defined) for entry in entries])
        items = [self._item(name, entry, recall, inverse) for entry in entries]
        return make_test(name, role, prompts, items, [[[symbol(i)] for i in range(self.writer.entries)]])

    def _untrained(self, entries: list[Entry]) -> list[TestSet]:
        """Return the latent questions with only those outputs as options that no encoding by the book has."""
        if self.held.sum(axis=1).max() < 2:
            return []
        write, books = self.writer, sorted({number for number, _ in entries})
        left = [np.sort(self.books[number].output[self.held[number]]).tolist() for number in books]
        items = list[Item]()
        for number, x in entries:
            place = books.index(number)
            right = left[place].index(int(self.books[number].output[x]))
            of_all = self._item("latent-untrained", (number, x), recall=False, inverse=False)
            items.append(of_all._replace(correct=[right], choice=place, pool=0))
        prompts = token_rows([self._prompt(entry, recall=False, defined=False) for entry in entries])
        options = [[[write.output(y)] for y in outputs] for outputs in left]
        return [make_test("latent-untrained", "variant", prompts, items, options)]

    def _item(self, test: str, entry: Entry, recall: bool, inverse: bool) -> Item:
        (number, x), write = entry, self.writer
        book = self.books[number]
        y = int(book.output[x])
        given, right = (y, x) if inverse else (x, y)
        return Item(
            id=f"{test}/B{number}|x{x}",
            correct=[right],
            cue=write.cue(DEFINE if recall else ENCODE, book, given),
            fact=write.fact(book, x),
            supports=range(number * self.definitions, (number + 1) * self.definitions),
            topics=[number],
            # Latent outputs are what a book's explicit encodings never name; all else is trained for.
            elimination=1 / int(self.held[number].sum()) if self.held[number, x] and not recall else 1.0,
        )

    def _prompt(self, entry: Entry, recall: bool, defined: bool) -> list[int]:
        book, x = self.books[entry[0]], entry[1]
        context = self.writer.definition(book, self.rng).tokens if defined else []
        return context + (self._recall(book, x) if recall else self._encoding(book, x))

    def _recall(self, book: Book, x: int) -> list[int]:
        order = book.order if self.writer.order == "fixed" else self.rng.permutation(self.writer.entries)
        return self.writer.definition_question(book, order, x)

    def _encoding(self, book: Book, x: int) -> list[int]:
        """Return an encoding up to x's output, at a random place among explicit inputs other than x."""
        others = np.flatnonzero(~self.held[book.number] & (np.arange(self.writer.entries) != x))
        inputs = self.rng.choice(others, self.encoded)
        place = int(self.rng.integers(self.encoded))
        inputs[place] = x
        return self.writer.encoding_question(book, inputs, place)
