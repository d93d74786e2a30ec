"""Columns of labels that are not what they look like: a note, a reason or a refusal that fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from audit_samples import ROWS, labels, layer, write_csv

from tolman.audit.activations import read_layers
from tolman.audit.labels import LabelOptions, read_labels
from tolman.audit.remarks import far_away
from tolman.audit.rows import matched, without_labels
from tolman.core.errors import UserError

X = layer(0.6, 0.2)
SIZE = np.random.default_rng(0).standard_normal(ROWS).round(3)
SHAPE = labels()["shape"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def read(size, shape=SHAPE, **options):
    path = write_csv(Path("f.csv"), {"shape": np.array(shape, object), "size": np.array(size, object)})
    return read_labels(path, LabelOptions(**options))


@pytest.mark.parametrize(
    ("write", "why"),
    [
        (lambda v: f"{v:+.3f}", "numbers written as '+0.126'; --quantity size takes them as a quantity"),
        (lambda v: f"{v:.3f}%", "numbers written as '0.126%'; write them as 1234.5, without marks or units"),
        (lambda v: f"{v:.3f}".replace(".", ","), "numbers written as '0,126'; write them as 1234.5"),
        (lambda v: f"{v * 1e6:,.0f}", "numbers written as '126,000'; write them as 1234.5"),
        (lambda v: f"{v * 1e6:_.0f} €", "numbers written as '126_000 €'; write them as 1234.5"),
        (lambda v: f"s{v}", "has another text in almost every row"),
        (lambda v: f"2024-01-{v}", "has another text in almost every row"),
    ],
)
def test_numbers_that_are_no_plain_ones_are_left_out_with_the_remedy(write, why):
    found = read([write(value) for value in SIZE])
    assert [feature.name for feature in found.features] == ["shape"]
    assert found.notes[0].startswith(f"f.csv: left out 'size', which {'' if 'has' in why else 'holds '}{why}")


def test_the_remedy_gives_the_quantity():
    found = read([f"{value:+.3f}" for value in SIZE], quantity=["size"])
    np.testing.assert_array_equal(found.features[1].values, SIZE)
    pd.DataFrame({"shape": SHAPE, "size": [f"{value:.3f}" for value in SIZE]}).to_parquet("f.parquet")
    assert "which holds numbers as text; --quantity size takes them" in read_labels("f.parquet").notes[0]
    np.testing.assert_array_equal(read_labels("f.parquet", LabelOptions(quantity=["size"])).features[1].values, SIZE)


def test_many_classes_of_numbers_say_why():
    codes = [f"+{i % 30}" for i in range(ROWS)]
    assert "'size' has 30 classes ('+0' is no plain number)" in read(codes).notes[0]


@pytest.mark.parametrize("code", [-999, 999, -9999, 1e6])
def test_numbers_far_from_all_others_are_named(code):
    size = SIZE.copy()
    size[[3, 7]] = code
    assert f"'size' is {code:.1f} in lines 5, 9, far from all others; if it means" in read(size).notes[-1]


def test_skewed_numbers_are_not_far():
    rng = np.random.default_rng(0)
    for values in (SIZE, np.exp(2 * SIZE), rng.standard_t(3, ROWS), np.arange(ROWS) ** 2, np.repeat([0.0, 1e9], 80)):
        assert far_away(np.array([str(value) for value in values], object)) == ""
    assert far_away(np.array([str(v) for v in [*range(20), "1.7e308", "-1.7e308"]], object)) == ""
    assert far_away(np.array([*map(str, range(20)), "1.7e308"], object)) == "1.7e308"


@pytest.mark.parametrize("word", ["?", "N.A.", "missing", "Unknown", "-", "not available"])
def test_words_for_missing_labels_among_classes_are_named(word):
    shape = SHAPE.astype(object)
    shape[4] = word
    [note] = [note for note in read(SIZE, shape).notes if "as a class" in note]
    assert note.startswith(f"f.csv: 'shape' takes {word!r} as a class, in line 6; if it means that there is no label")


def test_a_quantity_is_never_kept_where_it_is_missing():
    size = SIZE.astype(object)
    size[4] = ""
    with pytest.raises(UserError, match=r"Fill it in; --missing drop leaves the rows out\.$"):
        read(size)
    with pytest.raises(UserError, match="--missing keep takes what is missing as a class"):
        read(SIZE, ["", *SHAPE[1:]])


@pytest.mark.parametrize("text", ["shape\tsize\ncircle\t1\n", "shape;size\ncircle;1\n", "shape|size\ncircle|1\n"])
def test_another_separator_is_told_from_one_column(text):
    Path("f.csv").write_text(text)
    with pytest.raises(UserError, match=r"is one single column\. Separate the columns with commas"):
        read_labels("f.csv")


def test_labels_among_the_units_are_left_out():
    level = np.arange(ROWS) % 4
    units = pd.DataFrame({f"u{i}": X[:, i] for i in range(5)} | {"size": SIZE.astype(np.float32), "level": level})
    units.to_parquet("a.parquet")
    write_csv(Path("f.csv"), {"shape": SHAPE, "size": SIZE, "level": level, "u1": SIZE})
    table = read_labels("f.csv", LabelOptions(missing="drop"))
    [found], notes = without_labels(matched(read_layers(["a.parquet"])[0], table), table)
    assert list(found.units) == ["u0", "u1", "u2", "u3", "u4"]
    np.testing.assert_array_equal(found.values, X[:, :5])
    assert notes == ["a.parquet: left out 'size', 'level', which f.csv holds as labels"]
    write_csv(Path("f.csv"), {"shape": SHAPE, "size": SIZE + 1})
    other = read_labels("f.csv")
    assert without_labels(read_layers(["a.parquet"])[0], other)[0][0].values.shape == (ROWS, 7)


def test_an_array_without_a_name_is_the_array():
    np.save("a.npy", X)
    Path("a.npy").write_bytes(Path("a.npy").read_bytes()[:400])
    with pytest.raises(UserError, match=r"a\.npy: the array is no layer: which cannot be read"):
        read_layers(["a.npy"])
