"""Activations in .npy, .npz and .safetensors files, mapped from disk where the format permits."""

from __future__ import annotations

import contextlib
import json
import tokenize
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tolman.audit.contents import NUMBERS, Contents, NoLayer, quoted, row_names, sorted_out
from tolman.audit.files import refusal

_FLOAT8 = NoLayer(
    "which has one-byte floats or integers whose type NumPy does not save (float8, int4)",
    "Save them as float32, as in x.astype(numpy.float32), or in a .safetensors file",
)


_DAMAGED = (ValueError, OSError, EOFError, SyntaxError, tokenize.TokenError)
"""What reading a header of NumPy's raises, which is written as Python."""


def read_npy(path: Path, key: str = "") -> Contents:
    """Return the array of an .npy file."""
    del key  # one array has no room for names of rows
    with _readable(path, "a NumPy file"):
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
        try:
            values = np.load(path, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            values = _no_layer(error)
    return _arrays(path, {"": values})


def read_npz(path: Path, key: str = "") -> Contents:
    """Return the arrays of an .npz file; one that cannot be read is no layer."""
    with _readable(path, "an .npz file"), zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        for name, count in Counter(info.filename for info in members).items():
            if count > 1:
                problem = f"it holds {count} arrays of the name {name[:-4]!r}"
                raise refusal(path, problem, "Save them under different names")
        named = {info.filename[:-4]: _member(path, archive, info) for info in members}
    only = len(named) == 1 and next(iter(named)) == "arr_0"  # the name that `numpy.savez` gives where none is given
    return _arrays(path, {"" if only else name: values for name, values in named.items()}, key)


def read_safetensors(path: Path, key: str = "") -> Contents:
    """Return the arrays of a .safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy"):  # checks the header, whose numbers can then be trusted
            pass
    except (SafetensorError, OSError) as error:
        raise refusal(path, f"this is not a readable safetensors file ({error})", "Save it again") from None
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return _arrays(path, {name: _tensor(path, 8 + length, entry) for name, entry in header.items()}, key)


def _tensor(path: Path, offset: int, entry: dict[str, Any]) -> Any:
    import ml_dtypes

    kinds = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": ml_dtypes.bfloat16, "I64": "<i8", "I32": "<i4",
             "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
             "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2}  # fmt: skip
    if entry["dtype"] not in kinds:
        return NoLayer(f"which has the type {entry['dtype']}", "Save it as float32 or bfloat16")
    start, end = entry["data_offsets"]
    shape, kind = tuple(entry["shape"]), kinds[entry["dtype"]]
    return np.memmap(path, kind, "r", offset=offset + start, shape=shape) if end > start else np.empty(shape)


def _arrays(path: Path, found: dict[str, Any], key: str = "") -> Contents:
    names = found.pop(key, None) if key else None
    ids = None
    if names is not None and not isinstance(names, NoLayer):
        ids = row_names(np.asarray(names))
    if names is not None and ids is None:
        problem = f"the key {key!r} is no array [rows] of text or whole numbers"
        raise refusal(path, problem, "Save it as numpy.array(names, dtype=str)")
    typed = {name: _as_type(values) for name, values in found.items()}
    halves = [name for name, values in found.items() if typed[name] is not values and values.dtype.itemsize == 2]
    notes = [f"read {quoted(name)} as bfloat16, which NumPy saves as two bytes without a type" for name in halves]
    return sorted_out(typed, ids=ids, notes=notes)


def _as_type(values: Any) -> Any:
    """Return an array with the type that NumPy could not save, if that is known."""
    import ml_dtypes

    if (
        isinstance(values, NoLayer)
        or values.dtype.kind != "V"
        or values.dtype.names
        or values.dtype.type is not np.void
    ):
        return values
    if values.dtype.itemsize == 2:
        return values.view(ml_dtypes.bfloat16)
    return _FLOAT8 if values.dtype.itemsize == 1 else values


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    """Return one array, mapped from the file if it is not compressed, or why it cannot be read."""
    try:
        return _mapped(path, archive, info)
    except (*_DAMAGED, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        return _no_layer(error)


def _no_layer(error: Exception) -> NoLayer:
    text = str(error)
    if "object" in text.lower():
        return NoLayer("which holds Python objects", "Save arrays of one shape, as numpy.stack makes them of a list")
    if "'<f1'" in text:
        return _FLOAT8
    if "dtype descriptor" in text:
        return NoLayer("whose type NumPy does not know", NUMBERS)
    return NoLayer(f"which cannot be read ({text})", "Save it again with numpy.save or numpy.savez", damaged=True)


def _mapped(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
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


@contextlib.contextmanager
def _readable(path: Path, format_name: str) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGED, zipfile.BadZipFile, NotImplementedError) as error:
        remedy = "Save it again with numpy.save or numpy.savez"
        raise refusal(path, f"this is not {format_name} that can be read ({error})", remedy) from None
