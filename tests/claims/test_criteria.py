"""Shares of seeds that reach a criterion, and the steps that it takes."""

import dataclasses

import pytest
from test_verdict import STUDY, claim

from tolman.claims.combinations import Difference, Ratio
from tolman.claims.criteria import Reaches, StepsToCriterion
from tolman.claims.runs import RunGroup
from tolman.claims.verdict import judge
from tolman.core.config import digest
from tolman.records.schema import Record
from tolman.records.statistics import difference, wilson

ONE, OTHER = RunGroup("one", "parametric"), RunGroup("other", "parametric")


def record(condition, seed, curve):
    """A run whose accuracy has these values, at steps 10, 20, ..."""
    config = {
        "study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": condition,
        "learner": {"name": "parametric"}, "world_seed": seed, "model_seed": seed,
    }  # fmt: skip
    tests = {"easy": {"role": "explicit", "n": 100, "accuracy": curve[-1], "recall": None, "chance": {}}}
    points = [{"step": 10 * i, "accuracy": {"easy": accuracy}} for i, accuracy in enumerate(curve, start=1)]
    return Record(digest(config), config, {"tests": tests, "measures": {}, "curves": points}, {})


def records(one, other):
    return [
        record(name, i, curve) for name, curves in (("one", one), ("other", other)) for i, curve in enumerate(curves)
    ]


def test_a_share_of_seeds_counts_those_that_reach_the_criterion_with_an_interval_of_seeds():
    found = records([[0.9]] * 18 + [[0.899]] * 2, [])
    verdict = judge(claim(Reaches(ONE, "easy"), 0.5, ">="), found, STUDY, "quick")
    assert verdict.effect == pytest.approx(0.9)
    assert verdict.floor == "items"
    assert verdict.low <= wilson(18, 20).low
    assert verdict.high >= wilson(18, 20).high


def test_seeds_that_all_reach_it_prove_no_certainty():
    found = records([[1.0]] * 20, [[0.5]] * 20)
    effect = Difference(Reaches(ONE, "easy"), Reaches(OTHER, "easy"))
    verdict = judge(claim(effect, 0.4, ">="), found, STUDY, "quick")
    assert (verdict.effect, verdict.status) == (1.0, "holds")
    assert verdict.low == pytest.approx(difference(wilson(20, 20), wilson(0, 20)).low)


def test_what_is_reached_counts_if_it_was_in_time_and_need_not_last():
    runs = {ONE: {(0, 0): record("one", 0, [0.5, 0.6, 0.95, 0.8])}}
    for within, expected in {20: 0, 29: 0, 30: 1, 40: 1}.items():
        assert Reaches(ONE, "easy", within=within).value(runs, (0, 0)) == expected
    assert Reaches(ONE, "easy").value(runs, (0, 0)) == 1
    assert Reaches(ONE, "easy", 0.96).value(runs, (0, 0)) == 0


def test_steps_count_from_where_the_weights_began_anew():
    of_donor = record("one", 0, [0.95, 0.99, 0.5, 0.6, 0.92])
    phases = [{"steps": 15}, {"steps": 30, "keep": ["embedding"]}]
    config = of_donor.config | {"training": {"chunk": 10, "phases": phases}}
    runs = {ONE: {(0, 0): dataclasses.replace(of_donor, config=config)}}
    assert StepsToCriterion(ONE, "easy").value(runs, (0, 0)) == 30
    assert [Reaches(ONE, "easy", within=within).value(runs, (0, 0)) for within in (20, 30)] == [0, 1]


def test_steps_are_those_of_the_first_point_that_reaches_the_criterion():
    runs = {ONE: {(0, 0): record("one", 0, [0.5, 0.95, 0.8, 1.0])}}
    assert StepsToCriterion(ONE, "easy").value(runs, (0, 0)) == 20
    assert StepsToCriterion(ONE, "easy", 0.97).value(runs, (0, 0)) == 40


def test_runs_that_never_reach_it_count_with_all_their_steps():
    slow, fast = [[0.5, 0.5, 0.5, 0.5]] * 5, [[0.95, 0.9, 0.9, 0.9]] * 5
    effect = Ratio(StepsToCriterion(ONE, "easy"), StepsToCriterion(OTHER, "easy"))
    verdict = judge(claim(effect, 2.0, ">="), records(slow, fast), STUDY, "quick")
    assert (verdict.effect, verdict.unit, verdict.status) == (pytest.approx(4.0), "ratio", "holds")
