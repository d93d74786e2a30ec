from __future__ import annotations

import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audit_samples import ROWS, labels, layer, write_csv
from safetensors.numpy import save_file

from tolman.audit.activations import read_layers
from tolman.audit.labels import read_features
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
    pq.write_table(pa.table({"layer": list(X), "id": ["x"] * ROWS}), "g.parquet")
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
    "three axes": (lambda: saved("e.npy", np.zeros((4, 3, 2))), "found the array (4, 3, 2). Save arrays [rows, units]"),
    "objects": (lambda: saved("e.npy", np.array([[{}]], dtype=object)), "it holds Python objects"),
    "objects in npz": (lambda: saved("e.npz", np.array([[{}]], dtype=object), np.savez), "it holds Python objects"),
    "text": (lambda: saved("e.npy", np.array([["a"]])), "has the type <U1. Save real numbers"),
    "complex": (lambda: saved("e.npy", np.zeros((3, 3), complex)), "has the type complex128"),
    "twins": (lambda: twins("e.npz"), "it holds 2 arrays of the name 'x'"),
    "text column": (
        lambda: pq.write_table(pa.table({"u": [1.0], "id": ["a"]}), "e.parquet") or "e.parquet",
        "the column 'id' holds no numbers",
    ),
    "ragged": (
        lambda: pq.write_table(pa.table({"x": [[1.0], [1.0, 2.0]]}), "e.parquet") or "e.parquet",
        "the lists of column 'x' differ in length",
    ),
}


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activations_that_cannot_be_read_are_refused(kind):
    make, message = ACTIVATIONS[kind]
    path = make()
    answer = refused(read_layers, [path])
    assert answer.startswith(f"{path}: ")
    assert message in answer


def test_two_files_of_one_name_are_refused():
    Path("sub").mkdir()
    for path in ("a.npy", "sub/a.npy"):
        np.save(path, X)
    assert "its name is that of a.npy" in refused(read_layers, ["a.npy", "sub/a.npy"])


def test_a_file_without_permission_is_refused(monkeypatch):
    np.save("a.npy", X)

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert "a.npy: reading it is not permitted. Give yourself permission" in refused(read_layers, ["a.npy"])
    assert "f.csv: there is no such file" in refused(read_features, "f.csv")


def test_scalars_and_empty_arrays_are_no_layers():
    np.savez("a.npz", x=X, step=np.float32(3), nothing=np.zeros(0))
    layers, notes = read_layers(["a.npz"])
    assert [each.name for each in layers] == ["x"]
    assert notes == ["a.npz: left out 'step', whose shape is ()", "a.npz: left out 'nothing', whose shape is (0,)"]


def test_labels_are_classes_or_quantities():
    found = labels() | {
        "level": np.resize([1, 2, 3], ROWS),
        "length": np.linspace(0, 1, ROWS),
        "category": np.resize(np.arange(40), ROWS),
        "id": np.array([f"s{i}" for i in range(ROWS)]),
        "same": np.full(ROWS, "x"),
    }
    path = write_csv(Path("f.csv"), found)
    features, notes = read_features(path, classes=["category"])
    assert [(f.name, f.classes) for f in features] == [
        ("shape", True), ("tense", True), ("level", True), ("length", False), ("category", True)
    ]  # fmt: skip
    assert notes == [
        "f.csv: left out 'id', which has another text in almost every row",
        "f.csv: left out 'same', which has the same value in every row",
    ]
    np.testing.assert_allclose(features[3].values, found["length"])
    assert not {f.name: f.classes for f in read_features(path)[0]}["category"]
    assert [f.name for f in read_features(path, ["tense", "length"])[0]] == ["tense", "length"]


def test_tables_of_every_format_give_the_same_labels():
    found = labels() | {"length": np.linspace(0, 1, ROWS)}
    write_csv(Path("f.csv"), found)
    Path("f.tsv").write_text("\ufeff" + Path("f.csv").read_text().replace(",", "\t"))
    pq.write_table(pa.table({name: list(values) for name, values in found.items()}), "f.parquet")
    for path in ("f.csv", "f.tsv", "f.parquet"):
        features, _ = read_features(path)
        for feature in features:
            np.testing.assert_array_equal(feature.values, found[feature.name])


TABLES = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n", "there is no row of labels"),
    "no rows": (b"shape,tense\n", "there is no row of labels"),
    "latin": ("shape\nB\u00f6gen\n".encode("latin-1"), "this is not UTF-8 text"),
    "NUL": (b"shape\na\0b\n", "holds a NUL byte"),
    "ragged": (b"a,b\n1,2\n3\n", "line 3 has 1 cells where the header has 2"),
    "semicolons": (b"a;b\n1;2\n", "is one single column. Separate the columns with commas"),
    "twice": (b"a,a\n1,2\n", "there are 2 columns of the name 'a'"),
    "unnamed": (b"a,\n1,2\n", "column 2 has no name"),
    "quotes": (b'a,b\n"1,2\n', "the quotes do not match"),
    "hole": (b"a,b\nx,1\n,2\n,3\n", "column 'a' is empty in 2 rows, the first in line 3"),
    "NaN": (b"a,b\nx,1\ny,nan\n", "column 'b' holds 1 NaN or infinite values, the first in row 2"),
    "constant": (b"a,b\nx,1\nx,1\n", "no feature is left ('a', which has the same value in every row; 'b'"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_that_cannot_be_used_are_refused(kind):
    content, message = TABLES[kind]
    Path("f.csv").write_bytes(content)
    answer = refused(read_features, "f.csv")
    assert answer.startswith("f.csv: ")
    assert message in answer


def test_a_column_that_is_not_there_is_refused():
    path = write_csv(Path("f.csv"), labels())
    assert "there is no column 'tens'. Choose 'tense'" in refused(read_features, path, ["tens"])
    assert "there is no column 'x'. Choose one of 'shape', 'tense'" in refused(read_features, path, (), ["x"])
    assert "the suffix '.json' is not known" in refused(read_features, "f.json")


def test_parquet_with_holes_or_lists_is_refused():
    pq.write_table(pa.table({"a": ["x", None]}), "f.parquet")
    assert "column 'a' is empty in 1 rows" in refused(read_features, "f.parquet")
    pq.write_table(pa.table({"a": [[1.0], [2.0]]}), "f.parquet")
    assert "column 'a' holds neither text nor numbers" in refused(read_features, "f.parquet")
