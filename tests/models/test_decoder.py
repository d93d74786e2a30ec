"""The decoder: causal, indifferent to padding, open to hooks, the Llama architecture, and safe on disk."""

import dataclasses
import functools
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core.assemble import pack
from tolman.core.errors import UserError
from tolman.core.experience import Experiences, token_rows
from tolman.models.base import SequenceModel
from tolman.models.decoder import Decoder, DecoderConfig, make_decoder
from tolman.models.io import ModelSpec, flatten, load_model, restore, save_model
from tolman.models.layers import RMSNorm, causal_convolution, rotate

VOCABULARY = 23
LENGTH = 12
CONFIGS = {
    "default": DecoderConfig(width=16),
    "llama": DecoderConfig(width=16, conv=0, mlp="swiglu"),
    "tied": DecoderConfig(width=16, tied=True, rotary=0.5),
}


@functools.cache
def model(name="default", seed=0):
    return make_decoder(CONFIGS[name], VOCABULARY, jax.random.key(seed))


@pytest.fixture(params=CONFIGS)
def name(request):
    return request.param


@functools.partial(jax.jit, static_argnames="hook")
def logits(decoder, tokens, hook=lambda site, value: value):
    return decoder(tokens, hook)


def some_tokens(seed=0, length=LENGTH):
    return jax.random.randint(jax.random.key(seed), (length,), 0, VOCABULARY)


def near(expected, error=1e-5):
    return pytest.approx(np.asarray(expected), abs=error)


# ---- what a position sees


@pytest.mark.parametrize("step", [0, 5, LENGTH - 1])
def test_a_token_changes_no_logits_before_it_and_all_from_it_on(name, step):
    tokens = some_tokens()
    one, other = (logits(model(name), t) for t in (tokens, tokens.at[step].add(1) % VOCABULARY))
    assert np.array_equal(one[:step], other[:step])
    assert (jnp.abs(one[step:] - other[step:]).max(axis=1) > 0).all()


def test_padding_on_the_right_changes_no_logits(name):
    tokens = some_tokens()
    for filling in (0, 7):
        padded = jnp.concatenate([tokens, jnp.full(LENGTH, filling)])
        assert logits(model(name), padded)[:LENGTH] == near(logits(model(name), tokens))


def test_gaps_between_valid_tokens_change_no_logits_once_packed(name):
    tokens, rng = np.asarray(some_tokens()), np.random.default_rng(0)
    reference = logits(model(name), jnp.concatenate([tokens, jnp.zeros(LENGTH, int)]))[:LENGTH]
    for _ in range(5):
        valid = np.zeros(2 * LENGTH, bool)
        valid[np.sort(rng.choice(2 * LENGTH, LENGTH, replace=False))] = True
        row = rng.integers(0, VOCABULARY, 2 * LENGTH)
        row[valid] = tokens
        none = np.zeros((1, 2 * LENGTH))
        packed = pack(Experiences({"token": row[None]}, none, valid[None], none))
        assert np.array_equal(logits(model(name), packed.steps["token"][0])[:LENGTH], reference)


def test_what_the_model_says_depends_on_order():
    tokens = jnp.array([1, 2, 3, 4])
    one, other = (logits(model("llama"), t)[-1] for t in (tokens, tokens[jnp.array([1, 0, 2, 3])]))
    assert jnp.abs(one - other).max() > 1e-3


# ---- parts


def test_rotated_products_depend_on_distance_alone():
    q, k = (jnp.broadcast_to(jax.random.normal(jax.random.key(i), (8,)), (10, 1, 8)) for i in (0, 1))
    products = jnp.einsum("qhe,khe->qk", rotate(q, 100.0), rotate(k, 100.0))
    for distance in range(-9, 10):
        assert np.ptp(np.diagonal(products, distance)) < 1e-4
    assert jnp.std(products[0]) > 0.1


def test_units_beyond_the_rotary_share_stand_still():
    x = jax.random.normal(jax.random.key(0), (10, 2, 8))
    turned = rotate(x, 100.0, 0.5)
    assert np.array_equal(turned[..., 4:], x[..., 4:])
    assert jnp.abs(turned[1:, :, :4] - x[1:, :, :4]).min(axis=0).max() > 0


def test_rotation_keeps_lengths_and_leaves_the_first_position():
    x = jax.random.normal(jax.random.key(0), (10, 2, 8))
    turned = rotate(x, 100.0)
    assert jnp.linalg.norm(turned, axis=-1) == near(jnp.linalg.norm(x, axis=-1))
    assert turned[0] == near(x[0])


def test_the_convolution_is_each_channels_own_and_causal():
    x, kernel = jax.random.normal(jax.random.key(0), (9, 3)), jax.random.normal(jax.random.key(1), (4, 3))
    expected = [np.convolve(x[:, c], kernel[::-1, c])[:9] for c in range(3)]
    assert causal_convolution(x, kernel) == near(np.stack(expected, axis=1))


def test_the_norm_gives_unit_root_mean_square_whatever_the_scale():
    norm = RMSNorm(jnp.ones(16), 1e-12)
    x = 1e3 * jax.random.normal(jax.random.key(0), (5, 16))
    assert jnp.sqrt(jnp.mean(norm(x) ** 2, axis=1)) == pytest.approx(1)


@pytest.mark.parametrize("settings", [{"width": 10, "heads": 4}, {"width": 6, "heads": 2}])
def test_impossible_shapes_are_refused(settings):
    with pytest.raises(ValueError, match="even multiple of heads"):
        DecoderConfig(**settings)


# ---- shapes and sizes


def test_logits_are_float32_for_every_token_of_the_vocabulary(name):
    out = logits(model(name), some_tokens())
    assert out.shape == (LENGTH, VOCABULARY)
    assert out.dtype == jnp.float32
    assert jnp.isfinite(out).all()


@pytest.mark.parametrize("layers", [1, 3])
def test_parameters_are_as_many_as_the_architecture_says(name, layers):
    config = dataclasses.replace(CONFIGS[name], layers=layers, hidden=40)
    d, ends = config.width, (1 if config.tied else 2) * VOCABULARY * config.width
    feed_forward = (3 if config.mlp == "swiglu" else 2) * d * 40
    expected = ends + d + layers * (4 * d * d + feed_forward + config.conv * d + 2 * d)
    made = jax.eval_shape(lambda: make_decoder(config, VOCABULARY, jax.random.key(0)))
    assert sum(leaf.size for leaf in jax.tree.leaves(made)) == expected


@pytest.mark.parametrize(("mlp", "expected"), [("relu2", 64), ("swiglu", 42)])
def test_the_feed_forward_width_follows_the_model_unless_it_is_given(mlp, expected):
    assert DecoderConfig(width=16, mlp=mlp).hidden_width == expected
    assert DecoderConfig(width=16, mlp=mlp, hidden=24).hidden_width == 24


def test_tied_embeddings_are_one_array():
    tied = model("tied")
    assert tied.unembedding is None
    hidden = jax.random.normal(jax.random.key(0), (3, 16))
    assert tied.logits(hidden) == near(hidden @ tied.embedding.T)


def test_another_key_gives_another_model_and_the_same_key_the_same():
    one, again, other = (make_decoder(CONFIGS["default"], VOCABULARY, jax.random.key(s)) for s in (0, 0, 1))
    assert all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(again)))
    assert not np.array_equal(one.embedding, other.embedding)


def test_every_parameter_has_a_gradient(name):
    tokens = some_tokens(length=40)
    gradient = jax.jit(jax.grad(lambda m: jnp.sum(jax.nn.log_softmax(m(tokens))[:, 0])))(model(name))
    for path, leaf in jax.tree_util.tree_leaves_with_path(gradient):
        assert jnp.isfinite(leaf).all()
        assert jnp.abs(leaf).max() > 0, jax.tree_util.keystr(path)


def test_half_precision_gives_nearly_the_same_logits_in_float32(name):
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), model(name))
    out = logits(half, some_tokens())
    assert out.dtype == jnp.float32
    assert out == near(logits(model(name), some_tokens()), 0.15)
    assert {leaf.dtype for leaf in jax.tree.leaves(half)} == {jnp.dtype(jnp.bfloat16)}


# ---- hooks


def test_hooks_see_every_site_in_order_with_its_activations():
    seen = {}
    model().hidden(some_tokens(), lambda site, value: seen.setdefault(site, value))
    parts = [f"layers.{i}.{part}" for i in range(2) for part in ("attention", "mlp", "residual")]
    assert list(seen) == ["embedding", *parts, "final"]
    assert {v.shape for v in seen.values()} == {(LENGTH, 16)}


def test_sites_add_up_to_the_residual_stream():
    seen = {}
    model().hidden(some_tokens(), lambda site, value: seen.setdefault(site, value))
    stream = seen["embedding"]
    for i in range(2):
        stream = stream + seen[f"layers.{i}.attention"] + seen[f"layers.{i}.mlp"]
        assert seen[f"layers.{i}.residual"] == near(stream)
    assert seen["final"] == near(model().norm(stream))


SITES = ["embedding", "layers.0.attention", "layers.1.mlp", "layers.0.residual", "final"]


@pytest.mark.parametrize("site", SITES)
def test_what_a_hook_returns_replaces_the_activations_from_that_step_on(site):
    def silence(here, value):
        return value.at[4].set(0) if here == site else value

    plain, changed = logits(model(), some_tokens()), logits(model(), some_tokens(), silence)
    assert np.array_equal(plain[:4], changed[:4])
    assert jnp.abs(plain[4] - changed[4]).max() > 1e-3


def test_activations_of_another_document_can_be_patched_in():
    seen, other = {}, some_tokens(1)
    model().hidden(other, lambda site, value: seen.setdefault(site, value))
    patched = model()(some_tokens(), lambda site, v: seen[site] if site == "layers.1.residual" else v)
    assert patched == near(model()(other))


# ---- Llama


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tied", [False, True])
def test_without_convolution_it_is_the_llama_architecture(tied):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = DecoderConfig(width=32, layers=3, heads=4, hidden=56, conv=0, mlp="swiglu", tied=tied, norm_eps=1e-4)
    ours = make_decoder(config, VOCABULARY, jax.random.key(0))
    keys = iter(jax.random.split(jax.random.key(1), 100))
    ours = jax.tree.map(lambda w: w + 0.1 * jax.random.normal(next(keys), w.shape), ours)
    theirs = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=32,
            intermediate_size=56,
            num_hidden_layers=3,
            num_attention_heads=4,
            rms_norm_eps=1e-4,
            tie_word_embeddings=tied,
            attn_implementation="eager",
        )
    )
    theirs.load_state_dict({k: torch.tensor(np.array(v)) for k, v in as_llama(ours).items()}, strict=not tied)
    theirs.tie_weights()
    tokens = np.random.default_rng(0).integers(0, VOCABULARY, (3, 40))
    with torch.no_grad():
        expected = theirs.eval()(torch.tensor(tokens)).logits.numpy()
    got = jax.vmap(ours)(jnp.asarray(tokens))
    assert np.abs(expected).max() > 1
    assert np.abs(np.asarray(got) - expected).max() < 1e-4


def as_llama(decoder):
    """Our weights under the names and in the `[out, in]` layout of a Llama checkpoint."""
    found = {"model.embed_tokens.weight": decoder.embedding, "model.norm.weight": decoder.norm.gain}
    if decoder.unembedding is not None:
        found["lm_head.weight"] = decoder.unembedding.T
    for i, block in enumerate(decoder.layers):
        attention, mlp = block.attention, block.mlp
        names = {"self_attn.q_proj": attention.query, "self_attn.k_proj": attention.key}
        names |= {"self_attn.v_proj": attention.value, "self_attn.o_proj": attention.out}
        names |= {"mlp.up_proj": mlp.up, "mlp.gate_proj": mlp.gate, "mlp.down_proj": mlp.down}
        found |= {f"model.layers.{i}.{name}.weight": weight.T for name, weight in names.items()}
        found[f"model.layers.{i}.input_layernorm.weight"] = block.attention_norm.gain
        found[f"model.layers.{i}.post_attention_layernorm.weight"] = block.mlp_norm.gain
    return found


# ---- generation


PROMPTS = [[3, 1, 4], [1], [5, 9, 2, 6, 5, 3], [5, 8]]
STEPS = 7


def recomputed(decoder, prompt, choose):
    """Continue a prompt by reading the whole sequence again for every token."""
    tokens = list(prompt)
    for _ in range(STEPS):
        row = jnp.array([*tokens, *[0] * (16 - len(tokens))])
        tokens.append(int(choose(logits(decoder, row)[len(tokens) - 1])))
    return tokens[len(prompt) :]


def sharp(name):
    """A model whose next tokens differ clearly in probability and depend on all earlier ones."""
    return jax.tree.map(lambda leaf: 2 * leaf, model(name))


def test_a_model_is_a_sequence_model(name):
    assert isinstance(model(name), SequenceModel)


def test_greedy_generation_with_a_cache_equals_recomputation_from_scratch(name):
    got = sharp(name).generate(token_rows(PROMPTS, 9), STEPS)
    assert got.shape == (len(PROMPTS), STEPS)
    assert got.tolist() == [recomputed(sharp(name), prompt, jnp.argmax) for prompt in PROMPTS]
    assert len({token for row in got.tolist() for token in row}) > 2


def test_logits_of_cached_steps_are_those_of_the_whole_sequence(name):
    tokens, length = some_tokens(), 5
    cache, last = jax.jit(Decoder.start, static_argnums=3)(model(name), tokens, length, LENGTH)
    found, step = [last], jax.jit(Decoder.step)
    for token in tokens[length:]:
        cache, last = step(model(name), cache, token)
        found.append(last)
    assert cache.length == LENGTH
    assert np.stack(found) == near(logits(model(name), tokens)[length - 1 :], 2e-5)


def test_samples_follow_the_softmax_at_the_temperature():
    rows, temperature = token_rows([[3, 1, 4]] * 4000), 0.7
    got = sharp("default").generate(rows, 1, temperature=temperature, key=jax.random.key(0))[:, 0]
    expected = jax.nn.softmax(logits(sharp("default"), jnp.array([3, 1, 4, 0]))[2] / temperature)
    assert np.bincount(got, minlength=VOCABULARY) / 4000 == near(expected, 0.03)


def test_the_same_key_gives_the_same_samples_and_low_temperatures_are_greedy():
    rows, decoder = token_rows(PROMPTS), sharp("default")
    one, again, other = (decoder.generate(rows, STEPS, temperature=1.0, key=jax.random.key(s)) for s in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    cold = decoder.generate(rows, STEPS, temperature=1e-4, key=jax.random.key(0))
    assert np.array_equal(cold, decoder.generate(rows, STEPS))


def test_many_prompts_are_continued_as_each_alone():
    prompts = [PROMPTS[i % 4] for i in range(300)]
    got = sharp("default").generate(token_rows(prompts, 9), STEPS)
    assert np.array_equal(got, np.tile(got[:4], (75, 1)))


def test_generation_refuses_empty_prompts_and_samples_without_a_key():
    with pytest.raises(ValueError, match="expected 1 or more"):
        model().generate(token_rows([[1], []]), STEPS)
    with pytest.raises(ValueError, match="expected 1 or more"):
        model().generate(token_rows([[1]]), 0)
    with pytest.raises(ValueError, match="needs a key"):
        model().generate(token_rows([[1]]), STEPS, temperature=1.0)


# ---- on disk


@pytest.fixture
def saved(tmp_path):
    save_model(model(), ModelSpec(CONFIGS["default"], (), (VOCABULARY,)), tmp_path)
    return tmp_path


def test_a_saved_model_comes_back_bit_by_bit(name, tmp_path):
    save_model(model(name), ModelSpec(CONFIGS[name], (), (VOCABULARY,)), tmp_path)
    back = load_model(tmp_path)
    assert jax.tree.structure(back) == jax.tree.structure(model(name))
    assert all(map(np.array_equal, jax.tree.leaves(back), jax.tree.leaves(model(name))))
    assert np.array_equal(logits(back, some_tokens()), logits(model(name), some_tokens()))


def test_the_configuration_beside_the_weights_is_plain_json(saved):
    settings = json.loads((saved / "config.json").read_text())
    assert settings["config"]["name"] == "decoder"
    assert settings["outputs"] == [VOCABULARY]
    assert settings["config"]["width"] == 16


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-10])


DAMAGE = {
    "weights truncated": lambda folder: _truncate(folder / "weights.safetensors"),
    "weights empty": lambda folder: (folder / "weights.safetensors").write_bytes(b""),
    "weights are something else": lambda folder: (folder / "weights.safetensors").write_bytes(b"PK" * 500),
    "no weights": lambda folder: (folder / "weights.safetensors").unlink(),
    "no configuration": lambda folder: (folder / "config.json").unlink(),
    "configuration truncated": lambda folder: _truncate(folder / "config.json"),
    "configuration is no object": lambda folder: (folder / "config.json").write_text("[1]"),
    "configuration lacks a setting": lambda folder: (folder / "config.json").write_text('{"width": 16}'),
    "configuration from another version": lambda folder: _set(folder, unheard_of=1),
    "another width": lambda folder: _set(folder, width=32),
    "another depth": lambda folder: _set(folder, layers=3),
    "impossible width": lambda folder: _set(folder, width=15),
}


def _set(folder, **changes):
    path = folder / "config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"config": settings["config"] | changes}))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_models_are_refused_with_their_folder_named(saved, damage):
    DAMAGE[damage](saved)
    with pytest.raises(UserError, match=str(saved)):
        load_model(saved)


def test_leaves_are_named_by_path():
    assert ".layers[0].mlp.up" in flatten(model())
    assert flatten(model())[".embedding"].shape == (VOCABULARY, 16)


def test_leaves_that_do_not_fit_are_named():
    leaves = flatten(model())
    leaves.pop(".layers[1].mlp.up")
    with pytest.raises(UserError, match=r"\.layers\[1\]\.mlp\.up"):
        restore(model(), leaves, "here")
