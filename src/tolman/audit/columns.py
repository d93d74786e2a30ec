"""Columns of labels: whether each is a quantity or names classes, decided once from all of its cells."""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal, localcontext
from typing import Literal

import numpy as np

from tolman.core.text import alike

FEW = 10
"""Numbers of up to this many different values are taken as names of classes."""

EXACT = 2**53
"""Doubles tell whole numbers apart up to here; larger ones are taken as names."""

MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
"""Cells that hold no label: empty ones, and the words that `pandas.read_csv` takes for missing values."""

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")

Kind = Literal["classes", "quantity"]

_MANTISSA = r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)"
# Programs write a sign into an exponent or a point into what stands before it; codes such as 1e5 have neither.
_PLAIN = re.compile(rf"{_MANTISSA}(?:[eE][+-][0-9]+)?|-?[0-9]+\.[0-9]+[eE][0-9]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]+")


@dataclasses.dataclass(frozen=True, eq=False)
class Column:
    """A column of a table of labels.

    Attributes:
        name: its header, normalised.
        texts: `[n]` cells, normalised, as objects; "" where the file has none.
        declared: the kind that the file's format gives the column; "" where it gives none.
        is_index: whether the file says that it numbers or names rows.
        odd: what it holds, if that is neither text nor numbers.
        merged: names of which the file has several spellings that differ in what cannot be seen.
    """

    name: str
    texts: np.ndarray
    declared: Literal["text", "number", ""] = ""
    is_index: bool = False
    odd: str = ""
    merged: Sequence[str] = ()

    @functools.cached_property
    def missing(self) -> np.ndarray:
        """True for the cells that hold no label, `[n]`."""
        return np.array([text in MISSING for text in self.texts], bool)

    @property
    def counts_rows(self) -> bool:
        """True if it holds 0 to n - 1, or 1 to n, in any order."""
        n = len(self.texts)
        if n <= FEW or not all(_WHOLE.fullmatch(text) and len(text) <= len(str(n)) for text in self.texts):
            return False
        found = sorted(map(int, self.texts))
        return found in (list(range(n)), list(range(1, n + 1)))

    @property
    def is_id(self) -> bool:
        """True if it holds another whole number in every row."""
        return len(set(self.texts)) == len(self.texts) and all(map(_WHOLE.fullmatch, self.texts))

    @property
    def order(self) -> str:
        """A remark on rows that their numbers put in another order; "" if they do not."""
        return out_of_order(self.name, list(map(int, self.texts))) if self.is_id else ""


def out_of_order(name: str, numbers: Sequence[int]) -> str:
    """Return what to say of rows that are not in the order of their numbers; "" if they are."""
    if list(numbers) == sorted(numbers):
        return ""
    return f", out of order: rows are matched by their place, or by --key {name} where both files hold it"


class NotNumbers(ValueError):
    """Cells that a quantity cannot hold; `text` is the first of them."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


@dataclasses.dataclass(frozen=True)
class Decision:
    """A column's type.

    Attributes:
        kind: quantity or classes.
        why: what a user may not expect about it; "" if nothing.
    """

    kind: Kind
    why: str = ""


def decide(column: Column, asked: Kind | None = None) -> Decision:
    """Return what a column is, from all cells that are not missing; their order has no part in it.

    A quantity has plain decimal numbers, without leading zeros, in all cells, more than ten different ones, which
    doubles tell apart. Everything else names classes, by the text of its cells. Text of Parquet stays text.

    Raises:
        NotNumbers: a quantity was asked for, or all cells but a few without a digit are numbers: words for missing
            values, most likely.
    """
    counts = Counter(column.texts[~column.missing].tolist())
    unique = sorted(counts)
    if asked == "quantity":
        return _as_quantity(unique)
    if asked == "classes" or column.declared == "text" or not unique:
        return Decision("classes")
    others = [text for text in unique if not is_plain(text)]
    if not others:
        return _numbers(unique)
    numbers = {text: value_of(text) for text in counts.keys() - set(others)}
    mostly = len(set(numbers.values())) > FEW and 2 * sum(map(counts.__getitem__, others)) <= counts.total()
    word = next((text for text in others if not any(map(str.isdigit, text))), "")
    if column.declared == "number" or (mostly and word):
        raise NotNumbers(word or others[0])
    if all(map(_DECIMAL_COMMA.fullmatch, others)):
        return Decision("classes", f"{others[0]!r} is no plain number; write decimal commas as points for a quantity")
    return Decision("classes", f"{others[0]!r} is no plain number" if numbers or _is_written(others) else "")


def values_of(column: Column, kind: Kind) -> np.ndarray:
    """Return the labels `[n]`: text for classes, doubles for a quantity, with NaN where they are missing.

    Numbers that doubles cannot tell apart are counted from the smallest: no measure depends on where a quantity starts.
    """
    if kind == "classes":
        return np.where(column.texts == "", "(missing)", column.texts).astype(str)
    unique = set(column.texts[~column.missing])
    first = min(map(_exact, unique)) if _is_rounded(unique) else None
    number = value_of if first is None else functools.partial(_counted, first)
    by_text = {text: number(text) for text in unique} | dict.fromkeys(MISSING, math.nan)
    return np.array([by_text[text] for text in column.texts])


def _counted(first: Decimal, text: str) -> float:
    with localcontext(prec=100):
        return float(_exact(text) - first)


def _is_written(texts: Sequence[str]) -> bool:
    """Return whether many texts are numbers, if not plain ones."""
    return len(texts) > FEW and all(map(is_number, texts))


def same_looking(column: Column) -> list[list[str]]:
    """Return groups of different labels that look alike: they differ in case, or are one number written in two ways."""
    unique = set(column.texts)
    numbers: dict[Decimal, list[str]] = {}
    for text in sorted(filter(_NUMBER.fullmatch, unique)):
        numbers.setdefault(Decimal(text), []).append(text)
    return [*alike(unique), *(group for group in numbers.values() if len(group) > 1)]


def _numbers(unique: Sequence[str]) -> Decision:
    if _is_rounded(unique) or any(abs(_exact(text)) > EXACT for text in unique if _WHOLE.fullmatch(_ascii_minus(text))):
        return Decision("classes", "numbers this long are taken as names")
    values = set(map(value_of, unique))
    if len(values) > FEW:
        return Decision("quantity")
    return Decision("classes", "few different numbers; --quantity takes them as a quantity" if len(values) > 2 else "")


def _as_quantity(unique: Sequence[str]) -> Decision:
    for text in unique:
        if not is_number(text):
            raise NotNumbers(text)
    return Decision("quantity", "counted from the smallest" if _is_rounded(unique) else "")


def _is_rounded(texts: Collection[str]) -> bool:
    """Return whether different numbers are the same double; no text is given twice."""
    doubles = len(set(map(value_of, texts)))
    return doubles < len(texts) and doubles < len(set(map(_exact, texts)))


def is_number(text: str) -> bool:
    """Return whether a quantity can hold a text: a finite decimal number, whose point is a point."""
    return _is(_NUMBER, text)


def is_plain(text: str) -> bool:
    """Return whether a text is a number that is no code: without a plus, leading zeros, or an exponent's bare `e`."""
    return _is(_PLAIN, text)


def _is(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(_ascii_minus(text)) is not None and math.isfinite(value_of(text))


def value_of(text: str) -> float:
    """Return the number that a text is."""
    return float(text if text.isascii() else _ascii_minus(text))


def _exact(text: str) -> Decimal:
    return Decimal(_ascii_minus(text))


def _ascii_minus(text: str) -> str:
    return f"-{text[1:]}" if text.startswith("\N{MINUS SIGN}") else text
