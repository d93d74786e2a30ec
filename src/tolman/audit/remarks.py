"""Remarks on columns of labels that may not be what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from tolman.audit.columns import FEW, Column, is_number, is_plain, same_looking, value_of
from tolman.audit.files import few
from tolman.audit.label_tables import Table

_NO_LABEL = frozenset(
    ["?", "??", "-", "--", "---", ".", "..", "–", "—", "*", "na", "n.a", "n.a.", "nil", "missing", "unknown",
     "notavailable"]
)  # fmt: skip
"""Words for missing labels, in lower case and without spaces, that may also be names of classes."""

_FIGURE = re.compile(r"[+\-\u2212]?[$€\u00a3]? ?[0-9][0-9.,'_ ]*(?:[eE][+-]?[0-9]+)?(?: ?[%\u2030$€\u00a3])?")

_FAR = 3
"""A value is far from all others if the gap is this many times their whole range."""


def remarks(table: Table, column: Column, *, classes: bool, rows: np.ndarray) -> Iterator[str]:
    """Yield sentences on a feature, of the rows `[n]` that are kept."""
    about = f"{table.path}: {column.name!r}"
    found = _of_classes(table, column, rows) if classes else _of_a_quantity(table, column, rows)
    yield from (f"{about}{text}" for text in found)


def _of_classes(table: Table, column: Column, rows: np.ndarray) -> Iterator[str]:
    if column.merged:
        yield (
            ": spellings that differ in spaces, Unicode form or invisible characters only are one class: "
            + few(column.merged)
        )
    if alike := same_looking(column):
        shown = "; ".join(" and ".join(map(repr, group)) for group in alike[:3])
        yield f" takes as different classes what looks nearly the same: {shown}"
    for word in sorted(word for word in set(column.texts[rows]) if word.lower().replace(" ", "") in _NO_LABEL):
        where = table.where(rows & (column.texts == word))
        yield f" takes {word!r} as a class, in {where}; if it means that there is no label, leave the cells empty"


def _of_a_quantity(table: Table, column: Column, rows: np.ndarray) -> Iterator[str]:
    if column.is_id:
        yield f" has another whole number in every row; if it names rows, say --key {column.name}"
    if text := far_away(column.texts[rows]):
        where = table.where(rows & (column.texts == text))
        yield f" is {text} in {where}, far from all others; if it means that there is no label, leave the cells empty"


def far_away(texts: np.ndarray) -> str:
    """Return the lowest or highest of many numbers, where it is far from all others: a code such as -999, or a slip."""
    values = {value_of(text): text for text in sorted(set(texts))}
    ordered = sorted(values)
    if len(ordered) <= FEW:
        return ""
    for end, next_, last in ((ordered[0], ordered[1], ordered[-1]), (ordered[-1], ordered[-2], ordered[0])):
        if abs(end / 2 - next_ / 2) > _FAR * abs(next_ / 2 - last / 2):  # halves, as a range may exceed a double
            return values[end]
    return ""


def written_as_text(column: Column) -> str:
    """Return why numbers of a column were read as text, and the remedy; "" if they are none."""
    texts = column.texts[~column.missing]
    if not len(texts) or not all(map(_FIGURE.fullmatch, texts)):
        return ""
    if all(map(is_number, texts)):
        odd = next((text for text in texts if not is_plain(text)), "")
        what = f"numbers written as {odd!r}" if odd else "numbers as text"
        return f"holds {what}; --quantity {column.name} takes them as a quantity"
    odd = next(text for text in texts if not is_number(text))
    return f"holds numbers written as {odd!r}; write them as 1234.5, without marks or units, to have a quantity"
