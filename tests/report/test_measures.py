"""Measures, numbers other than accuracies, as tables and curves."""

import dataclasses

import pytest

from tolman.records.schema import Record
from tolman.records.statistics import Interval, student
from tolman.report.finding import finding
from tolman.report.measure_figures import measure_dots
from tolman.report.measures import averages, number, tables
from tolman.report.over_training import columns_of
from tolman.report.presentation import Presentation
from tolman.report.summary import summarise
from tolman.report.words import quantity


def at(mean, n=5):
    return Interval(mean, mean - 0.1, mean + 0.1, n)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.512, "fraction", "51.2"), (-0.004, "number", "−0.004"), (-0.0001, "number", "0.000"), (5.04, "ratio", "5\xa0×"),
     (0.25, "ratio", "0.25\xa0×"), (11.2, "ratio", "11\xa0×")],
)  # fmt: skip
def test_quantities_are_written_in_their_unit(value, unit, text):
    assert quantity(value, unit) == text


def test_a_number_of_one_seed_has_no_interval():
    assert number(None) == "–"
    assert number(Interval(0.5, 0.5, 0.5, 1)) == "0.500"
    assert number(at(0.5)) == "0.500 [0.400, 0.600]"


def test_measures_are_columns_and_rows_and_tests_of_the_same_name_add_their_accuracy():
    measures = {f"variance/{row}": at(0.5) for row in ("a", "b", "c")}
    (table,) = tables(measures, {row: at(1.0) for row in ("a", "b", "c")})
    assert (table.columns, table.rows) == (("accuracy", "variance"), ("a", "b", "c"))
    assert table.text("a", "accuracy") == "1.000 [0.900, 1.100]"


def test_the_longer_side_is_down():
    measures = {f"{column}/{row}": at(0.1) for column in ("x", "y", "z") for row in ("a", "b")}
    (table,) = tables(measures, {})
    assert (table.columns, table.rows) == (("a", "b"), ("x", "y", "z"))
    assert set(table.cells) == {(row, column) for row in table.rows for column in table.columns}


def test_a_column_that_lacks_rows_stands_with_the_others_and_other_rows_apart():
    measures = {"x/a": at(1), "x/b": at(2), "dose/a": at(3), "rsa/a~b": at(4)}
    first, second = tables(measures, {})
    assert (first.columns, first.rows) == (("x", "dose"), ("a", "b"))
    assert first.text("b", "dose") == "–"
    assert (second.columns, second.rows) == (("rsa",), ("a~b",))


@pytest.fixture
def records(study):
    """Five seeds of one network whose features take .5 and .1 of the variance."""
    found = []
    for record in study(5):
        if record.learner == "parametric":
            i = record.seeds[0]
            tests = {
                name: {**record.tests["latent"], "role": "explicit", "accuracy": 0.99} for name in ("easy", "hard")
            }
            measures = {"variance/easy": 0.5 + i / 100, "variance/hard": 0.1, "dose/hard": None if i else 0.3}
            curve = [{**p, "accuracy": {"easy": 1.0}, "measures": {"explained/easy": p["targets"] * 1.0}}
                     for p in record.result["curves"]]  # fmt: skip
            result = record.result | {"tests": tests, "measures": measures, "curves": curve}
            found.append(dataclasses.replace(record, result=result))
    assert all(isinstance(r, Record) for r in found)
    return found


def test_averages_are_over_the_seeds_at_which_a_number_is_defined(records):
    means = averages(records)
    assert means["variance/easy"] == student([0.5 + i / 100 for i in range(5)])
    assert means["dose/hard"] == Interval(0.3, 0.3, 0.3, 1)


def test_the_summary_and_the_figures_carry_them(records):
    (summary,) = summarise(records)
    (learner,) = summary.learners
    (table,) = learner.tables
    assert table.columns == ("easy", "hard")
    assert table.rows == ("accuracy", "variance", "dose")
    shown = measure_dots(table).to_dict()["datasets"]
    assert {(r["row"], r["column"]) for rows in shown.values() for r in rows} == set(table.cells)


def test_accuracies_and_measures_are_followed_at_the_points_that_all_seeds_have(records):
    def columns(found):
        (summary,) = summarise(found)
        return columns_of(summary.learners[0], Presentation())

    accuracy, explained = columns(records)
    assert (accuracy.heading, list(accuracy.lines)) == ("Accuracy", ["easy"])
    assert (explained.heading, explained.chance, list(explained.lines)) == ("explained", None, ["easy"])
    curve = records[0].result["curves"]
    assert [step for step, _ in explained.lines["easy"]] == [point["step"] for point in curve]
    assert [x.mean for _, x in explained.lines["easy"]] == [point["targets"] for point in curve]
    short = dataclasses.replace(records[0], result=records[0].result | {"curves": curve[:2]})
    assert all(len(each.lines["easy"]) == 2 for each in columns([short, *records[1:]]))


def test_the_finding_says_what_is_computed_and_what_each_feature_takes(records, presentations):
    (summary,) = summarise(records, {"reversals": presentations["nets"]})
    said = finding(summary)
    for text in ("2 tasks (5 seeds)", "at least 99", "'easy' explains 52", "'hard' 10"):
        assert text in said.replace("\N{NO-BREAK SPACE}", " ")
