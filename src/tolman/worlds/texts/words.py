"""Words of a text as the tokens of a model."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def words(text: str) -> list[str]:
    """Return a text's words; punctuation at either end of one stands apart, so that `Peru.` holds `Peru`."""
    return [part for word in text.split() for part in apart(word)]


def apart(word: str) -> list[str]:
    """Return a word and the punctuation at either end of it, each by itself."""
    start, end = 0, len(word)
    while start < end and is_punctuation(word[start]):
        start += 1
    while end > start and is_punctuation(word[end - 1]):
        end -= 1
    middle = [word[start:end]] if start < end else []
    return [*word[:start], *middle, *word[end:]]


def is_punctuation(char: str) -> bool:
    """Return whether a character is punctuation (category P of Unicode; signs such as $ are not)."""
    return unicodedata.category(char).startswith("P")


def find(part: Sequence[str], whole: Sequence[str], start: int = 0) -> int:
    """Return where `part` first stands in `whole` at `start` or later, or -1."""
    last = len(whole) - len(part)
    return next((i for i in range(start, last + 1) if list(whole[i : i + len(part)]) == list(part)), -1)
