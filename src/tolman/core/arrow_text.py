"""The text of Arrow's columns: of every type that a table in Parquet may give names and numbers."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE = 1e16
"""Doubles from here on are not written out: their last digits would be made up."""


def column_texts(column: pa.ChunkedArray | pa.Array) -> list[str | None] | None:
    """Return the cells of a column of text, numbers, booleans, dates or times as text; None if it holds others.

    Missing values, NaN among them, are None. Whole numbers have no decimal point, whatever their type; other numbers
    have as few digits as tell them apart in their own type. Dates and times are written as in ISO 8601, with a space
    between the two, and midnights as dates.
    """
    import pyarrow as pa
    import pyarrow.types as kinds

    column = plain(column)
    kind = column.type
    if kinds.is_null(kind):
        return column.to_pylist()
    if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind):
        return column.to_pylist()
    if kinds.is_boolean(kind) or kinds.is_integer(kind):
        return [None if value is None else str(value) for value in column.to_pylist()]
    if kinds.is_floating(kind):
        scalar = {16: np.float16, 32: np.float32, 64: np.float64}[kind.bit_width]
        return [_number(value, scalar) for value in column.to_pylist()]
    if kinds.is_decimal(kind):
        return [None if value is None else format(value, "f") for value in column.to_pylist()]
    if kinds.is_date(kind) or kinds.is_timestamp(kind) or kinds.is_time(kind):
        return [_time(value) for value in column.cast(pa.string()).to_pylist()]
    return None


def plain(column: Any) -> Any:
    """Return a column without its dictionary or extension type, which say how its values are kept or meant."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        chunks = [plain(chunk) for chunk in column.chunks]
        return pa.chunked_array(chunks, chunks[0].type if chunks else column.type)
    if isinstance(column, pa.DictionaryArray):
        return plain(column.dictionary_decode())
    return plain(column.storage) if isinstance(column, pa.ExtensionArray) else column


def _number(value: float | None, scalar: type[np.floating]) -> str | None:
    if value is None or math.isnan(value):
        return None
    if value.is_integer() and abs(value) < _WHOLE:
        return str(int(value))
    return repr(value) if scalar is np.float64 else str(scalar(value))


def _time(text: str | None) -> str | None:
    """Return a time without digits that say nothing: a fraction of zeros, and midnight after a date."""
    return None if text is None else re.sub(r" 00:00:00$", "", re.sub(r"\.0+(?=$|Z|[+-])", "", text))
