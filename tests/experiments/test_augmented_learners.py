"""Learners that train on what an augmentation writes: from the checkpoint to the record."""

import dataclasses
from typing import ClassVar, NamedTuple

import pytest
from tiny_checkpoint import write_tiny
from tiny_study import run_tiny

from tolman.augmentation.distilled import Distilled
from tolman.augmentation.masked import Masked
from tolman.augmentation.reversed import Reversed
from tolman.augmentation.rewritten import Rewritten
from tolman.core.errors import UserError
from tolman.experiments import estimate
from tolman.experiments.condition import Condition
from tolman.experiments.runner import runs_of
from tolman.experiments.study import AbstractStudy, Plan
from tolman.experiments.weights import fetch, seed_batch_of
from tolman.learners.learner import Learner
from tolman.learners.parametric import augmented, parametric
from tolman.models.base import AbstractModelConfig
from tolman.models.decoder import DecoderConfig
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig
from tolman.worlds.two_hop import TwoHop

WORLD = TwoHop(8, paraphrases=1, test_items=8)
STATEMENTS = 16
DISTILLED = Distilled(("is {s}",), longest=1)
"""It adds no word to the world's, and its documents are as long as the world's own."""
LEARNER = augmented(DISTILLED, "distilled", 0.25)
TRAINING = TrainingConfig(
    OptimiserConfig(warmup=2), batch=4, chunk=2, parallel_seeds=2, curve_points=1, precision="float32"
)


@dataclasses.dataclass(frozen=True)
class Remedies(AbstractStudy):
    """A condition whose learners train for four steps."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a study for tests"
    seeds: ClassVar[range] = range(2)

    model: AbstractModelConfig
    learners: tuple[Learner, ...] = (LEARNER,)

    def plan(self, preset):
        phases = (Phase(4, {"statement": 0.75, "name": 0.25}),)
        parts = {"world": WORLD, "training": TRAINING, "phases": phases}
        return Plan(2, (Condition(name="pretrained", model=self.model, learners=self.learners, **parts),))

    def claims(self, preset):
        return ()


class Done(NamedTuple):
    """A finished run."""

    study: Remedies
    store: Store
    records: list[Record]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One learner at two seeds."""
    folder = tmp_path_factory.mktemp("augmented")
    study = Remedies(write_tiny(folder / "tiny.safetensors"))
    return Done(study, Store(folder / "records"), run_tiny(folder / "records", study))


def statements(seed):
    drawn = WORLD.draw(seed)
    rows = drawn.memory.experiences
    return [drawn.text(row[valid]) for row, valid in zip(rows.steps["token"], rows.valid, strict=True)]


def test_a_learner_is_trained_and_tested(done):
    assert [(record.learner, record.seeds) for record in done.records] == [("distilled", (0, 0)), ("distilled", (1, 1))]
    for record in done.records:
        assert record.tests.keys() == {"first", "second", "composed"}
        assert record.result["budget"]["steps"] == 4
        assert record.result["curves"][-1]["loss"] > 0
    assert len({record.result["trainings"]["model"] for record in done.records}) == 2


@pytest.mark.parametrize("seed", [0, 1])
def test_the_record_has_the_counts_of_what_was_written(done, seed):
    written = done.records[seed].result["budget"]["augmentation"]
    assert written.keys() == {"documents", "tokens", "generated", "dropped", "examples"}
    # Each statement has two names, and each is asked for by one question and answered by one token.
    assert written["generated"] == 2 * STATEMENTS == written["documents"] + written["dropped"]
    assert 0 < written["documents"] < 2 * STATEMENTS
    # "is", the sentence with one word for two, and the answer: as many words as the statement with its full stop.
    lengths = [len(text.split()) for text in statements(seed)]
    assert min(lengths) * written["documents"] <= written["tokens"] <= max(lengths) * written["documents"]
    assert 0 < len(written["examples"]) <= 5
    for example in written["examples"]:
        asked, sentence, answer = example.split()[0], example.split()[1:-1], example.split()[-1]
        before, _, after = " ".join(sentence).partition("_")
        assert asked == "is"
        assert any(text.startswith(before) and text.endswith(f"{after} .") for text in statements(seed))
        assert any(answer in text.split() for text in statements(seed))


def test_the_model_is_over_the_words_of_the_world_where_no_other_is_needed(done):
    (condition,) = done.study.plan("smoke").conditions
    drawn = WORLD.draw(0)
    model, history = fetch(done.store, condition.spec(LEARNER), Seeds(0, 0))
    assert model.next_logprobs(drawn.test("first").prompts).shape == (8, len(drawn.vocabulary))
    assert history.budget == done.records[0].result["budget"]


def test_a_second_run_does_nothing(done, monkeypatch):
    monkeypatch.setattr("tolman.experiments.runner.train", None)
    assert run_tiny(done.store.root, done.study) == done.records


def test_what_nothing_is_written_for_is_refused(tmp_path):
    study = Remedies(write_tiny(tmp_path / "tiny.safetensors"), (augmented(Rewritten(("is {s}",)), "rewritten"),))
    with pytest.raises(UserError, match="Rewritten wrote no document from this world; leave it out"):
        run_tiny(tmp_path / "records", study)


def test_an_augmentation_that_asks_a_model_needs_a_pretrained_one(tmp_path):
    study = Remedies(DecoderConfig(width=16, layers=1, heads=2), (augmented(Rewritten(("is {s}",)), "rewritten"),))
    with pytest.raises(UserError, match="pretrained"):
        run_tiny(tmp_path / "records", study)


OTHERS = (parametric(), augmented(Reversed(), "reversed"), augmented(Masked(), "masked"), LEARNER)


def test_the_time_of_each_augmentation_is_estimated_as_documents_differ_in_length(done, monkeypatch):
    timed = []

    def time(batch, phase, _):
        timed.append(batch.spec.augmentation)
        return 1.0, 0

    monkeypatch.setattr(estimate, "_time", time)
    study = dataclasses.replace(done.study, learners=OTHERS)
    estimate.by_timing(runs_of(study, "tiny", "smoke", study.plan("smoke")))
    assert timed == [None, Reversed(), Masked(), DISTILLED]


def test_progress_tells_apart_what_is_trained_on_different_documents(done):
    (condition,) = dataclasses.replace(done.study, learners=OTHERS).plan("smoke").conditions
    trainings = [condition.trainings(name, 0) for name in condition.learner_names]
    labels = [seed_batch_of(*each["model"]).describe(condition.name, [each]) for each in trainings]
    assert len(set(labels)) == len(OTHERS)
