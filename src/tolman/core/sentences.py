"""Ends of sentences, in text and among words."""

from __future__ import annotations

import re
from collections.abc import Sequence

STOPS = frozenset(".!?…")
ABBREVIATED = re.compile(
    r"(?:^|[\s(\"'“])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|Mt|Ft|Jr|Sr|Rev|Hon|Gen|Col|Capt|Lt|Sgt|Sen|Gov"
    r"|No|Vol|vs|cf|ca|approx)\.$"
)
"""A text that ends in an abbreviation goes on after its full stop."""

_CLOSING = frozenset(")]”’»")
_QUOTES = frozenset("\"'")


def sentence_ends(words: Sequence[str]) -> list[int]:
    """Return the number of words up to the end of each sentence, all words to the end of the last.

    A sentence ends in a full stop or an exclamation mark, with the brackets and quotation marks that it closes, but not
    in an abbreviation. A question ends with the sentence after it, which may be its answer.
    """
    ends, start, place = list[int](), 0, 0
    while place < len(words):
        stop = _after_stops(words, start, place)
        if stop > place and _is_end(words[place:stop], words[place - 1] if place > start else ""):
            ends.append(stop)
            start = stop
        place = max(stop, place + 1)
    return ends if ends[-1:] == [len(words)] else [*ends, len(words)]


def _after_stops(words: Sequence[str], start: int, place: int) -> int:
    """Return the place after the stops at `place`, and after what they close of the sentence since `start`."""
    stop = place
    while stop < len(words) and (words[stop] in STOPS or (stop > place and _closes(words[start:stop], words[stop]))):
        stop += 1
    return stop


def _closes(before: Sequence[str], word: str) -> bool:
    return word in _CLOSING or (word in _QUOTES and list(before).count(word) % 2 == 1)


def _is_end(stops: Sequence[str], word: str) -> bool:
    marks = {mark for mark in stops if mark in STOPS}
    return marks != {"?"} and not (marks == {"."} and len(stops) == 1 and ABBREVIATED.search(f"{word}."))
