"""Per-item results as a table, from which the numbers of a record can be recomputed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from tolman.core.experience import ItemResults

ITEMS = pa.schema(
    [
        ("test", pa.string()),
        ("item_id", pa.string()),
        ("group", pa.string()),
        ("correct", pa.bool_()),
        ("rank", pa.int32()),
        ("chance_uniform", pa.float64()),
        ("chance_elimination", pa.float64()),
        ("chance_constant", pa.float64()),
        ("recall", pa.float64()),
        ("precision", pa.float64()),
        ("logprobs", pa.list_(pa.float32())),
    ]
)
"""Columns of `items.parquet`, a row per item; `recall` and `precision` are null without retrieval."""

NORMALISERS = pa.schema([("tokens", pa.list_(pa.int32())), ("unconditional", pa.list_(pa.float32()))])
"""Further columns where options are scored in other ways, too (see `Normalisers`); null where they do not matter."""

ALL_ITEMS = pa.schema([*ITEMS, *NORMALISERS])


def items_table(
    results: Sequence[ItemResults],
    groups: Mapping[str, Sequence[str]],
    recall: Mapping[str, np.ndarray] | None = None,
    precision: Mapping[str, np.ndarray] | None = None,
) -> pa.Table:
    """Return the items of several tests as one table, in the order given.

    Args:
        results: per test, `m` items.
        groups: test -> `m` group names.
        recall: test -> `m` numbers in [0, 1], NaN for an item without retrieval; a test may be absent.
        precision: as `recall`.
    """
    parts = [_rows(r, groups[r.test], (recall or {}).get(r.test), (precision or {}).get(r.test)) for r in results]
    table = pa.concat_tables([ITEMS.empty_table(), *parts])
    if any(result.normalisers for result in results):
        for column, kind in zip(NORMALISERS.names, NORMALISERS.types, strict=True):
            table = table.append_column(column, pa.array([v for r in results for v in _normaliser(r, column)], kind))
    return table.combine_chunks()


def _rows(
    result: ItemResults, groups: Sequence[str], recall: np.ndarray | None, precision: np.ndarray | None
) -> pa.Table:
    m = len(result.item_ids)
    columns = [
        [result.test] * m,
        result.item_ids,
        groups,
        result.correct,
        result.rank,
        result.chance.uniform,
        result.chance.elimination,
        result.chance.constant,
        _numbers(recall, m),
        _numbers(precision, m),
        list(np.asarray(result.logprobs, np.float32)),
    ]
    return pa.table([pa.array(c, f.type, from_pandas=True) for c, f in zip(columns, ITEMS, strict=True)], ITEMS)


def _normaliser(result: ItemResults, column: str) -> list[np.ndarray] | list[None]:
    values = getattr(result.normalisers, column, None)
    return [None] * len(result.item_ids) if values is None else list(values)


def _numbers(values: np.ndarray | None, m: int) -> np.ndarray:
    """Return the numbers of `m` items, NaN where there are none: NaN becomes null in the table."""
    return np.full(m, np.nan) if values is None else np.asarray(values, np.float64)


def items_digest(items: pa.Table) -> str:
    """SHA-256 of the table's values; neither compression nor the version of Parquet enters.

    Raises:
        ValueError: the columns are not those of `ITEMS`, with or without those of `NORMALISERS`.
    """
    if items.schema not in (ITEMS, ALL_ITEMS):
        raise ValueError(f"items have the columns {items.schema.names}; expected {ITEMS.names} with their types")
    state = hashlib.sha256()
    for name in items.schema.names:
        for part in _parts(items[name].combine_chunks()):
            state.update(f"{len(part)}:".encode())
            state.update(part)
    return state.hexdigest()


def _parts(column: pa.Array) -> list[bytes]:
    """Return a column's values as bytes, the same for equal values."""
    if pa.types.is_string(column.type):
        return [value.encode() for value in column.to_pylist()]
    if pa.types.is_list(column.type):
        lengths = column.value_lengths().fill_null(-1).to_numpy(zero_copy_only=False)
        return [lengths.astype("<i4").tobytes(), column.flatten().to_numpy(zero_copy_only=False).tobytes()]
    return [column.to_numpy(zero_copy_only=False).tobytes()]  # a null is NaN here
