"""Errors a person can act on: what was given, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake in what was asked for, never a fault of the program.

    The command line prints its message without a traceback and exits with code 2.
    """


class UnknownName(UserError):
    """A name that no registered component carries; the message suggests the nearest ones."""

    def __init__(self, noun: str, given: str, known: Iterable[str]):
        names = sorted(known)
        near = difflib.get_close_matches(given, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}."
        super().__init__(f"unknown {noun} {given!r}: {hint}")
