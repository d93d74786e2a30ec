"""Agents in a study: what their records say, and that they remember the same episodes whenever they are asked."""

import dataclasses
import shutil
from typing import ClassVar

import numpy as np
import pytest

from tiny_mazes import MODEL, WORLD
from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.experiments import runner
from tolman.experiments.condition import Condition, measure
from tolman.experiments.load import load
from tolman.experiments.runner import run
from tolman.experiments.study import AbstractStudy, Plan
from tolman.experiments.weights import fetch
from tolman.learners.parametric import parametric, parametric_retrieval
from tolman.records.store import Store
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.latent.mazes_rl import MazesRLStudy
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, Seeds, TrainingConfig

TRAINING = TrainingConfig(
    OptimiserConfig(warmup=4), batch=8, chunk=2, fresh=8, parallel_seeds=4, curve_points=2, precision="float32"
)
RETRIEVERS = (Oracle(), BM25(), TfIdf(), Random())
LEARNERS = tuple(parametric_retrieval(retriever, k=2, empty=0.25, irrelevant=0.25) for retriever in RETRIEVERS)
READING = Phase(2, {"long-in-context": 1.0}, retrieve=False)


def condition(name, phases, learners, ppo=None):
    return Condition(name=name, world=WORLD, model=MODEL, training=TRAINING, phases=phases, learners=learners, ppo=ppo)


@dataclasses.dataclass(frozen=True)
class Tiny(AbstractStudy):
    """One agent that practises, with memory of its own, and one that imitates without any."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "agents for tests"
    seeds: ClassVar[range] = range(1)

    def plan(self, preset):
        practised = (READING, Phase(8, {"task": 1.0}))
        how = PPOConfig(episodes_per_level=6)
        return Plan(
            1,
            (
                condition("practised", practised, LEARNERS, ppo=how),
                condition("imitated", (READING,), (parametric(),)),
            ),
        )

    def claims(self, preset):
        return ()


def run_tiny(folder):
    return run(Tiny(), "tiny", "smoke", Store(folder))


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The records of one seed, and where they are."""
    folder = tmp_path_factory.mktemp("agents")
    return folder, run_tiny(folder)


def test_records_tell_how_often_and_how_straight_agents_arrive(reference):
    _, records = reference
    assert [r.learner for r in records] == [*(learner.name for learner in LEARNERS), "parametric"]
    for record in records:
        asked = {"explicit", "latent", "goal-masked", "held-out", "unseen", "latent-sampled"}
        assert set(record.result["tests"]) == asked
        for told in record.result["tests"].values():
            # A goal that is found soon enough is a goal that is reached.
            assert 0 <= told["accuracy"] <= told["success"] <= 1
            assert (told["path_ratio"] is None) == (told["success"] == 0)
            assert told["path_ratio"] is None or told["path_ratio"] >= 1


def test_memories_differ_in_what_they_find(reference):
    _, records = reference
    found = {r.learner: r.result["tests"]["latent"] for r in records}
    replay = fetch(Store(reference[0]), Tiny().plan("smoke").conditions[0].spec(LEARNERS[0]), Seeds(0, 0))[1].replay
    latent = WORLD.draw(0).test("latent")
    supported = (replay.supports(latent.tasks.mazes[:, 0], latent.tasks.goals[:, 0]) >= 0).any(axis=1)
    assert found["parametric-retrieval-oracle"]["recall"] == pytest.approx(supported.mean())
    assert found["parametric-retrieval-random"]["recall"] == 0
    assert found["parametric-retrieval-random"]["precision"] == 0
    assert found["parametric"]["recall"] is None


def test_a_deleted_record_is_measured_again_with_the_episodes_that_were_kept(reference, tmp_path, monkeypatch):
    folder, records = reference
    shutil.copytree(folder, tmp_path / "records")
    shutil.rmtree(tmp_path / "records" / records[1].key)
    monkeypatch.setattr(runner, "train", lambda *_: pytest.fail("trained again"))
    assert [r.result for r in run_tiny(tmp_path / "records")] == [r.result for r in records]


@pytest.mark.parametrize("damage", ["truncated", "empty", "of another shape"])
def test_damaged_episodes_are_practised_again_with_the_same_result(reference, tmp_path, damage):
    folder, records = reference
    shutil.copytree(folder, tmp_path / "records")
    store = Store(tmp_path / "records")
    shutil.rmtree(tmp_path / "records" / records[0].key)
    for path in store.models.glob("*/episodes.safetensors"):
        content = path.read_bytes()
        path.write_bytes({"truncated": content[:-50], "empty": b"", "of another shape": _renamed(content)}[damage])
    assert [r.result for r in run_tiny(tmp_path / "records")] == [r.result for r in records]
    assert len(list(store.models.glob(".damaged-*"))) == 4


def _renamed(content):
    return content.replace(b'"written"', b'"wratten"')


def test_every_model_that_practised_keeps_its_episodes_and_no_other_does(reference):
    folder, _ = reference
    practised, imitated = Tiny().plan("smoke").conditions
    for seed in range(4):
        assert fetch(Store(folder), practised.spec(LEARNERS[0]), Seeds(seed, seed))[1].replay.written.sum() == 8 * 8
        assert fetch(Store(folder), imitated.spec(parametric()), Seeds(seed, seed))[1].replay is None


def test_what_is_loaded_is_what_was_tested(reference):
    folder, records = reference
    mine = [record for record in records if record.config["learner"]["name"].startswith("parametric-retrieval")]
    assert len(mine) == len(LEARNERS)
    for record, learner in zip(mine, LEARNERS, strict=True):
        loaded = load(record, folder)
        assert record.config["learner"]["name"] == learner.name
        again = measure(loaded.model, loaded.instance, learner.context, record.config["world_seed"])
        assert canonical(again.tests) == record.result["tests"]


def test_minibatches_that_do_not_split_an_iteration_are_refused_before_anything_is_trained(tmp_path):
    with pytest.raises(UserError, match=r"ppo\.minibatches is 3; expected a divisor of the batch of 8"):
        run(MazesRLStudy(), "mazes-rl", "smoke", Store(tmp_path), overrides={"ppo.minibatches": "3"})


def test_retrieved_trajectories_are_the_agents_own_episodes(reference):
    folder, records = reference
    replay = fetch(Store(folder), Tiny().plan("smoke").conditions[0].spec(LEARNERS[0]), Seeds(0, 0))[1].replay
    place = WORLD.draw(0).tests[0].environment
    kept = {(maze, str(place.describe_observations(replay.observations[maze, slot][replay.valid[maze, slot]]).tolist()))
            for maze, slot in np.argwhere(replay.goal >= 0)}  # fmt: skip
    trajectories = [one for test in records[0].result["trajectories"]["tests"].values() for one in test]
    retrieved = [(one["level"], str(path)) for one in trajectories for path in one["retrieved"]]
    assert retrieved
    assert set(retrieved) <= kept
