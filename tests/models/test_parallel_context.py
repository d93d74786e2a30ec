"""Contexts read in parallel: as a slow NumPy model reads them, in any order, packed, padded or encoded once."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.core.experience import NONE, token_rows
from tolman.models import answering
from tolman.models.answering import layout
from tolman.models.base import SequenceModel
from tolman.models.layers import causal_convolution
from tolman.models.parallel_context import ParallelContextConfig
from tolman.worlds.reading import Reading

VOCABULARY = 23
LENGTH = 40
CONFIG = ParallelContextConfig(width=16, layers=3, local_layers=1, heads=2, hidden=24, block=8, rotary=0.5)
"""Rows of 32 or 40 steps are cut into blocks."""

EXPERIENCE = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=8)
CONTEXT = st.lists(EXPERIENCE, max_size=4)
"""No more than 32 steps."""


def varied(decoder, scale=0.1):
    """The decoder with noise on every weight, so that none is zero, one or equal to another."""
    leaves, structure = jax.tree.flatten(decoder)
    keys = jax.random.split(jax.random.key(7), len(leaves))
    noise = [leaf + scale * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(structure, noise)


@functools.cache
def model(bidirectional=True):
    return dataclasses.replace(_made(), bidirectional=bidirectional)


@functools.cache
def _made():
    return jax.jit(lambda key: varied(CONFIG.make((), (VOCABULARY,), key)))(jax.random.key(0))


@pytest.fixture(params=[True, False], ids=["bidirectional", "causal"])
def bidirectional(request):
    return request.param


def near(expected, error=1e-4):
    return pytest.approx(np.asarray(expected), abs=error, rel=error)


def packed(experiences, length=LENGTH, fill=0):
    """Tokens and segments of a row, padded with tokens `fill` and segments 0, as joined experiences are."""
    tokens = [token for each in experiences for token in each]
    segment = [number for number, each in enumerate(experiences) for _ in each]
    padding = length - len(tokens)
    return jnp.array(tokens + [fill] * padding), jnp.array(segment + [0] * padding)


def prompts(rows):
    """Prompts of several experiences each, as experiences."""
    made = token_rows([[token for each in row for token in each] for row in rows])
    for segment, row in zip(made.segment, rows, strict=True):
        segment[: sum(map(len, row))] = [number for number, each in enumerate(row) for _ in each]
    return made


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


# ---- an independent implementation


def reference(decoder, experiences):
    """The activations of the last experience: one step, one head and one pair of numbers at a time."""
    decoder = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), decoder)
    states = [decoder.embedding[each] for each in experiences]
    for layer in decoder.layers:
        parts = [_projected(layer, x) for x in states]
        attended = [_attended(layer, parts, i, decoder.bidirectional) for i in range(len(parts))]
        states = [x + each for x, each in zip(states, attended, strict=True)]
        inner = [np.maximum(_normed(x, layer.mlp_norm) @ layer.mlp.up, 0) ** 2 for x in states]
        states = [x + each @ layer.mlp.down for x, each in zip(states, inner, strict=True)]
    return _normed(states[-1], decoder.norm)


def _normed(x, norm):
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + norm.eps) * norm.gain


def _convolved(x, kernel):
    taps = range(len(kernel))
    return np.array([sum(kernel[-1 - back] * x[t - back] for back in taps if back <= t) for t in range(len(x))])


def _projected(layer, x):
    """Queries, keys and values [steps][heads] of one experience."""
    h = _normed(x, layer.attention_norm)
    h = h + _convolved(h, layer.conv)
    heads = len(layer.logit_scale)
    split = lambda y: [np.split(row, heads) for row in y]  # noqa: E731
    q, k, v = split(h @ layer.query), split(_convolved(h @ layer.key, layer.key_conv)), split(h @ layer.value)
    turned = lambda y: [[_turned(layer, head, t) for head in row] for t, row in enumerate(y)]  # noqa: E731
    return turned(q), turned(k), v


def _turned(layer, x, position):
    x = x / np.sqrt((x**2).sum() + 1e-6)
    half = int(len(x) * layer.rotary) // 2
    for i in range(half):
        turned = complex(x[i], x[half + i]) * np.exp(1j * position * layer.base ** (-i / half))
        x[i], x[half + i] = turned.real, turned.imag
    return x


def weights(layer, parts, which, bidirectional=True):
    """The attention weights of an experience's steps [steps][heads]: of its own steps, then of all context's."""
    last = which == len(parts) - 1
    rows = []
    for t, queries in enumerate(parts[which][0]):
        row = []
        for head, q in enumerate(queries):
            scale = np.clip(layer.logit_scale[head] * len(q) ** 0.5, 0, 40)
            logits = [
                scale * q @ k[head] if s <= t or (bidirectional and not last) else -np.inf
                for s, k in enumerate(parts[which][1])
            ]
            if last and not layer.local:
                logits += [scale * q @ k[head] + layer.context_bias[head] for part in parts[:-1] for k in part[1]]
            exponential = np.exp(np.array(logits) - max(logits))
            row.append(exponential / exponential.sum())
        rows.append(row)
    return rows


def _attended(layer, parts, which, bidirectional):
    last = which == len(parts) - 1
    values = [*parts[which][2], *(v for part in parts[:-1] for v in part[2] if last and not layer.local)]
    out = [
        np.concatenate([sum(w * v[head] for w, v in zip(row[head], values, strict=True)) for head in range(len(row))])
        for row in weights(layer, parts, which, bidirectional)
    ]
    return np.array(out) @ layer.out


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
    expected = weights(_double(layer), [_projected(_double(layer), _double(each)) for each in (one, other, asked)], 2)
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


# ---- loops


def looped():
    """The model with two passes through its layers beyond the first, and the model in which these layers stand twice.

    That is all an independent reading needs, as the slow model goes through the layers one by one.
    """
    first, *others = model().layers
    return dataclasses.replace(model(), loops=2), dataclasses.replace(model(), layers=(first, *others, *others))


@settings(max_examples=5)
@given(CONTEXT, EXPERIENCE)
def test_a_second_pass_reads_a_row_as_the_same_layers_listed_twice_do(context, question):
    twice, listed = looped()
    start = sum(map(len, context))
    found = flat(twice, *packed([*context, question]))[start : start + len(question)]
    assert found == near(reference(listed, [*context, question]))


def test_a_second_pass_over_a_context_that_is_encoded_apart_reads_the_second_pass_of_that():
    twice, listed = looped()
    row = [ONE, OTHER, ASKED]
    found = twice.next_logprobs(prompts([row]))
    assert found == near(logprobs(row, listed))
    assert np.abs(found - logprobs(row)).max() > 1e-2


@pytest.mark.parametrize(
    ("layers", "local", "loops", "depth"), [(3, 1, 1, 3), (3, 1, 2, 5), (3, 1, 4, 9), (3, 0, 2, 6), (3, 3, 5, 3)]
)
def test_the_depth_counts_a_layer_as_often_as_it_is_passed(layers, local, loops, depth):
    config = dataclasses.replace(CONFIG, layers=layers, local_layers=local, loops=loops)
    decoder = jax.eval_shape(lambda: config.make((), (VOCABULARY,), jax.random.key(0)))
    assert config.depth == depth
    assert len(decoder.layers) == layers
    order = []
    tokens = jax.ShapeDtypeStruct((8,), jnp.int32)
    jax.eval_shape(lambda decoder, row: decoder.hidden(row, lambda site, x: order.append(site) or x), decoder, tokens)
    assert order[-2] == f"layers.{depth - 1}.residual"
    assert len(order) == 2 + 3 * depth


def test_branches_are_fainter_at_first_the_more_often_layers_are_passed():
    deeper = dataclasses.replace(CONFIG, layers=5, local_layers=1, loops=1)
    looped = dataclasses.replace(CONFIG, loops=2)
    scales = [
        [jnp.linalg.norm(layer.out) for layer in config.make((), (VOCABULARY,), jax.random.key(0)).layers]
        for config in (CONFIG, looped, deeper)
    ]
    assert np.ptp(scales[1] + scales[2]) < 1e-5
    assert scales[0] == pytest.approx(np.array(scales[1]) * (5 / 3) ** 0.5)


# ---- what is attended to


ONE, OTHER, THIRD, ASKED = [3, 1, 4, 1, 5], [9, 2, 6], [5, 3, 5, 8, 9, 7, 9], [3, 2, 3, 8]


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


# ---- loss


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


def test_the_loss_of_a_row_of_questions_is_that_of_each_question_by_itself():
    world = Reading(words=512, context=128, test_items=0)
    instance = world.draw(0)
    words = jax.random.normal(jax.random.key(1), (len(instance.vocabulary), 16))
    decoder = dataclasses.replace(model(), embedding=words, unembedding=words.T, block=world.block)
    rows = instance.samplers["facts"](np.random.default_rng(3), 2).experiences
    rng = np.random.default_rng(1)
    rows = rows._replace(weight=rows.weight * rng.integers(1, 4, rows.weight.shape).astype(np.float32))
    alone = questions(rows)
    assert alone.valid.shape[0] > 6
    assert rows.steps["document"].max(axis=1).tolist() == [2, 0]  # three documents in a row, and a single one
    assert alone.weight.sum() == rows.weight.sum() > 0
    whole, parts = (loss(decoder, each, instance.most_targets) for each in (rows, alone))
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


# ---- answers


ROWS = [[ONE, OTHER, ASKED], [ASKED], [THIRD, ASKED[:1]], [ONE, OTHER, THIRD, ASKED], [ONE, OTHER, ASKED[:2]]]


@pytest.fixture(autouse=True)
def _one_size(monkeypatch):
    """Batches of one size, so that little is compiled."""
    monkeypatch.setattr(answering, "_BATCHES", (8,))


@pytest.fixture(params=["with each question", "once"])
def path(request, monkeypatch):
    """Both ways of reading contexts: with every question, or once for all questions that share them."""
    if request.param == "once":
        monkeypatch.setattr(answering, "_SHORT", 0)
    return request.param


def logprobs(experiences, decoder=None):
    """The log-probabilities after a prompt, by the slow model."""
    decoder = decoder or model()
    logits = reference(decoder, experiences)[-1] @ np.asarray(decoder.unembedding, np.float64)
    return (logits - np.logaddexp.reduce(logits))[None]


def test_a_model_is_a_sequence_model():
    assert isinstance(model(), SequenceModel)
    assert isinstance(model(), answering.ContextReader)


def test_next_tokens_are_as_probable_as_numpy_says(path):
    assert model().next_logprobs(prompts(ROWS)) == near(np.concatenate([logprobs(row) for row in ROWS]))


def test_experiences_in_a_prompt_may_be_longer_than_a_block(path):
    row = [[*ONE, *OTHER, *THIRD, *ONE], OTHER, ASKED]
    assert model().next_logprobs(prompts([row])) == near(logprobs(row))


def test_gaps_in_the_numbers_of_experiences_do_not_matter(path):
    made = prompts(ROWS)
    assert model().next_logprobs(made._replace(segment=3 * made.segment + 2)) == near(model().next_logprobs(made))


def test_many_questions_are_answered_batch_by_batch(path):
    rows = [[ONE[:n], OTHER[:m], ASKED] for n in range(1, 6) for m in range(1, 4)]
    assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


def test_questions_that_share_a_context_and_questions_without_any_are_answered():
    shared = [[ONE, OTHER, ASKED[:n]] for n in (1, 2, 3, 4, 1, 2, 3, 4)]
    alone = [[ASKED[:n]] for n in (1, 2, 3, 4)]
    for rows in (shared, alone, alone[:1]):
        assert model().next_logprobs(prompts(rows)) == near(np.concatenate([logprobs(row) for row in rows]))


def test_greedy_generation_takes_the_most_probable_token_again_and_again(path):
    decoder = varied(model(), 0.3)
    found = decoder.generate(prompts(ROWS), 4)
    for row, continued in zip(ROWS, found, strict=True):
        for step in range(4):
            asked = [*row[-1], *continued[:step].tolist()]
            assert decoder.next_logprobs(prompts([[*row[:-1], asked]])).argmax() == continued[step]
    assert len(set(found.ravel().tolist())) > 3


def test_samples_are_repeatable_by_their_key_and_alike_on_both_paths(monkeypatch):
    def sampled(seed):
        return model().generate(prompts(ROWS), 4, temperature=0.7, key=jax.random.key(seed)).tolist()

    assert sampled(0) == sampled(0)
    assert sampled(0) != sampled(1)
    short = sampled(0)
    monkeypatch.setattr(answering, "_SHORT", 0)
    assert sampled(0) == short


def test_samples_follow_the_softmax_at_the_temperature():
    rows = prompts([[ONE, OTHER, ASKED]] * 1024)
    found = model().generate(rows, 4, temperature=0.7, key=jax.random.key(0))[:, 0]
    expected = np.exp(logprobs([ONE, OTHER, ASKED])[0] / 0.7)
    expected = expected / expected.sum()
    assert np.bincount(found, minlength=VOCABULARY) / 1024 == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("steps", "temperature", "message"), [(0, 0.0, "1 or more"), (1, 0.5, "needs a key")], ids=["steps", "key"]
)
def test_generation_that_makes_no_sense_is_refused(steps, temperature, message):
    with pytest.raises(ValueError, match=message):
        model().generate(prompts(ROWS), steps, temperature=temperature)


def test_a_prompt_without_steps_is_refused():
    with pytest.raises(ValueError, match="no valid step"):
        model().next_logprobs(token_rows([[1], []]))


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


# ---- the first weights


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


def test_the_first_layers_alone_keep_to_their_experience():
    assert [layer.local for layer in model().layers] == [True, False, False]
    layers = tuple(dataclasses.replace(layer, local=True) for layer in model().layers)
    local = dataclasses.replace(model(), layers=layers)
    one, other = (flat(local, *packed([context, ASKED]))[5:9] for context in (ONE, ONE[::-1]))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 15}, "multiple of heads"),
        ({"width": 15, "heads": 3}, "an even number"),
        ({"local_layers": 4}, "expected 0 to 3"),
        ({"local_layers": -1}, "expected 0 to 3"),
        ({"loops": 0}, "loops is 0; expected 1 or more"),
    ],
)
def test_impossible_shapes_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(CONFIG, **changes)


@pytest.mark.parametrize(("inputs", "outputs"), [((3,), (5,)), ((), (5, 5))])
def test_it_reads_tokens_of_one_vocabulary(inputs, outputs):
    with pytest.raises(ValueError, match="reads tokens"):
        CONFIG.make(inputs, outputs, jax.random.key(0))
