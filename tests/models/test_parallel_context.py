"""Contexts read in parallel: as a slow NumPy model reads them, in any order, packed, padded or encoded once."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parallel_samples import (
    ASKED,
    LENGTH,
    ONE,
    OTHER,
    THIRD,
    VOCABULARY,
    logprobs,
    model,
    near,
    packed,
    projected,
    prompts,
    reference,
    weights,
)

from tolman.core.experience import NONE, token_rows
from tolman.models.answering import layout

EXPERIENCE = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=8)
CONTEXT = st.lists(EXPERIENCE, max_size=4)
"""No more than 32 steps."""


@pytest.fixture(params=[True, False], ids=["bidirectional", "causal"])
def bidirectional(request):
    return request.param


@jax.jit
def flat(decoder, tokens, segment):
    return decoder.hidden(tokens, segment=segment)


@jax.jit
def encoded(decoder, tokens, segment, document, question):
    """The activations of a question that reads document 0 of a context."""
    context = decoder.encode(tokens, layout(segment, document))
    return decoder.read(question, layout(jnp.zeros_like(question)), context)


def read(context, question, *, bidirectional=True):
    """The activations of a question's steps, its context encoded in a row of 32 and the question in one of 8."""
    tokens, segment = packed(context, 32)
    there = jnp.arange(32) < sum(map(len, context))
    segment, document = jnp.where(there, segment, NONE), jnp.where(there, 0, NONE)
    asked = jnp.array([*question, *[0] * (8 - len(question))])
    return encoded(model(bidirectional), tokens, segment, document, asked)[: len(question)]


@settings(max_examples=10)
@given(CONTEXT, EXPERIENCE)
def test_a_flat_row_is_read_as_numpy_reads_it(context, question):
    start = sum(map(len, context))
    for bidirectional in (True, False):
        found = flat(model(bidirectional), *packed([*context, question]))[start : start + len(question)]
        assert found == near(reference(model(bidirectional), [*context, question]))


@settings(max_examples=10)
@given(CONTEXT.filter(bool), EXPERIENCE)
def test_a_context_that_is_encoded_apart_is_read_as_numpy_reads_it(context, question):
    for bidirectional in (True, False):
        found = read(context, question, bidirectional=bidirectional)  # in blocks
        assert found == near(reference(model(bidirectional), [*context, question]))


def test_attention_weights_are_those_of_numpy_and_add_up_to_one():
    layer = dataclasses.replace(model().layers[1], out=jnp.eye(16))
    x = jax.random.normal(jax.random.key(3), (9, 16))
    one, other, asked = x[:3], x[3:5], x[5:]  # two experiences, and a question about both
    expected = weights(_double(layer), [projected(_double(layer), _double(each)) for each in (one, other, asked)], 2)
    place, context = layout(jnp.zeros(4, int)), layout(jnp.array([0, 0, 0, 1, 1]))
    queries, keys, _ = layer.project(asked, place.position)
    _, seen, _ = layer.project(x[:5], context.position)

    def weight_of(step):
        # What is attended to is 1 at one step, the question's first, and 0 at all others.
        values = jnp.broadcast_to((jnp.arange(9) == step)[:, None, None] * 1.0, (9, 2, 8))
        out = layer.attend((queries, keys, values[:4]), place, 8, (seen, values[4:], jnp.ones((4, 5), bool)))
        return jnp.reshape(out, (4, 2, 8))[..., 0]

    found = jax.jit(jax.vmap(weight_of, out_axes=2))(jnp.arange(9))
    assert found == near(np.array(expected))
    assert found.sum(axis=2) == near(np.ones((4, 2)))


def _double(tree):
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), tree)


# ---- what is attended to


@settings(max_examples=10)
@given(st.permutations([ONE, OTHER, THIRD, OTHER]))
def test_the_order_of_a_contexts_experiences_does_not_matter(context):
    in_order = read([ONE, OTHER, THIRD, OTHER], ASKED)
    assert read(context, ASKED) == near(in_order)
    tokens, segment = packed([*context, ASKED])
    assert flat(model(), tokens, segment)[18:22] == near(in_order)


def test_where_an_experience_ends_does_matter():
    assert jnp.abs(read([ONE, OTHER], ASKED) - read([ONE + OTHER], ASKED)).max() > 1e-2
    assert jnp.abs(read([ONE, OTHER], ASKED) - read([ONE, OTHER[::-1]], ASKED)).max() > 1e-2


def test_how_often_something_is_said_does_matter():
    assert jnp.abs(read([ONE, OTHER], ASKED) - read([ONE, OTHER, OTHER], ASKED)).max() > 1e-2


def test_the_first_layers_alone_keep_to_their_experience():
    assert [layer.local for layer in model().layers] == [True, False, False]
    layers = tuple(dataclasses.replace(layer, local=True) for layer in model().layers)
    local = dataclasses.replace(model(), layers=layers)
    one, other = (flat(local, *packed([context, ASKED]))[5:9] for context in (ONE, ONE[::-1]))
    assert np.array_equal(one, other)


def test_padding_does_not_matter(bidirectional):
    row, expected = [ONE, OTHER, ASKED], reference(model(bidirectional), [ONE, OTHER, ASKED])
    tokens, segment = (leaf[:12] for leaf in packed(row))
    # Joined experiences leave behind the numbers of whatever their padding stood in.
    for seed in range(6):
        more, numbers = np.random.default_rng(seed).integers(0, [[VOCABULARY], [3]], (2, 28))
        padded = flat(model(bidirectional), jnp.append(tokens, more), jnp.append(segment, numbers))
        assert padded[8:12] == near(expected)


@pytest.mark.parametrize("width", [36, 40])
def test_a_long_question_is_read_whole_at_every_width(width):
    question = np.random.default_rng(0).integers(0, VOCABULARY, 36).tolist()
    found = flat(model(), *packed([question], width))[:36]
    assert found == near(reference(model(), [question]))


def test_a_long_question_about_a_context_is_read_whole():
    row = [ONE, np.random.default_rng(0).integers(0, VOCABULARY, 100).tolist()]
    assert model().next_logprobs(prompts([row])) == near(logprobs(row))


def test_other_documents_do_not_matter():
    tokens, segment = packed([ONE, OTHER, THIRD], 32)
    segment = jnp.where(jnp.arange(32) < 15, segment, NONE)
    asked, found = jnp.array([*ASKED, 0, 0, 0, 0]), []
    for document, others in ((1, (1, 2)), (1, (8, 8)), (0, (1, 2))):
        changed = jnp.where(segment == 0, (tokens * others[0] + others[1]) % VOCABULARY, tokens)
        documents = jnp.where(segment == 0, document, jnp.where(segment == NONE, NONE, 0))
        found.append(encoded(model(), changed, segment, documents, asked)[:4])
    assert np.array_equal(found[0], found[1])
    assert found[0] == near(read([OTHER, THIRD], ASKED))
    assert jnp.abs(found[2] - found[0]).max() > 1e-2


@pytest.mark.parametrize("step", [0, 2, 3])
def test_a_token_of_the_question_changes_nothing_before_it_and_nothing_in_the_context(step, bidirectional):
    tokens, segment = packed([ONE, OTHER, ASKED])
    changed = tokens.at[8 + step].add(1)
    one, other = (flat(model(bidirectional), t, segment)[:12] for t in (tokens, changed))
    assert np.array_equal(one[: 8 + step], other[: 8 + step])
    assert (jnp.abs(one[8 + step :] - other[8 + step :]).max(axis=1) > 1e-4).all()


def test_the_context_is_read_in_both_directions_exactly_if_configured(bidirectional):
    tokens, segment = packed([ONE, OTHER, ASKED])
    one, other = (flat(model(bidirectional), t, segment) for t in (tokens, tokens.at[4].add(1)))
    earlier, next_experience = (jnp.abs(one[part] - other[part]).max() for part in (slice(0, 4), slice(5, 8)))
    assert (earlier > 1e-3) == bidirectional
    assert next_experience == 0
    assert jnp.abs(one[8:12] - other[8:12]).max(axis=1).min() > 1e-4


def test_a_question_alone_is_read_causally(bidirectional):
    tokens, segment = packed([[*ONE, *THIRD]])
    one, other = (flat(model(bidirectional), t, segment)[:12] for t in (tokens, tokens.at[7].add(1)))
    assert one == near(reference(model(), [[*ONE, *THIRD]]))
    assert np.array_equal(one[:7], other[:7])


@settings(max_examples=10)
@given(st.lists(EXPERIENCE, min_size=1, max_size=8).filter(lambda each: sum(map(len, each)) <= 32))
def test_attention_in_blocks_is_attention_for_experiences_up_to_a_block(context):
    tokens, segment = packed(context, 32)
    there = sum(map(len, context))
    place = layout(jnp.where(jnp.arange(32) < there, segment, NONE))
    blocks, dense = (encode(model(), tokens, place, block) for block in (8, 32))
    for one, other in zip(jax.tree.leaves(blocks.layers), jax.tree.leaves(dense.layers), strict=True):
        assert one[:there] == near(other[:there])


encode = functools.partial(jax.jit, static_argnums=3)(lambda decoder, *rest: decoder.encode(*rest))


@pytest.mark.parametrize(("given", "bound"), [(1e9, 40 / 8**0.5), (-5.0, 0.0)])
def test_the_scale_of_logits_is_bounded(given, bound):
    def scaled(scale):
        layers = [dataclasses.replace(layer, logit_scale=jnp.full(2, scale)) for layer in model().layers]
        return dataclasses.replace(model(), layers=tuple(layers))

    row = packed([ONE, OTHER, ASKED])
    found = flat(scaled(given), *row)
    assert jnp.isfinite(found).all()
    assert found == near(flat(scaled(bound), *row))


# ---- activations


def test_hooks_see_every_site_in_order_and_change_what_follows():
    tokens, segment = packed([ONE, OTHER, ASKED])

    def watched(change):
        order = []

        def passed():
            seen = {}
            hidden = model().hidden(tokens, lambda site, value: seen.setdefault(site, change(site, value)), segment)
            order.extend(seen)
            return hidden, seen

        return *jax.jit(passed)(), order

    plain, seen, order = watched(lambda site, value: value)
    parts = [f"layers.{i}.{part}" for i in range(3) for part in ("attention", "mlp", "residual")]
    assert order == ["embedding", *parts, "final"]
    assert {value.shape for value in seen.values()} == {(LENGTH, 16)}
    stream = seen["layers.0.residual"] + seen["layers.1.attention"] + seen["layers.1.mlp"]
    assert seen["layers.1.residual"] == near(stream)
    assert np.array_equal(seen["final"], plain)
    silenced, *_ = watched(lambda site, value: value.at[0].set(0) if site == "layers.0.residual" else value)
    assert jnp.abs(silenced - plain)[8:12].max() > 1e-3  # the question reads what was silenced in its context


def test_embeddings_are_means_of_final_activations():
    rows = token_rows([ONE, OTHER])
    expected = [reference(model(), [row]).mean(axis=0) for row in (ONE, OTHER)]
    assert model().embed(rows) == near(np.stack(expected))
    assert model().activations(rows)["final"].shape == (2, 5, 16)


def test_half_precision_gives_nearly_the_same_logits_in_float32():
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model())
    row = packed([ONE, OTHER, ASKED])
    exact, rough = (decoder.logits(flat(decoder, *row)[:12]) for decoder in (model(), half))
    assert rough.dtype == jnp.float32
    assert rough == pytest.approx(np.asarray(exact), abs=0.2)
