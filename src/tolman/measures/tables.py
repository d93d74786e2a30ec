"""Labels and numbers from NumPy, pandas, Polars or Arrow, column by column; no such library is imported.

A frame is whatever has named columns; a column is whatever NumPy can make an array of.
"""

from __future__ import annotations

import decimal
import numbers
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np


def is_frame(F: Any) -> bool:
    """Return whether `F` is a table of named columns: a frame, an Arrow table or a structured array."""
    if isinstance(F, np.ndarray):
        return F.dtype.names is not None
    # Asked of the type: a lazy frame would have to run its query to answer.
    return not isinstance(F, Mapping) and any(hasattr(type(F), name) for name in ("columns", "column_names"))


def named_columns(F: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the columns of labels by name, in order.

    Args:
        F: `[n, f]`, `[n]`, a mapping from names to labels `[n]`, or a frame.
        names: names of the columns of an array; their positions if left out.

    Raises:
        ValueError: other axes, names that are repeated or do not fit, or names beside a table that has its own.
    """
    if isinstance(F, Mapping) or is_frame(F):
        if names is not None:
            raise ValueError("names were given beside a mapping or a frame, which has names of its own")
        return _own_columns(F)
    name = getattr(F, "name", None)
    found = np.array(F, dtype=object) if isinstance(F, list | tuple) else F if np.ma.is_masked(F) else np.asarray(F)
    if found.ndim not in (1, 2):
        raise ValueError(f"F has shape {found.shape}; expected [stimuli, features]")
    parts = [F] if found.ndim == 1 else list(found.T)
    if names is None:
        names = [name] if found.ndim == 1 and isinstance(name, str) and name else [str(i) for i in range(len(parts))]
    if len(names) != len(parts) or len(set(names)) < len(names):
        raise ValueError(f"{list(names)} are no different names for the {len(parts)} features of F")
    return dict(zip(names, parts, strict=True))


def _own_columns(F: Any) -> dict[str, Any]:
    if hasattr(F, "collect"):
        raise ValueError("F is a query that has not run: collect it into a frame first")
    if isinstance(F, np.ndarray):
        keys = list(F.dtype.names or ())
    else:
        keys = list(F if isinstance(F, Mapping) else getattr(F, "column_names", None) or F.columns)
    if not keys:
        raise ValueError("the table has no column: give it one for each feature, or unit")
    texts = [str(key) for key in keys]
    repeated = sorted({text for text in texts if texts.count(text) > 1})
    if repeated:
        raise ValueError(f"several columns have the name {repeated[0]!r}: rename or remove all but one")
    return {text: F[key] for text, key in zip(texts, keys, strict=True)}


def column(values: Any, n: int, what: str) -> np.ndarray:
    """Return labels `[n]` as an array of numbers, booleans, dates or text.

    Objects become what they are: numbers, or text, or else (dates, enumerations) their text. Categories of pandas are
    text whatever they name.

    Args:
        values: labels, one for each row.
        n: how many are expected.
        what: what they are, for messages.

    Raises:
        ValueError: another shape, a missing label (None, NaN, NaT, NA or null) or an infinity, whose row is named, or
            text and numbers in one column, complex numbers, or several labels in a row.
    """
    # A list of text and NaN would else become the text "nan".
    found = np.array(values, dtype=object) if isinstance(values, list | tuple) else np.asarray(_unmasked(values, None))
    if found.shape != (n,):
        raise ValueError(f"{what} has shape {found.shape}; expected {(n,)}, one label for each row of X")
    if found.dtype.kind == "V":
        found = numeric(found, what).astype(np.float64)
    gaps = missing(found)
    if gaps.any():
        row = int(gaps.argmax())
        holds = "NaN or infinite value" if found.dtype.kind == "f" else "missing label"
        count = f"{int(gaps.sum())} {holds}{'s' if gaps.sum() > 1 else ''}"
        remedy = "drop such rows here and in X, or fill them in"
        raise ValueError(f"{what} holds {count}, the first in row {row} (from 0): {remedy}")
    if found.dtype.kind == "c":
        raise ValueError(f"{what} has complex numbers: give their parts, or their sizes, as features of their own")
    if getattr(getattr(values, "dtype", None), "categories", None) is not None:
        return found.astype(str)
    return _known(found, what) if found.dtype.kind in "OT" else found


def _unmasked(values: Any, gap: float | None) -> Any:
    """Return values with what is masked as `gap`: NumPy would give what lies under the mask."""
    if not np.ma.is_masked(values):
        return values
    found = np.asarray(values).astype(object if gap is None else np.float64)
    found[np.ma.getmaskarray(values)] = gap
    return found


def missing(values: np.ndarray) -> np.ndarray:
    """Return which labels `[n]` are missing; infinities count, as no label is infinite."""
    if values.dtype.kind in "fc":
        return ~np.isfinite(values)
    if values.dtype.kind in "mM":
        return np.isnat(values)
    if values.dtype.kind in "OT":
        return np.array([_is_missing(value) for value in values.astype(object)], dtype=bool)
    return np.zeros(values.shape, dtype=bool)


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    try:
        return bool(value != value) or value in (float("inf"), float("-inf"))
    except (TypeError, ValueError):  # pandas' NA is neither equal nor unequal to itself
        return type(value).__name__ == "NAType"


def _known(values: np.ndarray, what: str) -> np.ndarray:
    objects = list(values.astype(object))
    text = np.array([isinstance(value, str) for value in objects], dtype=bool)
    if text.all():
        return np.array(objects, dtype=np.str_)
    figures = np.array([isinstance(value, numbers.Real | np.bool_ | decimal.Decimal) for value in objects], dtype=bool)
    if figures.all():
        return _as_numbers(objects, what)
    if text.any() or figures.any():
        raise ValueError(f"{what} has {_mixture(objects, figures)}: make all of it text, or all of it numbers")
    for row, value in enumerate(objects):
        if isinstance(value, np.ndarray | Mapping | Sequence | Set | complex):
            raise ValueError(
                f"{what} holds {type(value).__name__} in row {row} (from 0); expected one label in each row"
            )
    return np.array([str(value) for value in objects], dtype=np.str_)


def _mixture(objects: list[Any], figures: np.ndarray) -> str:
    """Return the first two kinds of labels, with their rows."""
    rows: dict[str, int] = {}
    for row, (value, figure) in enumerate(zip(objects, figures, strict=True)):
        rows.setdefault("a number" if figure else "text" if isinstance(value, str) else type(value).__name__, row)
    (first, at), (second, then), *_ = rows.items()
    return f"{first} in row {at} and {second} in row {then} (from 0)"


def _as_numbers(objects: list[Any], what: str) -> np.ndarray:
    found = np.array(objects)
    try:
        found = found.astype(np.float64) if found.dtype.kind == "O" else found
    except OverflowError:
        raise ValueError(f"{what} has whole numbers beyond the range of float64: make them text") from None
    if found.dtype.kind == "f" and len(np.unique(found)) < len(set(objects)):
        raise ValueError(f"{what} has whole numbers that float64 cannot tell apart: make them text if they are names")
    return found


def numeric(X: Any, name: str) -> np.ndarray:
    """Return an array or frame as an array of real numbers of whatever type; a memory-mapped file is not read.

    Raises:
        ValueError: it holds something else; the first such column or entry is named.
    """
    if is_frame(X):
        parts = {key: np.asarray(values) for key, values in named_columns(X).items()}
        return np.stack([numeric(part, f"column {key!r} of {name}") for key, part in parts.items()], axis=1)
    X = _unmasked(X, np.nan)
    found = X if isinstance(X, np.ndarray) else np.asarray(X)
    if found.dtype.kind == "O":
        return _from_objects(found, name)
    # Formats of 16 bits and less that NumPy does not know itself, such as bfloat16, are of kind V and convert well.
    if found.dtype.kind not in "fiubV" or found.dtype.type is np.void:
        raise ValueError(f"{name} has the type {found.dtype}; expected real numbers")
    return found


def _from_objects(found: np.ndarray, name: str) -> np.ndarray:
    for at, value in np.ndenumerate(found):
        if not isinstance(value, numbers.Real | np.bool_ | decimal.Decimal):
            where = " ".join(f"{axis} {i}" for axis, i in zip(("row", "column"), at, strict=False))
            raise ValueError(
                f"{name} holds {type(value).__name__} {value!r} in {where} (from 0); expected real numbers"
            )
    return found.astype(np.float64)
