"""The study of the main claims on other readers: what is repeated, on what, and with which bounds."""

import dataclasses

import pytest

from tolman.claims.claim import Learned
from tolman.claims.runs import RunGroup
from tolman.core.registry import load
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.models.pretrained import PretrainedConfig
from tolman.report.palette import colours

STUDY = load("studies", "other-readers")()
CONDITIONS = {
    "reader-0": ("reversal-curse", "reader-0"),
    "reader-2": ("reversal-curse", "reader-2"),
    "two-hop-reader-0": ("two-hop", "reader-0"),
    "two-hop-reader-2": ("two-hop", "reader-2"),
}
"""The study that a condition repeats, and the checkpoint that everyone starts from."""
READING = ["parametric", "context", "retrieval-oracle"]
LEARNERS = {
    "reversal-curse": [*READING, "retrieval-bm25", "retrieval-random", "augmented", "rephrased"],
    "two-hop": [*READING, "retrieval-random"],
}
BOUNDS = {
    "reversal-curse": {
        "parametric-forward": (">=", 0.90, {"parametric"}),
        "parametric-reversed": ("<=", 0.10, {"parametric"}),
        "context-reversed": (">=", 0.90, {"context"}),
        "oracle-reversed": (">=", 0.90, {"retrieval-oracle"}),
        "bm25-reversed": (">=", 0.90, {"retrieval-bm25"}),
        "random-reversed": ("<=", 0.05, {"retrieval-random"}),
        "augmented-above-rephrased": (">=", 0.30, {"augmented", "rephrased"}),
    },
    "two-hop": {
        "parametric-first": (">=", 0.90, {"parametric"}),
        "parametric-second": (">=", 0.90, {"parametric"}),
        "context-above-parametric": (">=", 0.20, {"context", "parametric"}),
        "context-composed": (">=", 0.90, {"context"}),
        "oracle-composed": (">=", 0.90, {"retrieval-oracle"}),
        "random-composed": ("<=", 0.05, {"retrieval-random"}),
    },
}
"""How the effect must lie, the bound, and whose records are read."""


@pytest.mark.parametrize("preset", PRESETS)
def test_only_the_reader_is_another_one(preset):
    plan = STUDY.plan(preset)
    assert [made.name for made in plan.conditions] == list(CONDITIONS)
    for made in plan.conditions:
        name, reader = CONDITIONS[made.name]
        (own,) = load("studies", name)(reader).plan(preset).conditions
        assert made.model == PretrainedConfig(reader)
        assert list(made.learner_names) == LEARNERS[name]
        known = {learner.name: learner for learner in own.learners}
        assert all(learner == known[learner.name] for learner in made.learners)
        assert dataclasses.replace(made, name=own.name, learners=own.learners) == own


@pytest.mark.parametrize("preset", PRESETS)
def test_it_has_ten_seeds_of_its_own_and_every_record_has_a_key_of_its_own(preset):
    plan = STUDY.plan(preset)
    assert STUDY.own_seeds(preset) == STUDY.seeds[: plan.seeds]
    assert plan.seeds == (2 if preset == "smoke" else 10)
    keys = [run.key for run in planned_runs({"study": "other-readers", "preset": preset}, plan, 0)]
    assert len(set(keys)) == len(keys) == plan.seeds * 2 * (7 + 4)


@pytest.mark.parametrize("preset", ["quick", "full"])
def test_claims_have_the_bounds_of_the_reader_on_each_condition(preset):
    claims = {claim.name: claim for claim in STUDY.claims(preset)}
    expected = {
        f"{claim}-{condition}": (*bound, {RunGroup(condition, learner) for learner in learners})
        for condition, (name, _) in CONDITIONS.items()
        for claim, (*bound, learners) in BOUNDS[name].items()
    }
    found = {name: (each.direction, each.bound, each.run_groups) for name, each in claims.items()}
    assert found == expected
    assert len(claims) == len(STUDY.claims(preset))
    assert STUDY.claims("smoke") == ()


def test_claims_are_those_of_the_reader_in_all_but_name_and_condition():
    for claim in STUDY.claims("quick"):
        (condition,) = {group.condition for group in claim.run_groups}
        name, _ = CONDITIONS[condition]
        own = {f"{each.name}-{condition}": each for each in load("studies", name)().claims("quick")}[claim.name]
        assert dataclasses.replace(claim.under("pretrained"), name=own.name) == own


def test_what_is_latent_is_judged_where_finetuned_weights_know_the_rest():
    requires = {
        claim.name: {(need.run_group.learner, need.test) for need in claim.requires} for claim in STUDY.claims("quick")
    }
    assert requires["parametric-reversed-reader-0"] == {("parametric", "forward")}
    assert requires["augmented-above-rephrased-reader-2"] == {("augmented", "forward"), ("rephrased", "forward")}
    assert requires["context-above-parametric-two-hop-reader-2"] == {("parametric", "first"), ("parametric", "second")}
    needs = [need for claim in STUDY.claims("quick") for need in claim.requires]
    assert {(type(need), need.at_least) for need in needs} == {(Learned, 0.90)}


def test_every_learner_has_its_place_in_the_report():
    words, known = STUDY.presentation(), LEARNERS["reversal-curse"]
    assert set(known) <= set(words.learners)
    assert len(set(colours(known, words.learners).values())) == len(known)
    assert {"augmented", "rephrased", "parametric", "context"} <= set(words.glossary)
