"""Documents and cloze questions from prose: each sentence with its last name, and with its first, left out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tolman.advise.prose import Marked, Sentence, sentences
from tolman.core.atomic import new_folder
from tolman.core.errors import UserError
from tolman.report.words import count

OPENING = "note :"
"""Words before each sentence: a document's first word is read and not learned, and it may be a name."""

GAP, QUESTION, MARK = "_", "fill the gap :", "→"
"""How a latent question is put, in none of the ways in which `distilled` is trained to answer."""

LONGEST = 60
"""Most words of a sentence; longer ones are left out."""

MOST_QUESTIONS = 96
FEWEST_QUESTIONS = 8


class Pair(NamedTuple):
    """The questions about a sentence: its last name, and with other words its first."""

    id: str
    stated: str
    last: str
    asked: str
    first: str

    def rows(self) -> tuple[dict[str, Any], ...]:
        """Return both questions as objects of a file of tests."""
        common = {"supports": [self.id]}
        return (
            {"prompt": self.stated, "answer": self.last, "role": "explicit", "group": "last name", **common},
            {"prompt": self.asked, "answer": self.first, "role": "latent", "group": "first name", **common},
        )


class ProseFiles(NamedTuple):
    """The files that were written, and what they hold.

    Attributes:
        documents: one sentence each.
        tests: questions about them.
        sentences: their number.
        left_out: sentences that are too long.
        pairs: the questions.
    """

    documents: Path
    tests: Path
    sentences: int
    left_out: int
    pairs: tuple[Pair, ...]

    @property
    def questions(self) -> tuple[dict[str, Any], ...]:
        """The questions as they stand in the file."""
        return _rows(self.pairs)


def write_prose(
    texts: Sequence[tuple[str, str]], root: Path, *, ask: bool = True, marked: Marked | None = None
) -> ProseFiles:
    """Write a file of documents and one of cloze questions, in a folder named after their content.

    Each sentence is a document, whose id is the name of its text and its number there. Of those with two names or
    more, the explicit question is the sentence up to its last name, and the latent one the sentence with a gap in the
    place of its first.

    Args:
        texts: titles and contents.
        root: the folder in which theirs is made.
        ask: whether there are questions.
        marked: the names in a text by its title (see `sentences`).

    Raises:
        UserError: there are too few such sentences, or too few different names in them.
    """
    found = sentences(texts, marked)
    short = [each for each in found if len(each.words) <= LONGEST]
    pairs = _questions(short) if ask else []
    if ask:
        _check(found, pairs)
    documents = [_document(each) for each in short]
    folder = _written(root, {"documents": json_lines(documents), "tests": json_lines(_rows(pairs))})
    return ProseFiles(
        documents=folder / "documents.jsonl",
        tests=folder / "tests.jsonl",
        sentences=len(short),
        left_out=len(found) - len(short),
        pairs=tuple(pairs),
    )


def _document(each: Sentence) -> dict[str, Any]:
    names = list(dict.fromkeys(map(each.name, range(len(each.names)))))
    return {"id": each.id, "text": f"{OPENING} {' '.join(each.words)}", "names": names}


def _check(found: Sequence[Sentence], pairs: Sequence[Pair]) -> None:
    needs = "a sentence needs two names, written with capitals, and names must differ between sentences"
    remedy = "give more text, or questions of your own with --tests"
    if len(pairs) < FEWEST_QUESTIONS:
        said = f"{count(len(found), 'sentence')} give {count(len(pairs), 'pair')} of questions"
        raise UserError(f"{said}, fewer than {FEWEST_QUESTIONS}: {needs}; {remedy}")
    for place, names in (("first", {pair.first for pair in pairs}), ("last", {pair.last for pair in pairs})):
        if len(names) == 1:
            raise UserError(f"the {place} name of every sentence is {names.pop()!r}: {needs}; {remedy}")


def _written(root: Path, content: dict[str, str]) -> Path:
    """Write texts as files of a folder named after them all, unless it is there."""
    digest = hashlib.sha256("\0".join(content.values()).encode()).hexdigest()[:16]
    folder = root / f"prose-{digest}"
    if not folder.exists():
        with new_folder(folder) as made:
            for name, text in content.items():
                (made / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def _rows(pairs: Iterable[Pair]) -> tuple[dict[str, Any], ...]:
    return tuple(row for pair in pairs for row in pair.rows())


def json_lines(rows: Iterable[dict[str, Any]]) -> str:
    """Return objects as text, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _questions(found: Sequence[Sentence]) -> list[Pair]:
    """Return pairs of questions about at most `MOST_QUESTIONS` sentences, none of which asks what another does."""
    pairs = [_pair(each) for each in found if len(each.names) > 1 and _distinct(each)]
    stated, asked = Counter(pair.stated for pair in pairs), Counter(pair.asked for pair in pairs)
    unique = [pair for pair in pairs if stated[pair.stated] == 1 and asked[pair.asked] == 1]
    begun = _beginnings(pair.first for pair in unique), _beginnings(pair.last for pair in unique)
    kept = [pair for pair in unique if pair.first not in begun[0] and pair.last not in begun[1]]
    order = np.random.default_rng(0).permutation(len(kept))[:MOST_QUESTIONS]
    return [kept[i] for i in sorted(order.tolist())]


def _distinct(each: Sentence) -> bool:
    """Return whether neither the first name nor the last stands in the sentence twice."""
    names = [each.name(place) for place in range(len(each.names))]
    return names.count(names[0]) == 1 and names.count(names[-1]) == 1


def _beginnings(names: Iterable[str]) -> set[str]:
    """Return what begins a longer name, word by word: it could not be told from that name by its first words."""
    split = [name.split() for name in names]
    return {" ".join(name[:end]) for name in split for end in range(1, len(name))}


def _pair(each: Sentence) -> Pair:
    (start, end), last = each.names[0], each.names[-1][0]
    gapped = [*each.words[:start], GAP, *each.words[end:]]
    said = " ".join(gapped[:-1] if gapped[-1] == "." else gapped)
    return Pair(
        id=each.id,
        stated=f"{OPENING} {' '.join(each.words[:last])}".strip(),
        last=each.name(-1),
        asked=f"{QUESTION} {said} {MARK}",
        first=each.name(0),
    )
