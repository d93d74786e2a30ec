from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audit_samples import ROWS, labels, write_csv

from tolman.audit.labels import LabelOptions, read_labels
from tolman.core.errors import UserError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(path: str, **options) -> str:
    with pytest.raises(UserError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith(".")
    assert "\n" not in message
    return message


def read(path: str, **options):
    return read_labels(path, LabelOptions(**options))


def saved(columns: dict, suffix: str = ".csv", rows: int = 0) -> str:
    """Columns of text, in a file of any format."""
    path = f"f{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.table(columns), path)
        return path
    given = write_csv(Path("f.csv"), {name: np.array(list(values), object) for name, values in columns.items()})
    if suffix == ".tsv":
        Path(path).write_text(Path(given).read_text().replace(",", "\t"))
    return path


def kinds(path: str, **options) -> dict[str, str]:
    return {f.name: "classes" if f.classes else "quantity" for f in read(path, **options).features}


def values(path: str, name: str, **options) -> list:
    [found] = [f for f in read(path, **options).features if f.name == name]
    return found.values.tolist()


SHAPE = list(labels()["shape"])
NUMBERS = np.random.default_rng(0).standard_normal(ROWS).round(3)


def test_labels_are_classes_or_quantities():
    given = labels() | {
        "level": np.resize([1, 2, 3], ROWS),
        "length": np.linspace(0, 1, ROWS),
        "category": np.resize(np.arange(40), ROWS),
        "id": np.array([f"s{i}" for i in range(ROWS)]),
        "same": np.full(ROWS, "x"),
    }
    path = write_csv(Path("f.csv"), given)
    found = read(path, classes=["category"])
    assert [(f.name, f.classes) for f in found.features] == [
        ("shape", True), ("tense", True), ("level", True), ("length", False), ("category", True)
    ]  # fmt: skip
    assert found.notes == [
        "f.csv: left out 'id', which has another text in almost every row",
        "f.csv: left out 'same', which has the same value in every row",
        "f.csv: 'shape' has 2 classes, 'tense' has 2 classes, 'level' has 3 classes (few different numbers; --quantity "
        "takes them as a quantity), 'length' is a quantity, 'category' has 40 classes",
    ]
    np.testing.assert_allclose(found.features[3].values, given["length"])
    assert kinds(path)["category"] == "quantity"
    assert kinds(path, quantity=["level"], only=["level", "shape"]) == {"level": "quantity", "shape": "classes"}
    assert list(kinds(path, only=["tense", "length"])) == ["tense", "length"]
    assert values(path, "level", quantity=["level"])[:4] == [1.0, 2.0, 3.0, 1.0]


def test_tables_of_every_format_give_the_same_labels():
    found = labels() | {"length": np.linspace(0, 1, ROWS), "level": np.resize([1, 2, 3], ROWS)}
    write_csv(Path("f.csv"), found)
    Path("f.tsv").write_text("\ufeff" + Path("f.csv").read_text().replace(",", "\t"))
    pq.write_table(pa.table({name: list(values) for name, values in found.items()}), "f.parquet")
    for path in ("f.csv", "f.tsv", "f.parquet"):
        for feature in read_labels(path).features:
            expected = found[feature.name]
            np.testing.assert_array_equal(feature.values, expected.astype(str) if feature.classes else expected)


TABLES = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n\n", "there is no row of labels"),
    "no rows": (b"shape,tense\n", "there is no row of labels"),
    "latin": ("shape\nB\u00f6gen\n".encode("latin-1"), "this is not UTF-8 text"),
    "NUL": (b"shape\na\0b\n", "holds a NUL byte"),
    "ragged": (b"a,b\n1,2\n3\n", "line 3 has 1 cells where the header has 2"),
    "semicolons": (b"a;b\n1;2\n", "is one single column. Separate the columns with commas"),
    "decimal commas": (b"a;b,c;d\n1;2,5;3\n", "every line holds as many ';' as the header 'a;b,c;d'"),
    "twice": (b"a,a\n1,2\n", "there are 2 columns of the name 'a'"),
    "unnamed": (b"a,\n1,2\n", "column 2 has no name"),
    "quotes": (b'a,b\n"1,2\n', "the quotes do not match"),
    "hole": (b"a,b\nx,1\n,2\n,3\n", "column 'a' has no value in lines 3, 4. Fill it in"),
    "NaN": (b"a,b\nx,1\ny,nan\n", "column 'b' has no value in line 3 ('nan'). Fill it in"),
    "control": (b"a\nx\ny\x1b\n", "column 'a' holds the control character '\\x1b'"),
    "constant": (b"a,b\nx,1\nx,1\n", "no feature is left ('a', which has the same value in every row; 'b'"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_that_cannot_be_used_are_refused(kind):
    content, message = TABLES[kind]
    Path("f.csv").write_bytes(content)
    assert message in refused("f.csv")


def test_a_column_that_is_not_there_is_refused():
    path = write_csv(Path("f.csv"), labels())
    assert "there is no column 'tens'. Choose 'tense'" in refused(path, only=["tens"])
    assert "there is no column 'x'. Choose one of 'shape', 'tense'" in refused(path, classes=["x"])
    assert "there is no column 'x'" in refused(path, quantity=["x"])
    assert "there is no column 'x'" in refused(path, key="x")
    assert "'tense' is said to be a quantity and to name" in refused(path, classes=["tense"], quantity=["tense"])
    assert "the suffix '.json' is not known" in refused("f.json")


def test_what_is_neither_text_nor_numbers_is_left_out_unless_it_is_asked_for():
    columns = {"shape": SHAPE, "list": [["a"]] * ROWS, "bytes": [b"a"] * ROWS, "struct": [{"a": 1}] * ROWS}
    path = saved(columns | {"empty": pa.nulls(ROWS)}, ".parquet")
    assert read(path).notes[:-1] == [
        "f.parquet: left out 'list', which holds list<element: string>",
        "f.parquet: left out 'bytes', which holds binary",
        "f.parquet: left out 'struct', which holds struct<a: int64>",
        "f.parquet: left out 'empty', which is empty in every row",
    ]
    assert "column 'list' holds list" in refused(path, only=["list"])
    assert "column 'bytes' holds binary" in refused(path, classes=["bytes"])


# --- one spelling


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_what_cannot_be_seen_splits_no_class(suffix):
    spellings = [
        "carr\u00e9",
        "carre\u0301",
        " carr\u00e9",
        "carr\u00e9\u00a0",
        "\u200bcarr\u00e9",
        "\u202bcarr\u00e9\u202c",
    ]
    shape = [spellings[i % 6] if name == "circle" else "rond" for i, name in enumerate(SHAPE)]
    path = saved({"\ufeffshape": shape}, suffix)
    [found] = read(path, only=["shape\u200b"]).features
    assert set(found.values) == {"carr\u00e9", "rond"}
    assert found.name == "shape"
    [_, note] = read(path).notes
    assert note.endswith(
        "spellings that differ in spaces, Unicode form or invisible characters only are one class: 'carr\u00e9'"
    )


def test_joiners_and_case_tell_classes_apart_and_are_pointed_out():
    words = ["می\u200cخواهم", "میخواهم", "Circle", "circle", "x"]
    found = read(saved({"shape": np.resize(words, ROWS)}))
    assert set(found.features[0].values) == set(words)
    assert "nearly the same: 'Circle' and 'circle'; 'میخواهم' and 'می?خواهم'" in found.notes[1].replace("\\u200c", "?")


# --- numbers or classes


@pytest.mark.parametrize(
    "codes",
    [
        ["2_1", "2_2", "21"],
        ["01", "1"],
        ["1e5", "10e4"],
        ["1730000000000000001", "1730000000000000002"],
        ["9007199254740992", "9007199254740993"],
        ["1.10", "1.1"],
        ["1.0", "1"],
        ["0x1", "1"],
        ["\u0663", "3"],
        ["+5", "5"],
        ["True", "true"],
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"classes": ["code"]}])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_different_codes_stay_different(codes, options, suffix):
    path = saved({"code": np.resize(codes, ROWS).tolist()}, suffix)
    assert values(path, "code", **options) == np.resize(codes, ROWS).tolist()


@pytest.mark.parametrize("integers", [pa.int64(), pa.uint64()])
def test_long_numbers_of_parquet_are_names(integers):
    ids = [2**62 + i % 12 for i in range(ROWS)]
    path = saved({"id": pa.array(ids, integers)}, ".parquet")
    assert len(set(values(path, "id"))) == 12
    assert "(numbers this long are taken as names)" in read(path).notes[0]
    assert "(counted from the smallest)" in read(path, quantity=["id"]).notes[0]
    assert values(path, "id", quantity=["id"]) == [float(i % 12) for i in range(ROWS)]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (NUMBERS, "quantity"),
        ([f"{x:.18e}" for x in NUMBERS], "quantity"),
        ([f"{float(x) / 1e6!r}" for x in NUMBERS], "quantity"),
        ([f"{abs(x):.2f}".lstrip("0") for x in NUMBERS], "quantity"),
        ([f"{x}".replace("-", "\N{MINUS SIGN}") for x in NUMBERS], "quantity"),
        ([f"{1 + i % 20:02}" for i in range(ROWS)], "classes"),
        ([f"{1 + i % 20}a" for i in range(ROWS)], "classes"),
        ([f"{1 + i % 20}e5" for i in range(ROWS)], "classes"),
        ([f"{i % 20}_{i % 3}" for i in range(ROWS)], "classes"),
        ([f"2024-01-{1 + i % 28:02}" for i in range(ROWS)], "classes"),
        ([f"{i % 20},5" for i in range(ROWS)], "classes"),
        ([f"1e{'9' * 5}{i % 20}" for i in range(ROWS)], "classes"),
        (["7" * 5000 if i % 2 else "8" * 5000 for i in range(ROWS)], "classes"),
    ],
)
def test_a_quantity_has_plain_numbers_in_every_cell(cells, kind):
    assert kinds(saved({"x": cells})) == {"x": kind}


def test_a_word_among_numbers_is_named_and_not_made_a_class():
    for word in ("?", "-", ".", "missing", "inf", "n.a."):
        path = saved({"size": [word if i == 17 else i % 30 for i in range(ROWS)]})
        message = refused(path)
        assert f"column 'size' holds numbers, but {word!r} in line 19. Correct it, leave the cell empty" in message
        assert "say --classes size" in message
        assert "is said to be a quantity, but holds" in refused(path, quantity=["size"])
        assert len(set(values(path, "size", classes=["size"]))) == 31
    few = read(saved({"size": ["?" if i == 17 else i % 3 for i in range(ROWS)]}))
    assert few.notes == [
        "f.csv: 'size' has 4 classes ('?' is no plain number)",
        "f.csv: 'size' takes '?' as a class, in line 19; if it means that there is no label, leave the cells empty",
    ]
    infinite = saved({"x": [*NUMBERS[:-1].tolist(), float("inf")]}, ".parquet")
    assert "column 'x' holds numbers, but 'inf' in row 160" in refused(infinite)


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([1950.0, 1960.0] * 80), ["1950", "1960"]),
        (pa.array([0.1, 0.2] * 80, pa.float32()), ["0.1", "0.2"]),
        (pa.array(np.array([0.1, 2] * 80, np.float16)), ["0.1", "2"]),
        (pa.array([Decimal("1.50"), Decimal("2.50")] * 80), ["1.50", "2.50"]),
        (pa.array([True, False] * 80), ["True", "False"]),
        (pa.array([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)] * 80), ["2024-01-01", "2024-01-02"]),
        (pa.array([datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, 5)] * 80),
         ["2024-01-01", "2024-01-01 05:00:00"]),
        (pa.array(["a", "b"] * 80).dictionary_encode(), ["a", "b"]),
        (pa.array([7, 8] * 80).dictionary_encode(), ["7", "8"]),
        (pa.array(["1", "2"] * 80, pa.large_string()), ["1", "2"]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)  # fmt: skip
def test_classes_of_parquet_have_the_names_that_one_would_write(column, texts):
    path = saved({"x": column}, ".parquet")
    assert values(path, "x", classes=["x"])[:2] == values(path, "x")[:2] == texts


def test_text_and_categories_of_parquet_stay_classes():
    numbers = [i % 20 for i in range(ROWS)]
    table = pa.table({"text": [str(i) for i in numbers], "coded": numbers, "number": numbers})
    about = {"columns": [{"name": "coded", "pandas_type": "categorical"}, {"name": "number", "pandas_type": "int64"}]}
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps(about)}), "f.parquet")
    assert kinds("f.parquet") == {"text": "classes", "coded": "classes", "number": "quantity"}
    for damaged in (b"{", b"[]", b'{"columns": [1], "index_columns": {}}', b'{"columns": 3}'):
        pq.write_table(table.replace_schema_metadata({"pandas": damaged}), "f.parquet")
        assert kinds("f.parquet")["coded"] == "quantity"


# --- missing labels

HOLES = [
    ("size", [None if i in (3, 9) else i % 30 for i in range(ROWS)], ".parquet", "row", ""),
    ("size", [float("nan") if i in (3, 9) else i % 30 for i in range(ROWS)], ".parquet", "row", ""),
    ("size", ["NA" if i in (3, 9) else i % 30 for i in range(ROWS)], ".csv", "line", " ('NA')"),
    ("size", ["" if i in (3, 9) else i % 30 for i in range(ROWS)], ".tsv", "line", ""),
    ("size", ["NaN" if i in (3, 9) else i % 5 for i in range(ROWS)], ".csv", "line", " ('NaN')"),
    ("shape", ["" if i in (3, 9) else "xyz"[i % 3] for i in range(ROWS)], ".parquet", "row", ""),
    ("shape", ["\u200b\u00a0" if i in (3, 9) else "xyz"[i % 3] for i in range(ROWS)], ".parquet", "row", ""),
    ("shape", ["NA" if i in (3, 9) else "xyz"[i % 3] for i in range(ROWS)], ".parquet", "row", " ('NA')"),
    ("shape", [None if i in (3, 9) else "xyz"[i % 3] for i in range(ROWS)], ".parquet", "row", ""),
    ("shape", ["<NA>" if i in (3, 9) else "xyz"[i % 3] for i in range(ROWS)], ".csv", "line", " ('<NA>')"),
    ("flag", ["" if i in (3, 9) else "x" for i in range(ROWS)], ".csv", "line", ""),
]


@pytest.mark.parametrize(("name", "cells", "suffix", "unit", "word"), HOLES)
def test_missing_labels_are_refused_with_their_rows(name, cells, suffix, unit, word):
    path = saved({"tense": labels()["tense"].tolist(), name: cells}, suffix)
    first, second = (4, 10) if unit == "row" else (5, 11)
    message = refused(path)
    assert f"column {name!r} has no value in {unit}s {first}, {second}{word}. Fill it in; --missing drop" in message
    assert kinds(path, only=["tense"]) == {"tense": "classes"}


@pytest.mark.parametrize(("name", "cells", "suffix", "unit", "word"), HOLES)
def test_missing_labels_are_dropped_or_kept(name, cells, suffix, unit, word):
    path = saved({"tense": labels()["tense"].tolist(), name: cells}, suffix)
    found = read(path, missing="drop")
    assert np.flatnonzero(~found.kept).tolist() == [3, 9]
    assert found.features[0].values.tolist() == np.delete(labels()["tense"], [3, 9]).tolist()
    assert any("left out 2 rows without a label" in note for note in found.notes)
    if name == "flag":
        assert any("'flag', which has the same value in every row" in note for note in found.notes)
    elif name == "size" and len(set(cells)) > 11:
        assert "A quantity cannot be kept without a number: say --missing drop" in refused(path, missing="keep")
    else:
        assert values(path, name, missing="keep")[3] == (word.strip(" ()'") or "(missing)")


def test_drop_needs_rows_that_have_everything():
    path = saved({"a": ["x", ""] * 80, "b": ["", "y"] * 80, "c": ["u", "v", "v", "u"] * 40})
    assert "no row has a label in every column. Choose columns with --feature" in refused(path, missing="drop")


# --- columns that are no features


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_column_that_numbers_the_rows_is_left_out_unless_it_is_asked_for(suffix, first):
    path = saved({"trial": list(range(first, ROWS + first)), "shape": SHAPE}, suffix)
    assert read(path).notes[0] == (
        f"{path}: left out 'trial', which numbers the rows; --feature trial takes it as a feature"
    )
    numbers = np.random.default_rng(0).permutation(ROWS) + first
    path = saved({"trial": numbers.tolist(), "shape": SHAPE}, suffix)
    assert read(path).notes[0] == (
        f"{path}: left out 'trial', which numbers the rows, out of order: rows are matched by their place, or by "
        "--key trial where both files hold it; --feature trial takes it as a feature"
    )
    assert kinds(path) == {"shape": "classes"}
    assert kinds(path, only=["trial", "shape"]) == {"trial": "quantity", "shape": "classes"}
    assert kinds(path, quantity=["trial"]) == {"trial": "quantity", "shape": "classes"}
    assert list(kinds(path, key="trial")) == ["shape"]


def test_the_index_of_a_frame_is_left_out_unless_it_is_asked_for():
    table = pa.table({"age": [20 + i % 40 for i in range(ROWS)], "shape": SHAPE, "__index_level_1__": NUMBERS})
    declared = [{"kind": "range", "name": None}, "age"]
    pq.write_table(table.replace_schema_metadata({"pandas": json.dumps({"index_columns": declared})}), "f.parquet")
    assert kinds("f.parquet") == {"shape": "classes"}
    assert [note.split(", which ")[1].split(";")[0] for note in read("f.parquet").notes[:2]] == [
        "is the index of a frame"
    ] * 2
    assert kinds("f.parquet", quantity=["age"]) == {"age": "quantity", "shape": "classes"}


@pytest.mark.parametrize("names", [range(ROWS), range(1, ROWS + 1), [f"s{i}" for i in range(ROWS)]])
def test_the_first_column_of_frames_in_csv_has_no_name(names):
    path = saved({"": list(names), "shape": SHAPE})
    assert kinds(path) == {"shape": "classes"}
    assert read(path).notes[0].startswith("f.csv: left out '(index)', which is the index of a frame")
    assert read(path, key="(index)").ids == [str(name) for name in names]


def test_whole_numbers_that_may_be_names_stay_with_a_note():
    ids = np.random.default_rng(0).permutation(10 * ROWS)[:ROWS]
    found = read(saved({"participant": ids, "shape": SHAPE, "x": NUMBERS}))
    assert [f.name for f in found.features] == ["participant", "shape", "x"]
    assert found.notes[1:] == [
        "f.csv: 'participant' has another whole number in every row; if it names rows, say --key participant"
    ]


def test_the_names_of_a_key_are_checked():
    path = saved({"id": ["a", "b"] * 80, "shape": SHAPE})
    assert "'a', 'b' stand in more than one row of the key 'id'" in refused(path, key="id")
    path = saved({"id": ["" if i == 4 else f"s{i}" for i in range(ROWS)], "shape": SHAPE})
    assert "column 'id' has no value in line 6. Give every row a name" in refused(path, key="id")
    path = saved({"id": [[1]] * ROWS, "shape": SHAPE}, ".parquet")
    assert "the key 'id' holds list" in refused(path, key="id")
    path = saved({"id": ["NA" if i == 4 else f"s{i}" for i in range(ROWS)], "shape": SHAPE})
    assert read(path, key="id").ids[4] == "NA"


def test_a_column_that_groups_rows_is_no_feature_unless_it_is_asked_for():
    subject = [f"{i % 8:02}" for i in range(ROWS)]
    columns = {"subject": subject, "shape": ["" if i == 3 else name for i, name in enumerate(SHAPE)]}
    path = saved(columns)
    found = read(path, missing="drop", groups="subject")
    assert found.groups.tolist() == [name for i, name in enumerate(subject) if i != 3]
    assert [f.name for f in found.features] == ["shape"]
    assert list(kinds(path, missing="drop", groups="subject", only=["shape", "subject"])) == ["shape", "subject"]
    assert read(path, missing="drop").groups is None
    path = saved({"subject": ["" if i == 5 else name for i, name in enumerate(subject)], "shape": SHAPE})
    assert "column 'subject' has no value in line 7" in refused(path, groups="subject")
    assert len(read(path, groups="subject", missing="drop").groups) == ROWS - 1
    assert "there is no column 'session'" in refused(path, groups="session")
    path = saved({"subject": [[1]] * ROWS, "shape": SHAPE}, ".parquet")
    assert "the column 'subject' holds list" in refused(path, groups="subject")
