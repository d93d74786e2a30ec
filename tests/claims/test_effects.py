"""Effects on numbers other than accuracies: ratios, growth over training, and where they are undefined."""

from __future__ import annotations

import dataclasses
import math

import pytest
from scipy.stats import ttest_1samp
from test_verdict import STUDY, claim

from tolman.claims.claim import Learned
from tolman.claims.combinations import Difference, Farthest, Ratio
from tolman.claims.effects import Accuracy, Growth, MeasureValue, RocAUC
from tolman.claims.runs import RunGroup
from tolman.claims.verdict import judge
from tolman.core.config import digest
from tolman.records.schema import Record
from tolman.records.statistics import difference, student, wilson

NETWORK = RunGroup("standard", "parametric")
EASY, HARD = MeasureValue(NETWORK, "variance/easy"), MeasureValue(NETWORK, "variance/hard")


def record(seed, easy, hard, curve=(), accuracy=1.0):
    config = {
        "world": {"test_items": 400},
        "study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": "standard",
        "learner": {"name": "parametric"}, "world_seed": seed, "model_seed": seed,
    }  # fmt: skip
    tests = {"easy": {"role": "explicit", "n": 100, "accuracy": accuracy, "recall": None, "chance": {}}}
    curves = [{"step": i, "accuracy": {"easy": a}, "measures": {"explained/easy": v}} for i, (a, v) in enumerate(curve)]
    result = {"tests": tests, "measures": {"variance/easy": easy, "variance/hard": hard}, "curves": curves}
    return Record(digest(config), config, result, {})


def runs(records):
    return {NETWORK: {r.seeds: r for r in records}}


def test_a_measure_is_the_recorded_number_with_its_interval_over_seeds():
    values = [0.5, 0.6, 0.55, 0.52, 0.58]
    verdict = judge(claim(EASY, 0.4, ">="), [record(i, v, 0.1) for i, v in enumerate(values)], STUDY, "quick")
    expected = student(values)
    assert (verdict.effect, verdict.low, verdict.high) == pytest.approx(expected[:3])
    assert (verdict.status, verdict.unit, verdict.preset) == ("holds", "fraction", "quick")


def test_a_ratio_is_geometric_and_symmetric_on_the_logarithmic_scale():
    records = [
        record(i, e, h) for i, (e, h) in enumerate([(0.5, 0.1), (0.5, 0.05), (0.5, 0.2), (0.5, 0.1), (0.5, 0.1)])
    ]
    interval = Ratio(EASY, HARD).interval(runs(records), [r.seeds for r in records])
    assert interval.mean == pytest.approx(5.0)
    assert interval.low * interval.high == pytest.approx(interval.mean**2)
    inverse = Ratio(HARD, EASY).interval(runs(records), [r.seeds for r in records])
    assert (inverse.mean, inverse.low, inverse.high) == pytest.approx((1 / 5, 1 / interval.high, 1 / interval.low))
    verdict = judge(claim(Ratio(EASY, HARD), 2.0, ">="), records, STUDY, "quick")
    assert (verdict.unit, verdict.status) == ("ratio", "holds")


def test_ratios_that_vary_widely_are_judged():
    """The p-value asks for intervals up to a level of 1 - 2e-12, whose end exceeds the largest float."""
    records = [record(i, ratio, 1.0) for i, ratio in enumerate((0.02, 0.1, 0.5, 2.0, 9.0))]
    verdict = judge(claim(Ratio(EASY, HARD), 2.0, "<="), records, STUDY, "quick")
    assert verdict.status == "inconclusive"
    logs = [math.log(ratio) for ratio in (0.02, 0.1, 0.5, 2.0, 9.0)]
    assert verdict.p == pytest.approx(ttest_1samp(logs, math.log(2), alternative="less").pvalue, rel=1e-6)
    assert Ratio(EASY, HARD).interval(runs(records), [r.seeds for r in records], 1 - 2e-12).high == math.inf


def test_a_denominator_at_or_below_zero_bounds_the_ratio():
    each = record(0, 0.5, -0.02)
    assert Ratio(EASY, HARD, least=0.01).value(runs([each]), (0, 0)) == pytest.approx(50)


def test_seeds_at_which_a_measure_is_undefined_do_not_count():
    records = [record(i, 0.5, None if i < 2 else 0.1) for i in range(6)]
    verdict = judge(claim(Ratio(EASY, HARD), 2.0, ">="), records, STUDY, "quick")
    assert (verdict.status, verdict.seeds) == ("not testable", 4)
    assert judge(claim(EASY, 0.4, ">="), records, STUDY, "quick").seeds == 6


def test_seeds_whose_test_has_no_questions_do_not_count():
    records = [record(i, 0.5, 0.1, accuracy=0.9) for i in range(5)] + [record(5, 0.5, 0.1, accuracy=0.0)]
    records[5].tests["easy"]["n"] = 0
    verdict = judge(claim(Accuracy(NETWORK, "easy"), 0.8, ">="), records, STUDY, "quick")
    assert (verdict.status, verdict.seeds, verdict.effect) == ("holds", 5, pytest.approx(0.9))


def test_an_unknown_measure_is_an_error_that_names_the_known_ones():
    with pytest.raises(ValueError, match=r"no measure 'pc9'.*variance/easy, variance/hard"):
        MeasureValue(NETWORK, "pc9").value(runs([record(0, 0.5, 0.1)]), (0, 0))


def test_networks_that_do_not_compute_what_they_should_prove_nothing():
    records = [record(i, 0.5, 0.01, accuracy=0.6) for i in range(5)]
    needed = claim(Ratio(EASY, HARD), 5.0, ">=", Learned(NETWORK, "easy"))
    assert judge(needed, records, STUDY, "quick").status == "not testable"


def test_growth_is_counted_from_mastery():
    grown = record(0, 0.5, 0.1, [(0.5, 1.0), (0.99, 2.0), (1.0, 4.0), (1.0, 6.0)])
    effect = Growth(NETWORK, "explained/easy", "easy")
    assert effect.value(runs([grown]), (0, 0)) == pytest.approx(3.0)
    assert effect.unit == "ratio"


def test_growth_is_counted_to_the_end_even_where_mastery_is_lost():
    lost = record(0, 0.5, 0.1, [(0.5, 1.0), (1.0, 2.0), (1.0, 3.0), (0.98, 9.0)])
    effect = Growth(NETWORK, "explained/easy", "easy")
    assert effect.value(runs([lost]), (0, 0)) == pytest.approx(4.5)
    assert effect.defined(runs([record(0, 0.5, 0.1, [(1.0, 2.0), (0.98, 3.0)])]), (0, 0))


@pytest.mark.parametrize("curve", [[], [(0.5, 1.0), (0.6, 2.0)], [(0.5, 1.0), (1.0, 2.0)]])
def test_growth_is_undefined_without_a_stretch_after_mastery(curve):
    assert not Growth(NETWORK, "explained/easy", "easy").defined(runs([record(0, 0.5, 0.1, curve)]), (0, 0))


def test_differences_of_measures_have_no_pooled_interval():
    records = [record(i, 0.5 + i / 100, 0.1) for i in range(5)]
    seeds = [r.seeds for r in records]
    gap = Difference(EASY, HARD).interval(runs(records), seeds)
    assert gap[:3] == pytest.approx(student([0.4 + i / 100 for i in range(5)])[:3])
    assert Difference(EASY, HARD).pooled_interval(runs(records), seeds) is None


def test_one_seed_of_a_number_without_items_has_no_interval():
    verdict = judge(claim(EASY, 0.4, ">="), [record(0, 0.5, 0.1)], STUDY, "quick")
    assert (verdict.status, verdict.effect, verdict.seeds) == ("inconclusive", None, 1)
    assert not math.isnan(verdict.bound)


def test_the_farthest_is_judged_by_each_effects_own_interval():
    records = [record(i, 0.50 + 0.01 * (i - 2), 0.56 + 0.01 * (i - 2)) for i in range(5)]
    seeds = [r.seeds for r in records]
    near, far = (effect.interval(runs(records), seeds) for effect in (EASY, HARD))
    found = Farthest((EASY, HARD), centre=0.5).interval(runs(records), seeds)
    assert found.mean == pytest.approx(0.06)
    assert (found.low, found.high) == pytest.approx((far.low - 0.5, far.high - 0.5))
    assert near.low < 0.5 < near.high
    alone = Farthest((EASY,), centre=0.5).interval(runs(records), seeds)
    assert (alone.mean, alone.low) == pytest.approx((0.0, 0.0))
    assert alone.high == pytest.approx(near.high - 0.5)


def test_all_near_holds_if_each_is_and_fails_if_one_is_not():
    records = [record(i, 0.50 + 0.001 * i, 0.70 + 0.001 * i) for i in range(5)]
    assert judge(claim(Farthest((EASY,), 0.5), 0.06, "<="), records, STUDY, "quick").status == "holds"
    assert judge(claim(Farthest((EASY, HARD), 0.5), 0.06, "<="), records, STUDY, "quick").status == "fails"


def test_a_difference_of_differences_reaches_from_minus_2_to_2():
    one, other = (Accuracy(RunGroup("standard", name), "latent") for name in ("context", "parametric"))
    gain = Difference(one, other)
    assert gain.limits == (-1.0, 1.0)
    assert Difference(gain, gain).limits == (-2.0, 2.0)


FOLLOWS, OTHER = (MeasureValue(NETWORK, f"variance/{name}", items="world.test_items") for name in ("easy", "hard"))


def test_a_measure_that_is_a_fraction_of_items_has_their_floor():
    records = [record(i, 1.0, 0.25) for i in range(5)]
    pairs = [r.seeds for r in records]
    assert FOLLOWS.interval(runs(records), pairs)[:3] == wilson(2000, 2000)[:3]
    gap = Difference(FOLLOWS, OTHER).interval(runs(records), pairs)
    assert gap[:3] == pytest.approx(difference(wilson(2000, 2000), wilson(500, 2000))[:3])
    assert EASY.interval(runs(records), pairs)[:3] == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("effect", "floor"),
    [
        (FOLLOWS, "items"), (EASY, "none"), (Difference(FOLLOWS, OTHER), "items"), (Difference(FOLLOWS, EASY), "none"),
        (Ratio(FOLLOWS, OTHER), "none"), (Farthest((FOLLOWS, OTHER)), "items"), (Farthest((FOLLOWS, EASY)), "none"),
        (Accuracy(NETWORK, "easy"), "items"),
    ],
)  # fmt: skip
def test_a_verdict_says_whether_its_interval_has_a_floor(effect, floor):
    records = [record(i, 0.5 + 0.01 * i, 0.25) for i in range(5)]
    assert judge(claim(effect, 0.0, ">="), records, STUDY, "quick").floor == floor


def test_what_was_not_judged_has_no_floor():
    assert judge(claim(FOLLOWS, 0.0, ">="), [record(0, 0.5, 0.1)], STUDY, "quick").floor is None


def untrained(seed, auc=None):
    each = record(seed, 0.5, 0.1)
    left = {"role": "variant", "n": 48, "accuracy": 0.2, "roc_auc": auc}
    tests = each.tests if auc is None else {**each.tests, "left": left}
    return dataclasses.replace(each, result={**each.result, "tests": tests})


def test_roc_auc_is_averaged_over_seeds_and_no_narrower_than_its_items():
    records = [untrained(i, auc) for i, auc in enumerate([0.5, 0.52, 0.48, 0.51, 0.49])]
    interval = RocAUC(NETWORK, "left").interval(runs(records), [r.seeds for r in records])
    expected = wilson(0.5 * 240, 240)
    assert interval[:3] == pytest.approx(expected[:3])


def test_seeds_without_an_optional_test_do_not_count():
    records = [untrained(i, 0.5 if i > 1 else None) for i in range(6)]
    verdict = judge(claim(RocAUC(NETWORK, "left", optional=True), 0.6, "<="), records, STUDY, "quick")
    assert (verdict.status, verdict.seeds) == ("not testable", 4)
    with pytest.raises(ValueError, match="no test 'left'"):
        judge(claim(RocAUC(NETWORK, "left"), 0.6, "<="), records, STUDY, "quick")
