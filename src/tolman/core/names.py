"""Known names among words or tokens."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Generic, TypeVar

Word = TypeVar("Word", bound=Hashable)


class KnownNames(Generic[Word]):
    """Finds names, each a sequence of words, in sequences of words.

    Args:
        names: none of them empty.
    """

    def __init__(self, names: Iterable[Sequence[Word]]) -> None:
        self._names = {tuple(name) for name in names}
        found: dict[Word, set[int]] = {}
        for name in self._names:
            found.setdefault(name[0], set()).add(len(name))
        self._lengths = {first: sorted(lengths, reverse=True) for first, lengths in found.items()}

    def cut(self, words: Sequence[Word]) -> list[tuple[bool, list[Word]]]:
        """Return words cut into names and the runs of other words between them, each with whether it is a name.

        Of the names that begin at a word the longest is taken.
        """
        found, place = list[tuple[bool, list[Word]]](), 0
        while place < len(words):
            length = self._length(words, place)
            if length or not found or found[-1][0]:
                found.append((length > 0, []))
            found[-1][1].extend(words[place : place + max(1, length)])
            place += max(1, length)
        return found

    def _length(self, words: Sequence[Word], place: int) -> int:
        """Return the length of the longest name that begins at a place; 0 if none does."""
        lengths = self._lengths.get(words[place], ())
        return next((n for n in lengths if tuple(words[place : place + n]) in self._names), 0)
