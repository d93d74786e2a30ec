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
NUMBERS = {
    "codebooks": (6, 8), "comparisons": (10, 10), "decoder-preference": (6, 10), "encrypted": (8, 10), "facts": (6, 8),
    "image-bias": (24, 10), "learning-order": (10, 10), "mazes": (6, 8), "mazes-map": (6, 6), "mazes-rl": (8, 8),
    "origins": (10, 10), "other-readers": (10, 10), "output-position": (6, 10), "prevalence": (10, 10),
    "reader": (5, 10), "representation-bias": (10, 20), "reversal-curse": (10, 10), "reversal-curse-files": (5, 8),
    "reversals": (6, 8), "rsa-misleads": (10, 10), "semantic-latent": (10, 8), "semantic-structure": (10, 10),
    "stepping-stone": (20, 20), "sweet-spot": (20, 20), "syllogisms": (10, 10), "texts": (6, 8), "two-hop": (10, 10),
    "where-to-look": (20, 20),
}  # fmt: skip
"""Seeds that claims are judged on in `quick` and in `full`. Whoever changes one says so in docs/amendments.md and, if
those of today were looked at, moves the study to other seeds."""

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


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_of_seeds_are_those_that_were_fixed(name):
    study = STUDIES[name]()
    assert tuple(len(study.own_seeds(preset)) for preset in ("quick", "full")) == NUMBERS[name]


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
