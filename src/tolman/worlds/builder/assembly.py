"""The instance made of a builder's documents and questions."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tolman.core.experience import NONE, Corpus, Role, TestSet, token_rows
from tolman.worlds.builder.answers import Options, TrainedAnswers
from tolman.worlds.documents import MAX_SUPPORTS, Document, Item, Row, as_corpus, make_test


class Entry(NamedTuple):
    """A document with its kind; `supports` are names of documents and `topics` are ids, None where they follow."""

    kind: str
    document: Document
    supports: Sequence[Hashable] | None
    topics: Sequence[int] | None


class Asked(NamedTuple):
    """A question of a test in tokens; `supports` and `topics` as in `Entry`."""

    id: str
    prompt: tuple[int, ...]
    options: Options
    correct: list[int]
    cue: int
    fact: int
    frame: Hashable
    group: str
    pool: int | None
    supports: Sequence[Hashable] | None
    topics: Sequence[int] | None


class Assembly:
    """Documents ordered by kind, those in memory first, and what follows from their order.

    Args:
        entries: the documents as they were added.
        names: named documents' places among them.
        memory: the kinds that episodic memory holds; None: all.

    Raises:
        ValueError: there are no documents, or none of a kind in memory.
    """

    def __init__(self, entries: Sequence[Entry], names: Mapping[Hashable, int], memory: Sequence[str] | None):
        kinds = list(dict.fromkeys(entry.kind for entry in entries))
        self.memory_kinds = tuple(kinds if memory is None else memory)
        unknown = [kind for kind in self.memory_kinds if kind not in kinds]
        if unknown or not entries:
            found = ", ".join(kinds) or "none"
            raise ValueError(f"there are no documents of the kind {(unknown or ['document'])[0]!r}; found: {found}")
        self.kinds = (*self.memory_kinds, *(kind for kind in kinds if kind not in self.memory_kinds))
        places = {kind: place for place, kind in enumerate(self.kinds)}
        order = sorted(range(len(entries)), key=lambda i: places[entries[i].kind])
        self.entries = [entries[i] for i in order]
        self.kind = [places[entry.kind] for entry in self.entries]
        self.memory_size = sum(kind < len(self.memory_kinds) for kind in self.kind)
        rows = {place: row for row, place in enumerate(order)}
        self.rows = {name: rows[place] for name, place in names.items()}
        self.stating = self._stating()

    def _stating(self) -> dict[int, list[int]]:
        """Return the rows of memory that state each fact."""
        found: dict[int, list[int]] = defaultdict(list)
        for row, entry in enumerate(self.entries[: self.memory_size]):
            for fact in set(entry.document.fact) - {NONE}:
                found[fact].append(row)
        return found

    def corpus(self, length: int) -> Corpus:
        """Return the documents as rows of `length` steps."""
        rows = [
            Row(kind, entry.document, self._supports(row), _topics(entry.topics, entry.document.fact))
            for row, (kind, entry) in enumerate(zip(self.kind, self.entries, strict=True))
        ]
        return as_corpus(rows, length)

    def _supports(self, row: int) -> list[int]:
        """Return the other rows that support a row, by name or because they state the facts that it asks for."""
        entry = self.entries[row]
        if entry.supports is not None:
            return self.named(entry.supports)
        document = entry.document
        asked = {f for f, w in zip(document.fact, document.weight, strict=True) if w > 0} - {NONE}
        found = itertools.chain.from_iterable(self.stating[fact][: MAX_SUPPORTS + 1] for fact in sorted(asked))
        return [other for other in dict.fromkeys(found) if other != row][:MAX_SUPPORTS]

    def named(self, names: Sequence[Hashable]) -> list[int]:
        """Return the rows of named documents, which must be in memory."""
        for name in names:
            if name not in self.rows or self.rows[name] >= self.memory_size:
                what = "is not in memory" if name in self.rows else "does not exist"
                raise ValueError(f"the supporting document {name!r} {what}")
        return [self.rows[name] for name in names]

    def test(self, name: str, role: Role, questions: Sequence[Asked], trained: TrainedAnswers) -> TestSet:
        """Return the test that asks these questions."""
        lists = {asked.options.number: asked.options for asked in questions}
        choice = {number: place for place, number in enumerate(lists)}
        frames = {(asked.frame, asked.options.number) for asked in questions}
        eliminated = {key: trained.among(key[0], lists[key[1]]) for key in frames}
        items = [
            Item(
                id=f"{name}/{asked.id}",
                correct=asked.correct,
                choice=choice[asked.options.number],
                cue=asked.cue,
                fact=asked.fact,
                supports=self._named_or_stating(asked),
                topics=_topics(asked.topics, [asked.fact]),
                pool=asked.pool,
                group=asked.group,
                elimination=eliminated[asked.frame, asked.options.number].chance(asked.cue, asked.correct),
            )
            for asked in questions
        ]
        prompts = token_rows([list(asked.prompt) for asked in questions])
        return make_test(name, role, prompts, items, [list(options.places) for options in lists.values()])

    def _named_or_stating(self, asked: Asked) -> list[int]:
        rows = self.stating.get(asked.fact, []) if asked.supports is None else self.named(asked.supports)
        return rows[:MAX_SUPPORTS]


def _topics(given: Sequence[int] | None, facts: Iterable[int]) -> list[int]:
    return sorted(set(facts) - {NONE}) if given is None else list(given)


def check(
    assembly: Assembly, tests: Iterable[tuple[str, Role, Sequence[Asked]]], words: Sequence[str], fresh: bool
) -> None:
    """Refuse questions that could not be learned.

    Args:
        assembly: the documents.
        tests: name, role and questions of each test.
        words: the vocabulary's.
        fresh: true if there are documents sampled afresh, which may train for answers, too.

    Raises:
        ValueError: two questions have the same id, an explicit one is never trained for, or a word of an answer is
            never a target.
    """
    trained, targets = set[int](), set[int]()
    for document in (entry.document for entry in assembly.entries):
        steps = [step for step, weight in enumerate(document.weight) if weight > 0]
        trained.update([document.cue[step] for step in steps])
        targets.update([document.tokens[step] for step in steps])
    for name, role, questions in tests:
        again = [id for id, count in Counter(asked.id for asked in questions).items() if count > 1]
        if again:
            raise ValueError(f"test {name!r} has two questions {again[0]!r}; remove one, or give them ids")
        for asked in questions:
            if role == "explicit" and asked.cue not in trained:
                raise ValueError(f"test {name!r} is explicit, but no document trains for its question {asked.id!r}")
            answers = list(asked.options.places)
            never = [token for place in asked.correct for token in answers[place] if token not in targets]
            if never and not fresh and role != "control":
                raise ValueError(
                    f"test {name!r}: {words[never[0]]!r} answers {asked.id!r} but is never a target in a document, "
                    f"so no model could learn to say it; add documents that do"
                )
