"""A decoder of parallel contexts before it has learned: its first weights, and which shapes it may have."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from parallel_samples import CONFIG, VOCABULARY, near

from tolman.core.config import digest
from tolman.models.answering import layout
from tolman.models.layers import causal_convolution
from tolman.models.parallel_context import ParallelContextConfig

FRESH = ParallelContextConfig(width=64, layers=2, local_layers=1, heads=4, hidden=32)


@functools.cache
def fresh():
    return jax.jit(lambda key: FRESH.make((), (64,), key))(jax.random.key(0))


def test_at_first_half_the_heads_find_what_followed_a_word_and_the_others_the_word():
    layer = dataclasses.replace(fresh().layers[1], out=jnp.eye(64))
    words = jax.random.normal(jax.random.key(1), (12, 64))
    # Each step of the context is its own value, so that outputs tell which ones are attended to.
    values = jnp.broadcast_to(jnp.eye(12, 16)[:, None], (12, 4, 16))

    @jax.jit
    def attended(asked):
        queries, own, _ = layer.project(words[asked][None], jnp.zeros(1, int))
        _, keys, _ = layer.project(words, jnp.arange(12))
        context = keys, values, jnp.ones((1, 12), bool)
        out = layer.attend((queries, own, 0 * own), layout(jnp.zeros(1, int)), 32, context)
        weight = jnp.reshape(out, (4, 16))
        return weight / weight.sum(axis=1, keepdims=True)  # the question's own word, which it finds as well, left out

    found = [np.asarray(attended(asked)) for asked in range(11)]
    word, next_word = np.mean([[each[:, i], each[:, i + 1]] for i, each in enumerate(found)], axis=0)
    assert min(*next_word[:2], *word[2:]) > 0.4
    assert max(*word[:2], *next_word[2:]) < 0.1


def test_at_first_what_is_attended_to_comes_back_as_it_was():
    for layer in fresh().layers:
        assert layer.value @ layer.out == near(3 * 4**-0.5 * np.eye(64))


def test_branches_are_fainter_at_first_the_more_layers_there_are():
    deeper = dataclasses.replace(CONFIG, layers=5)
    few, many = (config.make((), (VOCABULARY,), jax.random.key(0)).layers for config in (CONFIG, deeper))
    scales = [[float(jnp.linalg.norm(layer.out)) for layer in layers] for layers in (few, many)]
    assert np.ptp(scales[0]) < 1e-5
    assert scales[0] == pytest.approx(np.array(scales[1][:3]) * (5 / 3) ** 0.5)


def test_a_convolution_of_several_sequences_is_that_of_each():
    x, kernel = jax.random.normal(jax.random.key(0), (9, 3)), jax.random.normal(jax.random.key(1), (4, 3))
    positions = jnp.array([0, 1, 0, 0, 1, 2, 3, 4, 5])
    parts = [causal_convolution(part, kernel) for part in (x[:2], x[2:3], x[3:])]
    assert causal_convolution(x, kernel, positions) == near(np.concatenate(parts))


def test_another_key_gives_other_weights_and_the_same_key_the_same():
    one, again, other = (CONFIG.make((), (VOCABULARY,), jax.random.key(seed)) for seed in (0, 0, 1))
    assert all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(again)))
    assert not np.array_equal(one.embedding, other.embedding)
    assert not np.array_equal(one.layers[0].query, other.layers[0].query)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 15}, "multiple of heads"),
        ({"width": 15, "heads": 3}, "an even number"),
        ({"local_layers": 4}, "expected 0 to 3"),
        ({"local_layers": -1}, "expected 0 or more"),
        ({"hop_layers": (1, 3)}, r"hop_layers are \(1, 3\); expected numbers from 0 to 2"),
        ({"hop_layers": (-1,)}, r"hop_layers\[0\] is -1; expected 0 or more"),
    ],
)
def test_impossible_shapes_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **changes)


def test_its_canonical_form_tells_which_layers_learn_intermediate_results():
    forms = [{}, {"hop_layers": (0,)}, {"hop_layers": (0,), "hop_weight": 2.0}]
    assert len({digest(dataclasses.replace(CONFIG, **changes)) for changes in forms}) == 3


@pytest.mark.parametrize(("inputs", "outputs"), [((3,), (5,)), ((), (5, 5))])
def test_it_reads_tokens_of_one_vocabulary(inputs, outputs):
    with pytest.raises(ValueError, match="reads tokens"):
        CONFIG.make(inputs, outputs, jax.random.key(0))
