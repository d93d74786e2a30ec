"""Errors that a user can act on: they say what was given, what was expected, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST = 10
"""Known names in a message that says where all are listed."""


class UserError(Exception):
    """A mistake of the user's, never a fault of the program.

    The command line prints its message without a traceback and exits with code 2.
    """


class UnknownName(UserError):
    """A name that is not registered; the message suggests the nearest ones, or names known ones.

    With `lists`, which says what lists them all, it names ten at most.
    """

    def __init__(self, noun: str, given: str, known: Iterable[str], lists: str = ""):
        names = sorted(known)
        near, most = _near(given, names), _MOST if lists else len(names)
        left = f" and {len(names) - most} more; {lists} lists them" if len(names) > most else ""
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names[:most]) or 'none'}{left}."
        super().__init__(f"unknown {noun} {given!r}: {hint}")


def _near(given: str, names: list[str]) -> list[str]:
    """Return the most similar names, and none that is much less similar than the best."""
    likeness = {name: difflib.SequenceMatcher(None, given, name).ratio() for name in names}
    best = max(likeness.values(), default=0.0)
    near = [name for name in names if likeness[name] >= max(0.5, best - 0.15)]
    return sorted(near, key=lambda name: -likeness[name])[:3]
