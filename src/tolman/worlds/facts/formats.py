"""Rows of a table of facts out of CSV, TSV, JSONL and Parquet files, each with the line that an editor shows for it."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tolman.core.arrow_text import column_texts
from tolman.core.text import normalised
from tolman.worlds.sources import Columns, Row, Source, read_jsonl

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = Columns(
    required=("subject", "relation", "object"),
    optional=("inverse_relation", "template"),
    example='{"subject": "Peru", "relation": "capital", "object": "Lima"}',
)

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def read_csv(source: Source, data: bytes, delimiter: str = ",") -> Iterator[Row]:
    """Yield the rows of a file with one header line; a row that spans lines is named by its first."""
    reader = csv.reader(io.StringIO(source.decode(data), newline=""), delimiter=delimiter, strict=True)
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
    header = [normalised(cell).lower() for cell in cells]
    found = [name for mark, name in _SEPARATORS.items() if len(header) == 1 and mark in cells[0]]
    if found:
        raise source.error(
            f"the header {header[0][:60]!r} is one single column",
            f"Separate the columns with {_SEPARATORS[delimiter]}, not {found[0]}",
            line,
        )
    COLUMNS.check(source, header, line)
    return header


def _by_column(source: Source, header: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        raise source.error(
            f"this row has {len(cells)} cells where the header has {len(header)}",
            "Put a name that holds the separator in double quotes, and leave no cell out",
            line,
        )
    return dict(zip(header, cells, strict=True))


def read_parquet(source: Source, data: bytes) -> Iterator[Row]:
    """Yield the rows of a Parquet file, counted from 1 as it has no header line."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        names = file.schema_arrow.names
        COLUMNS.check(source, names)
        # Batches, so that a file of any length is only read up to the limit.
        wanted = [name for name in names if name in (*COLUMNS.required, *COLUMNS.optional)]
        batches = (_cells(batch) for batch in file.iter_batches(columns=wanted))
        yield from enumerate(itertools.chain.from_iterable(batches), start=1)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise source.error(f"this is not a readable Parquet file ({error})", "Write it again") from None


def _cells(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Return rows of text, and of values as they are where a column holds neither text nor numbers."""
    columns = [_values(column) for column in batch.columns]
    return [dict(zip(batch.schema.names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.Array) -> list[Any]:
    texts = None if column.type == "bool" else column_texts(column)
    return column.to_pylist() if texts is None else texts


READERS: dict[str, Callable[[Source, bytes], Iterator[Row]]] = {
    ".csv": read_csv,
    ".tsv": lambda source, data: read_csv(source, data, "\t"),
    ".jsonl": lambda source, data: read_jsonl(source, data, COLUMNS),
    ".ndjson": lambda source, data: read_jsonl(source, data, COLUMNS),
    ".parquet": read_parquet,
}
