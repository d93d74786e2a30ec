"""Rows of activations and of labels, matched by order or by a key, and the command that does so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audit_samples import ROWS, labels, layer, write_csv
from click.testing import CliRunner, Result
from safetensors.numpy import save_file

from tolman import cli
from tolman.audit.activations import read_layers
from tolman.audit.labels import LabelOptions, read_labels
from tolman.audit.rows import matched
from tolman.core.errors import UserError

X = layer(0.6, 0.2)
IDS = np.array([f"s{i:03}" for i in range(ROWS)])
ORDER = np.random.default_rng(1).permutation(ROWS)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def call(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli.main, ["audit", *arguments], catch_exceptions=False)


def table(ids=IDS, path: str = "f.csv") -> str:
    return write_csv(Path(path), {"id": ids, **labels()})


def by_key(path: str, labels_path: str = "f.csv", **options):
    found, notes = read_layers([path], (), "id")
    return matched(found, read_labels(labels_path, LabelOptions(key="id", **options)), "id"), notes


def refused(path: str, *, labels_path: str = "f.csv") -> str:
    with pytest.raises(UserError) as caught:
        by_key(path, labels_path)
    return str(caught.value)


def saved(ids, suffix: str, values=X) -> str:
    """A layer and the names of its rows, in a file of any format."""
    path = f"a{suffix}"
    if suffix == ".npz":
        np.savez(path, layer=values, id=ids)
    elif suffix == ".safetensors":
        save_file({"layer": np.ascontiguousarray(values), "id": np.ascontiguousarray(ids)}, path)
    elif suffix == ".lists.parquet":
        pq.write_table(pa.table({"id": ids, "layer": list(values)}), path)
    else:
        pq.write_table(pa.table({"id": ids} | {f"u{i}": values[:, i] for i in range(values.shape[1])}), path)
    return path


@pytest.mark.parametrize("suffix", [".npz", ".lists.parquet", ".parquet"])
def test_a_key_puts_rows_in_the_order_of_the_labels(suffix):
    table()
    [found], notes = by_key(saved(IDS[ORDER], suffix, X[ORDER]))
    np.testing.assert_array_equal(found.values, X)
    assert notes == []
    [found], _ = by_key(saved(IDS, suffix), missing="drop")
    np.testing.assert_array_equal(found.values, X)


@pytest.mark.parametrize(
    "ids",
    [
        np.arange(ROWS) + 7,
        (np.arange(ROWS) + 7).astype(">i4"),
        (np.arange(ROWS) + 7).astype(np.float32),
        (np.arange(ROWS) + 2**62).astype(np.uint64),
        np.array([f"s{i}".encode() for i in range(ROWS)]),
        np.array([f"caf\u00e9 {i}" for i in range(ROWS)])[:, None],
    ],
    ids=["whole", "big-endian", "floats", "long", "bytes", "a column of text"],
)
def test_names_of_rows_may_have_any_type(ids):
    flat = ids.ravel()
    text = [value.decode() if ids.dtype.kind == "S" else value for value in flat]
    written = [str(int(value)) if ids.dtype.kind in "iuf" else value.replace("\u00e9", "e\u0301") for value in text]
    table(np.array(written))
    [found], _ = by_key(saved(ids[ORDER], ".npz", X[ORDER]))
    np.testing.assert_array_equal(found.values, X)
    if ids.dtype == np.int64:
        [found], _ = by_key(saved(ids[ORDER], ".safetensors", X[ORDER]))
        np.testing.assert_array_equal(found.values, X)


def test_files_of_the_same_order_are_not_copied():
    table()
    [found], _ = by_key(saved(IDS, ".npz"))
    assert isinstance(found.values, np.memmap)


def test_an_index_of_a_frame_is_a_key_where_it_is_asked_for():
    units = {f"u{i}": X[ORDER, i] for i in range(4)}
    frame = pa.table(units | {"id": IDS[ORDER]})
    pq.write_table(frame.replace_schema_metadata({"pandas": json.dumps({"index_columns": ["id"]})}), "a.parquet")
    named = pa.table({name: list(values) for name, values in labels().items()} | {"id": IDS})
    pq.write_table(named.replace_schema_metadata({"pandas": json.dumps({"index_columns": ["id"]})}), "f.parquet")
    [found], _ = by_key("a.parquet", "f.parquet")
    np.testing.assert_array_equal(found.values, X[:, :4])


def test_rows_that_only_one_file_has_are_named():
    table()
    other = np.array([*IDS[:-2], "x1", "x2"])
    message = refused(saved(other, ".npz"))
    assert message == (
        "a.npz: the key 'id' names 160 rows here and 160 in the labels: 'x1', 'x2' are not in f.csv; 's158', 's159' "
        "are not in a.npz. Give both files the same rows, in any order, under the same names."
    )
    assert "'s155', 's156', 's157', 's158', 's159' are not in a.npz" in refused(saved(IDS[:-5], ".npz", X[:-5]))
    message = refused(saved(np.array([*IDS[:-1], IDS[0]]), ".parquet"))
    assert "'s000' stands in more than one row of the key 'id'. Give every row a name of its own" in message
    table(np.arange(ROWS))
    assert "'0', '1', '2', '3', '4' and 155 more are not in a.npz" in refused(saved(IDS, ".npz"))


def test_a_file_without_the_key_is_refused():
    table()
    np.savez("a.npz", layer=X, other=X)
    message = refused("a.npz")
    assert "it has no key 'id' beside 'layer', 'other'. Save the names of the rows under that name" in message
    np.save("a.npy", X)
    assert "a.npy: it has no key 'id'" in refused("a.npy")
    assert "'id' is no array [rows] of text or whole numbers" in refused(saved(np.zeros((ROWS, 2)), ".npz"))
    assert "the key 'id' holds list" in refused(saved([[1]] * ROWS, ".parquet"))
    assert "the key 'id' has holes" in refused(saved([*IDS[:-1], None], ".parquet"))


def test_dropped_rows_go_from_both():
    holes = labels()["shape"].astype(object)
    holes[[2, 5]] = ["", "NA"]
    write_csv(Path("f.csv"), {"id": IDS, "shape": holes, "tense": labels()["tense"]})
    [found], _ = by_key(saved(IDS[ORDER], ".npz", X[ORDER]), missing="drop")
    np.testing.assert_array_equal(found.values, np.delete(X, [2, 5], axis=0))
    np.savez("a.npz", layer=X)
    found = read_labels("f.csv", LabelOptions(missing="drop", only=["shape", "tense"]))
    [dropped] = matched(read_layers(["a.npz"])[0], found)
    np.testing.assert_array_equal(dropped.values, np.delete(X, [2, 5], axis=0))
    np.savez("a.npz", layer=X[:-2])
    with pytest.raises(UserError, match="layer 'layer' has 158 rows, but there are labels for 160") as refused:
        matched(read_layers(["a.npz"])[0], found)
    assert "the first line" not in str(refused.value)


def test_labels_without_a_header_are_told_where_their_first_row_went():
    Path("f.csv").write_text("\n".join(f"{5 + i % 3},{i % 2}" for i in range(ROWS)) + "\n")
    np.savez("a.npz", layer=X)
    with pytest.raises(UserError, match=r"labels for 159.*the first line of a CSV or TSV table is read as names"):
        matched(read_layers(["a.npz"])[0], read_labels("f.csv", LabelOptions()))


def test_the_command_says_what_columns_are_and_gives_the_same_numbers_by_key():
    write_csv(Path("f.csv"), {"id": IDS, **labels(), "level": np.resize(np.arange(4), ROWS)})
    np.savez("a.npz", layer=X)
    np.savez("b.npz", layer=X[ORDER], id=IDS[ORDER])
    plain = call("a.npz", "--features", "f.csv", "--quantity", "level", "--json")
    keyed = call("b.npz", "--features", "f.csv", "--quantity", "level", "--key", "id", "--json")
    first, second = json.loads(plain.stdout), json.loads(keyed.stdout)
    assert [(f["name"], f["classes"]) for f in first["features"]] == [("shape", 2), ("tense", 2), ("level", 0)]
    assert first["layers"][0]["features"] == second["layers"][0]["features"]
    assert first["notes"][0] == "f.csv: left out 'id', which has another text in almost every row"
    assert second["notes"] == first["notes"][1:]
    assert second["notes"][0] == "f.csv: 'shape' has 2 classes, 'tense' has 2 classes, 'level' is a quantity"
    shown = call("a.npz", "--features", "f.csv", "--classes", "level", "--feature", "level", "--feature", "shape")
    assert "f.csv: 'level' has 4 classes, 'shape' has 2 classes" in " ".join(shown.stdout.split())


def test_the_command_drops_rows_and_keeps_them():
    shape = labels()["shape"].astype(object)
    shape[:3] = "NA"
    write_csv(Path("f.csv"), {"shape": shape, "tense": labels()["tense"]})
    np.savez("a.npz", layer=X)
    refusal = call("a.npz", "--features", "f.csv")
    assert refusal.exit_code == 2
    assert "column 'shape' has no value in lines 2, 3, 4 ('NA')" in refusal.stderr
    rows = {}
    for missing in ("drop", "keep"):
        done = call("a.npz", "--features", "f.csv", "--missing", missing, "--json")
        rows[missing] = json.loads(done.stdout)["rows"], json.loads(done.stdout)["features"][0]["classes"]
    assert rows == {"drop": (ROWS - 3, 2), "keep": (ROWS, 3)}


def test_a_column_of_parquet_without_a_name_is_a_feature_like_others():
    pq.write_table(pa.table({"": labels()["shape"], "tense": labels()["tense"]}), "f.parquet")
    np.savez("a.npz", layer=X)
    done = json.loads(call("a.npz", "--features", "f.parquet", "--json").stdout)
    assert [feature["name"] for feature in done["features"]] == ["", "tense"]


def test_a_header_of_numpy_that_is_damaged_is_said():
    np.save("a.npy", X)
    content = Path("a.npy").read_bytes()
    Path("a.npy").write_bytes(content.replace(b"}", b" ", 1))
    write_csv(Path("f.csv"), labels())
    done = call("a.npy", "--features", "f.csv")
    assert done.exit_code == 2
    assert "a.npy: this is not a NumPy file that can be read" in done.stderr
