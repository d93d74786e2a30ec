"""Sweeps on the page: their figures show the cells' numbers, and their records are not shown cell by cell."""

import dataclasses
import itertools

import pytest
from record_samples import sample

from tolman.report.site import render
from tolman.report.sweep_figures import sweep_figures
from tolman.report.sweep_pages import split_records, sweep_sections
from tolman.report.sweep_steps import steps_rows
from tolman.report.sweep_tables import as_rows, cell_table
from tolman.sweeps.outcomes import outcomes_of, sweeps_of


def record(overrides, right, seed=0, learner="parametric"):
    tests = {"latent": (right, 20), "forward": (19, 20)}
    return sample(tests=tests, overrides=overrides, learner=learner, world_seed=seed, model_seed=seed)[0]


def line(learner="parametric", count=4):
    return [
        record({"world.entities": 8 * i, "world.copies": 2}, min(20, 5 * i + seed), seed, learner)
        for i in range(1, count + 1)
        for seed in range(3)
    ]


def plane(third=("x",)):
    return [
        record({"world.a": a, "world.b": b, "world.c": c}, 20 if a + b > 4 else 4, seed)
        for a, b, c in itertools.product((1, 2, 3), (1, 2, 3, 4), third)
        for seed in range(2)
    ]


def test_tests_of_one_kind_are_outcomes_together_and_by_themselves():
    tests = {"latent": (6, 20), "forward": (19, 20), "reverse": (9, 20)}
    (outcomes,) = [outcomes_of(sample(tests=tests)[0])]
    roles = {"latent", "explicit"}
    assert {name: outcomes[name] for name in roles} == {"latent": (0.3, 20), "explicit": (pytest.approx(0.7), 40)}
    assert outcomes["forward"] == (0.95, 20)
    assert outcomes["reverse"] == (0.45, 20)
    assert "control" not in outcomes


def test_a_test_without_questions_counts_for_no_accuracy():
    record, _ = sample(tests={"latent": (16, 20), "forward": (19, 20), "reverse": (0, 0)})
    assert outcomes_of(record)["explicit"] == (0.95, 20)
    assert "explicit" not in outcomes_of(sample(tests={"latent": (16, 20), "forward": (0, 0)})[0])


def test_steps_until_a_test_is_solved_stand_beside_its_accuracy():
    def run(x, seed, accuracies):
        found = sample(tests={"latent": (9, 20), "a": (19, 20), "b": (19, 20)}, overrides={"world.x": x},
                       world_seed=seed, model_seed=seed)[0]  # fmt: skip
        curve = [{"step": 10 * i, "accuracy": {"latent": value}} for i, value in enumerate(accuracies, start=1)]
        return dataclasses.replace(found, result=found.result | {"curves": curve})

    curves = {1: [0.5, 0.5, 0.5], 2: [0.5, 0.95, 0.5], 3: [0.9, 0.95, 0.5]}
    (sweep,) = sweeps_of([run(x, seed, values) for x, values in curves.items() for seed in range(6)])
    rows = {row["x"]: row for row in steps_rows(sweep, "latent")}
    assert {x: (row["steps"], row["never"]) for x, row in rows.items()} == {
        1: (30, True),
        2: (20, False),
        3: (10, False),
    }
    assert rows[2]["value"] == "20, 6 of 6 seeds"
    assert steps_rows(sweep, "explicit") == []
    headings = [figure.heading for figure in sweep_figures(sweep)]
    assert "latent, steps until solved" in headings
    assert "a, steps until solved" not in headings


def rows_of(chart):
    return max(chart.to_dict()["datasets"].values(), key=len)


def test_one_axis_has_a_curve_for_every_kind_of_test_and_learner():
    (sweep,) = sweeps_of([*line(), *line("parametric-context")])
    figures = {figure.heading: figure for figure in sweep_figures(sweep)}
    assert {"explicit", "explicit, solved", "latent", "latent, solved", "variance/easy"} <= figures.keys()
    rows = rows_of(figures["latent"].chart)
    assert len(rows) == 2 * 4
    table = sweep.table("parametric", "latent")
    for row in rows:
        i = table.cells.index((row["x"],))
        assert (row["mean"], row["low"], row["high"]) == table.mean(i)[:3]
    last = next(row for row in rows if row["x"] == 32)
    assert (last["mean"], last["solved"], last["reach"]) == (1.0, 1.0, "3 of 3")


def test_two_axes_have_a_map_with_the_boundary():
    (sweep,) = sweeps_of(plane())
    figure = next(figure for figure in sweep_figures(sweep) if figure.heading == "latent, parametric")
    sets = list(figure.chart.to_dict()["datasets"].values())
    tiles = next(rows for rows in sets if "x0" in rows[0])
    points = next(rows for rows in sets if "step" in rows[0])
    assert len(tiles) == 12
    assert "The line is where P(accuracy ≥ 0.9) = 0.5" in figure.caption
    # Cells with a + b > 4 are solved: the line runs between (1, 3) and (1, 4), and between (3, 1) and (3, 2).
    left, right = min(points, key=lambda p: p["x"]), max(points, key=lambda p: p["x"])
    assert 1.6 < left["y"] < 3.4
    assert -0.6 < right["y"] < 1.4


def test_a_map_of_what_is_always_solved_has_no_boundary():
    (sweep,) = sweeps_of(plane())
    figure = next(figure for figure in sweep_figures(sweep) if figure.heading == "explicit, parametric")
    assert "line" not in figure.caption


def test_three_axes_have_a_map_for_every_value_of_the_shortest():
    (sweep,) = sweeps_of(plane(third=("x", "y")))
    headings = [figure.heading for figure in sweep_figures(sweep)]
    assert "latent, parametric, c = x" in headings
    assert "latent, parametric, c = y" in headings


def test_the_page_has_the_sweep_and_no_section_for_each_cell():
    alone = sample()[0]
    rest, sweeps = split_records([alone, *plane()])
    assert rest == [alone]
    (section,) = sweep_sections(sweeps)
    assert [(row.axis, row.outcome) for row in section.effects if row.outcome == "latent"] == [
        ("world.a", "latent"), ("world.b", "latent"), ("world.a with world.b", "latent"),
    ]  # fmt: skip
    page = render([alone, *plane()], [])
    assert "over a and b" in page
    assert "Which parameter matters" in page
    assert page.count("exploratory: no claim reads these records") == 1
    assert "settings were overridden" not in page
    assert render(plane(), [])  # a page of nothing but a sweep


def test_two_cells_are_reported_one_by_one():
    rest, sweeps = split_records(line(count=2))
    assert (len(rest), sweeps) == (6, ())


def test_rows_and_tables_have_every_cell():
    (sweep,) = sweeps_of(line())
    rows = [row for row in as_rows(sweep, 0.5) if row["outcome"] == "latent"]
    assert [row["world.entities"] for row in rows] == [8, 16, 24, 32]
    assert rows[0]["world.copies"] == 2
    assert rows[1]["solved"]["mean"] == 1.0
    (table,) = cell_table(sweep, 0.5, most=3)
    assert table.row_count == 3
    assert "1 more cells" in str(table.caption)


@pytest.mark.parametrize("value", [True, "fixed", [1, 2]])
def test_values_that_are_no_numbers_are_named(value):
    records = [record({"world.order": each}, 10, seed) for each in (value, "b", "c") for seed in range(2)]
    (sweep,) = sweeps_of(records)
    assert not sweep.axes[0].is_numeric
    figure = next(figure for figure in sweep_figures(sweep) if figure.heading == "latent")
    assert {row["x"] for row in rows_of(figure.chart)} >= {"b", "c"}
