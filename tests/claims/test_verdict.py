"""Every status, every requirement, and which records a claim may read."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tolman.claims.claim import Claim, Learned, Recall
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy, ChanceCorrected
from tolman.claims.runs import RunGroup, runs_of
from tolman.claims.verdict import judge, status
from tolman.core.config import digest
from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval, paired_interval, wilson


@dataclasses.dataclass(frozen=True)
class Study:
    name: str = "reversals"
    version: int = 1
    seeds: range = range(5)


STUDY = Study()
PARAMETRIC, ORACLE, BM25 = (
    RunGroup("standard", name) for name in ("parametric", "parametric-retrieval-oracle", "parametric-retrieval-bm25")
)


def record(run_group=PARAMETRIC, seed=0, n=100, recall=None, chance=0.01, changes=None, **accuracies) -> Record:
    tests = {
        name: {
            "role": "explicit", "n": n, "accuracy": accuracy, "recall": recall,
            "chance": {"uniform": chance, "elimination": 2 * chance, "constant": 3 * chance},
        }
        for name, accuracy in accuracies.items()
    }  # fmt: skip
    config = {
        "study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": run_group.condition,
        "learner": {"name": run_group.learner}, "world_seed": seed, "model_seed": seed,
    } | (changes or {})  # fmt: skip
    return Record(digest(config), config, {"tests": tests}, {})


def seeds(run_group=PARAMETRIC, k=5, **numbers) -> list[Record]:
    return [record(run_group, seed, **numbers) for seed in range(k)]


def claim(effect, bound, direction, *requires, **changes) -> Claim:
    return Claim("it", "It is so.", "we", effect, bound, direction, requires, **changes)


LEARNED = Learned(PARAMETRIC, "forward")
LATENT = claim(AboveChance(PARAMETRIC, "latent"), 0.05, "<=", LEARNED)


def test_holds():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.01), STUDY, "quick")
    assert (verdict.status, verdict.seeds, verdict.effect) == ("holds", 5, 0.0)
    assert (verdict.low, verdict.high) == pytest.approx((wilson(5, 500).low - 0.01, wilson(5, 500).high - 0.01))
    assert verdict.note == "forward accuracy of parametric (standard) >= 0.95 in 5 of 5 seeds (1 to 1)"


def test_fails():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.5), STUDY, "quick")
    assert (verdict.status, verdict.effect) == ("fails", pytest.approx(0.49))
    assert verdict.low > 0.05


def test_inconclusive_when_the_interval_straddles_the_bound():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.06), STUDY, "quick")
    assert verdict.status == "inconclusive"
    assert verdict.low < 0.05 < verdict.high


def test_a_claim_under_another_condition_reads_its_records_alone():
    """Every group of runs moves, those of what is required and of differences included."""
    gain = claim(Difference(Accuracy(ORACLE, "latent"), AboveChance(PARAMETRIC, "latent")), 0.5, ">=", LEARNED)
    moved = gain.under("other")
    known = {("standard", 0.3), ("other", 0.9)}
    found = [
        record(RunGroup(condition, group.learner), seed, forward=1.0, latent=accuracy if group == ORACLE else 0.01)
        for condition, accuracy in known for group in (ORACLE, PARAMETRIC) for seed in range(5)
    ]  # fmt: skip
    assert [judge(each, found, STUDY, "quick").status for each in (gain, moved)] == ["fails", "holds"]
    assert judge(moved, found, STUDY, "quick").effect == pytest.approx(0.9)
    assert {group.condition for group in moved.run_groups} == {"other"}
    assert dataclasses.replace(moved.under("standard"), name="it") == gain
    assert moved.name == "it-other"


def test_not_run():
    verdict = judge(LATENT, [], STUDY, "quick")
    assert (verdict.status, verdict.effect, verdict.low, verdict.high, verdict.seeds) == ("not run", *[None] * 3, 0)
    assert verdict.note == "no records of parametric (standard)"


def test_an_untrained_model_never_passes():
    verdict = judge(LATENT, seeds(forward=0.01, latent=0.01), STUDY, "quick")
    assert (verdict.status, verdict.effect, verdict.low, verdict.seeds) == ("not testable", None, None, 0)
    assert verdict.note == "forward accuracy of parametric (standard) >= 0.95 in 0 of 5 seeds (0.01 to 0.01)"


def test_seeds_that_did_not_learn_do_not_count():
    good, bad = seeds(forward=0.95, latent=0.0, k=6), record(seed=9, forward=0.94, latent=1.0)
    verdict = judge(LATENT, [*good, bad], STUDY, "quick")
    assert (verdict.status, verdict.seeds, verdict.effect) == ("holds", 6, pytest.approx(-0.01))
    assert "in 6 of 7 seeds (0.94 to 0.95)" in verdict.note
    assert judge(LATENT, [*good[:4], bad], STUDY, "quick").status == "not testable"


def test_too_few_seeds_decide_nothing():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.01, k=4), Study(seeds=range(4)), "quick")
    assert (verdict.status, verdict.seeds, verdict.effect) == ("inconclusive", 4, 0.0)
    assert verdict.note.startswith("4 of at least 5 seeds were run; ")
    one = judge(LATENT, seeds(forward=1.0, latent=0.01, k=1), STUDY, "quick")
    assert one.status == "inconclusive"
    assert one.low is not None
    assert judge(LATENT, seeds(forward=0.0, latent=0.01, k=4), STUDY, "quick").effect is None


def test_recall_is_a_requirement():
    equivalence = claim(
        Difference(Accuracy(BM25, "latent"), Accuracy(ORACLE, "latent")), 0.05, "within", Recall(BM25, "latent")
    )
    oracle = seeds(ORACLE, latent=0.98)
    for recall, expected in ((1.0, "holds"), (0.9, "not testable"), (None, "not testable")):
        verdict = judge(equivalence, oracle + seeds(BM25, latent=0.98, recall=recall), STUDY, "quick")
        assert verdict.status == expected
    assert "0 of 5 seeds (not measured)" in verdict.note


def test_five_perfect_seeds_are_as_sure_as_their_items():
    perfect = claim(Accuracy(PARAMETRIC, "forward"), 0.95, ">=")
    many = judge(perfect, seeds(forward=1.0, n=64), STUDY, "quick")
    assert (many.status, many.effect, many.low) == ("holds", 1.0, wilson(320, 320).low)
    assert judge(perfect, seeds(forward=1.0, n=10), STUDY, "quick").status == "inconclusive"


def test_effects_are_paired_by_seed():
    a, b = [0.2, 0.5, 0.8, 0.4, 0.6], [0.1, 0.4, 0.7, 0.3, 0.5]
    records = [record(ORACLE, i, latent=x) for i, x in enumerate(a)]
    records += [record(PARAMETRIC, i, latent=x) for i, x in reversed(list(enumerate(b)))]
    higher = claim(Difference(Accuracy(ORACLE, "latent"), Accuracy(PARAMETRIC, "latent")), 0.0, ">=")
    verdict = judge(higher, records, STUDY, "quick")
    assert (verdict.effect, verdict.low, verdict.high) == pytest.approx(paired_interval(a, b, 100)[:3])
    assert verdict.status == "holds"
    unpaired = [r for r in records if r.learner == "parametric" or r.seeds != (0, 0)]
    assert judge(higher, unpaired, STUDY, "quick").note.endswith("; 4 of at least 5 seeds were run")
    alone = [r for r in records if (r.learner == "parametric") == (r.seeds == (0, 0))]
    assert judge(higher, alone, STUDY, "quick").note == "no seed has records of every learner"


def test_effects_have_the_intervals_of_statistics():
    scores = [0.2, 0.5, 0.8, 0.4, 0.6]
    records = [record(seed=i, latent=x) for i, x in enumerate(scores)]
    runs, pairs = runs_of(records, STUDY, "quick"), [(i, i) for i in range(5)]
    accuracy = Accuracy(PARAMETRIC, "latent").interval(runs, pairs)
    assert accuracy == mean_interval(scores, 100)
    above = AboveChance(PARAMETRIC, "latent", "constant").interval(runs, pairs)
    assert above == pytest.approx(accuracy.shift(-0.03))


def test_correction_for_chance_compares_tests_with_other_numbers_of_options():
    two, many = record(latent=0.75, chance=0.5), record(seed=1, latent=0.52, chance=0.04)
    effect = ChanceCorrected(PARAMETRIC, "latent")
    runs = runs_of([two, many], STUDY, "quick")
    assert [effect.value(runs, (i, i)) for i in range(2)] == pytest.approx([0.5, 0.5])
    records = [record(seed=i, latent=x, chance=0.5) for i, x in enumerate([0.5, 0.6, 0.8, 0.4, 0.6])]
    pairs = [(i, i) for i in range(5)]
    interval = effect.interval(runs_of(records, STUDY, "quick"), pairs)
    assert interval == pytest.approx([2 * x - 1 for x in mean_interval([0.5, 0.6, 0.8, 0.4, 0.6], 100)[:3]] + [5])


@pytest.mark.parametrize(
    "changes",
    [{"preset": "full"}, {"study_version": 2}, {"study": "codebooks"}, {"overrides": {"world.entities": 9}}],
)
def test_only_records_of_the_exact_preset_and_version_are_read(changes):
    others = seeds(forward=1.0, latent=0.9, changes=changes)
    assert judge(LATENT, others, STUDY, "quick").status == "not run"
    both = seeds(forward=1.0, latent=0.01) + others
    assert judge(LATENT, both, STUDY, "quick").status == "holds"


def test_presets_the_claim_is_not_about():
    assert judge(LATENT, seeds(changes={"preset": "smoke"}), STUDY, "smoke").status == "not run"
    verdict = judge(dataclasses.replace(LATENT, presets=("full",)), seeds(forward=1, latent=0), STUDY, "quick")
    assert (verdict.status, verdict.note) == ("not run", "claimed for full")


@pytest.mark.parametrize("order", [1, -1])
def test_records_of_equal_configurations_are_one_run_of_which_the_later_counts(order):
    new = [dataclasses.replace(each, provenance={"started": "2026-11-26"}) for each in seeds(forward=1.0, latent=0.0)]
    upgraded = [
        dataclasses.replace(each, key=f"old{i}", provenance={"started": "2026-11-25"})
        for i, each in enumerate(seeds(forward=1.0, latent=0.9))
    ]
    verdict = judge(LATENT, [*new, *upgraded][::order], STUDY, "quick")
    assert (verdict.status, verdict.seeds) == ("holds", 5)


def test_two_configurations_are_not_mixed():
    records = seeds(forward=1.0, latent=0.0)
    other = record(forward=1.0, latent=0.0, changes={"world": {"table": "another"}})
    with pytest.raises(UserError, match=r"differ in .*one configuration at a time"):
        judge(LATENT, [*records, other], STUDY, "quick")
    assert judge(LATENT, [*records, *records], STUDY, "quick").seeds == 5


def test_a_test_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no test 'latent'; its tests are forward"):
        judge(LATENT, seeds(forward=1.0), STUDY, "quick")


@pytest.mark.parametrize(
    ("direction", "low", "high", "expected"),
    [
        (">=", 0.2, 0.3, "holds"), (">=", 0.1, 0.3, "inconclusive"), (">=", 0.1, 0.19, "fails"),
        ("<=", 0.1, 0.2, "holds"), ("<=", 0.1, 0.3, "inconclusive"), ("<=", 0.21, 0.3, "fails"),
        ("within", -0.2, 0.2, "holds"), ("within", 0.1, 0.3, "inconclusive"), ("within", -0.3, 0.3, "inconclusive"),
        ("within", 0.21, 0.3, "fails"), ("within", -0.3, -0.21, "fails"),
    ],
)  # fmt: skip
def test_status(direction, low, high, expected):
    assert status(claim(None, 0.2, direction), Interval((low + high) / 2, low, high, 5)) == expected


@pytest.mark.parametrize("wrong", [{"direction": ">"}, {"direction": "within", "bound": -1.0}, {"min_seeds": 1}])
def test_impossible_claims_are_refused(wrong):
    with pytest.raises(ValueError, match="claim 'it'"):
        dataclasses.replace(LATENT, **wrong)


def test_verdicts_are_json():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.01), STUDY, "quick").as_dict()
    assert set(verdict) == {
        "claim", "study", "status", "effect", "low", "high", "bound", "seeds", "source", "note", "direction", "unit",
        "preset", "own_seeds", "floor", "p", "p_adjusted", "holds_under_fdr", "unconditional", "published",
        "reproduction", "cause", "components",
    }  # fmt: skip
    assert json.loads(json.dumps(verdict)) == verdict
    assert str(Difference(Accuracy(BM25, "latent"), AboveChance(ORACLE, "latent"))) == (
        "latent accuracy of parametric-retrieval-bm25 (standard) minus "
        "latent accuracy of parametric-retrieval-oracle (standard) above uniform chance"
    )


def test_seeds_for_exploring_are_not_read_where_there_are_the_studys_own():
    study = Study(seeds=range(1000, 1005))
    seeds = [*range(9), *study.seeds]
    records = [record(seed=seed, forward=1.0, latent=0.5 if seed in study.seeds else 0.0) for seed in seeds]
    verdict = judge(LATENT, records, study, "quick")
    assert (verdict.status, verdict.seeds, verdict.own_seeds) == ("fails", 5, True)
    assert verdict.label == "fails"


def test_a_verdict_on_other_seeds_is_marked():
    verdict = judge(LATENT, seeds(forward=1.0, latent=0.5), Study(seeds=range(1000, 1006)), "quick")
    assert (verdict.status, verdict.own_seeds, verdict.label) == ("fails", False, "fails (other seeds)")
    assert verdict.note.startswith("not on the study's own seeds, 1000 to 1005; ")


@pytest.mark.parametrize("judged", [range(1000, 1008), range(1000, 1005), range(1001, 1007)])
def test_more_fewer_or_shifted_seeds_are_not_the_studys_own(judged):
    records = [record(seed=seed, forward=1.0, latent=0.5) for seed in judged]
    verdict = judge(LATENT, records, Study(seeds=range(1000, 1006)), "quick")
    assert (verdict.status, verdict.seeds, verdict.own_seeds) == ("fails", len(judged), False)


def test_a_verdict_on_a_part_of_the_own_seeds_says_so_whatever_other_learners_were_run_at():
    own = range(1000, 1008)
    short = [record(ORACLE, seed, latent=0.9) for seed in own[:5]]
    whole = [record(PARAMETRIC, seed, latent=0.2) for seed in own]
    gap = claim(Difference(Accuracy(ORACLE, "latent"), Accuracy(PARAMETRIC, "latent")), 0.3, ">=")
    verdict = judge(gap, short + whole, Study(seeds=own), "quick")
    assert (verdict.status, verdict.seeds, verdict.own_seeds) == ("holds", 5, False)
    assert verdict.note.startswith("not on the study's own seeds, 1000 to 1007")
    alone = judge(claim(Accuracy(PARAMETRIC, "latent"), 0.3, "<="), short + whole, Study(seeds=own), "quick")
    assert (alone.seeds, alone.own_seeds) == (8, True)
    more = judge(claim(Accuracy(ORACLE, "latent"), 0.3, "<="), short + whole, Study(seeds=own[:5]), "quick")
    assert (more.seeds, more.own_seeds) == (5, True)


def test_own_seeds_stay_own_where_some_do_not_meet_a_requirement():
    own = range(1000, 1006)
    records = [record(seed=seed, forward=1.0 if seed > 1000 else 0.5, latent=0.5) for seed in own]
    verdict = judge(LATENT, records, Study(seeds=own), "quick")
    assert (verdict.status, verdict.seeds, verdict.own_seeds) == ("fails", 5, True)
