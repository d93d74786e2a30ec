"""Training that starts from a pretrained model's weights, and goes on after an interruption."""

import dataclasses

import numpy as np
import pytest
from tiny_checkpoint import write_tiny
from tiny_trainer import SEEDS, bits, interrupt, tiny_spec, tiny_trainer

from tolman.models.io import flatten


@pytest.fixture
def started(tmp_path):
    """`started(folder, **changes)`: a trainer of two seeds whose decoders start from a file."""
    spec = tiny_spec(steps=8, parallel_seeds=2, curve_points=1)
    spec = dataclasses.replace(spec, model=write_tiny(tmp_path / "tiny.safetensors"), phases=spec.phases[1:])
    return lambda folder=None, **changes: tiny_trainer(folder, SEEDS[:2], dataclasses.replace(spec, **changes))


def before(trainer, index):
    """The leaves of the pretrained model of a seed."""
    return flatten(trainer.spec.model.start(trainer.instances[index].vocabulary))


def equal(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_training_starts_from_a_checkpoint_over_the_vocabulary_of_every_seed(started):
    trainer = started()
    stacked = flatten(trainer.initial().model)
    for i in range(2):
        assert equal({name: leaf[i] for name, leaf in stacked.items()}, before(trainer, i))


def test_training_from_a_checkpoint_moves_the_weights_and_goes_on_after_an_interruption(started, tmp_path):
    trainer = started()
    whole = trainer.train()
    for i, trained in enumerate(whole):
        changes = {name: np.abs(leaf - before(trainer, i)[name]).max() for name, leaf in flatten(trained.model).items()}
        assert max(changes.values()) < 0.5
        assert min(changes.values()) > 0
    interrupt(started(tmp_path / "work"), 2)
    assert [bits(trained) for trained in started(tmp_path / "work").train()] == [bits(trained) for trained in whole]


def test_without_phases_a_pretrained_model_stays_as_it_is(started):
    reports, trainer = [], started(phases=(), retrieval=None)
    for i, trained in enumerate(trainer.train(reports.append)):
        assert equal(flatten(trained.model), before(trainer, i))
        assert (trained.steps, trained.tokens, trained.curve, trained.stopped) == (0, 0, [], False)
    assert reports == []
