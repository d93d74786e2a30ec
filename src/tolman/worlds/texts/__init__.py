"""A user's own documents and questions, word by word: a world without a line of code."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.inputs import InputFile
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.builder import Builder, Part, Question, Target
from tolman.worlds.texts.checks import check_questions, option_lists
from tolman.worlds.texts.names import names_in
from tolman.worlds.texts.reading import ROLES, TestLine, Text, read_documents, read_questions
from tolman.worlds.texts.words import find

INPUTS = {
    "documents": InputFile(
        field="documents", help="Your own documents, one JSON object a line: id, text, kind, names."
    ),
    "tests": InputFile(
        field="tests", help="Questions about them: prompt, role, answer (or options, correct), supports."
    ),
}

Words = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Texts(AbstractWorld):
    """Documents and questions from two files, every word of a document but its first being learned.

    A question is explicit if some document says its prompt and then its answer, and latent if none does; the files say
    which it is meant to be, and are refused where the documents say otherwise. Every seed draws the same documents and
    questions, in another order.

    Attributes:
        documents: JSONL file of objects with `id`, `text` and, if wanted, `kind` and `names` (see `read_documents`).
        tests: JSONL file of objects with `prompt`, `role`, and `answer` or `options` and `correct` (see
            `read_questions`). Records keep the digests of both files, not the paths.
        documents_digest, tests_digest: filled in from the files.
    """

    version: ClassVar[int] = 2
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    documents: str = dataclasses.field(default="", metadata={"key": False})
    tests: str = dataclasses.field(default="", metadata={"key": False})
    documents_digest: str = ""
    tests_digest: str = ""

    def __post_init__(self) -> None:
        if not self.documents or not self.tests:
            raise UserError(
                "the world 'texts' needs two files: give them with --documents FILE and --tests FILE (JSONL)"
            )
        for field, found in (("documents", _digest(self.texts)), ("tests", _digest(self.questions))):
            given = getattr(self, f"{field}_digest")
            if given and given != found:
                path = getattr(self, field)
                raise UserError(
                    f"{path} has changed since it was read; start again so that one file is used throughout"
                )
            object.__setattr__(self, f"{field}_digest", found)

    @functools.cached_property
    def texts(self) -> tuple[Text, ...]:
        """The documents, by id."""
        return self._read[0]

    @functools.cached_property
    def questions(self) -> tuple[TestLine, ...]:
        """The questions, by role and prompt."""
        return self._read[1]

    @functools.cached_property
    def names(self) -> frozenset[Words]:
        """The names in the documents: those that the file lists, and in documents without a list, those with capitals.

        The questions are not looked at.
        """
        unmarked = names_in(text.words for text in self.texts if text.names is None)
        marked = (text.names for text in self.texts if text.names is not None)
        return frozenset(name for names in (*unmarked, *marked) for name in names)

    @functools.cached_property
    def _read(self) -> tuple[tuple[Text, ...], tuple[TestLine, ...]]:
        documents, texts = read_documents(self.documents)
        tests, questions = read_questions(self.tests)
        check_questions(documents, texts, tests, questions)
        by_role = sorted(questions, key=lambda asked: (ROLES.index(asked.role), asked.prompt))
        return tuple(sorted(texts)), tuple(by_role)

    @property
    def kinds(self) -> dict[str, int]:
        """Number of documents of each kind."""
        kinds = [text.kind for text in self.texts]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}

    def sizes(self) -> dict[str, int]:
        return {"documents": len(self.texts), "questions": len(self.questions)}

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        builder, marks = Builder(), _marks(self.questions)
        names = {word for name in self.names for word in name}
        for word in sorted({word for text in self.texts for word in text.words}):
            builder.vocabulary.words(word, "entity" if word in names else "word")
        for text in _shuffled(self.texts, rng):
            topics = sorted({fact for fact, _ in marks.get(text.id, ())}) or [text.id]
            builder.document(*_parts(text, marks.get(text.id, ())), kind=text.kind, name=text.id, topics=topics)
        lists = option_lists(self.questions).items()
        options = {group: tuple(answer for answer, _ in listed) for group, listed in lists}
        for role in ROLES:
            asked = [question for question in _shuffled(self.questions, rng) if question.role == role]
            if asked:
                builder.test(role, role, [_question(question, options) for question in asked])
        instance = builder.build(memory=list(self.kinds))
        known = frozenset(tuple(builder.vocabulary.words(" ".join(name))) for name in self.names)
        return dataclasses.replace(instance, names=known)


def _shuffled(items: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    return [items[i] for i in rng.permutation(len(items))]


def _digest(rows: Iterable[Text | TestLine]) -> str:
    """Return the SHA-256 of rows in a fixed order, without the lines that they stood on."""
    content = [[value for field, value in row._asdict().items() if field != "line"] for row in rows]
    text = json.dumps(["tolman texts 1", *content], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fact(question: TestLine) -> Words | None:
    """Return the name of the fact that a question is about: questions with the same supporting documents share it."""
    return tuple(sorted(question.supports)) or None


def _marks(questions: Sequence[TestLine]) -> dict[str, list[tuple[Words, Words]]]:
    """Return, by document, the facts that it supports with the words of an answer each."""
    found: dict[str, list[tuple[Words, Words]]] = {}
    for question in questions:
        if fact := _fact(question):
            for id in fact:
                found.setdefault(id, []).extend((fact, tuple(answer.split())) for answer in question.answers)
    return found


def _parts(text: Text, marks: Sequence[tuple[Words, Words]]) -> list[Part]:
    """Return a document: its first word is read, all others are targets, and answers in it express their fact."""
    facts: list[Words | None] = [None] * len(text.words)
    for fact, answer in marks:
        start = find(answer, text.words, 1)
        if start > 0 and facts[start] is None:
            facts[start : start + len(answer)] = [fact] * len(answer)
    return [text.words[0], *(Target(w, fact=f) for w, f in zip(text.words[1:], facts[1:], strict=True))]


def _question(asked: TestLine, options: Mapping[str, tuple[str, ...]]) -> Question:
    return Question(
        " ".join(asked.prompt),
        asked.answers,
        fact=_fact(asked),
        frame=asked.group,
        group=asked.group,
        options=asked.options or options[asked.group],
        supports=asked.supports,
    )
