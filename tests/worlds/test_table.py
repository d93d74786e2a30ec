"""A user's table: what is read, and every way in which it is refused."""

import csv
import datetime
import io
import json
import os
import re
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tolman.core.errors import UserError
from tolman.core.text import normalised
from tolman.worlds.facts import table
from tolman.worlds.facts.table import FactRow, Table, default_inverse, read_facts

COLUMNS = ("subject", "relation", "object", "inverse_relation", "template")
CAPITALS = Path(__file__).parents[2] / "examples" / "capitals.csv"


def lines(*extra: str, header: str = "subject,relation,object") -> str:
    """A good table of eight rows on lines 2 to 9, then what is to be tried, from line 10."""
    return "\n".join([header, *(f"s{i},r,o{i}" for i in range(8)), *extra]) + "\n"


def saved(folder: Path, content: str | bytes, name: str = "facts.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_facts(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert message.isprintable()
    return message.removeprefix(str(path))


# --- what is read


def test_example_is_as_documented():
    table = read_facts(CAPITALS)
    assert len(table.rows) == 547
    assert len({row.subject for row in table.rows}) == 193
    assert {row.relation: row.inverse_relation for row in table.rows} == {
        "capital": "capital of",
        "currency": "currency of",
        "internet domain": "internet domain of",
    }
    assert FactRow("Switzerland", "currency", "Swiss Franc", "currency of") in table.rows
    euro = [row.subject for row in table.rows if row.object == "Euro"]
    assert len(euro) == 25
    # A fact that shares a word with its answer could be answered by copying.
    assert not [row for row in table.rows if set(row.subject.split()) & set(row.object.split())]


def test_defaults_are_filled_in(tmp_path):
    table = read_facts(saved(tmp_path, lines()))
    assert table.rows[0] == FactRow("s0", "r", "o0", default_inverse("r"), "")
    assert default_inverse("r") == "r (reversed)"


def test_names_are_kept_but_for_spaces_and_unicode_form(tmp_path):
    name = """<b>"Cote  d'Ivoire"</b> & \u00a0 São\tTome\u0301"""
    quoted = name.replace('"', '""')
    table = read_facts(saved(tmp_path, lines(f'"  {quoted} ",r,"a, b"')))
    assert table.rows[0] == FactRow("""<b>"Cote d'Ivoire"</b> & São Tomé""", "r", "a, b", "r (reversed)")


def test_invisible_characters_split_no_name(tmp_path):
    message = refusal(saved(tmp_path, lines("\u200bs3,\ufeffr,o\u20603")))
    assert message.startswith(", lines 5 and 10: the same fact twice ('s3', 'r', 'o3')")
    header = "\u200bsubject,Relation\u00a0,object"
    assert read_facts(saved(tmp_path, lines(header=header))) == read_facts(saved(tmp_path, lines(), "b.csv"))


def test_na_is_a_name_and_an_empty_cell_is_none(tmp_path):
    assert FactRow("Namibia", "code", "NA", "code (reversed)") in read_facts(
        saved(tmp_path, lines("Namibia,code,NA", "Peru,code,PE"))
    ).rows  # fmt: skip
    columns = {"subject": [f"s{i}" for i in range(9)], "relation": ["r"] * 9, "object": [*map(str, range(8)), "NA"]}
    pq.write_table(pa.table(columns), tmp_path / "facts.parquet")
    assert read_facts(tmp_path / "facts.parquet").rows[8].object == "NA"
    pq.write_table(pa.table(columns | {"object": [*map(str, range(8)), "\u200b"]}), tmp_path / "facts.parquet")
    assert refusal(tmp_path / "facts.parquet").startswith(", row 9: 'object' is empty")


def test_parquet_of_any_type_gives_the_names_that_one_would_write(tmp_path):
    born = [datetime.datetime(1950 + i, 1, 2) for i in range(8)]
    objects = {
        "years": pa.array([1950.0 + i for i in range(8)]),
        "shares": pa.array([0.1 + i for i in range(8)], pa.float32()),
        "dates": pa.array(born, pa.timestamp("ns")),
        "coded": pa.array([f"o{i}" for i in range(8)]).dictionary_encode(),
    }
    for name, column in objects.items():
        pq.write_table(
            pa.table({"subject": [f"s{i}" for i in range(8)], "relation": ["r"] * 8, "object": column}),
            tmp_path / f"{name}.parquet",
        )
    found = {name: read_facts(tmp_path / f"{name}.parquet").rows[1].object for name in objects}
    assert found == {"years": "1951", "shares": "1.1", "dates": "1951-01-02", "coded": "o1"}


def test_one_row_may_speak_for_its_relation(tmp_path):
    header = "subject,relation,object,inverse_relation,template"
    rows = [f"s{i},r,o{i},,{'{subject} has {object}' if i == 3 else ''}" for i in range(8)]
    table = read_facts(saved(tmp_path, "\n".join([header, *rows])))
    assert {row.template for row in table.rows} == {"{subject} has {object}"}


def test_subjects_may_have_several_objects_where_more_than_one_has(tmp_path):
    table = read_facts(saved(tmp_path, lines("s3,r,o4", "s5,r,o4", "s5,r,o9")))
    facts = [(row.subject, row.object) for row in table.rows if row.subject in ("s3", "s5")]
    assert facts == [("s3", "o3"), ("s3", "o4"), ("s5", "o4"), ("s5", "o5"), ("s5", "o9")]
    assert len(table.rows) == 11


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_marks_blank_lines_case_and_other_columns_do_not_matter(tmp_path, newline, mark):
    text = lines("", "").replace("object\n", "object\n\n").replace("subject", "Subject")
    text = "\n".join(line and f"{line},remark" for line in text.split("\n"))
    table = read_facts(saved(tmp_path, (mark + text).replace("\n", newline)))
    assert table == read_facts(saved(tmp_path, lines()))


def test_numbers_become_text_in_every_format(tmp_path):
    rows = [{"subject": f"s{i}", "relation": "r", "object": i} for i in range(8)]
    jsonl = saved(tmp_path, "\n".join(map(json.dumps, rows)), "facts.jsonl")
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "facts.parquet")
    text = saved(tmp_path, lines().replace("r,o", "r,"))
    assert read_facts(jsonl) == read_facts(tmp_path / "facts.parquet") == read_facts(text)
    assert read_facts(text).rows[3].object == "3"


def test_digest_depends_on_content_alone(tmp_path):
    table = read_facts(saved(tmp_path, lines()))
    backwards = "\n".join([lines().split("\n")[0], *reversed(lines().split("\n")[1:])])
    assert read_facts(saved(tmp_path, backwards, "b.csv")) == table
    assert read_facts(saved(tmp_path, lines().replace(",", "\t"), "c.tsv")) == table
    changed = [
        lines("s9,r,o0"),
        lines().replace("o7", "o8"),
        lines().replace("s7", "s8"),
        lines().replace(",r,", ",q,"),
    ]
    digests = {read_facts(saved(tmp_path, text)).digest for text in changed}
    assert len(digests | {table.digest}) == 5
    assert re.fullmatch("[0-9a-f]{64}", table.digest)


names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8).map(normalised).filter(bool)
phrases = st.lists(names, min_size=1, max_size=3).map(" ".join).filter(lambda text: text == text.strip())


@st.composite
def tables(draw) -> Table:
    subjects = draw(st.lists(phrases, min_size=8, max_size=12, unique=True))
    relations = draw(st.lists(phrases, min_size=1, max_size=3, unique=True))
    rows = []
    for relation in relations:
        inverse = draw(st.sampled_from(["{} of", "of {}"])).format(relation)
        template = draw(st.sampled_from(["", "{subject} has {object} .", '"{object}", {subject}']))
        objects = draw(st.lists(phrases, min_size=2, max_size=4, unique=True))
        rows += [FactRow(s, relation, objects[i % len(objects)], inverse, template) for i, s in enumerate(subjects)]
        twice = subjects[: 2 * draw(st.booleans())]  # two subjects with a second object each, or none
        rows += [FactRow(s, relation, objects[(i + 1) % len(objects)], inverse, template) for i, s in enumerate(twice)]
    inverses = {row.inverse_relation for row in rows}
    assume(len(inverses) == len(relations) and not inverses & set(relations))
    return Table.of(rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), order=st.randoms(use_true_random=False))
def test_every_format_gives_the_same_table_back(tmp_path, table, order):
    rows = list(table.rows)
    order.shuffle(rows)
    records = [row._asdict() for row in rows]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([COLUMNS, *rows])
    assert read_facts(saved(tmp_path, text.getvalue())) == table
    jsonl = "\n".join(json.dumps(record, ensure_ascii=order.random() < 0.5) for record in records)
    assert read_facts(saved(tmp_path, jsonl, "facts.jsonl")) == table
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "facts.parquet")
    assert read_facts(tmp_path / "facts.parquet") == table


# --- what is refused: content, then (place, problem, remedy) as the message has them

BAD_CSV = {
    "empty": ("", "", "the file is empty", "Give it the columns subject, relation, object"),
    "blank": ("\n \n", "", "the file is empty", "Give it the columns"),
    "header only": ("subject,relation,object\n", "", "columns but no rows", "Add one row for each fact"),
    "missing column": (
        "subject,relation,town\na,b,c\n",
        ", line 1",
        "'object' is missing",
        "found are 'subject', 'relat",
    ),
    "misspelt column": (
        "subjet,relation,object\na,b,c\n",
        ", line 1",
        "'subject' is missing",
        "Did you mean 'subjet'?",
    ),
    "misspelt option": ("subject,relation,object,templates\na,b,c,d\n", ", line 1", "'templates'", "mean 'template'?"),
    "short option": ("subject,relation,object,inverse\na,b,c,d\n", ", line 1", "'inverse'", "mean 'inverse_relation'?"),
    "column twice": ("subject,relation,object,object\n", ", line 1", "'object' appears twice", "Remove one"),
    "semicolons": (
        "subject;relation;object\na;b;c\n",
        ", line 1",
        "one single column",
        "Separate the columns with commas",
    ),
    "tabs": (
        "subject\trelation\tobject\na\tb\tc\n",
        ", line 1",
        "one single column",
        "Separate the columns with commas, not tabs",
    ),
    "too many cells": (lines("a,r,b,c"), ", line 10", "4 cells where the header has 3", "in double quotes"),
    "too few cells": (lines("a,r"), ", line 10", "2 cells where the header has 3", "leave no cell out"),
    "open quote": (lines('"a,r,b'), ", line 10", "the quotes do not match", "in quotes"),
    "swallowing quote": (lines('a,r,"b', 'c,r,"d'), ", line 10", "the quotes do not match", "in quotes"),
    "line break": (lines('a,r,"b', 'c"'), ", line 10", "'object' holds a line break", "Close the quotes"),
    "after a line break": (lines('"a\n",r,b', "c,r,"), ", line 12", "'object' is empty", "Fill it in"),
    "Latin-1": (
        lines("Perú,r,b").encode("latin-1"),
        ", line 10",
        "not UTF-8 text (byte 0xfa)",
        "Save the file as UTF-8",
    ),
    "UTF-16": (lines().encode("utf-16"), ", line 1", "not UTF-8 text", "Save the file as UTF-8"),
    "UTF-16, no mark": (lines().encode("utf-16-le"), ", line 1", "NUL byte", "Save the file as plain UTF-8 text"),
    "NUL": (lines("a\0,r,b"), ", line 10", "NUL byte", "Save the file as plain UTF-8 text"),
    "control character": (
        lines("a\x1bz,r,b"),
        ", line 10",
        "'subject' holds the control character '\\x1b'",
        "Remove it",
    ),
    "empty cell": (lines("a,r,  "), ", line 10", "'object' is empty", "Fill it in, or remove the row"),
    "invisible cell": (lines("a,r,\u200b"), ", line 10", "'object' is empty", "Fill it in, or remove the row"),
    "essay": (lines("a,r," + "b " * 40), ", line 10", "40 words, the limit is 32", "shorter name"),
    "duplicate": (lines("s3, r ,o3"), ", lines 5 and 10", "the same fact twice ('s3', 'r', 'o3')", "Remove one"),
    "contradiction": (lines("s3,r,o4"), ", lines 5 and 10", "two answers for 's3', 'r': 'o3' and 'o4'", "Keep one, or"),
    "contradiction among three": (
        lines("s3,r,o4", "s3,r,o5"),
        ", lines 5 and 10",
        "two answers for 's3', 'r': 'o3' and 'o4'",
        "several are taken where more subjects have them",
    ),
    "contradiction elsewhere": (
        lines("s3,r,o4", "s5,r,o4", "a,q,x", "b,q,y", "a,q,z"),
        ", lines 12 and 14",
        "two answers for 'a', 'q': 'x' and 'z'",
        "Keep one, or",
    ),
    "duplicate among several": (
        lines("s3,r,o4", "s5,r,o4", "s3,r,o4"),
        ", lines 10 and 12",
        "the same fact twice ('s3', 'r', 'o4')",
        "Remove one",
    ),
    "one row": (lines("a,q,b"), ", line 10", "'q' has only one row", "Add rows of 'q'"),
    "one object": (lines("a,q,b", "c,q,b"), ", line 10", "'q' has the same object in all 2 rows", "with other objects"),
    "few subjects": ("\n".join(lines().split("\n")[:8]), "", "7 different subjects are too few", "at least 8"),
    "inverse as relation": (lines("o1,r (reversed),s1"), ", line 2", "already a relation", "remove rows that state"),
}


@pytest.mark.parametrize(("content", "place", "problem", "remedy"), BAD_CSV.values(), ids=BAD_CSV)
def test_csv_is_refused(tmp_path, content, place, problem, remedy):
    message = refusal(saved(tmp_path, content))
    assert message.startswith(f"{place}: ")
    assert problem in message
    assert remedy in message.split(problem)[1]


FULL = "subject,relation,object,inverse_relation,template"
BAD_OPTIONS = {
    "two inverses": (
        ["a,q,b,p,", "c,q,d,,", "e,q,f,o,"],
        ", lines 10 and 12",
        "two values of 'inverse_relation'",
        "one for",
    ),
    "two templates": (
        ["a,q,b,,{subject} {object}", "c,q,d,,{object} {subject}"],
        ", lines 10 and 11",
        "'template'",
        "one",
    ),
    "no object": (["a,q,b,,", "c,q,d,,{subject}!"], ", line 11", "{object} 0 times", "Write it once"),
    "two subjects": (
        ["a,q,b,,{subject} {subject} {object}", "c,q,d,,"],
        ", line 10",
        "{subject} 2 times",
        "Write it once",
    ),
    "own inverse": (["a,q,b,q,", "c,q,d,q,"], ", line 10", "'q', which is already a relation", "another inverse"),
    "shared inverse": (
        ["a,q,b,r (reversed),", "c,q,d,,"],
        ", line 10",
        "already the inverse of 'r'",
        "another inverse",
    ),
}


@pytest.mark.parametrize(("extra", "place", "problem", "remedy"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_options_are_refused(tmp_path, extra, place, problem, remedy):
    good = [f"s{i},r,o{i},," for i in range(8)]
    message = refusal(saved(tmp_path, "\n".join([FULL, *good, *extra])))
    assert message.startswith(f"{place}: ")
    assert problem in message
    assert remedy in message.split(problem)[1]


GOOD = '{"subject": "a", "relation": "r", "object": "b"}\n\n'
BAD_JSONL = {
    "no rows": ("\n", "", "the file is empty", "Give it the columns"),
    "malformed": (GOOD + "{'subject': 1}", ", line 3", "this is not JSON", "Write one JSON object on each line"),
    "deep": (GOOD + "[" * 100_000, ", line 3", "this is not JSON", "Write one JSON object on each line"),
    "not a number": (GOOD + GOOD.replace('"b"', "NaN"), ", line 3", "NaN is no JSON value", "one JSON object"),
    "an array": (f"[{GOOD.strip()}]", ", line 1", "JSON but no object", 'as in {"subject"'),
    "a key twice": (GOOD.replace('"object"', '"subject"'), ", line 1", "a key appears twice", "Remove one"),
    "missing": (GOOD + '{"subject": "a", "relation": "r"}', ", line 3", "'object' is missing", "Needed are subject"),
    "misspelt": (GOOD + GOOD.replace("object", "objct"), ", line 3", "'object' is missing", "Did you mean 'objct'?"),
    "case": (GOOD.replace("object", "OBJECT"), ", line 1", "'object' is missing", "Did you mean 'OBJECT'?"),
    "null": (GOOD + GOOD.replace('"b"', "null"), ", line 3", "'object' is empty", "Fill it in, or remove the row"),
    "boolean": (GOOD.replace('"b"', "true"), ", line 1", "'object' is neither text nor a number: 'True'", "as text"),
    "list": (GOOD.replace('"b"', '["b"]'), ", line 1", "neither text nor a number", "Write it as text"),
    "escaped NUL": (GOOD.replace('"b"', '"b\\u0000c"'), ", line 1", "the control character '\\x00'", "Remove it"),
    "half a character": (GOOD.replace('"b"', '"b\\ud800"'), ", line 1", "control character '\\ud800'", "Remove it"),
}


@pytest.mark.parametrize(("content", "place", "problem", "remedy"), BAD_JSONL.values(), ids=BAD_JSONL)
def test_jsonl_is_refused(tmp_path, content, place, problem, remedy):
    message = refusal(saved(tmp_path, content, "facts.jsonl"))
    assert message.startswith(f"{place}: ")
    assert problem in message
    assert remedy in message.split(problem)[1]


BAD_PARQUET = {
    "no rows": ({"subject": [], "relation": [], "object": []}, "", "columns but no rows", "Add one row"),
    "missing": ({"subject": ["a"], "relation": ["r"]}, "", "'object' is missing", "Needed are"),
    "null": (
        {"subject": ["a", "b"], "relation": ["r", None], "object": [1, 2]},
        ", row 2",
        "'relation' is empty",
        "Fill",
    ),
    "NaN": ({"subject": ["a"], "relation": ["r"], "object": [float("nan")]}, ", row 1", "'object' is empty", "Fill"),
    "bytes": ({"subject": [b"a"], "relation": ["r"], "object": [1]}, ", row 1", "neither text nor a number", "as text"),
    "duplicate": (
        {"subject": ["a", "a"], "relation": ["r", "r"], "object": [1, 1]},
        ", rows 1 and 2",
        "twice",
        "Remove",
    ),
}


@pytest.mark.parametrize(("columns", "place", "problem", "remedy"), BAD_PARQUET.values(), ids=BAD_PARQUET)
def test_parquet_is_refused(tmp_path, columns, place, problem, remedy):
    path = tmp_path / "facts.parquet"
    pq.write_table(pa.table(columns), path)
    message = refusal(path)
    assert message.startswith(f"{place}: ")
    assert problem in message
    assert remedy in message.split(problem)[1]


def test_what_is_no_parquet_file_is_refused(tmp_path):
    message = refusal(saved(tmp_path, lines(), "facts.parquet"))
    assert "not a readable Parquet file" in message
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"subject": ["a"] * 500, "relation": ["r"] * 500, "object": range(500)}), whole)
    data = bytearray(whole.read_bytes())
    data[10:60] = b"\xff" * 50
    assert "Parquet" in refusal(saved(tmp_path, bytes(data), "torn.parquet"))


@pytest.mark.parametrize("name", ["facts.csv", "facts.jsonl", "facts.parquet"])
def test_a_hundred_thousand_rows_are_refused_within_seconds(tmp_path, name):
    rows = [{"subject": f"s{i}", "relation": "r", "object": f"o{i}"} for i in range(100_000)]
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name.endswith("csv"):
        saved(tmp_path, "\n".join(["subject,relation,object", *(",".join(row.values()) for row in rows)]), name)
    else:
        saved(tmp_path, "\n".join(map(json.dumps, rows)), name)
    start = time.process_time()
    message = refusal(path)
    assert time.process_time() - start < 5
    assert "more than 20,000 rows" in message
    assert "Choose at most 20,000 facts" in message


def test_the_largest_table_is_read_within_seconds(tmp_path):
    path = saved(tmp_path, "\n".join(["subject,relation,object", *(f"s{i},r,o{i}" for i in range(table.MAX_ROWS))]))
    start = time.process_time()
    assert len(read_facts(path).rows) == table.MAX_ROWS
    assert time.process_time() - start < 5


def test_huge_files_are_refused_unread(tmp_path):
    path = tmp_path / "facts.csv"
    with path.open("wb") as file:
        file.truncate(10**12)  # a hole: takes no room on the disk
    assert "1,000,000 MB are too much" in refusal(path)


def test_what_is_no_file_is_refused(tmp_path):
    assert "this is a directory. Name one file in it" in refusal(tmp_path)
    assert "no such file. Check the path" in refusal(tmp_path / "none.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not an ordinary file" in refusal(tmp_path / "pipe.csv")


@pytest.mark.parametrize(("name", "problem"), [("facts.xlsx", "suffix '.xlsx' is not known"), ("facts", "no suffix")])
def test_other_formats_are_refused(tmp_path, name, problem):
    message = refusal(saved(tmp_path, lines(), name))
    assert problem in message
    assert "Save it as one of .csv, .tsv, .jsonl, .ndjson, .parquet" in message


@pytest.mark.parametrize(
    ("error", "problem"), [(PermissionError(13, "denied"), "not permitted"), (OSError(5, "I/O error"), "I/O error")]
)
def test_unreadable_files_are_refused(tmp_path, monkeypatch, error, problem):
    # Raised by hand, as a test run by root may read every file.
    def fail(self):
        raise error

    path = saved(tmp_path, lines())
    monkeypatch.setattr(Path, "read_bytes", fail)
    assert problem in refusal(path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_files_without_permission_are_refused(tmp_path):
    path = saved(tmp_path, lines())
    path.chmod(0)
    assert "not permitted" in refusal(path)
