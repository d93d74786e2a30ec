"""Feature labels from a table: one row for each stimulus, one column for each feature."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tolman.audit.files import chosen, existing, reader_of, refusal

FEW = 10
"""Numbers of up to this many different values are taken as names of classes."""

MAX_CLASSES = 200
"""Largest number of classes of a feature: each is a column to regress on."""

_CONTENT = "feature labels, with one header line and a row for each stimulus"


@dataclasses.dataclass(frozen=True, eq=False)
class Feature:
    """Labels of one feature.

    Attributes:
        name: the column's.
        values: `[n]`: text or numbers.
        classes: whether values name classes; otherwise they are numbers to be regressed on.
    """

    name: str
    values: np.ndarray
    classes: bool


def read_features(
    path: str, wanted: Sequence[str] = (), classes: Sequence[str] = ()
) -> tuple[list[Feature], list[str]]:
    """Return the features of a .csv, .tsv or .parquet file, or those wanted, and notes about columns left out.

    A column of numbers with more than ten different values is a quantity, unless it is named in `classes`; every other
    column names classes. Left out are columns that never vary, and text that differs in almost every row.

    Raises:
        UserError: the file cannot be read, a cell is empty, a column is not there, or none is left.
    """
    table = _table(path)
    chosen(path, "column", classes, table)
    features, notes = [], []
    for name in chosen(path, "column", wanted, table):
        why = _unusable(table[name], name in classes)
        if why:
            notes.append(f"{path}: left out {name!r}, which {why}")
        else:
            features.append(Feature(name, table[name], _names_classes(table[name], name in classes)))
    if not features:
        said = "; ".join(note.split(": left out ")[1] for note in notes)
        raise refusal(path, f"no feature is left ({said})", "Give at least one column that varies between stimuli")
    return features, notes


def read_names(path: str, column: str) -> np.ndarray:
    """Return one column of a table as names `[n]`, such as those of groups of rows.

    Raises:
        UserError: the file cannot be read, or has no such column.
    """
    table = _table(path)
    [name] = chosen(path, "column", [column], table)
    return table[name]


def without_groups(path: str, features: Sequence[Feature], groups: str, wanted: Sequence[str]) -> list[Feature]:
    """Return the features but for the column that groups rows, unless it is wanted as one.

    Raises:
        UserError: no feature is left.
    """
    found = [feature for feature in features if feature.name != groups or groups in wanted]
    if not found:
        raise refusal(path, f"besides {groups!r}, which groups rows, there is no feature", "Give a column that varies")
    return found


def _table(path: str) -> dict[str, np.ndarray]:
    suffix = reader_of(path, (".csv", ".tsv", ".parquet"))
    found = existing(path, _CONTENT)
    columns = _read_parquet(found) if suffix == ".parquet" else _read_text(found, "\t" if suffix == ".tsv" else ",")
    for name, count in Counter(name for name, _ in columns).items():
        if count > 1:
            raise refusal(path, f"there are {count} columns of the name {name!r}", "Rename or remove one")
    return dict(columns)


def _unusable(values: np.ndarray, asked: bool) -> str:
    kinds = len(np.unique(values))
    if kinds < 2:
        return "has the same value in every row"
    if not _names_classes(values, asked):
        return ""
    if values.dtype.kind == "U" and kinds > max(2, len(values) // 2):
        return "has another text in almost every row"
    return f"has {kinds} classes, more than {MAX_CLASSES}" if kinds > MAX_CLASSES else ""


def _names_classes(values: np.ndarray, asked: bool) -> bool:
    return asked or values.dtype.kind not in "fiu" or len(np.unique(values)) <= FEW


def _read_text(path: Path, delimiter: str) -> list[tuple[str, np.ndarray]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(path, f"this is not UTF-8 text (at byte {error.start})", "Save the file as UTF-8") from None
    if "\0" in text:
        raise refusal(path, "this holds a NUL byte and is no table of text", "Save it as CSV")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next((row for row in rows if row), [])]
        body = [(rows.line_num, row) for row in rows if row]
    except csv.Error as error:
        raise refusal(path, f"the quotes do not match in line {rows.line_num} ({error})", "Correct them") from None
    if not body or not header:
        raise refusal(path, "there is no row of labels", "Give it a header line and a row for each stimulus")
    return _columns(path, header, body, delimiter)


def _columns(
    path: Path, header: list[str], body: list[tuple[int, list[str]]], delimiter: str
) -> list[tuple[str, np.ndarray]]:
    if len(header) == 1 and any(mark in header[0] for mark in ",;\t|"):
        mark = "commas" if delimiter == "," else "tabs"
        raise refusal(path, f"the header {header[0][:60]!r} is one single column", f"Separate the columns with {mark}")
    if "" in header:
        raise refusal(path, f"column {header.index('') + 1} has no name", "Name it in the header line")
    for line, row in body:
        if len(row) != len(header):
            problem = f"line {line} has {len(row)} cells where the header has {len(header)}"
            raise refusal(path, problem, "Leave no cell out, and put text that holds the separator in double quotes")
    cells = zip(*(row for _, row in body), strict=True)
    lines = [line for line, _ in body]
    return [(name, _typed(path, name, list(column), lines)) for name, column in zip(header, cells, strict=True)]


def _typed(path: Path, name: str, column: list[str], lines: list[int]) -> np.ndarray:
    """Return numbers if all cells are numbers, otherwise text."""
    texts = [cell.strip() for cell in column]
    if "" in texts:
        problem = f"column {name!r} is empty in {texts.count('')} rows, the first in line {lines[texts.index('')]}"
        raise refusal(path, problem, "Fill in the labels, or remove these rows here and in the activations")
    try:
        numbers = np.array(texts, dtype=np.float64)
    except ValueError:
        return np.array(texts)
    _refuse_missing(path, name, numbers)
    return numbers


def _refuse_missing(path: Path, name: str, numbers: np.ndarray) -> None:
    bad = ~np.isfinite(numbers)
    if bad.any():
        problem = (
            f"column {name!r} holds {int(bad.sum())} NaN or infinite values, the first in row {int(bad.argmax()) + 1}"
        )
        raise refusal(path, problem, "Fill in the labels, or remove these rows here and in the activations")


def _read_parquet(path: Path) -> list[tuple[str, np.ndarray]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise refusal(path, f"this is not a readable Parquet file ({error})", "Write it again") from None
    out = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            remedy = "Fill in the labels, or remove these rows here and in the activations"
            raise refusal(path, f"column {name!r} is empty in {column.null_count} rows", remedy)
        values = np.asarray(column.to_pylist())
        if values.ndim != 1 or values.dtype.kind not in "fiubU":
            raise refusal(path, f"column {name!r} holds neither text nor numbers", "Leave it out")
        if values.dtype.kind == "f":
            _refuse_missing(path, name, values)
        out.append((name, values))
    return out
