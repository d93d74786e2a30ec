"""Parallel seeds: the same bits again, whatever trains beside a seed and wherever training was interrupted."""

import dataclasses
import functools
import json
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_trainer import SEEDS, WORLD, Interrupted, bits, interrupt, tiny_spec, tiny_trainer

from tolman.models.io import flatten
from tolman.training import checkpoint
from tolman.training.auxiliary import AbstractAuxiliaryLoss
from tolman.training.config import OptimiserConfig, Seeds
from tolman.training.data import DocumentSource
from tolman.training.trainer import Trainer

pytestmark = pytest.mark.optimised  # bits beside other seeds are promised of such programs

CHUNKS = 6


@functools.cache
def uninterrupted():
    """The bits of every seed of the tiny trainer, trained in one go."""
    return [bits(trained) for trained in tiny_trainer().train()]


def resumed(folder):
    """The bits after training to the end, and how many chunks that took."""
    reports = []
    return [bits(trained) for trained in tiny_trainer(folder).train(reports.append)], len(reports)


# ---- the same again


def test_training_twice_gives_the_same_bits():
    assert [bits(trained) for trained in tiny_trainer().train()] == uninterrupted()


def test_different_seeds_differ():
    assert len(set(uninterrupted())) == len(SEEDS)


def test_world_seed_and_model_seed_both_matter():
    seeds = (Seeds(0, 0), Seeds(0, 1), Seeds(1, 0), Seeds(0, 0))
    one, model, world, again = (bits(trained) for trained in tiny_trainer(seeds=seeds).train())
    assert one == again
    assert len({one, model, world}) == 3


class Losses:
    """Losses that are still being computed: reading them is an event."""

    def __init__(self, values, read):
        self.values, self.read = values, read

    def __array__(self, dtype=None, copy=None):
        self.read()
        return np.array(self.values, dtype)


def test_while_a_chunk_is_learned_the_next_one_of_its_phase_is_loaded(monkeypatch):
    events, load, learn = [], DocumentSource.load, DocumentSource.learn

    def loads(source, number):
        events.append(f"load {number}")
        return load(source, number)

    def learns(source, states, data):
        states, losses = learn(source, states, data)
        return states, Losses(losses, lambda: events.append("losses"))

    monkeypatch.setattr(DocumentSource, "load", loads)
    monkeypatch.setattr(DocumentSource, "learn", learns)
    assert [bits(trained) for trained in tiny_trainer().train()] == uninterrupted()
    reading = ["load 0", "load 1", "losses", "losses"]
    assert events == [*reading, "load 2", "load 3", "losses", "load 4", "losses", "load 5", "losses", "losses"]


def test_progress_is_reported_for_every_chunk():
    reports = []
    tiny_trainer().train(reports.append)
    assert [r.step for r in reports] == [4 * (i + 1) for i in range(CHUNKS)]
    assert {r.steps for r in reports} == {4 * CHUNKS}
    assert all(np.isfinite(r.loss) for r in reports)


def test_curves_and_budgets_count_what_was_trained():
    for trained in tiny_trainer().train():
        assert [p["step"] for p in trained.curve] == [8, 16, 24]
        assert (trained.steps, trained.stopped) == (24, False)
        last = trained.curve[-1]
        assert (last["tokens"], last["targets"]) == (trained.tokens, trained.targets)
        # Eight documents a step, each with at least one target and a handful of tokens.
        assert 24 * 8 <= trained.targets < trained.tokens <= 24 * 8 * 40
        assert set(last["accuracy"]) == {
            "forward",
            "reverse",
            "latent",
            "latent-untrained",
            "in-context",
            "wrong-frame",
        }


def test_every_step_draws_documents_of_its_own():
    # The same documents in each of a chunk's four steps would make every count a multiple of four.
    counts = [point["tokens"] for trained in tiny_trainer().train() for point in trained.curve]
    assert any(count % 4 for count in counts)


def test_training_lowers_the_loss():
    losses = []
    spec = tiny_spec(steps=152, optimiser=OptimiserConfig(learning_rate=1e-2, warmup=4))
    tiny_trainer(spec=spec).train(lambda update: losses.append(update.loss))
    assert np.mean(losses[-4:]) < np.mean(losses[2:6]) - 0.3


def test_a_loss_that_is_not_finite_ends_training_with_a_remedy():
    spec = tiny_spec(optimiser=OptimiserConfig(learning_rate=1e30, clip=1e30))
    with pytest.raises(FloatingPointError, match="learning_rate"):
        tiny_trainer(spec=spec).train()


# ---- neighbours


def test_a_seeds_bits_do_not_depend_on_the_other_seeds():
    others = (SEEDS[0], Seeds(7, 5), Seeds(8, 6), SEEDS[3])
    trained = [bits(trained) for trained in tiny_trainer(seeds=others).train()]
    assert trained[0] == uninterrupted()[0]
    assert trained[3] == uninterrupted()[3]
    assert trained[1] != uninterrupted()[1]


def test_a_seeds_bits_do_not_depend_on_its_place():
    trained = [bits(trained) for trained in tiny_trainer(seeds=(SEEDS[2], SEEDS[3], SEEDS[1], SEEDS[0])).train()]
    assert trained == [uninterrupted()[i] for i in (2, 3, 1, 0)]


def test_a_seeds_bits_do_not_depend_on_how_many_documents_another_has():
    larger = dataclasses.replace(WORLD, copies=4)
    instances = tuple(world.draw(s.world) for world, s in zip((WORLD, larger, WORLD, larger), SEEDS, strict=True))
    trained = [bits(trained) for trained in Trainer(tiny_spec(), SEEDS, instances).train()]
    assert [trained[0], trained[2]] == [uninterrupted()[0], uninterrupted()[2]]
    assert trained[1] != uninterrupted()[1]


@dataclasses.dataclass(frozen=True)
class Weightless(AbstractAuxiliaryLoss):
    """The squares of the embedding, which count for nothing."""

    version: ClassVar[int] = 1

    def loss(self, model, batch):
        return 0.0 * jnp.sum(model.embedding**2)


def test_an_auxiliary_loss_without_weight_changes_no_bit():
    spec = dataclasses.replace(tiny_spec(), auxiliary=Weightless())
    assert [bits(trained) for trained in tiny_trainer(spec=spec).train()] == uninterrupted()


class Judged(Trainer):
    """The first seed meets any criterion at its first measurement, the others never; keeps the measured weights."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.measured = {}

    def accuracy(self, model, index):
        self.measured.setdefault(index, []).append(flatten(model))
        return dict.fromkeys((t.name for t in self.instances[0].tests), float(index == 0))


def test_a_seed_that_meets_the_criterion_stops_and_the_others_go_on():
    trainer = tiny_trainer(spec=tiny_spec(stop=0.9), kind=Judged)
    first, *others = trainer.train()
    assert (first.stopped, first.steps, len(first.curve)) == (True, 8, 1)
    assert all(map(np.array_equal, flatten(first.model).values(), trainer.measured[0][0].values()))
    weights = [json.loads(bits(trained))[0] for trained in others]
    assert weights == [json.loads(b)[0] for b in uninterrupted()[1:]]
    assert [(trained.stopped, trained.steps) for trained in others] == [(False, 24)] * 3


def test_training_ends_once_all_seeds_have_met_the_criterion():
    reports = []
    trained = tiny_trainer(spec=tiny_spec(stop=0.0)).train(reports.append)
    assert len(reports) == 2
    assert all(one.stopped and one.steps == 8 for one in trained)


# ---- checkpoints


@pytest.mark.parametrize("after", range(1, CHUNKS + 1))
def test_training_interrupted_at_any_chunk_ends_with_the_same_bits(tmp_path, after):
    interrupt(tiny_trainer(tmp_path), after)
    assert resumed(tmp_path) == (uninterrupted(), CHUNKS - (after - 1))


def test_training_interrupted_again_and_again_ends_with_the_same_bits(tmp_path):
    for _ in range(CHUNKS - 1):
        interrupt(tiny_trainer(tmp_path), 2)
    assert resumed(tmp_path) == (uninterrupted(), 1)


def test_stopped_seeds_stay_stopped_over_an_interruption(tmp_path):
    spec = tiny_spec(stop=0.9)

    whole = [bits(trained) for trained in tiny_trainer(spec=spec, kind=Judged).train()]
    reports = []

    def report(update):
        reports.append(update)
        if len(reports) == 4:
            raise Interrupted

    with pytest.raises(Interrupted):
        tiny_trainer(tmp_path, spec=spec, kind=Judged).train(report)
    assert [bits(trained) for trained in tiny_trainer(tmp_path, spec=spec, kind=Judged).train()] == whole


def test_nothing_is_written_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_trainer().train()
    assert not list(tmp_path.iterdir())


def _only(folder):
    (path,) = folder.iterdir()
    return path


def _rewrite(change):
    def damage(path):
        path.write_bytes(change(path.read_bytes()))

    return damage


DAMAGE = {
    "empty": _rewrite(lambda content: b""),
    "truncated": _rewrite(lambda content: content[:-100]),
    "half": _rewrite(lambda content: content[: len(content) // 2]),
    "garbage": _rewrite(lambda content: bytes(range(256)) * 40),
    "a huge header": _rewrite(lambda content: b"\xff" * 8 + content[8:]),
    "another program's": _rewrite(lambda content: content.replace(b'"progress"', b'"whatever"')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_checkpoint_counts_as_none(tmp_path, damage):
    interrupt(tiny_trainer(tmp_path), 3)
    DAMAGE[damage](_only(tmp_path))
    assert resumed(tmp_path) == (uninterrupted(), CHUNKS)


def test_a_checkpoint_of_another_shape_counts_as_none(tmp_path):
    checkpoint.write(tmp_path, {"weights": np.zeros(3)}, checkpoint.TrainingProgress(5, [[]], {}))
    assert resumed(tmp_path) == (uninterrupted(), CHUNKS)


def test_a_checkpoint_gives_back_every_array_and_its_progress(tmp_path):
    tree = {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "b": [np.array(True), np.float32(0.1) * np.ones(2)]}
    progress = checkpoint.TrainingProgress(3, [[{"step": 4, "loss": 0.1 + 0.2}], []], {"train": 1.5})
    checkpoint.write(tmp_path, tree, progress)
    back, read = checkpoint.read(tmp_path, jax.tree.map(np.zeros_like, tree))
    assert read == progress
    assert all(map(np.array_equal, jax.tree.leaves(back), jax.tree.leaves(tree)))
    assert [leaf.dtype for leaf in jax.tree.leaves(back)] == [leaf.dtype for leaf in jax.tree.leaves(tree)]


def test_a_checkpoint_replaces_the_last_one_and_leaves_nothing_else(tmp_path):
    folder = tmp_path / "made" / "as needed"
    for chunk in (1, 2):
        checkpoint.write(folder, {"a": np.zeros(2)}, checkpoint.TrainingProgress(chunk, [], {}))
    assert checkpoint.read(folder, {"a": np.zeros(2)})[1].chunk == 2
    assert len(list(folder.iterdir())) == 1


def test_dropping_a_checkpoint_removes_its_folder_and_may_be_repeated(tmp_path):
    folder = tmp_path / "batch"
    checkpoint.write(folder, {"a": np.zeros(2)}, checkpoint.TrainingProgress(1, [], {}))
    checkpoint.drop(folder)
    checkpoint.drop(folder)
    assert checkpoint.read(folder, {"a": np.zeros(2)}) is None
    assert not folder.exists()
