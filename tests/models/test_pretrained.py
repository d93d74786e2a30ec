"""Checkpoints: in bfloat16, read back whole, refused with a remedy, and over any vocabulary."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file
from tiny_checkpoint import CARD, CLOSED, CONFIG, DECODER, tiny_decoder, write_tiny

from tolman.core.errors import UnknownName, UserError
from tolman.core.experience import NONE, token_rows
from tolman.core.registry import named
from tolman.models import pretrained as module
from tolman.models.base import SequenceModel
from tolman.models.decoder import DecoderConfig
from tolman.models.io import ModelSpec, flatten, load_model, save_model
from tolman.models.open_vocabulary import codes_of
from tolman.models.pretrained import CHECKPOINTS, PretrainedConfig, closed_words, digest_of, pretrained

VOCABULARY = ("Lima", "of", "Peru", "→", "Lima")


@pytest.fixture
def path(tmp_path):
    write_tiny(tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


def same(one, other):
    one, other = flatten(one), flatten(other)
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


# ---- files


def test_what_is_read_is_what_was_written_to_the_precision_of_bfloat16(path):
    found = pretrained(str(path))
    assert (found.config, found.closed, found.card) == (CONFIG, CLOSED, CARD)
    assert found.decoder.words == 6
    rounded = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16).astype(jnp.float32), tiny_decoder())
    assert same(found.decoder, rounded)
    for name, leaf in flatten(tiny_decoder()).items():
        assert flatten(found.decoder)[name] == pytest.approx(leaf, rel=2**-8), name


def test_layers_that_learn_intermediate_results_are_written_and_change_no_weights(path, tmp_path):
    config = write_tiny(tmp_path / "hops.safetensors", hop_layers=(0,), hop_weight=2.0)
    found, plain = pretrained(config.checkpoint), pretrained(str(path))
    expected = dataclasses.replace(DECODER, hop_layers=(0,), hop_weight=2.0)
    assert found.config == dataclasses.replace(CONFIG, decoder=expected) != plain.config == CONFIG
    assert config.start(VOCABULARY).config == expected
    assert same(found.decoder, plain.decoder)


def test_a_number_takes_two_bytes(path):
    numbers = sum(leaf.size for leaf in jax.tree.leaves(tiny_decoder()))
    assert 2 * numbers < path.stat().st_size < 2 * numbers + 8000
    with safe_open(path, framework="np") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"BF16"}  # noqa: SIM118


def test_a_file_that_is_written_again_is_read_again(path):
    before = pretrained(str(path))
    write_tiny(path, seed=1)
    after = pretrained(str(path))
    assert before.digest != after.digest == digest_of(path)
    assert not same(before.decoder, after.decoder)


def test_the_name_of_a_checkpoint_is_that_of_its_file(path, monkeypatch):
    monkeypatch.setattr(module, "CHECKPOINTS", path.parent)
    assert pretrained("tiny").digest == pretrained(str(path)).digest == digest_of(path)


def test_checkpoints_that_come_with_the_package_can_be_read():
    for path in CHECKPOINTS.glob("*.safetensors"):
        found = pretrained(path.stem)
        assert len(found.closed) == found.config.closed == len(set(found.closed))


# ---- refusals


def test_an_unknown_name_is_answered_with_a_near_one(path, monkeypatch):
    monkeypatch.setattr(module, "CHECKPOINTS", path.parent)
    with pytest.raises(UnknownName, match="unknown checkpoint 'tinny': did you mean tiny"):
        pretrained("tinny")
    with pytest.raises(UnknownName, match="unknown checkpoint 'tinny'"):
        PretrainedConfig("tinny")


@pytest.mark.parametrize("name", ["missing.safetensors", "folder.safetensors"])
def test_a_file_that_cannot_be_read_is_named(name, tmp_path):
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(UserError, match=rf"{name}: the checkpoint cannot be read \(.+\); check the path"):
        pretrained(str(tmp_path / name))


def _rewrite(path, change=lambda settings: settings, leaves=lambda leaves: leaves, key="tolman"):
    with safe_open(path, framework="np") as file:
        settings = json.loads(file.metadata()["tolman"])
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(leaves(found), path, metadata={key: json.dumps(change(settings))})


def _without(name):
    return lambda given: {key: value for key, value in given.items() if key != name}


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("weights"),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-10]),
    "another tool's": lambda path: _rewrite(path, key="format"),
    "no metadata": lambda path: save_file({"a": np.zeros(2)}, path),
    "no JSON": lambda path: save_file({"a": np.zeros(2)}, path, metadata={"tolman": "{"}),
    "no object": lambda path: _rewrite(path, lambda settings: [1]),
    "no configuration": lambda path: _rewrite(path, _without("config")),
    "no closed words": lambda path: _rewrite(path, _without("closed")),
    "no number of words": lambda path: _rewrite(path, _without("words")),
    "no card": lambda path: _rewrite(path, _without("card")),
    "half a configuration": lambda path: _rewrite(path, lambda s: s | {"config": _without("closed")(s["config"])}),
    "another version": lambda path: _rewrite(path, lambda s: s | {"config": s["config"] | {"version": 99}}),
    "a later setting": lambda path: _rewrite(path, lambda s: s | {"config": s["config"] | {"more": 1}}),
    "another width": lambda path: _rewrite(path, lambda s: s | {"config": s["config"] | {"code": 16}}),
    "a missing leaf": lambda path: _rewrite(path, leaves=_without(".code_in")),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_checkpoint_is_refused_with_its_path(damage, path):
    DAMAGE[damage](path)
    with pytest.raises(UserError, match=str(path)):
        pretrained(str(path))


def test_a_checkpoint_that_changed_meanwhile_is_refused(path):
    config = PretrainedConfig(str(path))
    assert config.digest == digest_of(path)
    assert PretrainedConfig(str(path), config.digest) == config
    write_tiny(path, seed=1)
    with pytest.raises(UserError, match=r"tiny\.safetensors' has changed; start again"):
        PretrainedConfig(str(path), config.digest)
    assert PretrainedConfig(str(path)).digest != config.digest


# ---- over a vocabulary


def test_each_closed_word_is_given_once_and_every_other_word_is_new():
    assert closed_words(VOCABULARY, CLOSED).tolist() == [NONE, 3, NONE, 0, NONE]
    assert closed_words(("the", "the", "of"), CLOSED).tolist() == [2, NONE, 3]
    assert closed_words(("The", "Of", "the"), CLOSED).tolist() == [NONE, 3, 2]  # as it is spelled comes first
    assert closed_words((), CLOSED).tolist() == []


def test_words_have_the_vectors_that_were_learned_or_follow_from_their_texts(path):
    found = pretrained(str(path))
    bound, decoder, codes = found.over(VOCABULARY), found.decoder, codes_of(VOCABULARY, CONFIG.code)
    for place, known in enumerate(closed_words(VOCABULARY, CLOSED)):
        embedding = codes[place] @ decoder.code_in if known == NONE else decoder.embedding[known]
        unembedding = codes[place] @ decoder.code_out if known == NONE else decoder.unembedding[known]
        assert bound.embedding[place] == pytest.approx(np.asarray(embedding), abs=1e-5)
        assert bound.unembedding[:, place] == pytest.approx(np.asarray(unembedding), abs=1e-5)
    assert jnp.abs(bound.embedding[0] - bound.embedding[4]).max() > 0.1  # the second Lima is another word
    assert isinstance(bound, SequenceModel)


def test_the_order_of_the_vocabulary_does_not_matter(path):
    vocabulary = ("Lima", "of", "Peru", "→", "Quito")
    order = np.array([3, 0, 4, 2, 1])
    plain, mixed = (pretrained(str(path)).over([vocabulary[i] for i in each]) for each in (range(5), order))
    rows = token_rows([[0, 1, 2], [3, 4]])
    moved = token_rows([np.argsort(order)[row].tolist() for row in ([0, 1, 2], [3, 4])])
    assert mixed.next_logprobs(moved) == pytest.approx(plain.next_logprobs(rows)[:, order], abs=1e-4)


# ---- as a configuration


def test_the_configuration_starts_from_the_checkpoint_and_has_its_shapes(path):
    config = PretrainedConfig(str(path))
    assert config.pretrained
    started, made = config.start(VOCABULARY), config.make((), (len(VOCABULARY),), jax.random.key(0))
    assert same(started, pretrained(str(path)).over(VOCABULARY))
    assert jax.tree.structure(started) == jax.tree.structure(made)
    assert jax.tree.map(jnp.shape, started) == jax.tree.map(jnp.shape, made)
    assert same(made, DECODER.make((), (len(VOCABULARY),), jax.random.key(0)))


def test_its_canonical_form_tells_the_weights(path):
    config = PretrainedConfig(str(path))
    assert named("models", config) == {
        "name": "pretrained",
        "class": "PretrainedConfig",
        "version": 1,
        "checkpoint": str(path),
        "digest": digest_of(path),
    }


def test_a_model_that_started_from_it_can_be_saved_and_loaded(path, tmp_path):
    config = PretrainedConfig(str(path))
    model = jax.tree.map(lambda leaf: leaf + 0.5, config.start(VOCABULARY))
    save_model(model, ModelSpec(config, (), (len(VOCABULARY),)), tmp_path)
    assert same(load_model(tmp_path), model)
    path.unlink()
    with pytest.raises(UserError, match=r"tiny\.safetensors"):
        load_model(tmp_path)


def test_other_models_are_not_pretrained():
    assert not DecoderConfig.pretrained
    with pytest.raises(TypeError, match="DecoderConfig over 2 words is not pretrained; use make"):
        DecoderConfig().start(("a", "b"))
