"""Generated files: tables with what people put into tables, arrays with what programs put into arrays."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

ODD = ["", " ", "NA", "nan", "NaN", "inf", "-", "None", "null", "01", "1_1", "1e5", "10e4", "0x1F", "1,5", "1.5", "−3",
       "é", "e\u0301", "a\u200db", "\u200ba", "a\u00a0", "\ufeffa", "方", "AC|DC", "a;b", 'say "x"', "line\nbreak",
       "2020-01-01", "True", "x" * 300, "9007199254740993", "1e400"]  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(["shape", "size", "id", "index", "", " shape", "größe", "__index_level_0__", "a,b", "0"]),
    st.text("ab é_1,;\t\"'", max_size=6),
)
ORDINARY = st.sampled_from(["a", "b", "c", "1", "2", "3", "0.5", "-1.25"])
CELLS = st.one_of(ORDINARY, ORDINARY, st.sampled_from(ODD), st.text(max_size=4))
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)


class Written(NamedTuple):
    """A file of a table: its path, the names of its columns as written, and its number of rows."""

    path: Path
    columns: list[str]
    rows: int


@st.composite
def columns(draw: st.DrawFn, rows: int, cells: st.SearchStrategy[Any] = CELLS) -> list[tuple[str, list[Any]]]:
    """Named columns: most of one sort, some of anything."""
    made = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=4)):
        sort = draw(st.sampled_from(["classes", "numbers", "counter", "constant", "anything", "mostly"]))
        if sort == "classes":
            found = [draw(st.sampled_from(["red", "green", "blue"])) for _ in range(rows)]
        elif sort == "numbers":
            found = [repr(draw(NUMBERS)) for _ in range(rows)]
        elif sort == "counter":
            found = [str(i) for i in range(rows)]
        elif sort == "constant":
            found = [draw(cells)] * rows
        elif sort == "anything":
            found = [draw(cells) for _ in range(rows)]
        else:
            found = [str(i % 3) for i in range(rows)]
            if rows:
                found[draw(st.integers(0, rows - 1))] = draw(cells)
        made.append((name, found))
    return made


@st.composite
def text_tables(draw: st.DrawFn, folder: Path, rows: int | None = None) -> Written:
    """A CSV or TSV file, in this or that dialect and encoding, sometimes spoilt."""
    count = draw(st.integers(0, 24)) if rows is None else rows
    made = draw(columns(count))
    suffix, mark = draw(st.sampled_from([(".csv", ","), (".tsv", "\t"), (".csv", ";")]))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerow([name for name, _ in made])
    writer.writerows(zip(*(cells for _, cells in made), strict=True))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    data = out.getvalue().encode(encoding, "replace")
    if draw(st.integers(0, 5)) == 0:
        data = spoilt(draw, data)
    path = folder / f"labels{suffix}"
    path.write_bytes(data)
    return Written(path, [name for name, _ in made], count)


def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Cut off, with bytes put in, or nothing of it at all."""
    place = draw(st.integers(0, len(data)))
    return draw(st.sampled_from([data[:place], data[:place] + draw(st.binary(max_size=6)) + data[place:], b""]))


PARQUET_TYPES = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "int8": st.integers(-3, 3),
    "float": NUMBERS,
    "nan": st.floats(width=32),
    "bool": st.booleans(),
    "text": st.sampled_from(["red", "green", "blue", "", "é"]),
    "anything": CELLS,
    "null": st.none(),
    "list": st.lists(NUMBERS, min_size=2, max_size=2),
    "date": st.dates(),
    "decimal": st.decimals(-99, 99, places=2),
    "time": st.datetimes(),
    "bytes": st.binary(max_size=3),
}


@st.composite
def parquet_tables(draw: st.DrawFn, folder: Path, rows: int | None = None) -> Written:
    """A Parquet file with columns of any type, with or without missing values, as pandas or others write it."""
    count = draw(st.integers(0, 24)) if rows is None else rows
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    arrays = []
    for _ in names:
        cells = PARQUET_TYPES[draw(st.sampled_from(sorted(PARQUET_TYPES)))]
        cells = st.one_of(cells, cells, cells, st.none()) if draw(st.integers(0, 4)) == 0 else cells
        arrays.append(pa.array([draw(cells) for _ in range(count)]))
    path = folder / "labels.parquet"
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path)
    if draw(st.integers(0, 9)) == 0:
        path.write_bytes(spoilt(draw, path.read_bytes()))
    return Written(path, names, count)


DTYPES = ["<f4", "<f8", "<f2", ">f4", "<i8", "<i2", "|u1", "?", "<c8", "<U3", "<M8[s]", "|S2"]


class Arrays(NamedTuple):
    """A file of arrays: its path, and the shape of each by name."""

    path: Path
    shapes: dict[str, tuple[int, ...]]


@st.composite
def arrays(draw: st.DrawFn, rows: int | None = None) -> np.ndarray:
    """An array of activations, or one that somebody took for it."""
    count = draw(st.integers(0, 24)) if rows is None else rows
    shape = draw(st.sampled_from([(count, 3), (count, 1), (count, 4), (count, 3), (count,), (count, 2, 2), (count, 0)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["<f4", "<f4", "<f8", *DTYPES]))
    made = rng.standard_normal(shape) * draw(st.sampled_from([1.0, 1.0, 1.0, 1e-30, 1e30, 0.0, 100.0]))
    if draw(st.integers(0, 4)) == 0 and made.size:
        made[draw(st.integers(0, count - 1))] = draw(st.sampled_from([math.nan, math.inf, 0.0]))
    if draw(st.integers(0, 4)) == 0 and made.ndim == 2 and made.size:
        made[:, 0] = draw(st.sampled_from([0.0, 0.3, math.nan, 1e30]))
    with np.errstate(all="ignore"):
        return made.astype("<i8").astype(kind) if kind in ("<U3", "<M8[s]", "|S2") else made.astype(kind)


@st.composite
def array_files(draw: st.DrawFn, folder: Path, rows: int | None = None) -> Arrays:
    """An .npz, .npy, .safetensors or Parquet file of one array or more, sometimes spoilt."""
    names = draw(st.lists(st.sampled_from(["early", "late", "é", "arr_0", "a/b", "x"]), min_size=1, max_size=3))
    found = {name: draw(arrays(rows)) for name in names}
    suffix = draw(st.sampled_from([".npz", ".npz", ".npy", ".safetensors", ".parquet"]))
    path = folder / f"acts{suffix}"
    if suffix == ".npz":
        draw(st.sampled_from([np.savez, np.savez_compressed]))(path, **found)
    elif suffix == ".npy":
        found = {"": found[names[0]]}
        np.save(path, found[""])
    elif suffix == ".safetensors":
        from safetensors.numpy import save_file

        native = {"f": np.float32, "i": np.int64, "u": np.uint8, "b": np.bool_}
        found = {name: np.ascontiguousarray(x, native.get(x.dtype.kind)) for name, x in found.items()
                 if x.dtype.kind in native}  # fmt: skip
        save_file(found, path)
    else:
        found = {name: x.astype(np.float64) for name, x in found.items() if x.ndim == 2 and x.dtype.kind in "fiub"}
        table = {name: pa.array(x.tolist(), pa.list_(pa.float64())) for name, x in found.items()}
        long = {len(x) for x in found.values()}
        pq.write_table(pa.table(table if len(long) == 1 else {"n": pa.array([1])}), path)
        found = found if len(long) == 1 else {}
    if draw(st.integers(0, 9)) == 0:
        path.write_bytes(spoilt(draw, path.read_bytes()))
    return Arrays(path, {name: x.shape for name, x in found.items()})
