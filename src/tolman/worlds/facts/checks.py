"""Checks that a table of facts passes before anything is learned from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tolman.worlds.facts.formats import COLUMNS
from tolman.worlds.sources import Source, is_blank

MAX_WORDS = 32
"""Longest name: every experience is as long as the longest, so one essay in a cell would cost all of them."""

MIN_SUBJECTS = 8
"""Fewest subjects: with fewer, no fact can be held out and still be compared with others."""


class Checked(NamedTuple):
    """A row whose cells are clean text; what is optional may be empty."""

    line: int
    subject: str
    relation: str
    object: str
    inverse_relation: str
    template: str


def check_row(source: Source, line: int, cells: Mapping[str, Any]) -> Checked:
    """Return the row with every cell as clean text; raise `UserError` naming the first cell that is none."""
    texts = [_name(source, line, column, cells.get(column)) for column in (*COLUMNS.required, *COLUMNS.optional)]
    for column, text in zip(COLUMNS.required, texts, strict=False):
        if is_blank(text):
            raise source.error(f"{column!r} is empty", "Fill it in, or remove the row", line)
    return Checked(line, *texts)


def _name(source: Source, line: int, column: str, value: Any) -> str:
    text = source.text(line, column, value)
    if (words := text.count(" ") + 1) > MAX_WORDS:
        raise source.error(f"{column!r} has {words} words, the limit is {MAX_WORDS}", "Use a shorter name", line)
    return text


def check_unique(source: Source, rows: Sequence[Checked]) -> None:
    """Raise if a row repeats another, or if one subject alone has several objects in a relation, which is a slip."""
    facts: dict[tuple[str, str, str], Checked] = {}
    for row in rows:
        other = facts.setdefault((row.subject, row.relation, row.object), row)
        if other is not row:
            fact = f"{row.subject!r}, {row.relation!r}, {row.object!r}"
            raise source.error(f"the same fact twice ({fact})", "Remove one", other.line, row.line)
    for relation, members in by_relation(rows).items():
        objects: dict[str, list[Checked]] = defaultdict(list)
        for row in members:
            objects[row.subject].append(row)
        several = [found for found in objects.values() if len(found) > 1]
        if len(several) == 1:
            first, second, *_ = several[0]
            raise source.error(
                f"two answers for {first.subject!r}, {relation!r}: {first.object!r} and {second.object!r}",
                "Keep one, or give the other a relation of its own; several are taken where more subjects have them",
                first.line,
                second.line,
            )


def by_relation(rows: Sequence[Checked]) -> dict[str, list[Checked]]:
    """Return the rows of each relation."""
    groups: dict[str, list[Checked]] = defaultdict(list)
    for row in rows:
        groups[row.relation].append(row)
    return dict(groups)


def agreed(source: Source, rows: Sequence[Checked], column: str) -> str:
    """Return the one value that a relation's rows give in an optional column; "" when none does.

    Raises:
        UserError: two rows differ.
    """
    given = [row for row in rows if getattr(row, column)]
    for row in given[1:]:
        here, there = getattr(given[0], column), getattr(row, column)
        if here != there:
            raise source.error(
                f"the relation {row.relation!r} has two values of {column!r}, {here!r} and {there!r}",
                "Use one for all its rows",
                given[0].line,
                row.line,
            )
    return getattr(given[0], column) if given else ""


def check_template(source: Source, relation: str, rows: Sequence[Checked], template: str) -> None:
    """Raise unless the template, where there is one, has each placeholder exactly once."""
    for field in ("{subject}", "{object}") if template else ():
        if template.count(field) != 1:
            raise source.error(
                f"the template {template!r} of {relation!r} holds {field} {template.count(field)} times",
                'Write it once, as in "The capital of {subject} is {object}"',
                next(row.line for row in rows if row.template),
            )


def check_inverses(source: Source, inverses: Mapping[str, str], groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise if an inverse carries the name of a relation or of another inverse.

    The table would then state a held-out answer outright, or ask two questions in the same words.
    """
    owner = dict.fromkeys(inverses)
    for relation, inverse in inverses.items():
        if inverse in owner:
            taken = owner[inverse]
            what = f"the inverse of {taken!r}" if taken else "a relation"
            raise source.error(
                f"the inverse of {relation!r} is called {inverse!r}, which is already {what} of this table",
                "Give it another inverse_relation, and remove rows that state a fact in reverse",
                groups[relation][0].line,
            )
        owner[inverse] = relation


def check_size(source: Source, groups: Mapping[str, Sequence[Checked]]) -> None:
    """Raise if a relation, or the table, is too small to hold anything out."""
    for relation, rows in groups.items():
        if len({row.object for row in rows}) == 1:
            what = "has only one row" if len(rows) == 1 else f"has the same object in all {len(rows)} rows"
            remedy = f"Add rows of {relation!r} with other objects, or remove it: it has nothing to tell apart"
            raise source.error(f"the relation {relation!r} {what}", remedy, rows[0].line)
    subjects = len({row.subject for rows in groups.values() for row in rows})
    if subjects < MIN_SUBJECTS:
        raise source.error(
            f"{subjects} different subjects are too few to hold facts out and still learn from the others",
            f"Give at least {MIN_SUBJECTS}, better 100",
        )
