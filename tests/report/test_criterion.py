"""How soon conditions reach a criterion: medians with censored seeds, shares within a budget, and their figures."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tolman.records.statistics import wilson
from tolman.report.criterion import median, reached_by, timings
from tolman.report.criterion_figures import reached_figure, steps_figure
from tolman.report.over_training import quantities
from tolman.report.pages import sections
from tolman.report.presentation import Criterion, Presentation
from tolman.report.site import render
from tolman.report.summary import summarise
from tolman.report.training_figures import quantity_chart

CHANCES = ("uniform", "elimination", "constant")
WORDS = Presentation(
    criterion=Criterion("easy", 0.9, {"quick": 20}),
    quantities={"easy": "Accuracy on what is easy", "depth": "How deep"},
    over_training="Look at the first figure first.",
)


@pytest.fixture
def run(make):
    """Makes a record whose accuracy has these values after steps 10, 20, ..."""

    def made(condition, seed, accuracies, phases=None):
        test = {"role": "explicit", "n": 100, "accuracy": accuracies[-1], "chance": dict.fromkeys(CHANCES, 0.5),
                "recall": None, "precision": None, "exposure": None, "groups": {}}  # fmt: skip
        curve = [
            {"step": 10 * i, "targets": i, "tokens": i, "accuracy": {"easy": x}, "measures": {"depth/one": x - 0.6}}
            for i, x in enumerate(accuracies, start=1)
        ]
        training = {"training": {"chunk": 10, "phases": phases}} if phases else {}
        found = make(seed=seed, condition=condition, tests={"easy": test}, **training)
        return dataclasses.replace(found, result=found.result | {"curves": curve})

    return made


def summaries(*runs):
    return summarise(runs, {"reversals": WORDS})


def test_seeds_that_never_get_there_count_as_longer_than_all_others(run):
    soon = [run("soon", i, [0.5, 0.95, 0.95]) for i in range(3)] + [run("soon", 3, [0.5, 0.5, 0.5])]
    (timing,) = timings(summaries(*soon))
    assert timing.steps == (20, 20, 20, math.inf)
    assert (timing.never, timing.median.value) == (1, 20)
    assert timing.reached == wilson(3, 4)
    assert timing.at_budget.mean == pytest.approx((3 * 0.95 + 0.5) / 4)
    assert reached_by(timing) == [(0, 0), (20, 0.25), (20, 0.5), (20, 0.75), (30, 0.75)]


def test_steps_of_a_transplant_count_from_the_transplant(run):
    phases = [{"steps": 10}, {"steps": 20, "keep": ["embedding"]}]
    (timing,) = timings(summaries(*(run("given", i, [0.99, 0.5, 0.92], phases) for i in range(2))))
    assert timing.steps == (20, 20)
    assert timing.taken == (20, 20)


def test_a_study_without_a_criterion_or_of_another_preset_is_not_timed(run):
    assert timings(summarise([run("a", 0, [0.9])])) == ()
    other = dataclasses.replace(WORDS, criterion=Criterion("easy", 0.9, {"full": 20}))
    assert timings(summarise([run("a", 0, [0.9])], {"reversals": other})) == ()


@given(st.lists(st.one_of(st.floats(1, 100), st.just(math.inf)), min_size=1, max_size=40))
def test_the_interval_of_a_median_has_the_ranks_of_the_sign_test(steps):
    found, n, ordered = median(steps), len(steps), sorted(steps)
    rank = int(binom.ppf(0.025, n, 0.5))
    rank += binom.cdf(rank, n, 0.5) <= 0.025
    if n < 6:
        assert (found.low, found.high) == (0, math.inf)
    else:
        assert (found.low, found.high) == (ordered[rank - 1], ordered[n - rank])
    assert sum(step <= found.value for step in steps) >= n / 2
    assert found.low <= found.value <= found.high


def test_the_figures_show_every_seed_and_every_condition(run):
    soon, late = ([run(name, i, [0.5, x, x]) for i in range(3)] for name, x in (("soon", 0.95), ("late", 0.6)))
    found = timings(summaries(*soon, *late))
    rows = [row for rows in steps_figure(found).to_dict()["datasets"].values() for row in rows]
    assert sorted((r["condition"], r["never"]) for r in rows if "never" in r) == 3 * [("late", True)] + 3 * [
        ("soon", False)
    ]
    rows = [row for rows in reached_figure(found).to_dict()["datasets"].values() for row in rows if "share" in row]
    assert {r["condition"]: r["share"] for r in rows} == {"soon": 1.0, "late": 0.0}


def test_conditions_share_a_figure_for_each_quantity(run):
    found = quantities(summaries(run("a", 0, [0.5, 0.9]), run("b", 0, [0.5, 0.6])))
    assert [quantity.heading for quantity in found] == ["Accuracy on what is easy", "How deep, one"]
    assert [quantity.chance for quantity in found] == [0.5, None]
    assert [x.mean for _, x in found[0].lines["b"]] == [0.5, 0.6]
    charts = [quantity_chart(quantity, {"a": "#111111", "b": "#222222"}).to_dict() for quantity in found]
    assert ["50%" in str(chart) or "'%'" in str(chart) for chart in charts] == [True, False]


def test_the_page_compares_the_conditions(run):
    runs = [run(name, i, [0.5, x]) for name, x in (("soon", 0.95), ("late", 0.6)) for i in range(2)]
    page = render(runs, [], {"reversals": WORDS})
    for text in ("How soon it is learned", "2 of 2", "0 of 2", "Look at the first figure first.", "How deep, one"):
        assert text in page
    (section,) = sections(summarise(runs))
    assert section.comparison is None
