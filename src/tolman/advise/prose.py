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
_ITEM = re.compile(r"^[ \t]*(?:[-*+>]|\d{1,2}[.)])\s+", re.MULTILINE)
_EMPHASIS = re.compile(r"\*{1,3}|`+|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)")
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
