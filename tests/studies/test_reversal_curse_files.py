"""The study of the reversal curse on a user's files: what is run, what is claimed, and what records say."""

import pytest
from study_plans import asked_by, bounds

from prompt_folders import write
from tolman.claims.claim import Learned
from tolman.claims.runs import RunGroup
from tolman.core.registry import load
from tolman.experiments.runner import planned_runs
from tolman.experiments.study import PRESETS
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.studies.language.reversal_curse_files import ReversalCurseFilesStudy
from tolman.studies.latent.presets import PACKED

SIZES = {"smoke": (2, 20, 16), "quick": (5, 200, 80), "full": (8, 3000, 80)}
"""Seeds, steps of finetuning, and statements in the context of the learner that reads many."""
WORLDS = {"smoke": (3, 2, 8), "quick": (10, 2, 96), "full": (0, 0, 400)}
"""People of a group, paraphrases, and questions of a test."""
CLAIMS = {
    "parametric-forward": ("accuracy", ">=", 0.90),
    "parametric-reversed": ("above chance", "<=", 0.10),
    "context-reversed": ("accuracy", ">=", 0.90),
    "oracle-reversed": ("accuracy", ">=", 0.90),
    "bm25-reversed": ("accuracy", ">=", 0.90),
    "random-reversed": ("above chance", "<=", 0.05),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return ReversalCurseFilesStudy(str(write(tmp_path_factory.mktemp("people"))))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_plan_has_these_sizes(study, preset):
    plan, (seeds, steps, statements) = study.plan(preset), SIZES[preset]
    [made] = plan.conditions
    world = made.world
    assert (plan.seeds, study.own_seeds(preset)) == (seeds, study.seeds[:seeds])
    assert (world.people, world.paraphrases, world.test_items) == WORLDS[preset]
    assert [(phase.steps, dict(phase.mixture)) for phase in made.phases] == [(steps, {"statement": 0.9, "name": 0.1})]
    contexts = {learner.name: learner.context for learner in made.learners}
    assert contexts["context"] == Retrieval(Everything(), statements)
    assert contexts["retrieval-oracle"] == contexts["parametric-context"] == Retrieval(Oracle(), 3)
    assert made.training == PACKED


def test_learners_are_those_of_invented_people_without_remedies(study):
    [invented] = load("studies", "reversal-curse")().plan("quick").conditions
    [made] = study.plan("quick").conditions
    assert [learner.name for learner in made.learners] == [learner.name for learner in invented.learners][:7]


def test_what_is_claimed_is_about_tests_of_the_world(study):
    drawn = study.plan("smoke").conditions[0].world.draw(0)
    for preset in ("quick", "full"):
        claims = study.claims(preset)
        assert bounds(claims) == CLAIMS
        for claim in claims:
            assert {test for _, test in asked_by(claim.effect)} <= {test.name for test in drawn.tests}
    assert study.claims("smoke") == ()
    [curse] = [claim for claim in study.claims("quick") if claim.name == "parametric-reversed"]
    assert curse.requires == (Learned(RunGroup("pretrained", "parametric"), "forward", 0.90),)


def test_records_say_what_the_files_hold_and_not_where_they_are(study, tmp_path):
    copy = ReversalCurseFilesStudy(str(write(tmp_path)))
    [made], [other] = study.plan("smoke").conditions, copy.plan("smoke").conditions
    config = made.config("parametric", 0)
    assert config == other.config("parametric", 0)
    assert config["world"]["folder_digest"] == made.world.folder_digest
    assert study.folder not in str(config)
    keys = [
        [run.key for run in planned_runs({"study": "s", "preset": "smoke"}, s.plan("smoke"), 0)] for s in (study, copy)
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2 * 7
