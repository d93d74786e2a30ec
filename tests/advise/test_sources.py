"""What advice is asked about: which kind of source is taken, and what is refused before anything is trained."""

from __future__ import annotations

import json

import pytest
from prose_samples import LIVES

from tolman.advise.sources import Given, case
from tolman.core.errors import UserError
from tolman.studies.language.facts import FactsStudy
from tolman.studies.language.texts import TextsStudy

ROWS = [(f"city{i}", "country", f"land{i % 10}") for i in range(20)]
COLUMNS = ("subject", "relation", "object")
PROSE = " ".join(LIVES)


def table(rows=ROWS, columns=COLUMNS, mark=","):
    return "\n".join(mark.join(row) for row in [columns, *rows]) + "\n"


def json_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


FACTS = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
DOCUMENTS = [{"id": f"d{i}", "text": f"Today {text}"} for i, text in enumerate(LIVES)]
QUESTIONS = [
    {"prompt": "Ada lives in", "answer": "Accra", "role": "explicit", "supports": ["d0"], "group": "where"},
    {"prompt": "Boris lives in", "answer": "Basel", "role": "explicit", "supports": ["d1"], "group": "where"},
    {"prompt": "who lives in Accra ?", "answer": "Ada", "role": "latent", "supports": ["d0"], "group": "who"},
    {"prompt": "who lives in Delft ?", "answer": "Dmitri", "role": "latent", "supports": ["d3"], "group": "who"},
]


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """The case that a file of this name and content makes, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def ask(name, content, **more):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return case(Given(source=path.relative_to(tmp_path), folder=tmp_path / "records", **more), "smoke")

    return ask


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", table()),
        ("t.CSV", table()),
        ("t.tsv", table(mark="\t")),
        ("t.jsonl", json_lines(FACTS)),
        ("t.ndjson", json_lines(FACTS)),
        ("t.jsonl", json_lines([{**row, "text": "a note"} for row in FACTS])),
    ],
)
def test_tables_are_facts_and_nothing_is_written(ask, tmp_path, name, content):
    found = ask(name, content)
    assert (found.name, type(found.study)) == ("facts", FactsStudy)
    assert (found.material.name, found.material.many, found.material.latent) == (name, "facts", "reversed")
    assert found.material.amount == "20 facts, 20 subjects and 1 relation"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_parquet_is_a_table(ask, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(FACTS), tmp_path / "t.parquet")
    assert case(Given(source=tmp_path / "t.parquet"), "smoke").name == "facts"


def learners(found):
    (condition,) = found.study.plan("smoke").conditions
    return list(condition.learner_names)


def test_what_is_compared_is_what_is_run(ask):
    found = ask("t.csv", table(), learners=("retrieval-bm25", "permuted"))
    assert learners(found) == [each.name for each in found.approaches]
    assert {"retrieval-bm25", "permuted", "retrieval-oracle", "retrieval-random"} < set(learners(found))
    assert "masked" not in learners(found)
    usual = ask("t.csv", table())
    assert learners(usual) == [each.name for each in usual.approaches]


def oracle(found):
    (each,) = [each for each in found.approaches if each.name == "retrieval-oracle"]
    return each.learner.context.retriever.supports


def test_the_bound_has_both_facts_where_facts_compose(ask):
    assert oracle(ask("t.csv", table())) == 1
    assert oracle(ask("t.csv", table([*ROWS, *((f"land{i}", "continent", f"part{i % 3}") for i in range(10))]))) == 2


def test_the_example_is_a_row_of_the_table(ask):
    said = ask("t.csv", table()).material.example
    assert "land0" in said
    assert "(city0)" in said
    columns = (*COLUMNS, "inverse_relation")
    said = ask("t.csv", table([(*row, "has the town") for row in ROWS], columns)).material.example
    assert "land0 country has the town ←" in said


def test_a_sampled_table_is_noted(ask):
    rows = [(f"s{i}", "r", f"o{i}") for i in range(120)]
    assert ask("t.csv", table(rows)).material.amount.startswith("100 facts")
    assert "120 facts" in ask("t.csv", table(rows)).material.notes[0]


@pytest.mark.parametrize(
    "files",
    [
        {"t.txt": PROSE},
        {"t.md": PROSE},
        {"t.jsonl": json_lines(DOCUMENTS)},
        {"t/a.md": " ".join(LIVES[:5]), "t/b.txt": PROSE},
    ],
)
def test_texts_are_cut_into_sentences_that_are_asked_about(ask, tmp_path, files):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    source = tmp_path / next(iter(files)).split("/")[0]
    found = case(Given(source=source, folder=tmp_path / "records"), "smoke")
    assert (found.name, type(found.study)) == ("texts", TextsStudy)
    assert found.material.name == source.name
    assert found.material.amount == "12 sentences, 12 of them asked about"
    assert "Ada" in found.material.example
    (folder,) = (tmp_path / "records").iterdir()
    assert str(folder / "tests.jsonl") in " ".join(found.material.notes)
    assert learners(found) == [each.name for each in found.approaches]


def test_questions_of_ones_own_are_asked_about_documents_as_they_are(ask, tmp_path):
    (tmp_path / "q.jsonl").write_text(json_lines(QUESTIONS), encoding="utf-8")
    found = ask("d.jsonl", json_lines(DOCUMENTS), tests="q.jsonl")
    assert (found.name, found.material.amount) == ("texts", "12 documents and 4 questions")
    assert "who lives in" in found.material.example
    assert not (tmp_path / "records").exists()


def test_names_that_documents_list_are_asked_about(ask, tmp_path):
    small = [{"id": f"d{i}", "text": text.lower(), "names": [w.lower() for w in text[:-1].split()[::3]]}
             for i, text in enumerate(LIVES)]  # fmt: skip
    found = ask("d.jsonl", json_lines(small))
    assert "lives in accra" in found.material.example
    assert "(ada)" in found.material.example


def test_where_no_names_are_found_there_is_nothing_to_mask(ask, tmp_path):
    documents, questions = json.loads(json.dumps([DOCUMENTS, QUESTIONS]).lower())
    (tmp_path / "q.jsonl").write_text(json_lines(questions), encoding="utf-8")
    found = ask("d.jsonl", json_lines(documents), tests="q.jsonl")
    assert "masked" not in learners(found)
    assert "`masked` was left out" in found.material.notes[0]
    listed = [{**each, "names": [each["text"].split()[1]]} for each in documents]
    found = ask("d.jsonl", json_lines(listed), tests="q.jsonl")
    assert "masked" in learners(found)
    assert not found.material.notes
    chosen = ask("d.jsonl", json_lines(documents), tests="q.jsonl", learners=("masked",))
    assert "masked" in learners(chosen)


def test_the_questions_that_were_made_can_be_corrected_and_given(ask, tmp_path):
    made = ask("t.txt", PROSE)
    (folder,) = (tmp_path / "records").iterdir()
    mine = [line for line in (folder / "tests.jsonl").read_text().splitlines() if '"Ada"' not in line]
    (tmp_path / "mine.jsonl").write_text("\n".join(mine), encoding="utf-8")
    found = ask("t.txt", PROSE, tests="mine.jsonl")
    assert found.name == made.name
    assert found.material.amount.endswith("23 questions")


def test_sentences_that_are_left_out_are_noted(ask):
    found = ask("t.txt", PROSE + f" Ada went {'on ' * 70}.")
    assert "1 longer sentence was left out." in found.material.notes


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.pdf", "text", r"t\.pdf: expected a table of facts"),
        ("t", "text", "t: expected a table of facts"),
        ("t.json", "{}", "expected a table of facts"),
        ("t.txt", "", "--tests"),
        ("t.txt", "Nothing is here.", "--tests"),
        ("t.jsonl", "", r"t\.jsonl"),
        ("t.jsonl", "{not json}", r"t\.jsonl, line 1"),
        ("t.jsonl", "[1]\n", r"t\.jsonl, line 1"),
        ("t.csv", "", r"t\.csv: the file is empty"),
        ("t.csv", "a,b\n1,2\n", r"t\.csv, line 1"),
        ("t.csv", table([*ROWS, ROWS[3]]), r"t\.csv, lines 5 and 22: the same fact twice"),
        ("t.csv", table([*ROWS, ("city3", "country", "land9")]), r"t\.csv, lines 5 and 22: two answers for 'city3'"),
        ("t.csv", table(ROWS[:5]), "too few"),
        ("d.jsonl", json_lines([*DOCUMENTS, DOCUMENTS[0]]), "lines 1 and 13: two documents have the id 'd0'"),
    ],
)
def test_what_cannot_be_asked_about_is_refused_with_its_place(ask, tmp_path, name, content, message):
    with pytest.raises(UserError, match=message):
        ask(name, content)
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing is left behind"


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(UserError, match="there is no such file or folder"):
        case(Given(source=tmp_path / "none.csv"), "smoke")
    with pytest.raises(UserError, match="in this folder"):
        case(Given(source=tmp_path), "smoke")


def test_questions_with_a_table_are_refused(ask):
    with pytest.raises(UserError, match="--tests asks about documents"):
        ask("t.csv", table(), tests="q.jsonl")


def test_questions_that_do_not_fit_the_documents_are_refused(ask, tmp_path):
    (tmp_path / "q.jsonl").write_text(json_lines([*QUESTIONS, {**QUESTIONS[0], "prompt": "Ada works in"}]))
    with pytest.raises(UserError, match=r"q\.jsonl, line 5: this question is explicit, but no document says"):
        ask("d.jsonl", json_lines(DOCUMENTS), tests="q.jsonl")


def test_an_unknown_learner_is_refused(ask):
    with pytest.raises(UserError, match="did you mean masked"):
        ask("t.csv", table(), learners=("mask",))
