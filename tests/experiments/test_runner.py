"""A study runs once, in whatever pieces; whoever shares weights shares them; and its results are the same bits."""

import dataclasses
import shutil
from typing import NamedTuple

import numpy as np
import pytest
from tiny_checkpoint import write_tiny
from tiny_study import CONDITION, Tiny, digests, run_tiny

from tolman.claims.claim import Claim, Learned
from tolman.claims.effects import Accuracy
from tolman.claims.runs import RunGroup
from tolman.claims.verdict import judge
from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.experiments import condition, runner
from tolman.experiments.study import Plan
from tolman.experiments.weights import fetch
from tolman.learners.learner import Learner
from tolman.models.io import flatten
from tolman.models.pretrained import PretrainedConfig
from tolman.records.items import ALL_ITEMS, ITEMS
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.training.config import Seeds
from tolman.training.evaluate import with_retrieval


class Done(NamedTuple):
    """A finished run."""

    folder: object
    records: list[Record]

    def of(self, learner):
        return [record for record in self.records if record.learner == learner]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Four learners at two seeds; not to be changed."""
    folder = tmp_path_factory.mktemp("reference")
    return Done(folder, run_tiny(folder, checkpoint_every=0.0))


@pytest.fixture
def copied(reference, tmp_path):
    """A folder with the same records, weights and all, to be changed."""
    shutil.copytree(reference.folder, tmp_path / "records")
    return tmp_path / "records"


class Calls(NamedTuple):
    """What was trained and for which seeds it was measured."""

    trained: list[tuple[Seeds, ...]]
    measured: list[int]


@pytest.fixture
def calls(monkeypatch):
    made, train, measure = Calls([], []), runner.train, condition.measure

    def training(store, lanes, *rest):
        made.trained.append(lanes.seeds)
        train(store, lanes, *rest)

    def measuring(model, instance, how, seed, **more):
        made.measured.append(seed)
        return measure(model, instance, how, seed, **more)

    monkeypatch.setattr(runner, "train", training)
    monkeypatch.setattr(condition, "measure", measuring)
    return made


def test_records_come_learner_by_learner_and_seed_by_seed(reference):
    learners = ("parametric", "parametric-context", "parametric-retrieval-oracle", "parametric-retrieval-random")
    assert [(r.learner, r.seeds) for r in reference.records] == [(who, (i, i)) for who in learners for i in (0, 1)]
    assert {(r.study, r.preset, r.condition) for r in reference.records} == {("tiny", "smoke", "standard")}
    assert set(digests(Store(reference.folder).records())) == set(digests(reference.records))


def test_a_second_run_does_nothing_whatever_it_was_called_and_however_often_it_would_save(copied, reference, calls):
    again = run_tiny(copied, command="tolman run it again", checkpoint_every=7.0)
    assert again == reference.records
    assert calls == ([], [])


def test_more_seeds_add_only_what_is_missing(copied, reference, calls):
    more = run_tiny(copied, seeds=3)
    assert calls.trained == [(Seeds(2, 2), Seeds(3, 3))] * 2
    assert calls.measured == [2] * 4
    assert [r for r in more if r.seeds != (2, 2)] == reference.records
    # The fourth seed filled the block up: its weights are there already.
    run_tiny(copied, seeds=4)
    assert len(calls.trained) == 2
    assert calls.measured == [2] * 4 + [3] * 4


def test_every_world_is_run_with_every_model_seed_that_was_asked_for(copied, reference, calls):
    both = run_tiny(copied, model_seeds=2)
    assert [r.seeds for r in both if r.learner == "parametric"] == [(0, 0), (0, 1), (1, 1), (1, 0)]
    assert [r for r in both if r.seeds in ((0, 0), (1, 1))] == reference.records
    tried = {r.seeds: r for r in both if r.learner == "parametric"}
    worlds, models = ({r.provenance["world_hash"] for r in rs} for rs in ([tried[0, 0], tried[0, 1]], both))
    assert (len(worlds), len(models)) == (1, 2)
    assert tried[0, 0].result["trainings"] != tried[0, 1].result["trainings"]
    calls.trained.clear()
    assert run_tiny(copied, model_seeds=2) == both
    assert calls.trained == []


def test_fewer_seeds_give_the_same_bits_as_more(tmp_path, reference, calls):
    one = run_tiny(tmp_path, seeds=1)
    assert digests(one) == digests([r for r in reference.records if r.seeds == (0, 0)])
    assert digests(run_tiny(tmp_path)) == digests(reference.records)
    assert len(calls.trained) == 2


def test_the_same_command_gives_the_same_bits_in_another_folder(tmp_path, reference, calls):
    again = run_tiny(tmp_path)
    assert len(calls.trained) == 2
    assert len(calls.measured) == 8
    assert [r.result for r in again] == [r.result for r in reference.records]
    for key in digests(again):
        assert Store(tmp_path).items(key).equals(Store(reference.folder).items(key))


def test_one_deleted_record_is_measured_again_from_the_weights(copied, reference, calls):
    lost = reference.of("parametric-retrieval-random")[1]
    shutil.rmtree(copied / lost.key)
    assert digests(run_tiny(copied)) == digests(reference.records)
    assert calls == ([], [1])


def test_a_damaged_record_is_measured_again_and_kept_aside(copied, reference, calls):
    lost = reference.of("parametric-context")[0]
    (copied / lost.key / "items.parquet").write_bytes(b"")
    assert digests(run_tiny(copied)) == digests(reference.records)
    assert calls == ([], [0])
    assert len(list(copied.glob(".damaged*"))) == 1
    assert Store(copied).damaged() == []


def test_one_seeds_lost_weights_are_trained_again_to_the_same_bits(copied, reference, calls):
    lost = reference.of("parametric")[1]
    weights = copied / "models" / lost.result["trainings"]["model"] / "weights.safetensors"
    before = weights.read_bytes()
    shutil.rmtree(weights.parent)
    shutil.rmtree(copied / lost.key)
    assert digests(run_tiny(copied)) == digests(reference.records)
    assert calls == ([(Seeds(0, 0), Seeds(1, 1))], [1])
    assert weights.read_bytes() == before


@pytest.mark.parametrize("name", ["weights.safetensors", "config.json", "history.json"])
def test_damaged_weights_are_trained_again_and_kept_aside(name, copied, reference, calls):
    lost = reference.of("parametric")[0]
    for record in reference.of("parametric"):
        (copied / "models" / record.result["trainings"]["model"] / name).write_bytes(b"{")
    # Nobody asks for the weights while their records are there.
    assert run_tiny(copied) == reference.records
    assert calls == ([], [])
    shutil.rmtree(copied / lost.key)
    assert digests(run_tiny(copied)) == digests(reference.records)
    assert calls == ([(Seeds(0, 0), Seeds(1, 1))], [0])
    assert len(list((copied / "models").glob(".damaged-*"))) == 2


def test_nothing_is_left_over_when_a_run_has_ended(reference):
    folders = {path.name for path in reference.folder.iterdir()}
    assert folders - set(digests(reference.records)) == {"models", "work"}
    assert list((reference.folder / "work").iterdir()) == []
    keys = {r.result["trainings"]["model"] for r in reference.records}
    assert {path.name for path in (reference.folder / "models").iterdir()} == keys


def test_the_random_control_stands_on_the_oracles_weights_and_context_on_the_parametric_ones(reference):
    keys = {r.learner: [] for r in reference.records}
    for r in reference.records:
        keys[r.learner].append(r.result["trainings"]["model"])
    assert keys["parametric-retrieval-random"] == keys["parametric-retrieval-oracle"]
    assert keys["parametric-context"] == keys["parametric"]
    assert len({key for pair in keys.values() for key in pair}) == 4


def test_learners_are_matched_in_steps_and_targets_and_retrieval_reads_more(reference):
    for plain, oracle in zip(reference.of("parametric"), reference.of("parametric-retrieval-oracle"), strict=True):
        ours, theirs = plain.result["budget"], oracle.result["budget"]
        assert ours["steps"] == theirs["steps"] == 16
        assert ours["targets"] == theirs["targets"] > 0
        assert theirs["tokens"] > ours["tokens"]
        assert not ours["stopped"]
        assert ours.keys() == theirs.keys() == {"steps", "tokens", "targets", "stopped"}
    first, second = (r.result["budget"]["targets"] for r in reference.of("parametric"))
    assert first != second


def test_learners_that_share_weights_share_the_curve(reference):
    plain, context = reference.of("parametric")[0], reference.of("parametric-context")[0]
    assert plain.result["curves"] == context.result["curves"]
    assert [point["step"] for point in plain.result["curves"]] == [4, 8, 12, 16]


def test_learners_see_the_same_world_and_seeds_see_others(reference):
    hashes = {r.seeds: set() for r in reference.records}
    for r in reference.records:
        hashes[r.seeds].add(r.provenance["world_hash"])
    assert all(len(each) == 1 for each in hashes.values())
    assert len(set.union(*hashes.values())) == 2


def test_retrieval_quality_stands_beside_accuracy(reference):
    oracle, control = (reference.of(f"parametric-retrieval-{name}")[0].tests["latent"] for name in ("oracle", "random"))
    assert (oracle["recall"], oracle["precision"]) == (1.0, 0.5)
    assert (control["recall"], control["precision"]) == (0.0, 0.0)
    assert reference.of("parametric")[0].tests["latent"]["recall"] is None


@pytest.mark.parametrize("seed", [0, 1])
def test_the_length_of_prompts_counts_the_question_and_what_stands_before_it(reference, seed):
    drawn = CONDITION.world.draw(seed)
    stored = drawn.memory.experiences.valid.sum(axis=1)
    lengths = {}
    for learner in CONDITION.learners:
        record = reference.of(learner.name)[seed]
        for test in drawn.tests:
            found = with_retrieval(test, drawn.memory, learner.context, seed=seed).found
            before = 0 if found is None else np.where(found == NONE, 0, stored[found]).sum(axis=1)
            read = test.prompts.valid.sum(axis=1) + before
            assert record.tests[test.name]["prompt_tokens"] == pytest.approx(read.mean())
        lengths[learner.name] = record.tests["latent"]["prompt_tokens"]
    alone, one, *two = lengths.values()
    assert alone < one < min(two)


PARAMETRIC = RunGroup("standard", "parametric")
ANYTHING = Claim("it", "It is so.", "we", Accuracy(PARAMETRIC, "latent"), 0.0, ">=", min_seeds=2, presets=("smoke",))


class Judged(NamedTuple):
    """The study as claims see it."""

    name: str = "tiny"
    version: int = 1
    seeds: range = range(2)


def test_overrides_give_other_keys_on_the_same_weights_and_no_claim_reads_them(copied, reference, calls):
    # The override changes nothing, and still the records are exploratory.
    given = run_tiny(copied, overrides={"training.batch": "8"})
    assert (calls.trained, sorted(calls.measured)) == ([], [0] * 4 + [1] * 4)  # side by side, so in any order
    assert not digests(given).keys() & digests(reference.records).keys()
    assert {tuple(r.config["overrides"].items()) for r in given} == {(("training.batch", 8),)}
    assert [r.tests for r in given] == [r.tests for r in reference.records]
    assert judge(ANYTHING, given, Judged(), "smoke").status == "not run"


def test_a_claim_reads_the_presets_own_records_among_all(copied, reference):
    run_tiny(copied, overrides={"training.batch": "8"})
    claim = ANYTHING.__class__(**(vars(ANYTHING) | {"presets": ("smoke",)}))
    everything, alone = (
        judge(claim, found, Judged(), "smoke") for found in (Store(copied).records(), reference.records)
    )
    assert everything == alone
    assert (alone.status, alone.seeds) == ("holds", 2)


def test_an_untrained_model_is_not_testable(reference):
    needs = (Learned(PARAMETRIC, "forward"),)
    claim = dataclasses.replace(ANYTHING, requires=needs)
    assert judge(claim, reference.records, Judged(), "smoke").status == "not testable"


def test_another_preset_or_version_is_recorded_apart_on_the_same_weights(copied, reference, calls, monkeypatch):
    quick = run_tiny(copied, preset="quick", seeds=1)
    monkeypatch.setattr(Tiny, "version", 2)
    second = run_tiny(copied, seeds=1)
    assert calls == ([], [0] * 8)
    assert len({*digests(reference.records), *digests(quick), *digests(second)}) == 16


@dataclasses.dataclass(frozen=True)
class Untouched(Tiny):
    """Two learners that leave a model as it was pretrained."""

    model: PretrainedConfig | None = None

    def plan(self, preset):
        learners = (Learner("closed-book", ()), Learner("context", (), Retrieval(Oracle(), 2)))
        changes = {"learners": learners} | ({"model": self.model} if self.model else {})
        return Plan(1, (dataclasses.replace(CONDITION, **changes),))


def test_learners_without_steps_are_tested_with_the_weights_as_they_are(tmp_path, calls):
    study = Untouched(model=write_tiny(tmp_path / "tiny.safetensors"))
    told = Told()
    closed_book, context = run_tiny(tmp_path / "records", study, progress=told)
    assert calls == ([(Seeds(0, 0), Seeds(1, 1))], [0, 0])  # "trained" without a step, once for both
    assert told.ended == list(told.total)
    for record in (closed_book, context):
        budget = {name: record.result["budget"][name] for name in ("steps", "tokens", "targets")}
        assert budget == {"steps": 0, "tokens": 0, "targets": 0}
        assert record.result["curves"] == []
        assert record.tests.keys() == {"forward", "reverse", "latent", "latent-untrained", "in-context", "wrong-frame"}
    assert (closed_book.tests["latent"]["recall"], context.tests["latent"]["recall"]) == (None, 1.0)
    (condition,) = study.plan("smoke").conditions
    for seeds in (Seeds(0, 0), Seeds(1, 1)):
        model, _ = fetch(Store(tmp_path / "records"), condition.trainings("context", seeds.world)["model"].spec, seeds)
        found, expected = flatten(model), flatten(study.model.start(CONDITION.world.draw(seeds.world).vocabulary))
        assert all(found[name].tobytes() == leaf.tobytes() for name, leaf in expected.items())
    assert digests(run_tiny(tmp_path / "again", study)) == digests([closed_book, context])


def test_a_pretrained_model_has_its_options_scored_in_other_ways_too_and_another_has_not(tmp_path, reference):
    study = Untouched(model=write_tiny(tmp_path / "tiny.safetensors"))
    record, _ = run_tiny(tmp_path / "records", study, seeds=1)
    names = {"accuracy", "accuracy_per_token"}  # its vocabulary has no neutral word
    for test in record.tests.values():
        assert {name for name in test if name.startswith("accuracy")} == names
        assert test["accuracy_per_token"] == test["accuracy"]  # every option is one word
        assert all(names <= set(group) for group in test["groups"].values())
    assert Store(tmp_path / "records").items(record.key).schema == ALL_ITEMS
    assert not any("accuracy_per_token" in test for each in reference.records for test in each.tests.values())
    assert Store(reference.folder).items(reference.records[0].key).schema == ITEMS


def test_learners_without_steps_need_a_pretrained_model(tmp_path):
    with pytest.raises(UserError, match="'closed-book' has no step, but a DecoderConfig is not pretrained"):
        run_tiny(tmp_path / "records", Untouched())
    assert not (tmp_path / "records").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "quik"}, "unknown preset 'quik': did you mean quick?"),
        ({"overrides": {"world.entites": "3"}}, "unknown setting 'world.entites': did you mean world.entities"),
        ({"overrides": {"name": "another"}}, "unknown setting 'name'"),
        ({"overrides": {"phases": "1"}}, "unknown setting 'phases'"),
        ({"overrides": {"world.entities": "three"}}, "world.entities=three: expected a whole number"),
        ({"overrides": {"training.batch": "0"}}, "training.batch=0: TrainingConfig: batch is 0; expected 1 to 65,536"),
        ({"overrides": {"world.held_out": "99"}}, "held_out is 99; expected 1 to 11"),
        ({"seeds": 0}, "--seeds is 0; expected 1 or more"),
        ({"seeds": -1}, "--seeds is -1; expected 1 or more"),
        ({"model_seeds": 3}, "--model-seeds is 3; expected at most the number of seeds, 2"),
        ({"overrides": {"training.batch": "4"}, "first_seed": 499}, "seeds 0 to 499 are for exploring"),
    ],
    ids=["preset", "dial", "name", "phases", "text", "batch", "world", "no-seeds", "negative", "models", "reserved"],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(UserError) as refused:
        run_tiny(tmp_path / "records", **options)
    assert message in str(refused.value)
    assert not (tmp_path / "records").exists()


class Told:
    """A display that keeps what it is told."""

    def __init__(self):
        self.total, self.last, self.ended = {}, {}, []

    def start(self, label, total):
        self.total[label] = total

    def update(self, label, step, text):
        assert step > self.last.get(label, 0)
        self.last[label] = step

    def finish(self, label):
        self.ended.append(label)

    def note(self, text):
        raise AssertionError(text)


def test_progress_names_the_seeds_that_were_asked_for(tmp_path):
    told = Told()
    run_tiny(tmp_path, seeds=2, first_seed=1, progress=told)
    assert [label.split(" · ")[2] for label in told.total] == [f"seed {i}" for i in (1, 1, 2, 2)] * 2


def test_progress_goes_to_the_end_of_everything_that_was_started(tmp_path):
    told = Told()
    run_tiny(tmp_path, progress=told)
    weights = ("weights only", "trained with oracle retrieval")
    labels = [f"standard · {how} · seeds 0-1{what}" for how in weights for what in ("", " · tests")]
    assert list(told.total) == told.ended == labels
    assert told.last == told.total == dict(zip(labels, (16, 4, 16, 4), strict=True))
