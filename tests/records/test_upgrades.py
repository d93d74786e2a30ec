"""Records that an earlier release wrote are read with today's names, and their models can be loaded."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tolman.core.config import canonical, settings
from tolman.core.errors import UserError
from tolman.core.registry import named
from tolman.experiments import load
from tolman.experiments.condition import measure
from tolman.experiments.runner import planned_runs
from tolman.records.schema import SCHEMA
from tolman.records.store import Store
from tolman.records.upgrades import names_of_the_field, tfidf_by_its_name
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.latent.mazes import MazesStudy
from tolman.studies.latent.mazes_rl import MazesRLStudy
from tolman.studies.latent.reversals import ReversalsStudy
from tolman.studies.representation.representation_bias import RepresentationBiasStudy

OLD = Store(Path(__file__).parent / "a91c91a")
STUDIES = {
    "reversals": ReversalsStudy(),
    "mazes": MazesStudy(),
    "mazes-rl": MazesRLStudy(),
    "representation-bias": RepresentationBiasStudy(),
}


def record(study):
    (found,) = OLD.records(study=study)
    return found


def upgraded(study, overrides=None, provenance=None):
    """The record of a study as its file has it, with other overrides or provenance, brought to schema 3."""
    document = json.loads((OLD.path(record(study).key) / "record.json").read_text())
    document["config"]["overrides"] = overrides or {}
    document["provenance"] |= provenance or {}
    return names_of_the_field(document)


def test_all_are_read_and_none_is_damaged():
    assert OLD.damaged() == []
    assert {found.study for found in OLD.records()} == STUDIES.keys()
    assert {found.schema for found in OLD.records()} == {SCHEMA}


@pytest.mark.parametrize("study", STUDIES)
def test_an_old_configuration_is_the_one_that_would_be_recorded_today(study):
    old = {**record(study).config, "evaluation": {"version": 2}}  # options are scored otherwise today
    plan = STUDIES[study].plan("smoke")
    head = {name: old[name] for name in ("study", "study_version", "preset", "overrides")}
    runs = planned_runs(head, plan, old["world_seed"])
    same = [run for run in runs if (run.condition.name, run.learner) == (old["condition"], old["learner"]["name"])]
    today = canonical(same[0].config)
    if study.startswith("mazes"):  # agents are trained otherwise today
        assert paths_of(old) <= paths_of(today)
        return
    if study == "reversals":  # its world draws other data today
        old = {**old, "world": {**old["world"], "version": 4, "coverage": 0.5}}
    if study == "representation-bias":  # its analysis measures more
        old = {**old, "analysis": today["analysis"]}
    assert today == old


def paths_of(config, prefix=""):
    """The names of all values, but for the kinds of documents in a curriculum."""
    nested = {f"{prefix}{name}": value for name, value in config.items() if name != "phases"}
    inner = (paths_of(value, f"{path}.") for path, value in nested.items() if isinstance(value, dict))
    return set(nested).union(*inner)


OVERRIDES = {
    "reversals": {"training.lanes": "training.parallel_seeds", "world.lesson": "world.max_premises"},
    "mazes": {"world.maze.walls": "world.maze.wall_density", "model.foresight": "model.goal_prediction_coef"},
    "mazes-rl": {"reinforcement.discount": "ppo.gamma", "training.transients": "training.fresh"},
    "representation-bias": {
        "training.lanes": "training.parallel_seeds",
        "training.transients": "training.fresh",
        "training.optimiser.kind": "training.optimiser.kind",
        "probe.position": "metric.position",
        "world.block": "world.block",
        "model.widths": "model.widths",
    },
}


@pytest.mark.parametrize("study", STUDIES)
def test_overridden_parameters_have_todays_paths(study):
    paths = OVERRIDES[study]
    overrides = upgraded(study, overrides=dict.fromkeys(paths, 1))["config"]["overrides"]
    assert overrides == dict.fromkeys(paths.values(), 1)
    assert overrides.keys() <= set().union(*map(settings, STUDIES[study].plan("smoke").conditions))


@pytest.mark.parametrize(("decode", "measures"), [(True, ["decodability"]), (False, [])])
def test_a_flag_that_was_overridden_is_a_list_of_measures(decode, measures):
    new = upgraded("representation-bias", overrides={"analysis.decode": decode})
    assert new["config"]["overrides"] == {"analysis.measures": measures}


@pytest.mark.parametrize("given", ["'my facts.csv'", "facts.csv"])
def test_a_command_of_old_is_no_command_of_today(given):
    command = f"tolman run reversals --facts {given} --preset smoke"
    new = upgraded("reversals", provenance={"command": command})["provenance"]
    assert "command" not in new
    assert new["original_command"] == command
    assert new["files"] == {"facts": given.strip("'")}


def test_what_acting_left_behind_has_todays_names():
    result = record("mazes").result
    assert {"layouts", "tests"} == result["trajectories"].keys()
    assert {"config", "levels"} == result["trajectories"]["layouts"].keys()
    assert result["trajectories"]["layouts"]["config"]["max_steps"] == 8
    (first, *_) = result["trajectories"]["tests"]["latent"]
    assert first.keys() == {
        "item", "level", "goal", "path", "actions", "shortest", "success", "correct", "retrieved",
    }  # fmt: skip
    assert "success" in result["tests"]["latent"]


def test_they_can_be_queried():
    learners = OLD.query("SELECT DISTINCT learner FROM records ORDER BY learner").column("learner").to_pylist()
    assert learners == [
        "parametric", "parametric-context", "parametric-retrieval-bm25", "parametric-retrieval-oracle",
    ]  # fmt: skip


def test_a_model_whose_world_draws_other_data_today_is_refused():
    with pytest.raises(UserError, match=r"world 'reversals', which draws other data today \(version 4\)"):
        load(record("reversals"), OLD.root)


def test_an_old_model_answers_as_it_did():
    old = record("mazes-rl")
    loaded = load(old, OLD.root)
    assert loaded.model.goal_prediction_coef == pytest.approx(0.1 * 77)  # the sum over units is a mean today
    again = measure(loaded.model, loaded.instance, Retrieval(Oracle(), 2), old.seeds[0])
    recorded = OLD.items(old.key)
    # There are more tests today.
    known = set(recorded["test"].to_pylist())
    asked = again.items.filter(pa.array([test in known for test in again.items["test"].to_pylist()]))
    for name in ("test", "item_id", "recall"):
        assert asked[name].to_pylist() == recorded[name].to_pylist()
    for now, then in zip(asked["logprobs"].to_pylist(), recorded["logprobs"].to_pylist(), strict=True):
        np.testing.assert_allclose(now, then, atol=1e-3)


def test_weights_that_are_gone_are_named(tmp_path):
    shutil.copytree(OLD.root / record("mazes").key, tmp_path / record("mazes").key)
    with pytest.raises(UserError, match=r"no model can be read from .*run the study again"):
        load(record("mazes").key, tmp_path)


ORACLE = {"name": "oracle", "class": "Oracle", "version": 1}
BAG, OWN = ({"name": "dense", "class": "Dense", "version": 1, "embedding": each} for each in ("bag", "model"))
TFIDF = {"name": "tfidf", "class": "TfIdf", "version": 1}


def schema_4(name, asked, trained=ORACLE, overrides=None):
    """The name, the retriever asked, the retriever trained with, and the overrides of a record once it is upgraded."""
    step = {"class": "Finetune", "version": 1, "context": {"k": 2, "retriever": trained}}
    context = asked and {"k": 2, "retriever": asked}
    learner = {"class": "Learner", "version": 1, "name": name, "steps": [step], "context": context}
    config = {"learner": learner, "training": {"retrieval": step["context"]}, "overrides": overrides or {}}
    new = tfidf_by_its_name({"config": config})["config"]
    (step,) = new["learner"]["steps"]
    assert step["context"] == new["training"]["retrieval"]
    retriever = (new["learner"]["context"] or {}).get("retriever")
    return new["learner"]["name"], retriever, step["context"]["retriever"], new["overrides"]


@pytest.mark.parametrize("kind", ["", "parametric-"])
def test_dense_retrieval_by_a_bag_of_words_is_tfidf(kind):
    old, new = f"{kind}retrieval-dense", f"{kind}retrieval-tfidf"
    assert schema_4(old, BAG) == (new, TFIDF, ORACLE, {})
    assert schema_4("mine", BAG, BAG) == ("mine", TFIDF, TFIDF, {})
    assert schema_4(old, OWN) == (old, OWN, ORACLE, {})
    assert schema_4("parametric", None) == ("parametric", None, ORACLE, {})
    assert canonical(named("retrievers", TfIdf())) == TFIDF
    assert canonical(named("retrievers", Dense())) == OWN


def test_overrides_name_the_learner_as_today_unless_it_is_dense_still():
    old, new = ({f"learners.retrieval-{name}.context.k": 5} for name in ("dense", "tfidf"))
    assert schema_4("retrieval-dense", BAG, overrides=old)[-1] == new
    assert schema_4("parametric", None, overrides=old)[-1] == new
    assert schema_4("retrieval-dense", OWN, overrides=old)[-1] == old
    embedded = {"learners.retrieval-dense.context.retriever.embedding": "model"}
    assert schema_4("parametric", None, overrides=embedded)[-1] == embedded
