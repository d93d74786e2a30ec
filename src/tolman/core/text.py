"""One spelling of a user's text, so that names that look alike are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

JOINERS = "\u200c\u200d"
"""Invisible characters that Persian, Indic and other words need: the zero-width non-joiner and joiner."""

# What Unicode calls default-ignorable (DerivedCoreProperties.txt, 16.0), without the joiners and the tags.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0100-\U000e01ef]"
)

# Tags spell the flags of England and Scotland after a black flag; elsewhere they are invisible.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007f]+)|[\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")


def normalised(text: str) -> str:
    """Return the text in Unicode form NFC, without invisible characters, with single spaces and none at its ends.

    Invisible are byte order marks, zero-width spaces, marks of direction, soft hyphens and the like (Unicode's
    default-ignorable characters), but for the joiners U+200C and U+200D and the tags of flags. Every kind of white
    space, no-break and ideographic spaces included, counts as a space. Case, width and look-alikes of other scripts are
    left as they are.
    """
    if text.isascii():
        return " ".join(text.split())
    visible = _TAGS.sub(lambda found: found[1] or "", _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def control_character(text: str) -> str:
    """Return the first control character or half of a character pair, which no name should hold; "" if there is none.

    Tabs and line breaks are white space.
    """
    if text.isprintable():
        return ""
    return next((char for char in text if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n\r"), "")


def alike(texts: Iterable[str]) -> list[list[str]]:
    """Return groups of different texts that differ in case, in joiners or in the look of their characters only.

    The look of characters is what the Unicode form NFKC takes out, such as full width.
    """
    groups: dict[str, list[str]] = {}
    for text in sorted(set(texts)):
        groups.setdefault(_folded(text), []).append(text)
    return [group for group in groups.values() if len(group) > 1]


def _folded(text: str) -> str:
    bare = text.translate(dict.fromkeys(map(ord, JOINERS)))
    return normalised(unicodedata.normalize("NFKC", bare).casefold())
