"""A study of language on a model of Hugging Face."""

import dataclasses

import pytest

from tolman.claims.runs import runs_of
from tolman.core.errors import UserError
from tolman.experiments.estimate import by_timing
from tolman.experiments.load import load
from tolman.experiments.runner import run
from tolman.experiments.runner import runs_of as planned_runs
from tolman.records.store import Store
from tolman.studies.language.comparisons import ComparisonsStudy
from tolman.studies.language.facts import FactsStudy
from tolman.studies.language.remedies import remedies
from tolman.studies.language.reversal_curse import REMEDIES, ReversalCurseStudy

SMALL = {"training.batch": "4", "phases.0.steps": "4", "training.chunk": "2"}


@dataclasses.dataclass(frozen=True)
class Small(ComparisonsStudy):
    more = remedies("masked")


@pytest.fixture(scope="module")
def store(folder, tmp_path_factory):
    found = Store(tmp_path_factory.mktemp("records"))
    run(Small(f"hf:{folder}"), "comparisons", "smoke", found, seeds=1, overrides=SMALL)
    return found


def test_every_learner_has_a_record(store):
    records = store.records()
    learners = Small("reader").plan("smoke").conditions[0].learner_names
    assert {record.learner for record in records} == set(learners)
    assert {record.condition for record in records} == {"hugging-face"}
    assert all(record.config["model"]["name"] == "huggingface" for record in records)
    assert {record.learner for record in records if record.result["budget"]["tokens"]} == {
        "parametric", "parametric-context", "masked",
    }  # fmt: skip


def test_what_is_finetuned_is_asked_what_it_knew_before(store):
    tests = {record.learner: record.tests.get("locality") for record in store.records()}
    assert {name for name, test in tests.items() if test} == {"parametric", "masked"}
    assert all(test["chance"]["uniform"] == 0.25 and test["asked"] > 40 for test in tests.values() if test)
    assert tests["parametric"]["before"] == tests["masked"]["before"] <= 0.5, "it was never trained"


def test_a_record_gives_its_model_back(store):
    record = next(record for record in store.records() if record.learner == "masked")
    found = load(record.key, store.root)
    assert found.model.weights()
    assert found.model.generate(found.instance.tests[0].prompts, 2).shape == (len(found.instance.tests[0]), 2)


def test_the_control_of_our_reader_writes_for_no_other_model(folder):
    (made,) = ReversalCurseStudy(f"hf:{folder}").plan("smoke").conditions
    assert {learner for learner in made.learner_names if "augmented" in learner} == {"augmented"}
    assert set(REMEDIES) < set(made.learner_names)


def test_no_claim_reads_its_records(store, folder):
    study = Small(f"hf:{folder}")
    named = dataclasses.make_dataclass("Named", ["name", "version", "seeds"])("comparisons", study.version, range(2))
    plain = [dataclasses.replace(each, config={**each.config, "overrides": {}}) for each in store.records()]
    read = runs_of(plain, named, "smoke")
    claimed = {group for claim in study.claims("quick") for group in claim.run_groups}
    assert read
    assert claimed.isdisjoint(read)


def test_a_users_table_is_asked_of_it(folder, tmp_path):
    table = tmp_path / "capitals.csv"
    lines = (f"Land {name},capital,Town {name}\n" for name in "ABCDEFGH")
    table.write_text("subject,relation,object\n" + "".join(lines))
    (condition,) = FactsStudy(str(table), f"hf:{folder}").plan("smoke").conditions
    assert condition.name == "hugging-face"
    assert not condition.training.max_tokens


def test_its_time_is_not_guessed(folder):
    study = Small(f"hf:{folder}")
    with pytest.raises(UserError, match="--seeds 1"):
        by_timing(planned_runs(study, "comparisons", "smoke", study.plan("smoke")))
