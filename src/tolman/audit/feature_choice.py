"""Which columns of a table are features, what each is, and which rows have all labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from tolman.audit.columns import Column, Decision, Kind, NotNumbers, decide
from tolman.audit.files import chosen, few, refusal
from tolman.audit.label_tables import Table
from tolman.audit.remarks import written_as_text

MAX_CLASSES = 200
"""Largest number of classes of a feature: each is a column to regress on."""

KINDS: tuple[Kind, Kind] = ("classes", "quantity")

Missing = Literal["refuse", "drop", "keep"]


def key_column(table: Table, given: str) -> str:
    """Return the column that names rows, each by a name of its own; "" if there is none."""
    if not given:
        return ""
    [key] = chosen(table.path, "column", [given], table.columns)
    column = table.columns[key]
    if column.odd:
        raise refusal(table.path, f"the key {key!r} {column.odd}", "Choose a column of text or whole numbers")
    refuse_missing(table, column, column.texts == "", "Give every row a name")
    check_unique(table.path, key, column.texts.tolist())
    return key


def group_column(table: Table, given: str) -> str:
    """Return the column that says which rows belong together; "" if there is none."""
    if not given:
        return ""
    [name] = chosen(table.path, "column", [given], table.columns)
    if table.columns[name].odd:
        raise refusal(table.path, f"the column {name!r} {table.columns[name].odd}", "Group by text or numbers")
    return name


def check_unique(path: str, key: str, ids: Sequence[str]) -> None:
    """Raise if a name of rows appears twice."""
    twice = sorted(name for name, count in Counter(ids).items() if count > 1)
    if twice:
        problem = f"{few(twice)} stand{'s' if len(twice) == 1 else ''} in more than one row of the key {key!r}"
        raise refusal(path, problem, "Give every row a name of its own")


def asked_kinds(table: Table, classes: Sequence[str], quantity: Sequence[str]) -> dict[str, Kind]:
    """Return what columns are said to be."""
    named = [chosen(table.path, "column", given, table.columns) if given else [] for given in (classes, quantity)]
    for name in (name for name in named[0] if name in named[1]):
        raise refusal(table.path, f"{name!r} is said to be a quantity and to name classes", "Choose one of the two")
    return {name: kind for names, kind in zip(named, KINDS, strict=True) for name in names}


def decided(table: Table, column: Column, asked: Kind | None, *, named: bool) -> Decision | str:
    """Return what a column is, or why it is no feature.

    Args:
        table: its table.
        column: one of its columns.
        asked: what the user says that it is.
        named: whether the user asks for it by name.
    """
    if column.odd:
        if named:
            raise refusal(table.path, f"column {column.name!r} {column.odd}", "Give it text or numbers")
        return column.odd
    if column.missing.all():
        return "is empty in every row"
    if not named and column.is_index:
        return f"is the index of a frame{column.order}; --feature {column.name} takes it as a feature"
    if not named and column.counts_rows:
        return f"numbers the rows{column.order}; --feature {column.name} takes it as a feature"
    try:
        decision = decide(column, asked)
    except NotNumbers as error:
        said = "is said to be a quantity, but holds" if asked else "holds numbers, but"
        problem = f"column {column.name!r} {said} {error.text!r} in {table.where(column.texts == error.text)}"
        remedy = "leave --quantity out" if asked else f"say --classes {column.name} if these are names"
        raise refusal(table.path, problem, f"Correct it, leave the cell empty, or {remedy}") from None
    everywhere = np.ones(len(column.texts), bool)
    return unusable(column, decision.kind, everywhere, asked=asked is not None) or decision


def unusable(column: Column, kind: Kind, rows: np.ndarray, *, asked: bool) -> str:
    """Return why a column's labels in some rows `[n]` are no feature; "" if they are."""
    kinds = len(set(column.texts[rows]))
    if kinds < 2:
        return "has the same value in every row"
    if kind == "quantity":
        return ""
    if not asked and kinds > max(2, int(rows.sum()) // 2):
        return written_as_text(column) or "has another text in almost every row"
    return f"has {kinds} classes, more than {MAX_CLASSES}" if kinds > MAX_CLASSES else ""


def kept_rows(table: Table, used: Mapping[str, Decision], missing: Missing) -> np.ndarray:
    """Return which rows stay, `[n]`; raise where a label is missing that should not be."""
    kept = np.ones(len(table.places), bool)
    for name, decision in used.items():
        column = table.columns[name]
        if missing == "drop":
            kept &= ~column.missing
        elif missing == "refuse":
            keep = ", --missing keep takes what is missing as a class" if decision.kind == "classes" else ""
            refuse_missing(table, column, column.missing, f"Fill it in; --missing drop leaves the rows out{keep}")
        elif decision.kind == "quantity":
            remedy = f"A quantity cannot be kept without a number: say --missing drop, or --classes {name}"
            refuse_missing(table, column, column.missing, remedy)
    if not kept.any():
        raise refusal(table.path, "no row has a label in every column", "Choose columns with --feature")
    return kept


def refuse_missing(table: Table, column: Column, rows: np.ndarray, remedy: str) -> None:
    """Raise where a label is missing, if there are such rows `[n]`."""
    if rows.any():
        words = sorted(set(column.texts[rows]) - {""})
        written = f" ({', '.join(map(repr, words))})" if words else ""
        raise refusal(table.path, f"column {column.name!r} has no value in {table.where(rows)}{written}", remedy)
