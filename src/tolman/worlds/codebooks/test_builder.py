"""Tests of codebooks: recall of definitions, explicit and latent encoding, each with and without the definition."""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.core.experience import Chance, Role, TestSet, ragged, token_rows
from tolman.worlds.codebooks.books import DEFINE, ENCODE, Book, Writer


@dataclasses.dataclass
class BookExaminer:
    """Asks about entries (book, input); `held[b, x]` marks the latent ones."""

    writer: Writer
    books: list[Book]
    held: np.ndarray
    definitions: int
    encoded: int
    rng: np.random.Generator

    def tests(self, most: int) -> tuple[TestSet, ...]:
        """Six tests of at most `most` entries each; a test with context asks what its plain twin asks."""
        every = self._sample(np.ones_like(self.held), most)
        explicit, latent = self._sample(~self.held, most), self._sample(self.held, most)
        pairs: list[tuple[str, Role, list[tuple[int, int]]]] = [
            ("definition", "explicit", every),
            ("encoding", "explicit", explicit),
            ("latent", "latent", latent),
        ]
        plain = [self._test(name, role, entries, told=False) for name, role, entries in pairs]
        told = [self._test(f"{name}-in-context", "context", entries, told=True) for name, _, entries in pairs]
        return (*plain, *told)

    def _sample(self, mask: np.ndarray, most: int) -> list[tuple[int, int]]:
        entries = np.argwhere(mask)
        chosen = np.sort(self.rng.permutation(len(entries))[:most])
        return [(int(b), int(x)) for b, x in entries[chosen]]

    def _test(self, name: str, role: Role, entries: list[tuple[int, int]], told: bool) -> TestSet:
        recall = name.startswith("definition")
        frame = DEFINE if recall else ENCODE
        inverse = recall and self.writer.direction == "output-input"
        books = [self.books[b] for b, _ in entries]
        given = [int(book.output[x]) if inverse else x for book, (_, x) in zip(books, entries, strict=True)]
        right = [x if inverse else int(book.output[x]) for book, (_, x) in zip(books, entries, strict=True)]
        symbol = self.writer.input if inverse else self.writer.output
        options = np.array([[[symbol(i)] for i in range(self.writer.entries)]], np.int32)
        correct = np.eye(self.writer.entries, dtype=bool)[right]
        write = self.writer
        rows = [self._definition_rows(book) for book in books]
        return TestSet(
            name=name,
            role=role,
            prompts=token_rows(
                [self._prompt(book, x, recall, told) for book, (_, x) in zip(books, entries, strict=True)]
            ),
            options=options,
            choice=np.zeros(len(entries), np.int32),
            correct=correct,
            cue=np.array([write.cue(frame, book, k) for book, k in zip(books, given, strict=True)], np.int32),
            fact=np.array([write.fact(book, x) for book, (_, x) in zip(books, entries, strict=True)], np.int32),
            supports=ragged(rows),
            topics=np.array([[book.number] for book in books], np.int32),
            item_ids=tuple(f"{name}/B{b}|x{x}" for b, x in entries),
            groups=("",) * len(entries),
            chance=self._chance(entries, right, recall),
        )

    def _definition_rows(self, book: Book) -> list[int]:
        return list(range(book.number * self.definitions, (book.number + 1) * self.definitions))

    def _prompt(self, book: Book, x: int, recall: bool, told: bool) -> list[int]:
        context = self.writer.definition(book, self.rng).tokens if told else []
        return context + (self._recall(book, x) if recall else self._encoding(book, x))

    def _recall(self, book: Book, x: int) -> list[int]:
        order = book.order if self.writer.order == "fixed" else self.rng.permutation(self.writer.entries)
        return self.writer.definition_question(book, order, x)

    def _encoding(self, book: Book, x: int) -> list[int]:
        """The entry asked at a random place of a sequence of explicit inputs that does not otherwise hold it."""
        others = np.flatnonzero(~self.held[book.number] & (np.arange(self.writer.entries) != x))
        inputs = self.rng.choice(others, self.encoded)
        place = int(self.rng.integers(self.encoded))
        inputs[place] = x
        return self.writer.encoding_question(book, inputs, place)

    def _chance(self, entries: list[tuple[int, int]], right: list[int], recall: bool) -> Chance:
        count = len(entries)
        uniform = np.full(count, 1 / self.writer.entries)
        left = [1 if recall or not self.held[b, x] else int(self.held[b].sum()) for b, x in entries]
        constant = np.full(count, np.bincount(right).max() / count)
        return Chance(uniform, 1 / np.array(left), constant)
