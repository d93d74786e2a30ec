"""Batches that are packed into one row: the same training without padding, on as many tokens as allowed."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_checkpoint import write_tiny
from tiny_trainer import SEEDS, WORLD, tiny_spec, tiny_trainer

from tolman.core.assemble import gather
from tolman.core.errors import UserError
from tolman.models.decoder import DecoderConfig
from tolman.models.io import flatten
from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.parallel_context import ParallelContextConfig
from tolman.training.config import Phase, TrainingConfig
from tolman.training.data import PhaseDocuments, step_config
from tolman.training.step import draw_rows, step_key

ENOUGH = 200
"""More tokens than any batch of these documents has."""
PHASES = (Phase(8, {"statement": 0.5, "restatement": 0.5}),)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors")


@pytest.fixture(scope="module")
def finetuned(model):
    """`finetuned(max_tokens, **changes)`: the losses of its chunks, and what was trained for two seeds."""

    @functools.cache
    def train(max_tokens, **changes):
        losses = []
        trained = trainer(model, max_tokens, **changes).train(lambda update: losses.append(update.loss))
        return losses, trained

    return train


def trainer(model, max_tokens, **changes):
    spec = tiny_spec(parallel_seeds=2, curve_points=1, max_tokens=0)
    training = dataclasses.replace(spec.training, max_tokens=max_tokens)
    settings = {"model": model, "phases": PHASES, "training": training, "retrieval": None, **changes}
    return tiny_trainer(seeds=SEEDS[:2], spec=dataclasses.replace(spec, **settings))


def lengths_of_batches(trainer, index):
    """The tokens and the targets of every document of every step of a seed, as drawn outside of the training loop."""
    spec, state = trainer.spec, jax.tree.map(lambda leaf: leaf[index], trainer.initial())
    documents = PhaseDocuments(spec, spec.phases[0], trainer.instances[index], trainer.seeds[index].world)
    for step in range(8):
        data = jax.tree.map(jnp.asarray, documents.chunk(step // spec.training.chunk))
        key = step_key(state.seed, jnp.int32(step))
        rows = gather(data.rows, draw_rows(data, key, spec.training.batch))
        yield np.asarray(rows.valid.sum(axis=1)), np.asarray(((rows.weight > 0) & rows.valid).sum(axis=1))


# ---- settings


@pytest.mark.parametrize("most", [-1, -448])
def test_fewer_than_no_tokens_are_refused(most):
    with pytest.raises(ValueError, match=rf"TrainingConfig: max_tokens is {most}; expected 0 or more"):
        TrainingConfig(max_tokens=most)


def test_batches_are_not_packed_unless_asked_for():
    assert TrainingConfig().max_tokens == 0
    assert TrainingConfig(max_tokens=1).max_tokens == 1
    assert step_config(tiny_spec(), WORLD.draw(0)).max_tokens == 0


def test_a_model_that_cannot_read_packed_rows_is_refused_by_name():
    with pytest.raises(UserError, match=r"max_tokens is set, but a DecoderConfig cannot read packed rows; set it to 0"):
        tiny_spec(max_tokens=100)
    assert tiny_spec(max_tokens=0).model == DecoderConfig(width=16, layers=1, heads=2)


def test_readers_of_parallel_contexts_alone_read_packed_rows(model):
    readers = (ParallelContextConfig(), OpenVocabularyConfig(3), model)
    assert [config.packed_length for config in readers] == [32, 32, 16]
    assert DecoderConfig().packed_length == 0
    for config in readers:
        training = dataclasses.replace(tiny_spec().training, max_tokens=100)
        spec = dataclasses.replace(tiny_spec(), model=config, training=training)
        assert step_config(spec, WORLD.draw(0)).max_tokens == 100


# ---- training


def test_documents_longer_than_a_block_are_padded(tmp_path):
    short = write_tiny(tmp_path / "short.safetensors", block=4)
    padded, limited = (trainer(short, most).train() for most in (0, 40))
    for one, other in zip(limited, padded, strict=True):
        assert one.tokens == other.tokens
        assert one.curve[-1]["loss"] == pytest.approx(other.curve[-1]["loss"], rel=1e-4)


def test_packed_training_is_training_where_all_documents_fit(finetuned):
    (losses, padded), (found, packed) = finetuned(0), finetuned(ENOUGH)
    assert found == pytest.approx(losses, rel=1e-4)
    for one, other in zip(packed, padded, strict=True):
        assert (one.steps, one.tokens, one.targets) == (other.steps, other.tokens, other.targets)
        assert one.curve[-1]["loss"] == pytest.approx(other.curve[-1]["loss"], rel=1e-4)
        expected = flatten(other.model)
        for name, leaf in flatten(one.model).items():
            assert leaf == pytest.approx(expected[name], rel=1e-2, abs=1e-3), name


def test_all_tokens_of_documents_that_fit_are_counted(model, finetuned):
    for index, trained in enumerate(finetuned(ENOUGH)[1]):
        drawn = list(lengths_of_batches(trainer(model, ENOUGH), index))
        assert max(tokens.sum() for tokens, _ in drawn) <= ENOUGH
        assert trained.tokens == sum(int(tokens.sum()) for tokens, _ in drawn)
        assert trained.targets == sum(int(targets.sum()) for _, targets in drawn)


def test_tokens_of_documents_that_do_not_fit_are_not_counted(model, finetuned):
    most = 40
    losses, packed = finetuned(most)
    for index, (trained, whole) in enumerate(zip(packed, finetuned(0)[1], strict=True)):
        expected = [0, 0]
        for tokens, targets in lengths_of_batches(trainer(model, most), index):
            fits = np.cumsum(tokens) <= most
            expected[0] += int(tokens[fits].sum())
            expected[1] += int(targets[fits].sum())
        assert [trained.tokens, trained.targets] == expected
        assert trained.tokens <= 8 * most
        assert 0 < trained.tokens < whole.tokens
    assert losses != pytest.approx(finetuned(ENOUGH)[0], rel=1e-4)


def test_a_step_in_which_no_document_fits_changes_no_weights(model):
    optimiser = dataclasses.replace(tiny_spec().training.optimiser, weight_decay=0.0)
    training = dataclasses.replace(tiny_spec().training, parallel_seeds=2, max_tokens=1, optimiser=optimiser)
    losses = []
    started = trainer(model, 1, training=training)
    for index, trained in enumerate(started.train(lambda update: losses.append(update.loss))):
        assert (trained.tokens, trained.targets) == (0, 0)
        before = flatten(started.spec.model.start(started.instances[index].vocabulary))
        assert all(np.array_equal(leaf, before[name]) for name, leaf in flatten(trained.model).items())
    assert losses == [0, 0]


def test_phases_with_retrieval_are_not_packed(model):
    retrieval = tiny_spec().retrieval
    few, none = (trainer(model, most, retrieval=retrieval).train() for most in (30, 0))
    assert [(t.tokens, t.targets) for t in few] == [(t.tokens, t.targets) for t in none]
    for one, other in zip(few, none, strict=True):
        assert all(np.array_equal(leaf, flatten(other.model)[name]) for name, leaf in flatten(one.model).items())
