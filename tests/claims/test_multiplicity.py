"""p-values that agree with the intervals, and the false-discovery rate of a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, ttest_1samp
from test_verdict import PARAMETRIC, STUDY, claim, record

from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.multiplicity import controlled, p_value
from tolman.claims.runs import RunGroup
from tolman.claims.verdict import judge
from tolman.records.statistics import student, wilson

NUMBERS = st.lists(st.integers(0, 50), min_size=5, max_size=9)


def by_student(values):
    return lambda level: student(values, level)


@pytest.mark.parametrize(("direction", "alternative"), [(">=", "greater"), ("<=", "less")])
@pytest.mark.parametrize("bound", [0.3, 0.45, 0.7])
def test_p_values_over_seeds_are_those_of_the_t_test(direction, alternative, bound):
    values = [0.41, 0.52, 0.38, 0.47, 0.55, 0.49]
    expected = ttest_1samp(values, bound, alternative=alternative).pvalue
    assert p_value(direction, bound, by_student(values)) == pytest.approx(expected, rel=1e-6)


def test_an_equivalence_has_the_larger_p_of_two_one_sided_tests():
    values = [0.01, -0.02, 0.03, 0.0, 0.02]
    sides = [ttest_1samp(values, b, alternative=a).pvalue for b, a in ((-0.04, "greater"), (0.04, "less"))]
    assert p_value("within", 0.04, by_student(values)) == pytest.approx(max(sides), rel=1e-6)


def test_a_p_value_of_items_is_that_of_the_score_test():
    successes, n, bound = 470, 500, 0.9
    z = (successes / n - bound) / np.sqrt(bound * (1 - bound) / n)
    assert p_value(">=", bound, lambda level: wilson(successes, n, level)) == pytest.approx(norm.sf(z), rel=1e-6)


def test_seeds_without_spread_are_as_sure_as_their_items():
    perfect = claim(Accuracy(PARAMETRIC, "latent"), 0.95, ">=")
    verdict = judge(perfect, [record(seed=i, latent=1.0) for i in range(5)], STUDY, "quick")
    assert verdict.p == pytest.approx(norm.sf(0.05 / np.sqrt(0.95 * 0.05 / 500)), rel=1e-6)


@given(NUMBERS, st.floats(-0.5, 1.0), st.sampled_from([">=", "<=", "within"]))
@settings(max_examples=60, deadline=None)
def test_p_agrees_with_the_verdict(correct, bound, direction):
    made = claim(AboveChance(PARAMETRIC, "latent"), abs(bound) if direction == "within" else bound, direction)
    verdict = judge(made, [record(seed=i, n=50, latent=k / 50) for i, k in enumerate(correct)], STUDY, "quick")
    assert (verdict.p <= 0.025) == (verdict.status == "holds")
    if verdict.status == "fails":
        assert verdict.p >= 0.975 - 1e-9


@given(NUMBERS, st.floats(0.0, 1.0), st.floats(0.0, 0.2))
@settings(max_examples=30, deadline=None)
def test_a_stricter_bound_never_has_a_smaller_p(correct, bound, stricter):
    records = [record(seed=i, n=50, latent=k / 50) for i, k in enumerate(correct)]
    weak, strict = (
        judge(claim(Accuracy(PARAMETRIC, "latent"), b, ">="), records, STUDY, "quick").p
        for b in (bound, bound + stricter)
    )
    assert strict >= weak * (1 - 1e-6)


def verdicts_with(*accuracies):
    """Return verdicts on claims of at least .9, one for each accuracy of five equal seeds of 100 items."""
    at_least = claim(Accuracy(PARAMETRIC, "latent"), 0.9, ">=")
    return [
        judge(at_least, [record(seed=i, latent=accuracy) for i in range(5)], STUDY, "quick") for accuracy in accuracies
    ]


def test_adjusted_p_values_are_those_of_benjamini_and_yekutieli():
    found = controlled(verdicts_with(0.99, 0.93, 0.93, 0.5))
    p = np.sort([verdict.p for verdict in found])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    steps = np.minimum.accumulate((p * 4 * harmonic / np.arange(1, 5))[::-1])[::-1].clip(max=1.0)
    assert sorted(verdict.p_adjusted for verdict in found) == pytest.approx(list(steps))


def test_one_claim_of_many_that_hold_may_not_survive_the_table():
    [alone] = controlled(verdicts_with(0.93))
    assert (alone.status, alone.holds_under_fdr) == ("holds", True)
    crowd = controlled(verdicts_with(0.93, *[0.9] * 60))
    assert (crowd[0].status, crowd[0].holds_under_fdr) == ("holds", False)
    assert crowd[0].p == alone.p < crowd[0].p_adjusted
    assert {verdict.holds_under_fdr for verdict in crowd[1:]} == {False}


def test_what_was_not_judged_is_no_part_of_the_table():
    few = [record(seed=i, latent=1.0) for i in range(3)]
    made = claim(Accuracy(PARAMETRIC, "latent"), 0.9, ">=")
    unjudged = [judge(made, few, STUDY, "quick"), judge(made, [], STUDY, "quick")]
    found = controlled([*unjudged, *verdicts_with(0.93)])
    assert [verdict.p_adjusted for verdict in found[:2]] == [None, None]
    assert found[2].p_adjusted == found[2].p
    assert controlled([]) == []


def test_a_paired_difference_inverts_both_of_its_intervals():
    other = RunGroup("standard", "context")
    gap = Difference(Accuracy(other, "latent"), Accuracy(PARAMETRIC, "latent"))
    values = [0.50, 0.54, 0.46, 0.52, 0.48]
    records = [record(seed=i, latent=x) for i, x in enumerate(values)]
    records += [record(other, i, latent=x + 0.1) for i, x in enumerate(values)]
    # The difference never varies, so that its p-value is that of the items.
    assert 1e-5 < judge(claim(gap, 0.0, ">="), records, STUDY, "quick").p < 0.01
