"""A user's documents and questions out of JSONL files, each checked by itself."""

from __future__ import annotations

import difflib
import itertools
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from tolman.core.experience import Role
from tolman.worlds.sources import Columns, Row, Source, is_blank, read_jsonl
from tolman.worlds.texts.words import find, words

MAX_DOCUMENTS = 20_000
"""Most documents, and most questions: the models here are small."""

MAX_WORDS = 256
"""Longest text: every document is as long as the longest, so one essay would cost all of them."""

ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "variant")

DOCUMENT = Columns(("id", "text"), ("kind", "names"), '{"id": "d1", "text": "Peru capital Lima"}')
QUESTION = Columns(
    ("prompt", "role"),
    ("answer", "options", "correct", "supports", "group"),
    '{"prompt": "Lima is the capital of", "answer": "Peru", "role": "latent", "supports": ["d1"]}',
)


class Text(NamedTuple):
    """A document: its words, its line in the file, the kind it belongs to, and its names if the file lists them."""

    id: str
    words: tuple[str, ...]
    kind: str
    line: int
    names: tuple[tuple[str, ...], ...] | None = None


class TestLine(NamedTuple):
    """A question; `options` is empty where the file lists none."""

    prompt: tuple[str, ...]
    answers: tuple[str, ...]
    options: tuple[str, ...]
    role: Role
    supports: tuple[str, ...]
    group: str
    line: int


def read_documents(path: str | os.PathLike[str]) -> tuple[Source, list[Text]]:
    """Return the documents of a JSONL file: objects with `id`, `text` and, if wanted, `kind` and `names`.

    Raises:
        UserError: the file cannot be read, or a document is malformed; the message names the line and the remedy.
    """
    source = Source(os.fspath(path))
    texts = [_text(source, line, cells) for line, cells in read_rows(source, DOCUMENT, "documents")]
    first: dict[str, Text] = {}
    for text in texts:
        if (other := first.setdefault(text.id, text)) is not text:
            raise source.error(
                f"two documents have the id {text.id!r}", "Give each an id of its own", other.line, text.line
            )
    return source, texts


def read_questions(path: str | os.PathLike[str]) -> tuple[Source, list[TestLine]]:
    """Return the questions of a JSONL file: objects with `prompt`, `role`, and `answer` or `options` with `correct`.

    Raises:
        UserError: the file cannot be read, or a question is malformed; the message names the line and the remedy.
    """
    source = Source(os.fspath(path))
    return source, [_question(source, line, cells) for line, cells in read_rows(source, QUESTION, "questions")]


def read_rows(source: Source, columns: Columns, noun: str) -> Sequence[Row]:
    """Return the rows of a JSONL file, one at least and `MAX_DOCUMENTS` at most; `noun` says what they are."""
    if not source.path.lower().endswith((".jsonl", ".ndjson")):
        raise source.error("the name does not end in .jsonl", f"Write one JSON object a line, as in {columns.example}")
    data = source.load(f"Choose at most {MAX_DOCUMENTS:,} {noun}")
    rows = list(itertools.islice(read_jsonl(source, data, columns), MAX_DOCUMENTS + 1))
    if not rows:
        raise source.error(f"there are no {noun}", f"Write one JSON object a line, as in {columns.example}")
    if len(rows) > MAX_DOCUMENTS:
        raise source.error(f"there are more than {MAX_DOCUMENTS:,} {noun}", f"Choose at most {MAX_DOCUMENTS:,}")
    return rows


def _text(source: Source, line: int, cells: Mapping[str, Any]) -> Text:
    id, kind = filled(source, line, "id", cells["id"]), source.text(line, "kind", cells.get("kind"))
    said = words(filled(source, line, "text", cells["text"]))
    if len(said) < 2:
        raise source.error(
            f"the text of {id!r} is one single word", "Give it two or more: the first is read, the others learned", line
        )
    check_length(source, line, "text", said)
    return Text(id, tuple(said), kind or "document", line, _names(source, line, said, cells.get("names")))


def _names(source: Source, line: int, said: Sequence[str], value: Any) -> tuple[tuple[str, ...], ...] | None:
    if value is None:
        return None
    names = tuple(tuple(words(name)) for name in _texts(source, line, "names", value))
    for name in names:
        if find(name, said) < 0:
            raise source.error(f"the name {' '.join(name)!r} is not in the text", "Write it as it stands there", line)
    return names


def _question(source: Source, line: int, cells: Mapping[str, Any]) -> TestLine:
    prompt = words(filled(source, line, "prompt", cells["prompt"]))
    check_length(source, line, "prompt", prompt)
    answers, options = _answers(source, line, cells)
    return TestLine(
        prompt=tuple(prompt),
        answers=answers,
        options=options,
        role=_role(source, line, cells),
        supports=_texts(source, line, "supports", cells.get("supports")),
        group=source.text(line, "group", cells.get("group")),
        line=line,
    )


def _answers(source: Source, line: int, cells: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the right answers and the options, both with punctuation apart."""
    answer, options, correct = (
        tuple(" ".join(words(text)) for text in _texts(source, line, column, cells.get(column)))
        for column in ("answer", "options", "correct")
    )
    if bool(answer) == bool(options) or bool(options) != bool(correct):
        given = ", ".join(c for c in ("answer", "options", "correct") if cells.get(c) is not None) or "none of them"
        raise source.error(f"a question has an answer, or options and correct; given: {given}", "Choose one way", line)
    for text in correct:
        if text not in options:
            raise source.error(f"{text!r} is correct but no option", f"Options are {', '.join(options)}", line)
    again = next((text for text in options if options.count(text) > 1), "")
    if again:
        raise source.error(f"the option {again!r} appears twice", "Remove one", line)
    if options and len(set(correct)) == len(options):
        raise source.error("every option is correct", "Add wrong ones", line)
    return answer or correct, options


def _role(source: Source, line: int, cells: Mapping[str, Any]) -> Role:
    given = source.text(line, "role", cells["role"])
    for role in ROLES:
        if given == role:
            return role
    near = difflib.get_close_matches(given.lower(), ROLES, n=1)
    hint = f"Did you mean {near[0]!r}? Correct it" if near else f"Roles are {', '.join(ROLES)}"
    raise source.error(f"{given!r} is no role", hint, line)


def _texts(source: Source, line: int, column: str, value: Any) -> tuple[str, ...]:
    """Return a cell that holds one text or a list of them; none where it is missing."""
    if value is None:
        return ()
    return tuple(filled(source, line, column, v) for v in (value if isinstance(value, list) else [value]))


def filled(source: Source, line: int, column: str, value: Any) -> str:
    """Return a cell as clean text that is not empty."""
    text = source.text(line, column, value)
    if is_blank(text):
        raise source.error(f"{column!r} is empty", "Fill it in, or remove it", line)
    return text


def check_length(source: Source, line: int, column: str, said: Sequence[str]) -> None:
    """Raise if a text has more than `MAX_WORDS` words."""
    if len(said) > MAX_WORDS:
        remedy = "Split it" if column == "text" else "Shorten it"
        raise source.error(f"{column!r} has {len(said)} words, the limit is {MAX_WORDS}", remedy, line)
