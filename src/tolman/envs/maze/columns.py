"""Arrays with one row per item as columns of a file, in Parquet or NumPy's format."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]


def write_columns(path: Path, parts: Iterable[Columns]) -> dict[str, dict[str, Any]]:
    """Write arrays that come a few rows at a time; return the type of each and the shape of its rows.

    In Parquet, a row that is an array is a list of fixed size, in C order; the file's metadata have its `shape`.
    """
    return _write_parquet(path, parts) if path.suffix == ".parquet" else _write_npz(path, parts)


def read_columns(path: Path) -> Columns:
    """Return the arrays of a file that `write_columns` wrote."""
    if path.suffix == ".parquet":
        return _read_parquet(path)
    with np.load(path) as file:
        return dict(file)


def _described(part: Columns) -> dict[str, dict[str, Any]]:
    return {name: {"type": str(array.dtype), "shape": list(array.shape[1:])} for name, array in part.items()}


def _write_npz(path: Path, parts: Iterable[Columns]) -> dict[str, dict[str, Any]]:
    every = list(parts)
    whole: Any = {name: np.concatenate([part[name] for part in every]) for name in every[0]}
    np.savez_compressed(path, **whole)
    return _described(whole)


def _write_parquet(path: Path, parts: Iterable[Columns]) -> dict[str, dict[str, Any]]:
    import pyarrow.parquet as pq

    writer, described = None, {}
    try:
        for part in parts:
            described = _described(part)
            table = _table(part)
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    return described


def _table(part: Columns) -> Any:
    import pyarrow as pa

    columns, fields = [], []
    for name, array in part.items():
        column = pa.array(np.ascontiguousarray(array).reshape(-1))
        if array.ndim > 1:
            column = pa.FixedSizeListArray.from_arrays(column, math.prod(array.shape[1:]))
        shape = json.dumps(list(array.shape[1:]))
        columns.append(column)
        fields.append(pa.field(name, column.type, nullable=False, metadata={"shape": shape}))
    return pa.table(columns, schema=pa.schema(fields))


def _read_parquet(path: Path) -> Columns:
    import pyarrow.parquet as pq

    table, found = pq.read_table(path), {}
    for field in table.schema:
        column = table[field.name].combine_chunks()
        shape = json.loads(field.metadata[b"shape"])
        flat = column.flatten() if shape else column
        found[field.name] = flat.to_numpy(zero_copy_only=False).reshape(-1, *shape)
    return found
