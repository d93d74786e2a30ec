import dataclasses

import pytest

from tolman.records.statistics import mean_interval
from tolman.report.summary import summarise


def test_a_role_is_the_mean_of_its_tests_without_those_in_context(make):
    records = [make(explicit=1.0, latent=0.2, seed=s) for s in range(5)]
    for record, reverse in zip(records, (0.5, 0.6, 0.7, 0.8, 0.9), strict=True):
        record.tests["reverse"]["accuracy"] = reverse
    learner = summarise(records)[0].learner("parametric")
    assert learner.explicit.accuracy == mean_interval([0.75, 0.8, 0.85, 0.9, 0.95], [200] * 5)
    assert learner.latent.accuracy == mean_interval([0.2] * 5, 100)
    assert learner.control.accuracy.mean == pytest.approx(0.01)
    assert learner.tests["in-context"].accuracy.mean == 0.5
    assert dataclasses.astuple(learner.latent.chance) == (0.01, 0.02, 0.015)


@pytest.mark.parametrize(
    "other",
    [
        {"preset": "full"},
        {"overrides": {"world.entities": 32}},
        {"study_version": 2},
        {"study": "facts"},
        {"condition": "no-in-context"},
        {"world": {"class": "Reversals", "version": 2}},
    ],
)
def test_what_differs_in_more_than_the_seed_is_a_summary_of_its_own(make, other):
    found = summarise([make(seed=0), make(seed=1), make(seed=2, **other)])
    assert sorted(len(learner.records) for summary in found for learner in summary.learners) == [1, 2]
    assert len(found) == 2


@pytest.mark.parametrize("other", [{"training": {"steps": 9}}, {"model": {"width": 8}}, {"evaluation": {"x": 1}}])
def test_the_same_learner_trained_otherwise_is_apart(make, other):
    (summary,) = summarise([make(seed=0), make(seed=1), make(seed=0, **other)])
    assert sorted(len(learner.records) for learner in summary.learners) == [1, 2]
    assert len({learner.label for learner in summary.learners}) == 2
    assert all(learner.label.startswith("parametric [") for learner in summary.learners)


def test_order_of_records_does_not_matter_and_learners_have_one_order(study, summed):
    records = study(3)
    (summary,) = summed(records)
    assert summed(records[::-1]) == (summary,)
    assert [learner.label for learner in summary.learners][:3] == [
        "parametric",
        "parametric-context",
        "parametric-retrieval-oracle",
    ]


def test_the_main_condition_comes_first(study):
    few = {"parametric": (0.9, 0.1)}
    found = summarise(study(2, few, condition="shuffled") + study(2, condition="output-input"))
    assert [summary.condition for summary in found] == ["output-input", "shuffled"]
    found = summarise(study(2, condition="ablation") + study(2, few, condition="standard"))
    assert found[0].condition == "standard"


def test_world_and_model_seed_make_the_seed(make):
    records = [make(world_seed=w, model_seed=w + 1) for w in range(4)]
    learner = summarise(records)[0].learners[0]
    assert [seed for seed, _ in learner.latent.by_seed] == [(0, 1), (1, 2), (2, 3), (3, 4)]


def test_retrieval_quality_where_there_is_any(make):
    records = [make(learner="parametric-retrieval-bm25", recall=0.9, seed=s) for s in range(3)] + [make()]
    summary = summarise(records)[0]
    assert summary.learner("parametric-retrieval-bm25").latent.recall.mean == pytest.approx(0.9)
    assert summary.learner("parametric-retrieval-bm25").latent.precision.mean == pytest.approx(0.3)
    assert summary.learner("parametric-retrieval-bm25").k == 3
    assert summary.learner("parametric").latent.recall is None


def test_missing_tests_are_missing_not_zero(make):
    learner = summarise([make(tests={})])[0].learners[0]
    assert (learner.explicit, learner.latent, learner.control, dict(learner.tests)) == (None, None, None, {})
    some = make(seed=1)
    del some.tests["latent"]
    learner = summarise([make(latent=0.4, seed=0), some])[0].learners[0]
    assert learner.latent.by_seed == (((0, 0), 0.4),)
    assert len(learner.explicit.by_seed) == 2


def test_a_test_without_items_is_left_out(make):
    record = make()
    record.tests["latent"]["n"] = 0
    assert summarise([record])[0].learners[0].latent is None


def test_groups(make):
    records = [make(latent=0.5, seed=s, groups=["capital", "currency"]) for s in range(2)]
    groups = summarise(records)[0].learners[0].groups
    assert list(groups) == ["latent"]
    assert groups["latent"]["capital"].accuracy == mean_interval([0.5, 0.5], 20)


def test_curves_are_means_over_seeds_at_their_positions(make):
    (explicit, latent) = summarise([make(latent=0.5, seed=s) for s in range(5)])[0].learners[0].curves
    assert [point.targets for point in explicit.points] == [0, 4_000, 8_000, 12_000]
    assert [round(point.accuracy.mean, 3) for point in latent.points] == [0.005, 0.15, 0.4, 0.5]
    assert all(p.accuracy.n == 5 and p.accuracy.low < p.accuracy.mean < p.accuracy.high for p in latent.points)


def test_a_seed_that_stopped_early_keeps_its_last_value(make):
    early, late = make(seed=0), make(seed=1)
    del early.result["curves"][2:]
    explicit = summarise([early, late])[0].learners[0].curves[0]
    assert [point.targets for point in explicit.points] == [0, 4_000, 8_000, 12_000]
    assert explicit.points[-1].accuracy.mean == pytest.approx((0.3 + 1.0) / 2)


def test_many_unequal_positions_get_an_even_grid(make):
    records = [make(seed=s) for s in range(3)]
    for i, record in enumerate(records):
        points = [{"targets": 10 * k + i, "accuracy": {"latent": 0.5}} for k in range(100)]
        record.result["curves"][:] = points
    (curve,) = summarise(records)[0].learners[0].curves
    assert len(curve.points) == 80
    assert (curve.points[0].targets, curve.points[-1].targets) == (2, 992)
    assert all(point.accuracy.mean == pytest.approx(0.5) for point in curve.points)


def test_no_evaluation_during_training_is_no_curve(make):
    record = make()
    record.result["curves"][:] = [{"step": 1, "tokens": 1, "targets": 1, "loss": None, "accuracy": {}}]
    assert summarise([record])[0].learners[0].curves == ()


def test_sizes_come_from_the_world_or_the_provenance(make):
    assert summarise([make()])[0].sizes["entities"] == 195
    facts = make(world={"class": "Facts", "table_digest": "ab"}, provenance={"sizes": {"subjects": 190}})
    assert summarise([facts])[0].sizes["subjects"] == 190


def test_nothing_gives_nothing():
    assert summarise([]) == ()


def test_further_models_of_a_world_are_no_further_seeds(make, summed):
    own = [make(latent=0.2, seed=seed) for seed in range(5)]
    further = [make(latent=0.9, seed=seed, model_seed=(seed + 1) % 5) for seed in range(5)]
    [alone], [more] = summed(own), summed([*own, *further])
    assert len(more.learners[0].records) == 5
    assert more.learners[0].latent.accuracy == alone.learners[0].latent.accuracy
