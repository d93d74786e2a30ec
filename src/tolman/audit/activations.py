"""Layers of activations from .npz, .npy, .safetensors and Parquet files, mapped from disk where the format permits."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tolman.audit.files import chosen, existing, reader_of, refusal

_CONTENT = "activations [rows, units]"


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """One array of activations.

    Attributes:
        name: its key in the file; with several files, after the file's name.
        path: the file.
        values: `[n, p]`, possibly memory-mapped.
    """

    name: str
    path: str
    values: Any


def read_layers(paths: Sequence[str], wanted: Sequence[str] = ()) -> tuple[list[Layer], list[str]]:
    """Return all layers of all files, or those wanted, and notes about what was left out.

    The suffix says the format. Of an .npz or .safetensors file every array of two axes is a layer; in Parquet every
    column of lists, or else all columns of numbers together.

    Raises:
        UserError: a file cannot be read or holds no layer, two would have the same name, or one that is wanted is not
            there; the message names the file and the remedy.
    """
    _refuse_same_names(paths)
    layers, notes = [], []
    for path in paths:
        arrays = READERS[reader_of(path, READERS)](existing(path, _CONTENT))
        flat = {name: values for name, values in arrays.items() if getattr(values, "ndim", 0) == 2}
        odd = {name: values.shape for name, values in arrays.items() if name not in flat}
        if not flat:
            raise _no_layer(path, odd)
        notes += [f"{path}: left out {name!r}, whose shape is {shape}" for name, shape in odd.items()]
        layers += [Layer(_name(path, key, len(paths)), path, values) for key, values in flat.items()]
    names = chosen(" ".join(paths), "layer", wanted, (layer.name for layer in layers))
    by_name = {layer.name: layer for layer in layers}
    return [by_name[name] for name in names], notes


def _name(path: str, key: str, files: int) -> str:
    stem = Path(path).stem
    if not key:
        return stem
    return key if files == 1 else f"{stem}:{key}"


def _refuse_same_names(paths: Sequence[str]) -> None:
    for stem, count in Counter(Path(path).stem for path in paths).items():
        if count > 1:
            first, second, *_ = (path for path in paths if Path(path).stem == stem)
            raise refusal(second, f"its name is that of {first}", "Give each file a name of its own")


def _no_layer(path: str, odd: dict[str, Any]) -> Exception:
    shapes = ", ".join(f"{name or 'the array'} {shape}" for name, shape in list(odd.items())[:4]) or "no array"
    remedy = "Save arrays [rows, units]: choose a position, or average over it, as in X[:, -1] or X.mean(axis=1)"
    return refusal(path, f"expected arrays of two axes, one row for each stimulus; found {shapes}", remedy)


def _read_npy(path: Path) -> dict[str, Any]:
    with _readable(path, "a NumPy file"):
        return {"": _numeric(path, "", np.load(path, mmap_mode="r", allow_pickle=False))}


def _read_npz(path: Path) -> dict[str, Any]:
    with _readable(path, "an .npz file"), zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        for name, count in Counter(info.filename for info in members).items():
            if count > 1:
                problem = f"it holds {count} arrays of the name {name[:-4]!r}"
                raise refusal(path, problem, "Save them under different names")
        named = {info.filename[:-4]: _member(path, archive, info) for info in members}
    only = len(named) == 1 and next(iter(named)) == "arr_0"  # the name that `numpy.savez` gives where none is given
    return {"" if only else name: _numeric(path, name, values) for name, values in named.items()}


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """Return one array: mapped from the file, if it is not compressed."""
    with archive.open(info) as stream:
        if info.compress_type != zipfile.ZIP_STORED:
            return np.lib.format.read_array(stream, allow_pickle=False)
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
        if dtype.hasobject:
            raise ValueError(f"{info.filename} holds objects")
        if not np.prod(shape):  # an empty file cannot be mapped
            return np.empty(shape, dtype)
        start = stream.tell()
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        lengths = np.frombuffer(file.read(4), "<u2")
    offset = info.header_offset + 30 + int(lengths.sum()) + start
    return np.memmap(path, dtype, "r", offset=offset, shape=shape, order="F" if fortran else "C")


def _read_safetensors(path: Path) -> dict[str, Any]:
    from ml_dtypes import bfloat16
    from safetensors import SafetensorError, safe_open

    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": bfloat16, "I64": "<i8", "I32": "<i4", "I16": "<i2",
             "I8": "i1", "U8": "u1", "BOOL": "?"}  # fmt: skip
    try:
        with safe_open(path, "numpy"):  # checks the header, whose numbers can then be trusted
            pass
    except (SafetensorError, OSError) as error:
        raise refusal(path, f"this is not a readable safetensors file ({error})", "Save it again") from None
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    out: dict[str, Any] = {}
    for name, entry in header.items():
        if entry["dtype"] not in kinds:
            raise refusal(path, f"{name!r} has the type {entry['dtype']}", "Save it as float32 or bfloat16")
        start, end = entry["data_offsets"]
        shape = tuple(entry["shape"])
        offset = 8 + length + start
        kind = kinds[entry["dtype"]]
        out[name] = np.memmap(path, kind, "r", offset=offset, shape=shape) if end > start else np.empty(shape)
    return out


def _read_parquet(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise refusal(path, f"this is not a readable Parquet file ({error})", "Write it again") from None
    lists = [f.name for f in table.schema if pa.types.is_list(f.type) or pa.types.is_fixed_size_list(f.type)]
    if lists:
        return {name: _list_column(path, name, table.column(name).combine_chunks()) for name in lists}
    numbers = [f.name for f in table.schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)]
    if len(numbers) < table.num_columns:
        other = next(name for name in table.column_names if name not in numbers)
        remedy = "Leave only the units, or one column of lists for each layer"
        raise refusal(path, f"the column {other!r} holds no numbers", remedy)
    columns = [table.column(name).to_numpy() for name in numbers]
    return {"": np.stack(columns, axis=1) if columns else np.empty((0, 0))}


def _list_column(path: Path, name: str, column: Any) -> np.ndarray:
    lengths = set(column.value_lengths().to_pylist()) if hasattr(column, "value_lengths") else {column.type.list_size}
    if len(lengths) != 1 or column.null_count:
        raise refusal(path, f"the lists of column {name!r} differ in length", "Save as many units in every row")
    return np.asarray(column.flatten()).reshape(len(column), -1)


def _numeric(path: Path, name: str, values: Any) -> Any:
    if values.dtype.kind not in "fiubV" or values.dtype.names:
        raise refusal(path, f"{name or 'the array'} has the type {values.dtype}", "Save real numbers, such as float32")
    return values


@contextlib.contextmanager
def _readable(path: Path, format_name: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        why = "it holds Python objects" if "object" in str(error).lower() else str(error)
        remedy = "Save it again with numpy.save or numpy.savez"
        raise refusal(path, f"this is not {format_name} that can be read ({why})", remedy) from None


READERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".safetensors": _read_safetensors,
    ".parquet": _read_parquet,
}
