"""Rows out of CSV, TSV, JSONL and Parquet files, each with the line that an editor shows for it."""

from __future__ import annotations

import csv
import difflib
import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from tolman.core.errors import UserError

REQUIRED = ("subject", "relation", "object")
OPTIONAL = ("inverse_relation", "template")

Row = tuple[int, Mapping[str, Any]]
"""A row's line and its cells, as yet neither checked nor cleaned."""


class Source(NamedTuple):
    """The file that is read, and what its users call a row of it."""

    path: str
    unit: str = "line"

    def error(self, problem: str, remedy: str, *lines: int) -> UserError:
        """What is wrong, where, and the way out, in one message."""
        where = self.path
        if lines:
            plural = "s" if len(lines) > 1 else ""
            where += f", {self.unit}{plural} {' and '.join(str(line) for line in lines)}"
        # A library's own message may span lines and hold what would upset a terminal.
        shown = "".join(char if char.isprintable() else "?" for char in " ".join(problem.split()))
        return UserError(f"{where}: {shown}. {remedy}.")


def read_csv(source: Source, data: bytes, delimiter: str = ",") -> Iterator[Row]:
    """Rows of a file with one header line; a row that spans lines is named by its first."""
    reader = csv.reader(io.StringIO(decode(source, data), newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if cells and not header:
                header = _header(source, cells, line, delimiter)
            elif cells:
                yield line, _by_column(source, header, cells, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise source.error(
            f"the quotes do not match ({error})", 'Write a quote in a name as "", in quotes', line
        ) from None


def _header(source: Source, cells: list[str], line: int, delimiter: str) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if len(header) == 1 and any(mark in header[0] for mark in ",;\t|"):
        raise source.error(
            f"the header {header[0][:60]!r} is one single column",
            f"Separate the columns with {'commas' if delimiter == ',' else 'tabs'}",
            line,
        )
    check_columns(source, header, line)
    return header


def _by_column(source: Source, header: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise source.error(
            f"this row has {len(cells)} cells where the header has {len(header)}",
            "Put a name that holds the separator in double quotes, and leave no cell out",
            line,
        )
    return dict(zip(header, cells, strict=True))


def read_jsonl(source: Source, data: bytes) -> Iterator[Row]:
    """Rows of a file with one JSON object a line; numbers stay as they are written."""
    seen: set[tuple[str, ...]] = set()
    # Only \n ends a line: JSON text may hold every other line break that `splitlines` knows.
    for line, text in enumerate(decode(source, data).split("\n"), start=1):
        if not text.strip():
            continue
        row = _json_object(source, text, line)
        if tuple(row) not in seen:
            check_columns(source, list(row), line)
            seen.add(tuple(row))
        yield line, row


def _json_object(source: Source, text: str, line: int) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON value")

    try:
        # Pairs, not a dict, so that a repeated key is found and not silently overwritten.
        pairs = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise source.error(f"this is not JSON ({error})", "Write one JSON object on each line", line) from None
    if not isinstance(pairs, _Pairs):
        raise source.error(
            f"this is JSON but no object: {text.strip()[:60]!r}",
            'Write one object on each line, as in {"subject": "Peru", "relation": "capital", "object": "Lima"}',
            line,
        )
    if len(dict(pairs)) < len(pairs):
        raise source.error("a key appears twice in this object", "Remove one", line)
    return dict(pairs)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object's pairs, distinguishable from a JSON array."""


def read_parquet(source: Source, data: bytes) -> Iterator[Row]:
    """Rows of a Parquet file, counted from 1 as it has no header line."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
        check_columns(source, names)
        # Batches, so that a file of any length is only read up to the limit.
        wanted = [name for name in names if name in (*REQUIRED, *OPTIONAL)]
        batches = (batch.to_pylist() for batch in file.iter_batches(columns=wanted))
        yield from enumerate(itertools.chain.from_iterable(batches), start=1)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise source.error(f"this is not a readable Parquet file ({error})", "Write it again") from None


def decode(source: Source, data: bytes) -> str:
    """UTF-8 text without its byte order mark; anything else is an error that names the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"byte 0x{data[error.start]:02x}"
        raise source.error(
            f"this is not UTF-8 text ({byte})", "Save the file as UTF-8", _line(data, error.start)
        ) from None
    if "\0" in text:
        line = _line(data, data.index(b"\0"))
        raise source.error("this holds a NUL byte", "Save the file as plain UTF-8 text", line)
    return text


def _line(data: bytes, at: int) -> int:
    return len((data[:at] + b".").splitlines())


def check_columns(source: Source, names: list[str], *line: int) -> None:
    """Raises when a column appears twice, a required one is missing, or an optional one looks misspelt."""
    known = (*REQUIRED, *OPTIONAL)
    unknown = [name for name in names if name not in known]
    for name in known:
        if names.count(name) > 1:
            raise source.error(f"the column {name!r} appears twice", "Remove one", *line)
        if name in names:
            continue
        near = _alike(name, unknown)
        if name in REQUIRED:
            found = f"Needed are {', '.join(REQUIRED)}; found are {', '.join(map(repr, names)) or 'none'}"
            hint = f"Did you mean {near!r}? Rename it" if near else found
            raise source.error(f"the column {name!r} is missing", hint, *line)
        # Any other column is a remark of the user's, unless it looks like one that would change the result.
        if near:
            raise source.error(f"the column {near!r} is unknown", f"Did you mean {name!r}? Rename or remove it", *line)


def _alike(name: str, given: list[str]) -> str:
    short = [other for other in given if len(other) > 3 and name.startswith(other.lower())]
    near = difflib.get_close_matches(name, given, n=1, cutoff=0.75)
    return next((other for other in given if other.lower() == name), "") or next(iter([*near, *short]), "")


READERS: dict[str, Callable[[Source, bytes], Iterator[Row]]] = {
    ".csv": read_csv,
    ".tsv": lambda source, data: read_csv(source, data, "\t"),
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
}
