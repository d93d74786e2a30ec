"""Auxiliary losses, and phases that keep some weights: what a step minimises, and what goes on."""

import dataclasses
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
import pytest
from tiny_trainer import EVERYTHING, Interrupted, bits, interrupt, tiny_spec, tiny_trainer

from tolman.core.errors import UserError
from tolman.models.decoder import Decoder
from tolman.models.io import flatten
from tolman.training.auxiliary import AbstractAuxiliaryLoss
from tolman.training.config import Phase
from tolman.training.keep import kept_weights

KEPT = ("layers.*.attention.query", "layers.*.attention.key")


@dataclasses.dataclass(frozen=True)
class SmallEmbedding(AbstractAuxiliaryLoss):
    """The squares of the embedding, which no task wants to be small."""

    version: ClassVar[int] = 1

    weight: float = 1.0

    def loss(self, model, batch):
        assert isinstance(model, Decoder)
        assert batch.steps["token"].shape[0] == 8
        return self.weight * jnp.sum(model.embedding**2)


def size(trained):
    return [float(np.sum(np.square(each.model.embedding))) for each in trained]


@pytest.fixture(scope="module")
def spec():
    return tiny_spec(steps=8, curve_points=1)


@pytest.fixture(scope="module")
def plain(spec):
    return tiny_trainer(spec=spec).train()


def test_an_auxiliary_loss_is_minimised_beside_the_models_own(spec, plain):
    small = tiny_trainer(spec=dataclasses.replace(spec, auxiliary=SmallEmbedding())).train()
    assert all(with_loss < without for with_loss, without in zip(size(small), size(plain), strict=True))


def phases_of(spec, keep, steps=4):
    return dataclasses.replace(spec, phases=(spec.phases[0], Phase(steps, EVERYTHING, keep=keep)))


def test_weights_that_are_not_kept_begin_anew_with_the_optimiser(spec):
    trainer = tiny_trainer(spec=phases_of(spec, KEPT, steps=0))
    assert trainer.spec.steps == 8
    begun = tiny_trainer(spec=phases_of(spec, KEPT))
    first, states = flatten(begun.initial().model), None
    source = begun.source(begun.spec.phases[0])
    for number in (0, 1):
        states, _ = begun._chunk(states or begun.initial(), source, number)
    donor, kept = flatten(states.model), flatten(kept_weights(states.model, begun.initial().model, KEPT))
    for name, leaf in kept.items():
        of_attention = name.endswith((".query", ".key"))
        np.testing.assert_array_equal(leaf, donor[name] if of_attention else first[name])
        assert of_attention != np.array_equal(leaf, first[name])


def test_keeping_nothing_is_training_anew_on_the_phase_alone(spec):
    anew = tiny_trainer(spec=phases_of(spec, ())).train()
    # The second phase alone, at the same chunks: documents are drawn by the chunk's number.
    alone = tiny_trainer(spec=phases_of(spec, None))
    alone.plan = alone.plan[2:]
    alone.points = {2}
    weights = [flatten(each.model) for each in alone.train()]
    for one, other in zip(anew, weights, strict=True):
        assert all(np.isfinite(leaf).all() for leaf in other.values())
        assert {name: leaf.shape for name, leaf in flatten(one.model).items()} == {n: a.shape for n, a in other.items()}
    assert all(each.steps == 12 for each in anew)


def test_an_interrupted_phase_does_not_begin_anew_again(spec, tmp_path):
    spec = phases_of(spec, KEPT, steps=12)
    whole = tiny_trainer(spec=spec).train()
    for after in (2, 4):
        interrupt(tiny_trainer(tmp_path / str(after), spec=spec), after)
        resumed = tiny_trainer(tmp_path / str(after), spec=spec).train()
        assert [bits(each) for each in resumed] == [bits(each) for each in whole]


def test_a_pattern_that_matches_no_weight_is_refused_with_the_weights_that_there_are(spec):
    with pytest.raises(UserError, match=r"keeps 'layers\.\*\.querry'.*layers\.0\.attention\.query"):
        tiny_trainer(spec=phases_of(spec, ("layers.*.querry",))).train()


assert Interrupted
