"""An open vocabulary: coded words are told apart by their codes and by nothing else."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.core.experience import token_rows
from tolman.models.base import SequenceModel
from tolman.models.open_vocabulary import OpenVocabularyConfig, codes_of
from tolman.models.parallel_context import ParallelContextConfig

CLOSED, WORDS, CODE = 3, 9, 32
VOCABULARY = CLOSED + WORDS
DECODER = ParallelContextConfig(width=16, layers=2, local_layers=1, heads=2, hidden=24, block=8)
CONFIG = OpenVocabularyConfig(CLOSED, DECODER, CODE)


@functools.cache
def fresh(seed=0):
    return make(jax.random.key(seed))


make = jax.jit(lambda key: CONFIG.make((), (VOCABULARY,), key))


@functools.cache
def model():
    """A model with noise on every weight."""

    @jax.jit
    def varied(leaves):
        keys = jax.random.split(jax.random.key(7), len(leaves))
        return [leaf + 0.1 * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]

    leaves, structure = jax.tree.flatten(fresh())
    return jax.tree.unflatten(structure, varied(leaves))


def some_codes(seed=0):
    return jax.random.normal(jax.random.key(seed), (WORDS, CODE))


@jax.jit
def logits(decoder, tokens, segment):
    return decoder.logits(decoder.hidden(tokens, segment=segment))


SEGMENT = jnp.array([0] * 5 + [1] * 3 + [2] * 4)


def near(expected, error=1e-4):
    return pytest.approx(np.asarray(expected), abs=error, rel=error)


def rows():
    made = token_rows([[3, 4, 0, 5, 6], [7, 2, 8]])
    made.weight[0, [2, 4]] = 1.0
    made.weight[1, 2] = 2.0
    return made


# ---- binding


@settings(max_examples=10)
@given(st.permutations(range(WORDS)), st.lists(st.integers(0, VOCABULARY - 1), min_size=12, max_size=12))
def test_words_that_exchange_their_codes_exchange_their_parts(order, tokens):
    # Word `order[i]` gets the code of word `i`: the same sentence about renamed words, and the same logits for them.
    renamed = np.array([*range(CLOSED), *(CLOSED + np.array(order))])
    codes = some_codes()
    plain = logits(model().bind(codes), jnp.array(tokens), SEGMENT)
    other = logits(model().bind(codes[np.argsort(order)]), jnp.array(renamed[tokens]), SEGMENT)
    assert other[:, renamed] == near(plain)


def test_words_of_one_code_are_one_word():
    codes = some_codes()
    bound = model().bind(codes.at[4].set(codes[1]))
    tokens = jnp.array([4, 5, 0, 8, 6, 1, 4, 2, 8, 4, 3, 1])
    found = logits(bound, tokens, SEGMENT)
    assert found[:, CLOSED + 4] == near(found[:, CLOSED + 1])
    assert logits(bound, jnp.where(tokens == CLOSED + 4, CLOSED + 1, tokens), SEGMENT) == near(found)


def test_other_codes_tell_words_apart_and_leave_closed_words_as_they_are():
    one, other = (model().bind(some_codes(seed)) for seed in (0, 1))
    assert np.array_equal(one.embedding[:CLOSED], other.embedding[:CLOSED])
    assert np.array_equal(one.unembedding[:, :CLOSED], other.unembedding[:, :CLOSED])
    assert np.array_equal(one.embedding[:CLOSED], model().embedding)
    assert jnp.abs(one.embedding[CLOSED:] - other.embedding[CLOSED:]).min(axis=1).max() > 1e-3


def test_a_bound_decoder_has_as_many_words_as_codes():
    bound = model().bind(jnp.ones((5, CODE)))
    assert bound.embedding.shape == (CLOSED + 5, 16)
    assert bound.unembedding.shape == (16, CLOSED + 5)


# ---- training


@functools.partial(jax.jit, static_argnums=2)
def loss(model, batch, targets, key=None):
    return model.loss(batch, targets, key)


def test_codes_are_drawn_anew_from_the_key_of_every_step():
    one, again, other = (float(loss(model(), rows(), 4, jax.random.key(seed))) for seed in (0, 0, 1))
    assert one == again != other
    assert loss(model().bind(some_codes(1)), rows(), 4) == near(other)
    assert loss(model(), rows(), 4) == near(loss(model().bind(some_codes(0)), rows(), 4))


def test_every_parameter_has_a_gradient():
    made = token_rows([[3, 4, 0, 5, 6], [7, 2, 8, 1]])
    made.segment[:] = [[0, 0, 0, 1, 1], [0, 0, 1, 1, 0]]
    made.weight[:, 3:] = made.valid[:, 3:]
    gradient = jax.jit(jax.grad(lambda model, rows: model.loss(rows, 4, jax.random.key(0))))(model(), made)
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        name = jax.tree_util.keystr(path)
        assert jnp.isfinite(leaf).all(), name
        local = "context_bias" in name and ".layers[0]" in name
        assert (jnp.abs(leaf).max() > 0) != local, name


def test_at_first_codes_come_back_as_they_went_in():
    assert np.array_equal(fresh().code_in, fresh().code_out)
    assert fresh().code_in.T @ fresh().code_in == near(np.eye(16))
    square = OpenVocabularyConfig(CLOSED, DECODER, 16).make((), (VOCABULARY,), jax.random.key(0))
    codes = jax.random.normal(jax.random.key(1), (WORDS, 16))
    bound = square.bind(codes)
    products = bound.embedding[CLOSED:] @ bound.unembedding[:, CLOSED:]
    assert products == near(codes @ codes.T, 1e-3)
    assert (products.argmax(axis=1) == jnp.arange(WORDS)).all()


# ---- in use


def test_a_model_is_a_sequence_model_over_fixed_codes():
    assert isinstance(model(), SequenceModel)
    logprobs = model().next_logprobs(rows())
    assert logprobs.shape == (2, VOCABULARY)
    assert np.exp(logprobs).sum(axis=1) == near(np.ones(2))
    bound = model().bind(some_codes(0))
    assert logprobs == near(bound.next_logprobs(rows()))
    assert np.array_equal(model().generate(rows(), 3), bound.generate(rows(), 3))
    assert model().embed(rows()) == near(bound.embed(rows()))
    assert model().activations(rows())["final"] == near(bound.activations(rows())["final"])


# ---- codes of texts


def test_codes_are_those_that_checkpoints_were_tested_with():
    assert codes_of(["Lima"], 4) == near([[0.17041266, -1.0407982, -1.0334408, 1.6651124]])


@given(st.lists(st.text(), min_size=1, max_size=12, unique=True), st.randoms())
def test_a_texts_code_follows_from_the_text_alone(texts, rnd):
    codes = dict(zip(texts, codes_of(texts, 8), strict=True))
    mixed = rnd.sample(texts, len(texts))
    assert np.array_equal(codes_of(mixed, 8), [codes[text] for text in mixed])


@given(st.lists(st.sampled_from(["Lima", "lima", "Peru", "", "1", "1\0"]), min_size=2, max_size=8))
def test_words_always_have_different_codes(texts):
    codes = codes_of(texts, 8)
    assert codes.shape == (len(texts), 8)
    assert codes.dtype == np.float32
    assert len({code.tobytes() for code in codes}) == len(texts)


def test_codes_of_different_texts_are_nearly_orthogonal_and_standard_normal():
    codes = codes_of([f"word {i}" for i in range(300)], 128)
    assert abs(codes.mean()) < 0.02
    assert codes.std() == pytest.approx(1, abs=0.02)
    unit = codes / np.linalg.norm(codes, axis=1, keepdims=True)
    products = (unit @ unit.T)[~np.eye(300, dtype=bool)]
    assert np.abs(products).max() < 0.5
    assert products.std() == pytest.approx(128**-0.5, rel=0.05)


# ---- configuration


def test_another_key_gives_another_model_and_the_same_key_the_same():
    again = make(jax.random.key(0))
    assert all(map(np.array_equal, jax.tree.leaves(fresh()), jax.tree.leaves(again)))
    assert not np.array_equal(fresh().embedding, fresh(1).embedding)
    assert not np.array_equal(fresh().code_in, fresh(1).code_in)


def test_the_decoder_is_as_configured():
    config = dataclasses.replace(CONFIG, decoder=dataclasses.replace(DECODER, bidirectional=False, layers=3))
    made = jax.eval_shape(lambda: config.make((), (VOCABULARY,), jax.random.key(0)))
    assert (made.config, made.words, len(made.layers)) == (config.decoder, WORDS, 3)
    bound = jax.eval_shape(lambda: config.make((), (VOCABULARY,), jax.random.key(0)).bind(some_codes()))
    assert bound.config == config.decoder
    assert (made.embedding.shape, made.code_in.shape) == ((CLOSED, 16), (CODE, 16))


@pytest.mark.parametrize(("inputs", "outputs"), [((3,), (5,)), ((), (5, 5))])
def test_it_reads_tokens_of_one_vocabulary(inputs, outputs):
    with pytest.raises(ValueError, match="reads tokens"):
        CONFIG.make(inputs, outputs, jax.random.key(0))


def test_no_leaf_is_weakly_typed_so_that_a_training_step_is_compiled_once():
    assert not [leaf for leaf in jax.tree.leaves(fresh()) if leaf.weak_type]
