from __future__ import annotations

import datetime
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audit_samples import ROWS, layer
from safetensors.numpy import save_file

from tolman.audit.activations import read_layers
from tolman.audit.labels import read_labels
from tolman.core.errors import UserError

X = layer(0.5, 0.2)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(read, *arguments) -> str:
    with pytest.raises(UserError) as caught:
        read(*arguments)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_every_format_gives_the_same_numbers():
    np.save("a.npy", X)
    np.savez("b.npz", X)
    np.savez_compressed("c.npz", layer=X)
    np.savez("d.npz", first=np.zeros((2, 3)), layer=np.asfortranarray(X))
    save_file({"layer": X, "other": X[:, :3].copy()}, "e.safetensors")
    pq.write_table(pa.table({f"u{i}": X[:, i] for i in range(X.shape[1])}), "f.parquet")
    pq.write_table(pa.table({"layer": list(X)}), "g.parquet")
    names = {"a.npy": "a", "b.npz": "b", "f.parquet": "f"}
    for path in sorted(each.name for each in Path().iterdir()):
        layers, notes = read_layers([path])
        found = {each.name: each for each in layers}[names.get(path, "layer")]
        np.testing.assert_array_equal(np.asarray(found.values), X)
        assert (found.path, notes) == (path, [])


@pytest.mark.parametrize("path", ["a.npy", "a.npz", "a.safetensors"])
def test_large_files_are_mapped_and_not_read(path):
    {"a.npy": np.save, "a.npz": np.savez}.get(path, lambda p, x: save_file({"x": x}, p))(path, X)
    [found], _ = read_layers([path])
    assert isinstance(found.values, np.memmap)


def test_half_precision_of_torch_is_read():
    save_file({"x": X.astype(ml_dtypes.bfloat16)}, "a.safetensors")
    [found], _ = read_layers(["a.safetensors"])
    np.testing.assert_allclose(np.asarray(found.values, dtype=np.float64), X, rtol=1e-2)


def test_layers_of_several_files_carry_their_files_names():
    np.savez("one.npz", x=X, y=X)
    np.save("two.npy", X)
    layers, _ = read_layers(["one.npz", "two.npy"])
    assert [each.name for each in layers] == ["one:x", "one:y", "two"]
    [only], _ = read_layers(["one.npz", "two.npy"], ["one:y"])
    assert only.name == "one:y"
    assert "no layer 'one:z'. Choose 'one:" in refused(read_layers, ["one.npz", "two.npy"], ["one:z"])


def test_arrays_that_are_no_layers_are_left_out_with_a_note():
    np.savez("a.npz", x=X, y=np.arange(ROWS), z=np.zeros((2, 3, 4)))
    layers, notes = read_layers(["a.npz"])
    assert [each.name for each in layers] == ["x"]
    assert notes == ["a.npz: left out 'y', whose shape is (160,)", "a.npz: left out 'z', whose shape is (2, 3, 4)"]


def broken(path: str) -> str:
    np.savez(path, x=X)
    Path(path).write_bytes(Path(path).read_bytes()[:500])
    return path


def twins(path: str) -> str:
    np.save("x.npy", X)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write("x.npy")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write("x.npy")
    return path


def saved(path: str, value, save=np.save) -> str:
    save(path, value)
    return path


ACTIVATIONS = {
    "missing": (lambda: "none.npz", "there is no such file"),
    "directory": (lambda: Path("d.npz").mkdir() or "d.npz", "this is a directory. Name one file in it"),
    "empty": (lambda: Path("e.npy").touch() or "e.npy", "the file is empty"),
    "format": (lambda: Path("e.pt").write_bytes(b"x") and "e.pt", "the suffix '.pt' is not known"),
    "no suffix": (lambda: Path("acts").write_bytes(b"x") and "acts", "the name has no suffix"),
    "not npz": (lambda: Path("e.npz").write_bytes(b"nothing") and "e.npz", "this is not an .npz file"),
    "not npy": (lambda: Path("e.npy").write_bytes(b"nothing") and "e.npy", "this is not a NumPy file"),
    "not safetensors": (lambda: Path("e.safetensors").write_bytes(b"nothing") and "e.safetensors", "safetensors file"),
    "not parquet": (lambda: Path("e.parquet").write_bytes(b"nothing") and "e.parquet", "Parquet file"),
    "cut off": (lambda: broken("e.npz"), "this is not an .npz file"),
    "three axes": (
        lambda: saved("e.npy", np.zeros((4, 3, 2))),
        "whose shape is (4, 3, 2). Save arrays [rows, units]",
    ),
    "objects": (
        lambda: saved("e.npy", np.array([[{}]], dtype=object)),
        "holds Python objects. Save arrays of",
    ),
    "objects in npz": (
        lambda: saved("e.npz", np.array([[{}]], dtype=object), np.savez),
        "holds Python objects. Save arrays of",
    ),
    "text": (lambda: saved("e.npy", np.array([["a"]])), "found the array, which has the type <U1. Save real numbers"),
    "complex": (lambda: saved("e.npy", np.zeros((3, 3), complex)), "has the type complex128"),
    "twins": (lambda: twins("e.npz"), "it holds 2 arrays of the name 'x'"),
    "text column": (
        lambda: pq.write_table(pa.table({"id": ["a"]}), "e.parquet") or "e.parquet",
        "found id, which holds text. Save real numbers",
    ),
    "ragged": (
        lambda: pq.write_table(pa.table({"x": [[1.0], [1.0, 2.0]]}), "e.parquet") or "e.parquet",
        "found x, whose lists differ in length. Save as many units in every row",
    ),
}


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_that_cannot_be_read_are_refused(kind):
    make, message = ACTIVATIONS[kind]
    path = make()
    answer = refused(read_layers, [path])
    assert answer.startswith(f"{path}: ")
    assert message in answer


def test_a_file_without_permission_is_refused(monkeypatch):
    np.save("a.npy", X)

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "a.npy: reading it is not permitted. Give yourself permission" in refused(read_layers, ["a.npy"])
    assert "f.csv: there is no such file" in refused(read_labels, "f.csv")


def test_scalars_and_empty_arrays_are_no_layers():
    np.savez("a.npz", x=X, step=np.float32(3), nothing=np.zeros(0))
    layers, notes = read_layers(["a.npz"])
    assert [each.name for each in layers] == ["x"]
    assert notes == ["a.npz: left out 'step', whose shape is ()", "a.npz: left out 'nothing', whose shape is (0,)"]


NESTED = [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]] * ROWS
LISTS = {
    "list": pa.list_(pa.float32()),
    "large list": pa.large_list(pa.float32()),
    "list of fixed size": pa.list_(pa.float32(), X.shape[1]),
    "list view": pa.list_view(pa.float32()),
    "large list view": pa.large_list_view(pa.float32()),
    "doubles": pa.large_list(pa.float64()),
}


def parquet(columns: dict, path: str = "a.parquet") -> str:
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("kind", LISTS)
def test_every_type_of_list_is_a_layer(kind):
    rows = X.tolist()
    chunks = pa.chunked_array([pa.array(rows[:70], LISTS[kind]), pa.array(rows[70:], LISTS[kind])])
    layers, notes = read_layers([parquet({"one": chunks, "two": pa.array(rows)})])
    assert [found.name for found in layers] == ["one", "two"]
    assert notes == []
    for found in layers:
        np.testing.assert_array_equal(found.values, X)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array((X > 0).tolist()), X > 0),
        (pa.array((X > 0).tolist(), pa.list_(pa.bool_(), X.shape[1])), X > 0),
        (pa.array(list(X.astype(np.float16)), pa.list_(pa.float16())), X.astype(np.float16)),
        (pa.array([[Decimal("1.5"), Decimal("2")]] * ROWS), np.tile([1.5, 2], (ROWS, 1))),
        (pa.array([[2**64 - 1, 1]] * ROWS, pa.list_(pa.uint64())), np.tile([float(2**64), 1], (ROWS, 1))),
        (pa.array([[1, None]] * ROWS), np.tile([1, np.nan], (ROWS, 1))),
        (
            pa.ExtensionArray.from_storage(
                pa.fixed_shape_tensor(pa.float32(), (X.shape[1],)), pa.array(X.tolist(), pa.list_(pa.float32(), 24))
            ),
            X,
        ),
    ],
    ids=["boolean", "boolean, fixed", "half", "decimal", "unsigned", "hole", "tensor"],
)
def test_lists_of_every_number_are_a_layer(column, expected):
    [found], notes = read_layers([parquet({"x": column})])
    assert notes == []
    np.testing.assert_array_equal(np.asarray(found.values, np.float64), np.asarray(expected, np.float64))


def test_columns_of_every_number_are_units():
    columns = {
        "half": pa.array(X[:, 0].astype(np.float16)),
        "truth": pa.array(X[:, 1] > 0),
        "decimal": pa.array([Decimal(i % 7) for i in range(ROWS)]),
        "unsigned": pa.array([i % 5 for i in range(ROWS)], pa.uint64()),
        "coded": pa.array([float(i % 3) for i in range(ROWS)]).dictionary_encode(),
        "name": pa.array(["a", "b"] * (ROWS // 2)).dictionary_encode(),
        "day": pa.array([datetime.date(2020, 1, 1)] * ROWS),
        "nothing": pa.nulls(ROWS),
    }
    [found], notes = read_layers([parquet(columns)])
    assert found.units == ["half", "truth", "decimal", "unsigned", "coded"]
    assert notes == [
        "a.parquet: left out 'name', which holds text",
        "a.parquet: left out 'day', which holds date32[day]",
        "a.parquet: left out 'nothing', which holds null",
    ]
    numbers = np.arange(ROWS)
    expected = [X[:, 0].astype(np.float16), X[:, 1] > 0, numbers % 7, numbers % 5, numbers % 3]
    np.testing.assert_array_equal(np.asarray(found.values, np.float64), np.stack(expected, 1).astype(np.float64))


def test_more_than_two_axes_are_refused_in_parquet_as_in_npz():
    kinds = [
        pa.list_(pa.list_(pa.float64())),
        pa.large_list(pa.list_(pa.float64(), 3)),
        pa.list_(pa.list_(pa.float64(), 3), 2),
    ]
    np.savez("a.npz", x=np.array(NESTED))
    paths = ["a.npz"] + [parquet({"x": pa.array(NESTED, kind)}, f"{i}.parquet") for i, kind in enumerate(kinds)]
    paths.append(parquet({"x": pa.array(NESTED), "id": range(ROWS), "size": X[:, 0]}, "ids.parquet"))
    for path in paths:
        assert "found x, whose shape is (160, 2, 3)" in refused(read_layers, [path])
    _, notes = read_layers([parquet({"x": pa.array(NESTED), "y": list(X)})])
    assert notes == ["a.parquet: left out 'x', whose shape is (160, 2, 3)"]


def test_whatever_stands_beside_a_layer_is_left_out_with_its_reason():
    columns = {
        "layer": list(X),
        "tokens": [["a"] * (i % 4) for i in range(ROWS)],
        "ids": [[1] * (1 + i % 4) for i in range(ROWS)],
        "ragged": [[[1.0], [1.0] * (1 + i % 2)] for i in range(ROWS)],
        "size": X[:, 0],
        "name": ["a"] * ROWS,
        "struct": [{"a": 1}] * ROWS,
    }
    [found], notes = read_layers([parquet(columns)])
    np.testing.assert_array_equal(found.values, X)
    assert [note.removeprefix("a.parquet: left out ") for note in notes] == [
        "'tokens', which holds lists of text",
        "'ids', whose lists differ in length",
        "'ragged', whose lists differ in length",
        "'size', which is no column of lists, beside others that are",
        "'name', which holds text",
        "'struct', which holds struct<a: int64>",
    ]
    assert read_layers(["a.parquet"], ["layer"])[1] == []
    assert "'ids' is no layer: whose lists" in refused(read_layers, ["a.parquet"], ["ids"])


def test_a_row_without_activations_is_named():
    holes = [*X.tolist()[:-1], None]
    message = refused(read_layers, [parquet({"x": pa.array(holes), "y": list(X)})])
    assert "'x' is no layer: which is empty in row 160. Fill the row in, or remove it here and in the labels" in message
    [found], _ = read_layers(["a.parquet"], ["y"])
    np.testing.assert_array_equal(found.values, X)


@pytest.mark.parametrize(
    ("column", "values", "index"),
    [
        (None, None, [{"kind": "range", "name": None, "start": 0, "stop": ROWS, "step": 1}]),
        ("__index_level_0__", 3 * np.arange(ROWS)[::-1], ["__index_level_0__"]),
        ("__index_level_0__", 3 * np.arange(ROWS)[::-1], None),
        ("stimulus", 3 * np.arange(ROWS)[::-1], ["stimulus"]),
        ("stimulus", np.array([f"s{i}" for i in range(ROWS)]), ["stimulus"]),
        ("number", np.arange(ROWS)[::-1], None),
        ("number", np.random.default_rng(0).permutation(ROWS) + 1.0, None),
        ("number", np.arange(ROWS), "damaged"),
    ],
)
def test_an_index_and_numbers_of_rows_are_no_units(column, values, index):
    units = {f"u{i}": X[:, i] for i in range(X.shape[1])}
    table = pa.table(units if column is None else units | {column: values})
    if index is not None:
        table = table.replace_schema_metadata({"pandas": json.dumps({"index_columns": index})})
    pq.write_table(table, "a.parquet")
    [found], notes = read_layers(["a.parquet"])
    np.testing.assert_array_equal(np.asarray(found.values), X)
    assert found.units == list(units)
    assert len(notes) == (column is not None)
    assert all(f"left out {column!r}" in note for note in notes)


@pytest.mark.parametrize("beside_lists", [False, True])
@pytest.mark.parametrize("name", ["__index_level_0__", "number"])
def test_rows_that_were_shuffled_with_their_numbers_are_said_to_be_out_of_order(name, beside_lists):
    """As `frame.sample(frac=1).to_parquet()` leaves them: the labels may well be in the old order."""
    shuffled = np.random.default_rng(0).permutation(ROWS)
    layers = {"x": list(X)} if beside_lists else {"a": X[:, 0], "b": X[:, 1]}
    for order, said in (
        (np.arange(ROWS), ""),
        (shuffled, f", out of order: rows are matched by their place, or by --key {name}"),
    ):
        _, notes = read_layers([parquet(layers | {name: order})])
        assert len(notes) == 1
        assert ("out of order" in notes[0]) == bool(said)
        assert said in notes[0]


def test_whole_numbers_that_may_be_names_stay_with_a_note():
    ids = np.random.default_rng(0).permutation(10 * ROWS)[:ROWS]
    [found], notes = read_layers([parquet({"id": ids, "u": X[:, 0]})])
    assert found.units == ["id", "u"]
    assert notes == ["a.parquet: 'id', taken as a unit, holds another whole number in every row"]


def test_types_that_numpy_does_not_save_are_read_or_named():
    halves = X.astype(ml_dtypes.bfloat16)
    for path, save in (("a.npz", np.savez), ("b.npz", np.savez_compressed)):
        save(path, x=halves, y=np.asfortranarray(halves))
        layers, notes = read_layers([path])
        assert notes == [f"{path}: read {n!r} as bfloat16, which NumPy saves as two bytes without a type" for n in "xy"]
        for found in layers:
            np.testing.assert_array_equal(np.asarray(found.values, np.float64), halves.astype(np.float64))
    np.save("a.npy", halves)
    np.testing.assert_array_equal(
        np.asarray(read_layers(["a.npy"])[0][0].values, np.float32), halves.astype(np.float32)
    )
    for name in ("float8_e4m3fn", "float8_e5m2", "int4"):
        small = X.astype(getattr(ml_dtypes, name))
        np.savez("a.npz", x=small)
        assert "(float8, int4). Save them as float32" in refused(read_layers, ["a.npz"])
        np.save("a.npy", small)
        assert "(float8, int4). Save them as float32" in refused(read_layers, ["a.npy"])
        np.savez("a.npz", x=small, y=X)
        [found], [note] = read_layers(["a.npz"])
        assert (found.name, "float8" in note) == ("y", True)


def test_float8_of_safetensors_is_read():
    small = np.clip(X, -2, 2).astype(ml_dtypes.float8_e4m3fn)
    save_file({"x": small, "n": np.arange(ROWS, dtype=np.uint32)[:, None]}, "a.safetensors")
    found = {each.name: each.values for each in read_layers(["a.safetensors"])[0]}
    np.testing.assert_array_equal(np.asarray(found["x"], np.float64), small.astype(np.float64))
    assert found["n"].dtype == np.uint32


def test_other_arrays_do_no_harm():
    objects = np.empty(2, object)
    np.savez("a.npz", layer=X, words=np.array(["a"] * ROWS), c=X.astype(complex), o=objects, when=np.zeros(3, "M8[s]"))
    [found], notes = read_layers(["a.npz"])
    assert found.name == "layer"
    assert [note.split("left out ")[1] for note in notes] == [
        "'words', which has the type <U1",
        "'c', which has the type complex128",
        "'o', which holds Python objects",
        "'when', which has the type datetime64[s]",
    ]
    assert read_layers(["a.npz"], ["layer"])[1] == []
    assert "'words' is no layer: which has the type <U1. Save real numbers" in refused(
        read_layers, ["a.npz"], ["words"]
    )


def test_a_damaged_array_is_refused_unless_another_is_wanted():
    np.savez_compressed("a.npz", x=X, y=X)
    content = bytearray(Path("a.npz").read_bytes())
    at = len(content) // 2 + 2000
    content[at : at + 50] = bytes(50)
    Path("a.npz").write_bytes(content)
    assert "'y' is no layer: which cannot be read" in refused(read_layers, ["a.npz"])
    assert [found.name for found in read_layers(["a.npz"], ["x"])[0]] == ["x"]


def test_files_of_one_name_are_told_apart_by_folder():
    paths = ["one/m/a.npz", "two/m/a.npz", "b.npz", "one/m/c.npy", "one/m/c.npz"]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        np.save(path, X) if path.endswith("y") else np.savez(path, x=X)
    layers, _ = read_layers(paths)
    assert [found.name for found in layers] == ["one/m/a:x", "two/m/a:x", "b:x", "c.npy", "c.npz:x"]
    assert [found.path for found in read_layers(paths, ["two/m/a:x"])[0]] == ["two/m/a.npz"]
    assert "a.npz: it is given twice" in refused(read_layers, ["one/m/a.npz", "one/../one/m/a.npz"])
    np.savez("b.npz", **{"c:x": X})
    np.savez("b:c.npz", x=X)
    assert "b.npz holds a layer 'b:c:x' too" in refused(read_layers, ["b.npz", "b:c.npz"])


def test_a_folder_adds_no_column():
    Path("ckpt=1").mkdir()
    parquet({"u": X[:, 0], "v": X[:, 1]}, "ckpt=1/a.parquet")
    [found], notes = read_layers(["ckpt=1/a.parquet"])
    assert (found.units, notes) == (["u", "v"], [])
