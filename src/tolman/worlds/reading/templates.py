"""Wordings as text, read from the files in `templates/`: in each class those of training, and those held out for tests.

A heading `== CLASS` begins the trained wordings of a class, `== CLASS, held out` those that only tests use; every line
below is a wording. A line may offer choices: `[is/was]` stands for either word, and `[the/]` for a word or none.

- `statements.txt`: facts. The relation `{r}` of a subject `{s}` is an object `{o}`.
- `questions.txt`: what asks for the object or the subject, to continue or to answer after a question mark; in
  `TWO_HOP`, for the object of a second relation `{q}` of that object.
- `categories.txt`: sentences about categories say that `{s}` is `{o}`; comparisons that `{s}` is `{r}` (bigger, say)
  than `{o}`.
- `instructions.txt`: sentences to rewrite or to complete, `{s}` and a second one `{o}`; `_` marks a gap. Openers stand
  before a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

FILES = ("statements", "questions", "categories", "instructions")


class Lines(NamedTuple):
    """Wordings of one class, one a line."""

    trained: tuple[str, ...]
    held_out: tuple[str, ...]


def read_lines() -> dict[str, Lines]:
    """Return the lines of every class of wordings, by its name."""
    found = dict(section for name in FILES for section in _sections(name))
    classes = [name for name in found if not name.endswith(", held out")]
    return {name: Lines(found[name], found[f"{name}, held out"]) for name in classes}


def _sections(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    text = resources.files("tolman.worlds.reading").joinpath("templates", f"{name}.txt").read_text("utf-8")
    for section in text.removeprefix("== ").split("\n== "):
        heading, *lines = section.strip().splitlines()
        yield heading, tuple(lines)


STATED = "not stated"
NOTHING = "nothing follows"

COMPARATIVES = """
bigger smaller
older younger
faster slower
taller shorter
heavier lighter
warmer colder
brighter darker
richer poorer
earlier later
higher lower
longer briefer
stronger weaker
deeper shallower
harder softer
nearer farther
louder quieter
"""
"""Pairs of comparatives, each the inverse of the other."""

JOINERS = "and of the in for"
"""Words that stand within names, as in "Bosnia and Herzegovina"."""

FUNCTION_WORDS = "the of is was has as its for with a by on at from in to that and because then while"
"""Words that stand between open ones in the sentences of documents whose wording is their own."""
