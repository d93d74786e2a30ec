"""The study `encrypted` as a plugin: found through its entry point, imported by nothing else, measured as claimed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar

import pytest

import tolman
from tolman.core.registry import find, load
from tolman.experiments.runner import run
from tolman.experiments.study import PRESETS, AbstractStudy, Plan
from tolman.records.store import Store

PACKAGE = Path(tolman.__file__).parent


def test_it_is_found_through_its_entry_point():
    assert find("studies")["encrypted"].target == "tolman.contrib.encrypted.study:EncryptedStudy"


def test_nothing_outside_contrib_imports_it():
    sources = (path for path in PACKAGE.rglob("*.py") if "contrib" not in path.parts)
    assert [path for path in sources if "tolman.contrib" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("preset", PRESETS)
def test_every_claim_reads_what_is_run(preset):
    study = load("studies", "encrypted")()
    plan = study.plan(preset)
    run_groups = {(c.name, learner) for c in plan.conditions for learner in c.learner_names}
    for claim in study.claims(preset):
        assert {(group.condition, group.learner) for group in claim.run_groups} <= run_groups
        assert plan.seeds >= claim.min_seeds
    assert (study.claims(preset) == ()) == (preset == "smoke")


@dataclasses.dataclass(frozen=True)
class OneSeed(AbstractStudy):
    """A study cut down to one seed."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "for tests"
    seeds: ClassVar[range] = range(1)

    whole: AbstractStudy

    def plan(self, preset):
        return Plan(1, self.whole.plan(preset).conditions)

    def claims(self, preset):
        return self.whole.claims(preset)


@pytest.mark.slow
def test_what_it_claims_is_measured(tmp_path):
    study = OneSeed(load("studies", "encrypted")())
    (record,) = run(study, "encrypted", "smoke", Store(tmp_path))
    for claim in study.claims("quick"):
        runs = {group: {record.seeds: record} for group in claim.run_groups}
        assert claim.effect.defined(runs, record.seeds) in (True, False)  # a name that no record has is an error
