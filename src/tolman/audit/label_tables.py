"""Tables of labels out of CSV, TSV and Parquet files, as columns of normalised text."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from tolman.audit.columns import Column
from tolman.audit.files import existing, read_parquet, reader_of, refusal
from tolman.core.arrow_text import column_texts, plain
from tolman.core.text import control_character, normalised

_CONTENT = "feature labels, with one header line and a row for each stimulus"

INDEX = "(index)"
"""The name of a first column without one: pandas and R write the index of a frame so."""


class Table(NamedTuple):
    """Columns by name, and where each row stands: `unit` is "line" or "row", `places` its numbers `[n]`."""

    path: str
    columns: Mapping[str, Column]
    unit: str
    places: Sequence[int]

    def where(self, rows: np.ndarray) -> str:
        """Return where some rows `[n]` stand, as text: five of them at most."""
        found = np.flatnonzero(rows)
        first = [f"{self.places[i]:,}" for i in found[:5]]
        more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
        return f"{self.unit}{'s' if len(found) > 1 else ''} {', '.join(first)}{more}"


def read_table(path: str) -> Table:
    """Return all columns of a .csv, .tsv or .parquet file.

    Raises:
        UserError: the file cannot be read, is no table, or two columns have the same name.
    """
    suffix = reader_of(path, (".csv", ".tsv", ".parquet"))
    found = existing(path, _CONTENT)
    if suffix == ".parquet":
        columns, unit, places = _parquet(found), "row", None
    else:
        columns, places = _text(found, "\t" if suffix == ".tsv" else ",")
        unit = "line"
    for name, count in Counter(column.name for column in columns).items():
        if count > 1:
            raise refusal(path, f"there are {count} columns of the name {name!r}", "Rename or remove one")
    rows = len(columns[0].texts) if columns else 0
    if not rows:
        raise refusal(path, "there is no row of labels", "Give it a header line and a row for each stimulus")
    return Table(path, {column.name: column for column in columns}, unit, places or range(1, rows + 1))


def _text(path: Path, delimiter: str) -> tuple[list[Column], list[int]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(path, f"this is not UTF-8 text (at byte {error.start})", "Save the file as UTF-8") from None
    if "\0" in text:
        raise refusal(path, "this holds a NUL byte and is no table of text", "Save it as CSV")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        first = next((row for row in rows if row), [])
        header = [normalised(cell) for cell in first]
        body = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise refusal(path, f"the quotes do not match in line {rows.line_num} ({error})", "Correct them") from None
    if not body or not header:
        raise refusal(path, "there is no row of labels", "Give it a header line and a row for each stimulus")
    _check_separator(path, first, [row for _, row in body], delimiter)
    _check_shape(path, header, body)
    cells = zip(*(row for _, row in body), strict=True)
    names = [INDEX if i == 0 and not name else name for i, name in enumerate(header)]
    columns = [_column(path, name, texts, is_index=name == INDEX) for name, texts in zip(names, cells, strict=True)]
    return columns, [line for line, _ in body]


def _check_separator(path: Path, header: list[str], body: list[list[str]], delimiter: str) -> None:
    """Refuse a table that seems to be separated by something else, as spreadsheets of many countries write it."""
    others = [mark for mark in ",;\t|" if mark != delimiter and any(mark in cell for cell in header)]
    remedy = f"Separate the columns with {'commas' if delimiter == ',' else 'tabs'}"
    if len(header) == 1 and others:
        raise refusal(path, f"the header {header[0][:60]!r} is one single column", remedy)
    for mark in others:
        if len({sum(cell.count(mark) for cell in row) for row in (header, *body)}) == 1:
            raise refusal(
                path, f"every line holds as many {mark!r} as the header {delimiter.join(header)[:60]!r}", remedy
            )


def _check_shape(path: Path, header: list[str], body: list[tuple[int, list[str]]]) -> None:
    if "" in header[1:]:
        raise refusal(path, f"column {header.index('', 1) + 1} has no name", "Name it in the header line")
    for line, row in body:
        if len(row) != len(header):
            problem = f"line {line} has {len(row)} cells where the header has {len(header)}"
            raise refusal(path, problem, "Leave no cell out, and put text that holds the separator in double quotes")


def _parquet(path: Path) -> list[Column]:
    table = read_parquet(path)
    index, categories = pandas_index(table.schema), _categories(table.schema)
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        clean, is_index = normalised(name), name in index
        try:
            texts = column_texts(column)
        except UnicodeDecodeError:
            raise refusal(path, f"column {clean!r} holds text that is not UTF-8", "Write it as UTF-8") from None
        if texts is None:
            empty = np.full(len(column), "", object)
            columns.append(Column(clean, empty, odd=f"holds {column.type}", is_index=is_index))
            continue
        declared = "text" if name in categories else _declared(column)
        cells = ["" if text is None else text for text in texts]
        if declared == "number":
            columns.append(Column(clean, np.array(cells, object), declared, is_index))
        else:
            columns.append(_column(path, clean, cells, declared=declared, is_index=is_index))
    return columns


def _declared(column: Any) -> Literal["text", "number"]:
    import pyarrow.types as kinds

    kind = plain(column).type
    return "number" if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind) else "text"


def pandas_index(schema: Any) -> set[str]:
    """Return the names of a Parquet file's columns that are the index of a pandas frame."""
    named = {name for name in schema.names if name.startswith("__index_level_") and name.endswith("__")}
    return named | {name for name in _pandas(schema, "index_columns") if isinstance(name, str)}


def _categories(schema: Any) -> set[str]:
    """Return the names of columns that pandas calls categorical: Parquet itself keeps that of text alone."""
    about = [column for column in _pandas(schema, "columns") if isinstance(column, dict)]
    return {str(column.get("name")) for column in about if column.get("pandas_type") == "categorical"}


def _pandas(schema: Any, part: str) -> list[Any]:
    """Return a part of what pandas says about a frame; nothing where that cannot be read."""
    try:
        found = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    except ValueError:  # a remark of another program's
        return []
    value = found.get(part) if isinstance(found, dict) else None
    return value if isinstance(value, list) else []


def _column(path: Path, name: str, cells: Iterable[str], **about: Any) -> Column:
    """Return a column of normalised text, with the names of which it had several spellings."""
    spellings: dict[str, str] = {}
    texts = [spellings.get(cell) or spellings.setdefault(cell, _clean(path, name, cell)) for cell in cells]
    several = Counter(spellings[spelling] for spelling in {cell.strip(): cell for cell in spellings}.values())
    merged = sorted(text for text, count in several.items() if count > 1 and text)
    return Column(name, np.array(texts, object), merged=merged, **about)


def _clean(path: Path, name: str, cell: str) -> str:
    if char := control_character(cell):
        raise refusal(path, f"column {name!r} holds the control character {char!r}", "Remove it")
    return normalised(cell)
