"""Plain prose as sentences with their names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tolman.core.errors import UserError
from tolman.core.sentences import ABBREVIATED
from tolman.worlds.sources import Source
from tolman.worlds.texts.words import words

SUFFIXES = (".txt", ".md")

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*(?:[-*+>]|\d{1,2}[.)])\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*\s+")

_WITHIN = {
    *("of", "de", "da", "di", "do", "dos", "du", "del", "della", "la", "las", "le", "los"),
    *("van", "von", "der", "den", "ter", "zu"),
}
"""Small words that stand within names."""


class Sentence(NamedTuple):
    """A sentence with the place that it comes from, and its names as ranges of words."""

    id: str
    words: tuple[str, ...]
    names: tuple[tuple[int, int], ...] = ()

    def name(self, place: int) -> str:
        """Return a name by its place among them."""
        start, end = self.names[place]
        return " ".join(self.words[start:end])


def read_folder(folder: Path) -> list[tuple[str, str]]:
    """Return path and text of each .txt and .md file of a folder and the folders in it, in order of their paths.

    Raises:
        UserError: there is none, or one cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise UserError(f"{folder}: there is no .txt or .md file in this folder; put your documents there as text")
    return [(path.relative_to(folder).as_posix(), read_text(path)) for path in paths]


def read_text(path: Path) -> str:
    """Return the text of a file; raises `UserError` where it is no text or too large."""
    source = Source(str(path))
    return source.decode(source.load("Split it"))


def sentences(texts: Sequence[tuple[str, str]]) -> list[Sentence]:
    """Return the sentences of texts, each once, with their names.

    Args:
        texts: names and contents; an id is a text's name and the sentence's number there.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    found: dict[tuple[str, ...], str] = {}
    for name, text in texts:
        for number, part in enumerate(split_sentences(text), 1):
            found.setdefault(tuple(words(part)), f"{name}-{number}")
    small = ENGLISH_STOP_WORDS | {word for said in found for word in said if word.islower()}
    return [Sentence(id, said, tuple(_names(said, small))) for said, id in found.items() if len(said) > 1]


def split_sentences(text: str) -> list[str]:
    """Return the sentences of plain text or Markdown, whose headings are left out.

    A sentence ends in a full stop, an exclamation or a question mark before a word that does not begin with a small
    letter, but not in an abbreviation, and with its paragraph or item of a list.
    """
    plain = _ITEM.sub("\n\n", _HEADING.sub("\n\n", _EMPHASIS.sub("", _LINK.sub(r"\1", text))))
    return [part for paragraph in re.split(r"\n\s*\n", plain) for part in _parts(paragraph)]


def _parts(paragraph: str) -> Iterator[str]:
    start = 0
    for stop in _STOP.finditer(paragraph):
        said, rest = paragraph[start : stop.end()].strip(), paragraph[stop.end() :].lstrip("\"'“‘([")
        if rest[:1].islower() or ABBREVIATED.search(said):
            continue
        start = stop.end()
        yield said
    if paragraph[start:].strip():
        yield paragraph[start:].strip()


def _names(said: Sequence[str], small: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield the names of a sentence: runs of words with capitals, small words that join two of them included.

    The first word of a sentence, which always has a capital, is part of a name unless it is a function word of English
    or the texts have it in small letters elsewhere.
    """
    capital = [word[0].isupper() and (i > 0 or word.lower() not in small) for i, word in enumerate(said)]
    for start, end in itertools.combinations([i for i, is_name in enumerate(capital) if is_name], 2):
        if all(word in _WITHIN for word in said[start + 1 : end]):
            capital[start:end] = [True] * (end - start)
    for is_name, run in itertools.groupby(range(len(said)), key=capital.__getitem__):
        places = list(run)
        if is_name:
            yield places[0], places[-1] + 1
