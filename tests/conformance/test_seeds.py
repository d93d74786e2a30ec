"""Every study, built in and installed with the repository: the seeds that its claims are judged on."""

import itertools
from pathlib import Path

import pytest

from prompt_folders import write
from tolman.core.registry import find, load
from tolman.experiments.study import PRESETS

STUDIES = {name: load("studies", name) for name in find("studies")}
EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = {
    "facts": {"path": "capitals.csv"},
    "texts": {"documents": "texts_documents.jsonl", "tests": "texts_tests.jsonl"},
}
FIRST = 1000
"""Seeds below it are for exploration (0 to 499), or unused."""


@pytest.mark.parametrize("name", STUDIES)
def test_claims_are_judged_on_seeds_that_nobody_explores(name):
    seeds = STUDIES[name].seeds
    assert seeds.step == 1
    assert seeds.start >= FIRST


def test_no_two_studies_share_seeds():
    for (one, a), (other, b) in itertools.combinations(STUDIES.items(), 2):
        assert not set(a.seeds) & set(b.seeds), (one, other)


@pytest.mark.parametrize("name", STUDIES)
def test_what_a_study_was_explored_on_is_judged_by_no_study(name):
    explored = set().union(*STUDIES[name].explored)
    assert explored
    for other, study in STUDIES.items():
        assert not explored & set(study.seeds), other


@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "smoke"])
@pytest.mark.parametrize("name", STUDIES)
def test_a_study_has_seeds_for_its_presets_in_whole_batches(name, preset, tmp_path):
    given = {field: str(EXAMPLES / file) for field, file in FILES.get(name, {}).items()}
    if name == "reversal-curse-files":
        given = {"folder": str(write(tmp_path))}
    study = STUDIES[name](**given)
    plan = study.plan(preset)
    assert plan.seeds <= len(study.seeds)
    assert STUDIES[name]().own_seeds(preset) == study.seeds[: plan.seeds]  # known without files
    for claim in study.claims(preset):
        assert plan.seeds >= claim.min_seeds, claim.name
    for condition in plan.conditions:
        # Batches are aligned: one that began before the range would train seeds that nobody asked for.
        assert study.seeds.start % condition.training.parallel_seeds == 0
