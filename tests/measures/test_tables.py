"""Frames, columns and objects of any library as labels: names are kept, and nothing missing becomes a class."""

import datetime as dt
import decimal
import enum

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_dtypes import bfloat16

from tolman import measures as m
from tolman.measures.design_matrix import design
from tolman.measures.tables import column

N = 60
RNG = np.random.default_rng(0)
SHAPE = np.array(["circle", "square"])[RNG.integers(0, 2, N)]
COLUMNS = {"shape": SHAPE, "size": RNG.normal(size=N), "count": np.arange(N) % 3, "seen": np.arange(N) % 2 == 0}
X = RNG.normal(size=(N, 6))
X[:, :3] += 2 * np.where(SHAPE == "circle", 1, -1)[:, None]
X[:, 3:] += 2 * COLUMNS["size"][:, None]


def polars():
    import polars

    return polars


FRAMES = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas, nullable": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas of Arrow": lambda: pd.DataFrame(COLUMNS).convert_dtypes(dtype_backend="pyarrow"),
    "Polars": lambda: polars().DataFrame(COLUMNS),
    "Arrow": lambda: pa.table(COLUMNS),
    "records": lambda: pd.DataFrame(COLUMNS).to_records(index=False),
    "objects": lambda: dict(zip(COLUMNS, pd.DataFrame(COLUMNS).to_numpy().T, strict=True)),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_counts_as_the_mapping_of_its_columns(kind):
    expected, found = m.variance_explained(X, COLUMNS), m.variance_explained(X, FRAMES[kind]())
    assert found.names == ("shape", "size", "count", "seen")
    np.testing.assert_array_equal(found.alone, expected.alone)
    assert found.alone[1] > 0.2  # a quantity, not a class for each of its numbers
    assert found.joint == expected.joint


@pytest.mark.parametrize("kind", ["pandas", "Polars"])
def test_a_named_column_keeps_its_name(kind):
    size = FRAMES[kind]()["size"]
    found = m.variance_explained(X, size)
    assert (found.names, found.joint) == (("size",), m.variance_explained(X, COLUMNS["size"]).joint)


def test_an_array_of_objects_is_read_column_by_column():
    rows = pd.DataFrame(COLUMNS).to_numpy()
    np.testing.assert_array_equal(design(rows, N).columns, design(COLUMNS, N).columns)
    np.testing.assert_array_equal(design(rows.tolist(), N).columns, design(COLUMNS, N).columns)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(X, columns=list("abcdef")),
        pd.DataFrame(X).convert_dtypes(),
        pa.table(pd.DataFrame(X, columns=list("abcdef"))),
        X.astype(object),
    ],
)
def test_representations_and_numeric_features_may_be_frames(frame):
    Y = RNG.normal(size=(N, 3))
    assert m.cka_linear(frame, Y) == m.cka_linear(X, Y)
    assert m.total_variance(frame) == m.total_variance(X)
    assert m.cka_controlled(X, Y, pd.DataFrame(COLUMNS)[["size", "count"]]) == m.cka_controlled(
        X, Y, np.stack([COLUMNS["size"], COLUMNS["count"]], 1)
    )


GAPS = {
    "None among text": lambda a, b: ["a"] * a + [None] + ["b"] * b,
    "NaN among text": lambda a, b: ["a"] * a + [np.nan] + ["b"] * b,
    "NaN among objects": lambda a, b: np.array(["a"] * a + [np.nan] + ["b"] * b, dtype=object),
    "NaN": lambda a, b: np.array([1.0] * a + [np.nan] + [2.0] * b),
    "infinity among objects": lambda a, b: np.array([1] * a + [-np.inf] + [2] * b, dtype=object),
    "NaN in bfloat16": lambda a, b: np.array([1.0] * a + [np.nan] + [2.0] * b, dtype=bfloat16),
    "NaN of decimals": lambda a, b: [decimal.Decimal(1)] * a + [decimal.Decimal("NaN")] + [decimal.Decimal(2)] * b,
    "NaT": lambda a, b: np.array(["2020"] * a + ["NaT"] + ["2021"] * b, dtype="M8[D]"),
    "NA": lambda a, b: pd.Series(["a"] * a + [pd.NA] + ["b"] * b, dtype="string"),
    "NA among objects": lambda a, b: pd.Series(["a"] * a + [pd.NA] + ["b"] * b, dtype=object),
    "NA among numbers": lambda a, b: pd.Series([1] * a + [None] + [2] * b, dtype="Int64"),
    "NA among booleans": lambda a, b: pd.Series([True] * a + [None] + [False] * b, dtype="boolean"),
    "no category": lambda a, b: pd.Series(["a"] * a + [None] + ["b"] * b, dtype="category"),
    "null of Arrow": lambda a, b: pa.chunked_array([["a"] * a + [None] + ["b"] * b]),
    "null of Arrow among numbers": lambda a, b: pa.array([1] * a + [None] + [2] * b),
    "null of Polars": lambda a, b: polars().Series(["a"] * a + [None] + ["b"] * b),
    "null of Polars among numbers": lambda a, b: polars().Series([1] * a + [None] + [2] * b),
    "null of Polars among booleans": lambda a, b: polars().Series([True] * a + [None] + [False] * b),
    "null of Polars among dates": lambda a, b: polars().Series([dt.date(2020, 1, 1)] * a + [None] + [dt.date.max] * b),
    "NaN of Polars": lambda a, b: polars().Series([1.0] * a + [float("nan")] + [2.0] * b),
}


@pytest.mark.parametrize("kind", GAPS)
def test_a_missing_label_is_refused_with_its_row(kind):
    labels = GAPS[kind](17, N - 18)
    with pytest.raises(ValueError, match=r"^feature 'f' holds 1 (missing label|NaN or infinite value), .* in row 17 "):
        m.variance_explained(X, {"f": labels})
    with pytest.raises(ValueError, match=r"^y holds 1 .* in row 17 "):
        m.decodability(X, labels)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["a", "b"], "U"),
        ([1, 2], "i"),
        ([True, 2.5], "f"),
        ([decimal.Decimal("1.5"), decimal.Decimal(2)], "f"),
        ([2**70, 1], "f"),
        (np.array([1, 2], bfloat16), "f"),
        ([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], "U"),
        ([Colour.RED, Colour.BLUE], "U"),
        (pd.Series([3, 4], dtype="category"), "U"),  # numbers that pandas knows to name categories
        (np.array(["2020", "2021"], dtype="M8[Y]"), "M"),
    ],
)
def test_objects_are_what_they_hold(labels, kind):
    found = column(labels, 2, "y")
    assert found.dtype.kind == kind
    assert len(np.unique(found)) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"f": ["a"] * (N - 1) + [1]}, "feature 'f' has text in row 0 and a number in row 59"),
        ({"f": ["a"] * (N - 1)}, "feature 'f' has shape"),
        (pd.concat([pd.DataFrame(COLUMNS)] * 2, axis=1), "several columns have the name 'count'"),
        (np.zeros((N, 2, 2)), r"F has shape \(60, 2, 2\)"),
    ],
)
def test_what_is_no_column_of_labels_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        m.variance_explained(X, given)


@pytest.mark.parametrize(
    ("Z", "message"),
    [
        (pd.DataFrame(COLUMNS), "column 'shape' of X holds str 'square' in row 0"),
        (np.full((N, 2), None), r"X holds NoneType None in row 0 column 0 \(from 0\); expected real numbers"),
        (np.zeros((N, 2), "V2"), r"X has the type \|V2; expected real numbers"),
        (np.zeros((N, 2), complex), "X has the type complex128; expected real numbers"),
    ],
)
def test_what_is_no_representation_is_refused(Z, message):
    for measure in (lambda: m.cka_linear(Z, X), lambda: m.total_variance(Z)):
        with pytest.raises(ValueError, match=message):
            measure()


def test_a_lazy_frame_is_to_be_collected_first():
    with pytest.raises(ValueError, match="collect it into a frame first"):
        m.variance_explained(X, polars().DataFrame(COLUMNS).lazy())


values = st.one_of(
    st.text(max_size=3), st.integers(-(2**1100), 2**1100), st.floats(), st.booleans(), st.none(), st.dates()
)


@settings(max_examples=200)
@given(st.lists(values, min_size=1, max_size=8))
def test_any_list_becomes_a_plain_column_or_is_refused(labels):
    try:
        found = column(labels, len(labels), "y")
    except ValueError:
        return
    assert not any(value is None or value != value for value in labels)
    assert found.shape == (len(labels),)
    assert found.dtype.kind in "Ufiub"
    assert [list(found).count(value) for value in found] == [labels.count(value) for value in labels]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(len(X)) + 1j, "feature '0' has complex numbers: give their parts"),
        (pd.Series([[1, 2]] * len(X)), "feature '0' holds list in row 0 .from 0.; expected one label in each row"),
        (pd.Series([{"a": 1}] * len(X)), "feature '0' holds dict in row 0"),
        (pd.date_range("2020-01-01", periods=len(X)), "feature '0' has another class in every row"),
        ([f"s{i}" for i in range(len(X))], "feature '0' has another class in every row"),
    ],
)
def test_what_is_no_label_is_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        m.variance_explained(X, labels)


def test_what_is_masked_is_missing_and_never_what_lies_under_the_mask():
    size = np.ma.masked_array(COLUMNS["size"].copy(), mask=np.zeros(N, bool))
    np.testing.assert_array_equal(column(size, N, "y"), COLUMNS["size"])  # nothing is masked
    row = int(COLUMNS["size"].argmax())
    size[row] = np.ma.masked
    said = rf"holds 1 missing label, the first in row {row} "
    for F in ({"size": size}, size, np.ma.masked_array(np.c_[size], mask=np.c_[size.mask])):
        with pytest.raises(ValueError, match=said):
            m.variance_explained(X, F)
    with pytest.raises(ValueError, match=said):
        m.decodability(X, np.ma.masked_array(SHAPE, mask=size.mask))
    Z = np.ma.masked_array(X.astype(np.float32), mask=np.arange(N)[:, None] + np.zeros(6) == row)
    for measure in (m.cka_linear, m.rsa):
        with pytest.raises(ValueError, match=rf"NaN or an infinity first at row {row}"):
            measure(Z, X)
    with pytest.raises(ValueError, match=rf"NaN or infinite values, the first in row {row}"):
        m.variance_explained(Z, COLUMNS)


def test_a_table_without_columns_is_refused():
    for F in (pd.DataFrame(index=range(N)), {}):
        with pytest.raises(ValueError, match="the table has no column"):
            m.variance_explained(X, F)
