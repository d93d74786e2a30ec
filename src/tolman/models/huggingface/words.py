"""A world's words as ordinary text, and text as words."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

from tolman.core.experience import NONE

ATTACHED = frozenset({".", ",", ";", ":", "!", "?", ")", "'s"})
"""Words that follow the one before them without a space."""
OPENING = frozenset({"("})
"""Words that are followed without a space."""


class Rendered(NamedTuple):
    """Words as text, and the place in it at which each of them ends."""

    text: str
    ends: list[int]


def render(words: Sequence[str]) -> Rendered:
    """Return words as text, spaced as in English."""
    text, ends = "", list[int]()
    for place, word in enumerate(words):
        apart = place > 0 and word not in ATTACHED and words[place - 1] not in OPENING
        text += f" {word}" if apart else word
        ends.append(len(text))
    return Rendered(text, ends)


class WordReader:
    """Finds the words of a vocabulary in text."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids = {word: number for number, word in reversed(list(enumerate(vocabulary)))}

    def read(self, text: str) -> list[int]:
        """Return the words of a text as ids, `NONE` for those outside the vocabulary."""
        return [self._ids.get(word, NONE) for piece in text.split() for word in self._split(piece)]

    @functools.lru_cache(maxsize=4096)  # noqa: B019 as many as texts have words, and it lives as long as its model
    def _split(self, piece: str) -> tuple[str, ...]:
        """Return the words of a piece without spaces; what is in the vocabulary is not split."""
        if piece in self._ids:
            return (piece,)
        for word in OPENING:
            if piece.startswith(word) and piece != word:
                return (word, *self._split(piece.removeprefix(word)))
        for word in ATTACHED:
            if piece.endswith(word) and piece != word:
                return (*self._split(piece.removesuffix(word)), word)
        return (piece,)
