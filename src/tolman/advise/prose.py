"""Plain prose as sentences with their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tolman.core.errors import UserError
from tolman.core.names import KnownNames
from tolman.core.sentences import ABBREVIATED
from tolman.worlds.sources import Source
from tolman.worlds.texts.names import find_names, small_words
from tolman.worlds.texts.words import words

SUFFIXES = (".txt", ".md")

Marked = Mapping[str, Sequence[Sequence[str]]]
"""Names, each as its words, by the title of the text that they stand in."""

_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"^([ \t]*)(?:[-*+>]|(\d{1,2})[.)])[ \t]+", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*{1,3})(?=[^\s*])((?:[^\n]|\n(?![ \t]*\n))+?)(?<=[^\s*])\1(?!\*)")
_MARKS = re.compile(r"`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
_ORDINAL = re.compile(r"(?:^|[^\w.,])\d{1,2}\.$")
_MONTH = re.compile(r"(?:Jan|Feb|Mar|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)")
_STOP = re.compile(r"[.!?…]+[\"'”’)\]]*\s+")


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


def sentences(texts: Sequence[tuple[str, str]], marked: Marked | None = None) -> list[Sentence]:
    """Return the sentences of texts, each once, with their names.

    Args:
        texts: titles and contents; an id is a text's title and the sentence's number there.
        marked: the names in a text by its title; in other texts they are found by their capitals.
    """
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for title, text in texts:
        for number, part in enumerate(split_sentences(text), 1):
            found.setdefault(tuple(words(part)), (title, f"{title}-{number}"))
    small, known = small_words(found), {title: KnownNames(names) for title, names in (marked or {}).items()}
    return [
        Sentence(id, said, tuple(_known(said, known[title]) if title in known else find_names(said, small)))
        for said, (title, id) in found.items()
        if len(said) > 1
    ]


def _known(said: Sequence[str], names: KnownNames[str]) -> Iterator[tuple[int, int]]:
    """Yield the places of known names in a sentence."""
    place = 0
    for is_name, part in names.cut(said):
        if is_name:
            yield place, place + len(part)
        place += len(part)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of plain text or Markdown, whose headings are left out.

    A sentence ends in a full stop, an exclamation or a question mark before a word that does not begin with a small
    letter, but not in an abbreviation or in the day of a date, and with its paragraph or item of a list.
    """
    plain = _HEADING.sub("\n\n", _RULE.sub("\n\n", _LINK.sub(r"\1", text)))
    plain = _MARKS.sub("", _without_emphasis(_without_item_marks(plain)))
    return [part for paragraph in re.split(r"\n\s*\n", plain) for part in _parts(paragraph)]


def _without_item_marks(text: str) -> str:
    """Return text with a blank line in place of the mark of each item of a list.

    A number is one where it is 1, or one more than the last at its indentation.
    """
    last: dict[str, int] = {}

    def mark(found: re.Match[str]) -> str:
        indent, number = found[1], int(found[2] or 1)
        follows = number in (1, last.get(indent, 0) + 1)
        if found[2]:
            last[indent] = number
        return "\n\n" if follows else found[0]

    return _ITEM.sub(mark, text)


def _without_emphasis(text: str) -> str:
    """Return text without the pairs of asterisks that stand directly around words."""
    while (inner := _EMPHASIS.sub(r"\2", text)) != text:
        text = inner
    return text


def _parts(paragraph: str) -> Iterator[str]:
    start = 0
    for stop in _STOP.finditer(paragraph):
        said, rest = paragraph[start : stop.end()].strip(), paragraph[stop.end() :].lstrip("\"'“‘([")
        if rest[:1].islower() or ABBREVIATED.search(said) or (_MONTH.match(rest) and _ORDINAL.search(said)):
            continue
        start = stop.end()
        yield said
    if paragraph[start:].strip():
        yield paragraph[start:].strip()
