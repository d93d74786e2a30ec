"""The parts of the compiled step: drawing, retrieved neighbours, the loss, and the data of a chunk."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_trainer import SEEDS, WORLD, tiny_spec, tiny_trainer

from tolman.core.assemble import gather, prepend
from tolman.core.errors import UnknownName
from tolman.core.experience import NONE, Experiences
from tolman.models.decoder import Decoder, DecoderConfig, make_decoder
from tolman.training.config import Phase
from tolman.training.data import PhaseDocuments, chunks
from tolman.training.step import ChunkData, draw_rows, with_neighbours

VOCABULARY, ROWS, LENGTH, SLOTS, OWN = 11, 6, 7, 2, 5
MODEL = make_decoder(DecoderConfig(width=8, layers=1, heads=1), VOCABULARY, jax.random.key(0))


def some_experiences(seed, rows=ROWS, length=LENGTH, fraction=0.5):
    """Random rows whose later steps are padding, and of whose valid steps a fraction has a weight."""
    rng = np.random.default_rng(seed)
    valid = np.arange(length) < rng.integers(3, length + 1, rows)[:, None]
    weight = rng.choice([0.5, 1.0, 2.0], (rows, length)) * (rng.random((rows, length)) < fraction) * valid
    weight[:, 0] = 0
    tokens = rng.integers(0, VOCABULARY, (rows, length))
    return Experiences({"token": tokens}, weight.astype(np.float32), valid, np.zeros((rows, length), np.int32))


def some_data(seed=0, k=SLOTS):
    rng = np.random.default_rng(seed)
    neighbours = rng.integers(NONE, 4, (ROWS, k)).astype(np.int32)
    mixture = np.array([0.25, 1.0], np.float32)
    rows, memory = some_experiences(seed), some_experiences(seed + 1, 4, OWN)
    return jax.tree.map(jnp.asarray, ChunkData(memory, rows, neighbours, np.array([0, 2]), np.array([2, 4]), mixture))


loss_and_gradient = jax.jit(jax.value_and_grad(Decoder.loss), static_argnums=2)


def loss(batch, targets=LENGTH - 1):
    return loss_and_gradient(MODEL, jax.tree.map(jnp.asarray, batch), targets)[0]


# ---- drawing


def counted(mixture, start, count, draws=20_000):
    data = some_data()._replace(start=jnp.array(start), sizes=jnp.array(count), mixture=jnp.cumsum(jnp.array(mixture)))
    rows = jax.jit(functools.partial(draw_rows, batch=draws))(data, jax.random.key(1))
    return np.bincount(rows, minlength=start[-1] + count[-1]) / draws


def test_kinds_are_drawn_by_the_mixture_and_rows_evenly():
    fraction = counted([0.5, 0.3, 0.2], [0, 10, 30], [10, 20, 5])
    kinds = [part.sum() for part in np.split(fraction, [10, 30])]
    assert kinds == pytest.approx([0.5, 0.3, 0.2], abs=0.015)
    assert fraction[:10] == pytest.approx(0.05, abs=0.007)
    assert fraction[30:] == pytest.approx(0.04, abs=0.006)


def test_rows_that_only_pad_a_bank_are_never_drawn():
    fraction = counted([0.5, 0.5], [0, 3], [3, 2])
    assert len(fraction) == 5
    assert (fraction > 0).all()


def test_a_mixture_that_rounds_to_less_than_one_still_draws_only_its_kinds():
    assert counted([0.7, 0.2999], [0, 4], [4, 4])[4:].sum() == pytest.approx(0.3, abs=0.015)


# ---- assembling


def test_what_was_retrieved_stands_before_the_drawn_rows():
    data, rows = some_data(), jnp.array([3, 0, 5])
    got = with_neighbours(data, rows, 0.5)
    memory, own, neighbours = jax.tree.map(np.asarray, (data.memory, data.rows, data.neighbours))
    expected = prepend(gather(memory, neighbours[rows]), gather(own, np.asarray(rows)), np.float32(0.5))
    assert all(map(np.array_equal, jax.tree.leaves(got), jax.tree.leaves(expected)))


def test_without_slots_the_drawn_rows_stand_alone():
    data = some_data(k=0)
    got = with_neighbours(data, jnp.array([2, 1]))
    assert np.array_equal(got.steps["token"], data.rows.steps["token"][jnp.array([2, 1])])


# ---- the loss


def plain_loss(model, batch):
    """Every position's logits, then the weighted mean of the cross-entropies."""
    total = weights = 0.0
    for tokens, weight, valid in zip(batch.steps["token"], batch.weight, batch.valid, strict=True):
        logprob = jax.nn.log_softmax(model(jnp.asarray(tokens)))
        for step in range(1, len(tokens)):
            if valid[step] and weight[step] > 0:
                total -= weight[step] * logprob[step - 1, tokens[step]]
                weights += weight[step]
    return float(total / weights)


@pytest.mark.parametrize("targets", [LENGTH - 1, LENGTH + 5])
def test_the_loss_is_the_weighted_mean_over_targets(targets):
    batch = some_experiences(3)
    assert loss(batch, targets) == pytest.approx(plain_loss(MODEL, batch), rel=1e-5)


def test_room_for_exactly_the_most_targets_of_a_row_is_enough():
    batch = some_experiences(3, fraction=0.3)
    most = int((batch.weight > 0).sum(axis=1).max())
    assert most < LENGTH - 1
    assert loss(batch, most) == pytest.approx(plain_loss(MODEL, batch), rel=1e-5)


def test_the_scale_of_all_weights_does_not_matter_but_their_ratio_does():
    batch = some_experiences(3)
    assert loss(batch._replace(weight=3 * batch.weight)) == pytest.approx(float(loss(batch)), rel=1e-5)
    assert abs(loss(batch._replace(weight=batch.weight**2)) - loss(batch)) > 1e-4


def test_a_batch_without_targets_costs_nothing():
    batch = jax.tree.map(jnp.asarray, some_experiences(3, fraction=0.0))
    cost, gradient = loss_and_gradient(MODEL, batch, LENGTH - 1)
    assert cost == 0
    assert all((leaf == 0).all() for leaf in jax.tree.leaves(gradient))


def gradient(data, retrieved_loss):
    batch = with_neighbours(data, jnp.arange(ROWS), retrieved_loss)
    return loss_and_gradient(MODEL, batch, SLOTS * OWN + LENGTH - 1)[1]


def test_retrieved_experiences_are_no_targets_unless_asked_for():
    data = some_data()
    silent = data._replace(memory=data.memory._replace(weight=jnp.zeros_like(data.memory.weight)))
    same, other = gradient(data, 0.0), gradient(data, 1.0)
    assert all(map(np.array_equal, jax.tree.leaves(same), jax.tree.leaves(gradient(silent, 0.0))))
    assert max(jnp.abs(a - b).max() for a, b in zip(*map(jax.tree.leaves, (same, other)), strict=True)) > 1e-3


def test_retrieved_experiences_are_read_although_they_are_no_targets():
    data = some_data()
    other = data._replace(memory=data.memory._replace(steps={"token": (data.memory.steps["token"] + 1) % VOCABULARY}))
    one, another = (loss(with_neighbours(b, jnp.arange(ROWS)), SLOTS * OWN + LENGTH - 1) for b in (data, other))
    assert abs(one - another) > 1e-4


@pytest.mark.parametrize("retrieved_loss", [0.0, 1.0])
def test_a_step_leaves_room_for_every_target(retrieved_loss):
    spec = tiny_spec(retrieved_loss=retrieved_loss)
    config = tiny_trainer(spec=spec).config
    data = jax.tree.map(jnp.asarray, PhaseDocuments(spec, spec.phases[1], WORLD.draw(0), 0).chunk(0))
    batch = with_neighbours(data, jnp.arange(data.rows.valid.shape[0]), retrieved_loss)
    assert (batch.weight > 0).sum(axis=1).max() <= config.targets


# ---- data of a chunk


def test_a_chunks_data_are_the_same_in_any_process_and_differ_from_the_next():
    spec = tiny_spec()
    first, again = (PhaseDocuments(spec, spec.phases[1], WORLD.draw(0), SEEDS[0].world) for _ in range(2))
    one, same, other = first.chunk(3), again.chunk(3), first.chunk(4)
    assert all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(same)))
    assert not np.array_equal(one.neighbours, other.neighbours)
    assert not np.array_equal(one.rows.steps["token"], other.rows.steps["token"])


def phases_of_every_sort():
    one, other = tiny_spec().phases
    fixed = Phase(4, {"statement": 1.0})
    return one, other, fixed, dataclasses.replace(fixed, retrieve=False)


@pytest.mark.parametrize("phase", phases_of_every_sort(), ids=["unread", "mixed", "fixed", "fixed-unread"])
def test_constant_fields_are_the_same_in_all_chunks_of_a_phase(phase):
    spec = tiny_spec()
    source = tiny_trainer(spec=spec).source(phase)
    for number in (3, 4):
        apart = [documents.chunk(number) for documents in source.seeds]
        joined = source.load(number)
        for i, data in enumerate(apart):
            for held, own in zip(jax.tree.leaves(joined), jax.tree.leaves(data), strict=True):
                assert np.array_equal(np.asarray(held[i])[: len(own)] if own.ndim else held[i], own)
    assert set(source.on_devices) == set(source.seeds[0].constant)


def test_each_kind_is_where_start_and_sizes_say():
    spec, instance = tiny_spec(), WORLD.draw(0)
    data = PhaseDocuments(spec, spec.phases[1], instance, 0).chunk(0)
    corpus = instance.corpus
    # Kinds in the world's order, then those sampled afresh, whatever the order in the mixture.
    for i, kind in enumerate(("statement", "restatement", "in-context")):
        rows = corpus.experiences.steps["token"][corpus.kind == instance.kinds.index(kind)]
        held = data.rows.steps["token"][data.start[i] : data.start[i] + data.sizes[i], : rows.shape[1]]
        assert np.array_equal(held, rows)
    assert data.sizes[3] == spec.training.fresh
    assert data.mixture == pytest.approx([0.4, 0.7, 0.9, 1.0])


def test_no_row_in_memory_retrieves_itself_and_every_statement_is_supported():
    spec, instance = tiny_spec(), WORLD.draw(0)
    data = PhaseDocuments(spec, spec.phases[1], instance, 0).chunk(0)
    own, supports = np.arange(data.sizes[0])[:, None], instance.corpus.supports
    assert not (data.neighbours[: data.sizes[0]] == own).any()
    for row in range(data.sizes[0]):
        wanted = set(supports[row].tolist()) - {NONE}
        assert bool(wanted & set(data.neighbours[row].tolist())) == bool(wanted)


def test_a_phase_without_retrieval_retrieves_nothing():
    spec = tiny_spec()
    assert PhaseDocuments(spec, spec.phases[0], WORLD.draw(0), 0).chunk(0).neighbours.shape[1] == 0


def test_an_unknown_kind_of_document_is_named():
    phase = Phase(4, {"statment": 1.0})
    with pytest.raises(UnknownName, match="did you mean statement"):
        PhaseDocuments(tiny_spec(), phase, WORLD.draw(0), 0)


def test_phases_take_whole_chunks():
    spec = tiny_spec(steps=14)
    assert [phase.steps for _, phase in chunks(spec)] == [8, 8, 14, 14, 14, 14]
    assert spec.steps == 24
