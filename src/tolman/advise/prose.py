"""Documents and cloze questions from plain prose: each sentence with its last name, and with its first, left out."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tolman.core.atomic import new_folder
from tolman.core.errors import UserError
from tolman.worlds.sources import Source
from tolman.worlds.texts.words import words

SUFFIXES = (".txt", ".md")
OPENING = ["note", ":"]
"""Words before each sentence: a document's first word is read and not learned, and it may be a name."""

GAP, QUESTION, MARK = "_", ["fill", "the", "gap", ":"], "→"
"""How a latent question is put, in none of the ways in which `distilled` is trained to answer."""

LONGEST = 60
"""Most words of a sentence; longer ones are left out."""

MOST_QUESTIONS = 96
FEWEST_QUESTIONS = 8

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[^\Wa-z_])|\n\s*\n")
_HEADING, _ITEM = re.compile(r"^#+ .*$", re.MULTILINE), re.compile(r"^[ \t]*(?:[-*+>]|\d+[.)])\s+", re.MULTILINE)
_WITHIN = ("of", "de", "da", "di", "la", "van", "von", "der", "den", "and")


class Sentence(NamedTuple):
    """A sentence with the place that it comes from, and its names as ranges of words."""

    id: str
    words: tuple[str, ...]
    names: tuple[tuple[int, int], ...] = ()


class ProseFiles(NamedTuple):
    """The files that were written, and what they hold.

    Attributes:
        documents: one sentence each.
        tests: questions about them.
        sentences: their number.
        left_out: sentences that are too long.
        questions: as written.
    """

    documents: Path
    tests: Path
    sentences: int
    left_out: int
    questions: tuple[dict[str, Any], ...]


def read_folder(folder: Path) -> list[tuple[str, str]]:
    """Return name and text of each .txt and .md file of a folder and the folders in it, in order of their names.

    Raises:
        UserError: there is none, or one cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise UserError(f"{folder}: there is no .txt or .md file in this folder; put your documents there as text")
    read = ((path, Source(str(path))) for path in paths)
    return [
        (path.relative_to(folder).with_suffix("").as_posix(), source.decode(source.load("Split it")))
        for path, source in read
    ]


def sentences(texts: Sequence[tuple[str, str]]) -> list[Sentence]:
    """Return the sentences of texts, each once, with their names."""
    found: dict[tuple[str, ...], str] = {}
    for name, text in texts:
        parts = _END.split(_ITEM.sub("\n\n", _HEADING.sub("\n\n", text)))
        for number, part in enumerate(filter(str.strip, parts), 1):
            found.setdefault(tuple(words(part)), f"{name}-{number}")
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    small = ENGLISH_STOP_WORDS | {word for said in found for word in said if word.islower()}
    return [Sentence(id, said, tuple(_names(said, small))) for said, id in found.items() if len(said) > 1]


def _names(said: Sequence[str], small: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the names of a sentence: runs of words with capitals, small words that join two of them included.

    The first word of a sentence, which always has a capital, is part of a name unless it is a function word of English
    or the texts have it in small letters elsewhere.
    """
    capital = [word[0].isupper() and (i > 0 or word.lower() not in small) for i, word in enumerate(said)]
    for i in range(1, len(said) - 1):
        capital[i] |= said[i] in _WITHIN[:-1] and capital[i - 1] and said[i + 1][0].isupper()
    for is_name, run in itertools.groupby(range(len(said)), key=capital.__getitem__):
        places = list(run)
        if is_name:
            yield places[0], places[-1] + 1


def write_prose(texts: Sequence[tuple[str, str]], root: Path, *, ask: bool = True) -> ProseFiles:
    """Write a file of documents and one of cloze questions, in a folder named after their content.

    Each sentence is a document, whose id is the name of its text and its number there. Of those with two names or
    more, the explicit question is the sentence up to its last name, and the latent one the sentence with a gap in the
    place of its first.

    Args:
        texts: names and contents.
        root: the folder in which theirs is made.
        ask: whether there are questions.

    Raises:
        UserError: there are too few such sentences.
    """
    found = sentences(texts)
    short = [each for each in found if len(each.words) <= LONGEST]
    documents = [{"id": each.id, "text": " ".join([*OPENING, *each.words])} for each in short]
    questions = _questions(short) if ask else []
    if ask and len(questions) < 2 * FEWEST_QUESTIONS:
        raise UserError(
            f"{len(found)} sentences give {len(questions) // 2} pairs of questions, fewer than {FEWEST_QUESTIONS}: a "
            f"sentence needs two names, written with capitals; give more text, or questions of your own with --tests"
        )
    folder = _written(root, {"documents": _lines(documents), "tests": _lines(questions)})
    return ProseFiles(
        documents=folder / "documents.jsonl",
        tests=folder / "tests.jsonl",
        sentences=len(short),
        left_out=len(found) - len(short),
        questions=tuple(questions),
    )


def _written(root: Path, content: dict[str, str]) -> Path:
    """Write texts as files of a folder named after them all, unless it is there."""
    digest = hashlib.sha256("\0".join(content.values()).encode()).hexdigest()[:16]
    folder = root / f"prose-{digest}"
    if not folder.exists():
        root.mkdir(parents=True, exist_ok=True)
        with new_folder(folder) as made:
            for name, text in content.items():
                (made / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return folder


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _questions(found: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Return pairs of questions about at most `MOST_QUESTIONS` sentences, none of which asks what another does."""
    asked = [each for each in found if len(each.names) > 1 and _distinct(each)]
    forward = Counter(tuple(each.words[: each.names[-1][0]]) for each in asked)
    backward = Counter(_gapped(each) for each in asked)
    kept = [e for e in asked if forward[e.words[: e.names[-1][0]]] == 1 and backward[_gapped(e)] == 1]
    order = np.random.default_rng(0).permutation(len(kept))[:MOST_QUESTIONS]
    return [question for i in sorted(order.tolist()) for question in _pair(kept[i])]


def _distinct(each: Sentence) -> bool:
    """Return whether the first name is another one than the last, and neither stands in the sentence twice."""
    texts = [each.words[start:end] for start, end in each.names]
    return texts.count(texts[0]) == 1 and texts.count(texts[-1]) == 1


def _gapped(each: Sentence) -> tuple[str, ...]:
    start, end = each.names[0]
    return (*each.words[:start], GAP, *each.words[end:])


def _pair(each: Sentence) -> Iterator[dict[str, Any]]:
    first, last = (" ".join(each.words[start:end]) for start, end in (each.names[0], each.names[-1]))
    stated = " ".join([*OPENING, *each.words[: each.names[-1][0]]])
    said = _gapped(each)
    asked = " ".join([*QUESTION, *(said[:-1] if said[-1] == "." else said), MARK])
    yield {"prompt": stated, "answer": last, "role": "explicit", "supports": [each.id], "group": "last name"}
    yield {"prompt": asked, "answer": first, "role": "latent", "supports": [each.id], "group": "first name"}
