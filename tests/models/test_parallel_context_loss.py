"""The loss of parallel contexts: of rows of questions, of rows that are packed, and of intermediate results."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parallel_samples import ASKED, CONFIG, ONE, OTHER, THIRD, VOCABULARY, logprobs, model, near, prompts, reference

from tolman.core.assemble import as_one_row
from tolman.core.experience import NONE, Experiences, token_rows
from tolman.models.answering import layout
from tolman.worlds.reading import Reading


def test_blocks_at_the_ends_of_a_row_are_finite_at_the_largest_scale():
    """What stands for the steps beyond a row is masked, and must not overflow before that."""
    wide = dataclasses.replace(CONFIG, width=128, heads=2).make((), (VOCABULARY,), jax.random.key(1))
    # Every query points along the diagonal, one way or the other.
    largest = {"logit_scale": jnp.full(2, 1e3), "query": jnp.ones((128, 128))}
    layers = [dataclasses.replace(layer, **largest) for layer in wide.layers]
    tokens = jax.random.randint(jax.random.key(2), (64,), 0, VOCABULARY)
    place = layout(jnp.arange(64) // 8)

    def total(layers):
        decoder = dataclasses.replace(wide, layers=tuple(layers))
        return decoder.read(tokens, place, decoder.encode(tokens, place), block=8).sum()

    value, gradients = jax.jit(jax.value_and_grad(total))(layers)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((value, gradients)))


@functools.cache
def reading(*layers):
    """A decoder over a world's words, rows of that world, and the most targets of a row."""
    world = Reading(words=512, context=128, test_items=0)
    instance = world.draw(0)
    words = jax.random.normal(jax.random.key(1), (len(instance.vocabulary), 16))
    config = dataclasses.replace(CONFIG, block=world.block, hop_layers=layers)
    decoder = dataclasses.replace(model(), embedding=words, unembedding=words.T, config=config)
    return decoder, instance.samplers["facts"](np.random.default_rng(23), 2).experiences, instance.most_targets


def test_the_loss_of_a_row_of_questions_is_that_of_each_question_by_itself():
    decoder, rows, most_targets = reading()
    rng = np.random.default_rng(1)
    rows = rows._replace(weight=rows.weight * rng.integers(1, 4, rows.weight.shape).astype(np.float32))
    alone = questions(rows)
    assert alone.valid.shape[0] > 6
    assert rows.steps["document"].max(axis=1).tolist() == [2, 0]  # three documents in a row, and a single one
    assert alone.weight.sum() == rows.weight.sum() > 0
    whole, parts = (loss(decoder, each, most_targets) for each in (rows, alone))
    assert whole == near(parts)


loss = functools.partial(jax.jit, static_argnums=2)(lambda decoder, *rest: decoder.loss(*rest))


def questions(rows):
    """Every question of rows of questions as a row of its own, after the statements of its document."""
    half = rows.length // 2
    tokens, weight = [], []
    for token, document, segment, weighted, valid in zip(
        rows.steps["token"], rows.steps["document"], rows.segment, rows.weight, rows.valid, strict=True
    ):
        asked = valid & (np.arange(rows.length) >= half)
        for number in np.unique(segment[asked]):
            own = asked & (segment == number)
            before = (np.arange(rows.length) < half) & (document == document[own][0])
            experiences = [np.flatnonzero(before & (segment == each)) for each in np.unique(segment[before])]
            tokens.append([token[each].tolist() for each in (*experiences, own)])
            weight.append([*[0.0] * int(before.sum()), *weighted[own]])
    made = prompts(tokens)
    for row, values in zip(made.weight, weight, strict=True):
        row[: len(values)] = values
    return made


def test_the_loss_is_the_weighted_mean_over_predicted_tokens():
    made = prompts([[ONE, ASKED], [OTHER, ASKED[:2]]])
    made.weight[0, [6, 8]] = 1.0, 3.0
    made.weight[1, 4] = 2.0
    surprise = [-logprobs([ONE, ASKED[:n]])[0, ASKED[n]] for n in (1, 3)]
    surprise.append(-logprobs([OTHER, ASKED[:1]])[0, ASKED[1]])
    assert loss(model(), made, 2) == near(np.dot(surprise, [1, 3, 2]) / 6)
    assert loss(model(), made, 8) == near(loss(model(), made, 2))
    assert loss(model(), made._replace(weight=0 * made.weight), 2) == 0


def test_every_parameter_has_a_gradient():
    made = prompts([[ONE, OTHER, ASKED], [THIRD, ASKED]])
    made.weight[:] = made.valid & (made.segment == made.segment.max(axis=1, keepdims=True))
    gradient = jax.jit(jax.grad(lambda decoder, rows: decoder.loss(rows, 8)))(model(), made)
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        name = jax.tree_util.keystr(path)
        assert jnp.isfinite(leaf).all(), name
        local = "context_bias" in name and ".layers[0]" in name
        assert (jnp.abs(leaf).max() > 0) != local, name


# ---- packed rows


@functools.partial(jax.jit, static_argnums=2)
def loss_and_gradient(decoder, rows, targets):
    return jax.value_and_grad(lambda decoder: decoder.loss(rows, targets))(decoder)


def weighted(rows, seed=0):
    """Rows of tokens with random weights at some of their steps beyond the first."""
    made, rng = token_rows(rows, 8), np.random.default_rng(seed)
    made.weight[:] = rng.choice([0.0, 0.5, 1.0, 2.0], made.weight.shape) * made.valid
    made.weight[:, 0] = 0
    return made


# One with a row for all of attention, the other with one that is cut into blocks.
WHOLE, CUT = 23, 32
SHORT = st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=8), min_size=4, max_size=4)


@pytest.mark.parametrize("most", [WHOLE, CUT])
@settings(max_examples=10)
@given(SHORT)
def test_the_loss_of_packed_rows_is_that_of_the_padded_ones_and_so_are_its_gradients(most, rows):
    padded = weighted(rows)
    row = as_one_row(padded, most)
    fitting = np.cumsum(padded.valid.sum(axis=1)) <= most
    kept = padded._replace(weight=padded.weight * fitting[:, None])
    (one, gradient), (other, expected) = loss_and_gradient(model(), row, 28), loss_and_gradient(model(), kept, 7)
    assert one == near(other)
    for found, leaf in zip(jax.tree.leaves(gradient), jax.tree.leaves(expected), strict=True):
        assert found == near(leaf)


def test_packed_rows_are_unrelated_and_rows_that_are_joined_are_not():
    row = as_one_row(weighted([ONE, OTHER, THIRD, ASKED]), 40)
    joined = row._replace(steps={"token": row.steps["token"]})
    assert abs(loss(model(), row, 28) - loss(model(), joined, 28)) > 1e-2
    other = as_one_row(weighted([ONE[::-1], OTHER, THIRD, ASKED]), 40)
    unread = np.where(row.segment == 0, 0, row.weight).astype(np.float32)
    one, another = (each._replace(weight=unread) for each in (row, other))
    assert loss(model(), one, 28) == near(loss(model(), another, 28), 1e-6)


def test_packed_rows_without_targets_or_without_any_step_cost_nothing():
    rows = weighted([ONE, OTHER, THIRD, ASKED])
    for each in (rows._replace(weight=0 * rows.weight), token_rows([[]] * 4, 8)):
        cost, gradient = loss_and_gradient(model(), as_one_row(each, WHOLE), 28)
        assert cost == 0
        assert all((leaf == 0).all() for leaf in jax.tree.leaves(gradient))


# ---- intermediate results


HALF = 24
"""Steps of each half of a row: three blocks."""
HOPS = 2


def asked_row(documents, questions):
    """A row of documents, each a list of statements, and of questions `(document, tokens, weighted, hops)` about them.

    The last so many steps of a question are weighted; `hops` are labels `(step of the question, hop, word)`.
    """
    token, segment, document = np.zeros(2 * HALF, int), np.zeros(2 * HALF, int), np.full(2 * HALF, NONE)
    weight, hops, labels = np.zeros(2 * HALF, np.float32), np.full((2 * HALF, HOPS), NONE), []
    statements = [(number, statement) for number, each in enumerate(documents) for statement in each]
    places = [*statements, (NONE, [0] * (HALF - sum(len(said) for _, said in statements)))]
    places += [(number, asked) for number, asked, *_ in questions]
    at = 0
    for place, (number, tokens) in enumerate(places):
        part = slice(at, at + len(tokens))
        token[part], segment[part], document[part] = tokens, place, number
        at += len(tokens)
    end = at
    at -= sum(len(asked) for _, asked, *_ in questions)
    for number, asked, targets, given_hops in questions:
        weight[at + len(asked) - targets : at + len(asked)] = 1
        for step, hop, word in given_hops:
            hops[at + step, hop] = word
            labels.append(([*documents[number], asked], step, hop, word))
        at += len(asked)
    return (token, segment, document, weight, np.arange(2 * HALF) < end, hops), labels


def hop_batch(weight=1.0):
    """Two rows with documents and questions, and every label as (experiences, step of the last one, hop, word)."""
    one, labels = asked_row(
        [[ONE, OTHER], [THIRD]],
        [(0, [*ASKED, 7, 8], 2, [(4, 0, 11), (4, 1, 2)]), (1, ASKED, 1, []), (0, [*OTHER, 5], 1, [(3, 0, 20)])],
    )
    other, more = asked_row(
        [[THIRD, OTHER, ONE]], [(0, ASKED, 2, [(2, 1, 9)]), (0, [1, *ASKED], 3, [(2, 0, 22), (3, 1, 0)])]
    )
    token, segment, document, weights, valid, hops = map(np.stack, zip(one, other, strict=True))
    steps = {"token": token, "document": document, "hops": hops}
    return Experiences(steps, weight * weights, valid, segment), [*labels, *more]


def hopping(*layers, weight=1.0):
    return dataclasses.replace(model(), config=dataclasses.replace(CONFIG, hop_layers=layers, hop_weight=weight))


def surprises(labels, layers):
    """The slow model's cross-entropy of every label, after as many layers as its hop has."""
    found = []
    for experiences, step, hop, word in labels:
        if hop < len(layers):
            shallow = dataclasses.replace(model(), layers=model().layers[: layers[hop] + 1])
            state = reference(shallow, [*experiences[:-1], experiences[-1][:step]])[-1]
            logits = state @ np.asarray(model().unembedding, np.float64)
            found.append(np.logaddexp.reduce(logits) - logits[word])
    return np.array(found)


@pytest.mark.parametrize("layers", [(1,), (0, 1), (2, 0)])
def test_a_layer_learns_the_intermediate_result_of_its_hop_from_the_step_before_it(layers):
    rows, labels = hop_batch()
    expected = surprises(labels, layers)
    assert len(expected) == (6 if len(layers) == 2 else 3)
    found = loss(hopping(*layers), rows, 8) - loss(model(), rows, 8)
    assert found == near(expected.sum() / rows.weight.sum())


def test_intermediate_results_count_by_their_weight_in_the_mean_over_weighted_targets():
    rows, labels = hop_batch(weight=3.0)
    plain = loss(model(), rows, 8)
    once, half = (loss(hopping(0, 1, weight=weight), rows, 8) - plain for weight in (1.0, 0.5))
    assert once == near(surprises(labels, (0, 1)).sum() / rows.weight.sum())
    assert half == near(0.5 * once)


def test_rows_without_intermediate_results_have_the_loss_of_their_answers_alone():
    rows, _ = hop_batch()
    unlabelled = rows._replace(steps={**rows.steps, "hops": np.full_like(rows.steps["hops"], NONE)})
    expected, gradient = loss_and_gradient(model(), unlabelled, 8)
    for decoder, batch in ((model(), rows), (hopping(1), unlabelled)):
        found, other = loss_and_gradient(decoder, batch, 8)
        assert found == near(expected, 1e-6)
        for one, leaf in zip(jax.tree.leaves(other), jax.tree.leaves(gradient), strict=True):
            assert one == near(leaf, 1e-6)


def test_intermediate_results_teach_the_layers_up_to_theirs_alone():
    rows, _ = hop_batch()
    plain, taught = (loss_and_gradient(decoder, rows, 8)[1].layers for decoder in (model(), hopping(1)))
    changed = [
        max(float(jnp.abs(a - b).max()) for a, b in zip(*map(jax.tree.leaves, pair), strict=True))
        for pair in zip(plain, taught, strict=True)
    ]
    assert min(changed[:2]) > 1e-3
    assert changed[2] < 1e-6


def test_packed_rows_have_no_intermediate_results():
    row = as_one_row(weighted([ONE, OTHER, THIRD, ASKED]), 40)
    assert loss(hopping(1), row, 28) == loss(model(), row, 28)


def test_rows_of_a_world_carry_intermediate_results_that_are_learned():
    (plain, rows, most_targets), (hops, _, _) = reading(), reading(1, 2)
    assert (rows.steps["hops"] != NONE).any()
    assert loss(hops, rows, most_targets) > loss(plain, rows, most_targets) + 0.1
