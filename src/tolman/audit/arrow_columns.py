"""Activations in Parquet files: columns of lists, each a layer, or columns of numbers, each a unit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tolman.audit.columns import FEW, out_of_order
from tolman.audit.contents import NUMBERS, Contents, NoLayer, row_names, sorted_out
from tolman.audit.files import read_parquet, refusal
from tolman.audit.label_tables import pandas_index
from tolman.core.arrow_text import column_texts, plain

_RAGGED = "Save as many units in every row: choose a position, or average over them"


def read_columns(path: Path, key: str = "") -> Contents:
    """Return every column of lists as an array, or else all columns of numbers as one.

    The index of a pandas frame, a column that numbers the rows, and what holds no numbers are no units.
    """
    table = read_parquet(path)
    columns = dict(zip(table.column_names, table.columns, strict=True))
    for name, count in Counter(table.column_names).items():
        if count > 1:
            raise refusal(path, f"there are {count} columns of the name {name!r}", "Rename or remove one")
    ids = _ids(path, columns.pop(key), key) if key in columns else None
    found = {name: _column(column) for name, column in columns.items()}
    index = pandas_index(table.schema)
    scalars = {name: values for name, values in found.items() if isinstance(values, np.ndarray) and values.ndim == 1}
    if any(_of_numbers(column) for column in columns.values()):
        beside = {
            name: _no_unit(name, values, index)
            or NoLayer("which is no column of lists, beside others that are", "Save it in a file of its own")
            for name, values in scalars.items()
        }
        return sorted_out(found | beside, ids=ids)
    why = {name: _no_unit(name, values, index) for name, values in scalars.items()}
    units = {name: values for name, values in scalars.items() if why[name] is None}
    others = {name: value for name, value in (found | why).items() if isinstance(value, NoLayer)}
    layer = {"": np.stack(list(units.values()), axis=1)} if units else {}
    notes = [f"{name!r}, taken as a unit, holds another whole number in every row" for name in _ids_among(units)]
    return sorted_out(others | layer, ids=ids, units=list(units), notes=notes)


def _ids(path: Path, column: Any, key: str) -> list[str]:
    names = row_names(column)
    if names is None:
        problem = (
            f"the key {key!r} holds {column.type}" if column_texts(column) is None else f"the key {key!r} has holes"
        )
        raise refusal(path, problem, "Give every row a name: text, or a whole number")
    return names


def _no_unit(name: str, values: np.ndarray, index: set[str]) -> NoLayer | None:
    if name in index:
        return NoLayer(f"which is the index of a pandas frame{_order(name, values)}", "Save the units as columns")
    first, n = values.min(), len(values)
    if n > FEW and first in (0, 1) and np.array_equal(np.sort(values), np.arange(n) + first):
        return NoLayer(f"which numbers the rows{_order(name, values)}", "Save the units as columns")
    return None


def _order(name: str, values: np.ndarray) -> str:
    distinct = values.dtype.kind in "iu" and len(np.unique(values)) == len(values)
    return out_of_order(name, values.tolist()) if distinct else ""


def _ids_among(units: dict[str, np.ndarray]) -> list[str]:
    """Return units of whole numbers that differ in every row, beside others that do not: names of rows, perhaps."""
    ids = [name for name, v in units.items() if v.dtype.kind in "iu" and len(np.unique(v)) == len(v)]
    return ids if len(ids) < len(units) else []


def _column(column: Any) -> np.ndarray | NoLayer:
    """Return a column as numbers, `[n]` or with an axis for each level of its lists."""
    import pyarrow as pa

    kind, depth = _leaf(column.type)
    if not _is_number(kind):
        what = "text" if _is_text(kind) else str(kind)
        return NoLayer(f"which holds {'lists of ' if depth else ''}{what}", NUMBERS)
    if not len(column):
        return NoLayer("which has no rows", "Save it again")
    if depth and column.null_count:
        row = column.is_null().to_pylist().index(True) + 1
        return NoLayer(f"which is empty in row {row}", "Fill the row in, or remove it here and in the labels", True)
    if isinstance(column.type, pa.FixedShapeTensorType):
        return np.concatenate([chunk.to_numpy_ndarray() for chunk in column.chunks])
    parts = [_dense(chunk) for chunk in column.chunks if len(chunk)]
    if any(part is None for part in parts) or len({part.shape[1:] for part in parts if part is not None}) > 1:
        return NoLayer("whose lists differ in length", _RAGGED)
    return np.concatenate([part for part in parts if part is not None])


def _dense(array: Any) -> np.ndarray | None:
    """Return lists of lists of numbers as an array; None if they differ in length."""
    import pyarrow.compute

    compute: Any = pyarrow.compute  # its functions are made as it is imported
    array, shape = plain(array), [len(array)]
    while _is_list(array.type):
        lengths = compute.unique(compute.list_value_length(array)).to_pylist()
        if len(lengths) != 1 or lengths[0] is None:
            return None
        shape.append(lengths[0])
        array = plain(compute.list_flatten(array))
    return _numbers(array).reshape(shape)


def _numbers(array: Any) -> np.ndarray:
    """Return numbers, with NaN where there are none."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_boolean(array.type):
        array = array.cast(pa.uint8())
    return (array.cast(pa.float64()) if kinds.is_decimal(array.type) else array).to_numpy(zero_copy_only=False)


def _of_numbers(column: Any) -> bool:
    kind, depth = _leaf(column.type)
    return depth > 0 and _is_number(kind)


def _leaf(kind: Any) -> tuple[Any, int]:
    """Return the type of what lists hold, and how many levels of lists there are."""
    import pyarrow as pa
    import pyarrow.types as kinds

    depth = 0
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif kinds.is_dictionary(kind):
            kind = kind.value_type
        elif _is_list(kind):
            kind, depth = kind.value_type, depth + 1
        else:
            return kind, depth


def _is_list(kind: Any) -> bool:
    import pyarrow.types as kinds

    tests = (kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, kinds.is_list_view, kinds.is_large_list_view)
    return any(test(kind) for test in tests)


def _is_number(kind: Any) -> bool:
    import pyarrow.types as kinds

    return any(test(kind) for test in (kinds.is_floating, kinds.is_integer, kinds.is_boolean, kinds.is_decimal))


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return any(test(kind) for test in (kinds.is_string, kinds.is_large_string, kinds.is_string_view))
