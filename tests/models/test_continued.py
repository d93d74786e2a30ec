"""Going on from a checkpoint: its weights over a vocabulary whose closed words may stand in another order."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_checkpoint import CARD, CLOSED, CONFIG, DECODER, write_tiny

from tolman.core.config import canonical, digest
from tolman.core.errors import UserError
from tolman.core.registry import named
from tolman.models.continued import ContinuedConfig
from tolman.models.io import ModelSpec, flatten, load_model, save_model
from tolman.models.pretrained import PretrainedConfig, digest_of, pretrained, save_pretrained

OPEN = ("lima", "peru", "quito", "inca", "andes", "llama", "condor")
VOCABULARY = (*CLOSED, *OPEN)
ORDER = [2, 0, 3, 1]


@pytest.fixture
def path(tmp_path):
    write_tiny(tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


def test_training_starts_from_the_weights_of_the_checkpoint(path):
    config = ContinuedConfig(str(path))
    assert config.pretrained
    started, found = flatten(config.start(VOCABULARY)), flatten(pretrained(str(path)).decoder)
    assert started.keys() == found.keys()
    assert all(np.array_equal(started[name], leaf) for name, leaf in found.items())


def test_it_has_the_checkpoints_architecture_over_any_number_of_open_words(path):
    config = ContinuedConfig(str(path))
    assert config.decoder == CONFIG
    started, made = config.start(VOCABULARY), config.make((), (len(VOCABULARY),), jax.random.key(0))
    assert started.words == made.words == len(OPEN)
    assert jax.tree.structure(started) == jax.tree.structure(made)
    assert jax.tree.map(jnp.shape, started) == jax.tree.map(jnp.shape, made)


def test_closed_words_in_another_order_keep_their_vectors(path):
    plain = ContinuedConfig(str(path)).start(VOCABULARY)
    moved = ContinuedConfig(str(path)).start((*(CLOSED[i] for i in ORDER), *OPEN))
    assert np.array_equal(moved.embedding, np.asarray(plain.embedding)[ORDER])
    assert np.array_equal(moved.unembedding, np.asarray(plain.unembedding)[ORDER])
    for name, leaf in flatten(plain).items():
        assert np.array_equal(flatten(moved)[name], leaf) == (name not in (".embedding", ".unembedding"))


def test_layers_that_learn_intermediate_results_are_given_to_the_decoder_and_change_no_weights(path):
    config = ContinuedConfig(str(path), hop_layers=(0,), hop_weight=2.0)
    decoder = dataclasses.replace(DECODER, hop_layers=(0,), hop_weight=2.0)
    assert config.decoder == dataclasses.replace(CONFIG, decoder=decoder) != CONFIG
    started, made = config.start(VOCABULARY), config.make((), (len(VOCABULARY),), jax.random.key(0))
    assert started.config == made.config == started.bind(jnp.ones((2, 32))).config == decoder
    assert jax.tree.structure(started) == jax.tree.structure(made)
    found = flatten(pretrained(str(path)).decoder)
    assert flatten(started).keys() == found.keys()
    assert all(np.array_equal(leaf, found[name]) for name, leaf in flatten(started).items())


def test_layers_that_learn_intermediate_results_are_those_given_and_not_those_of_the_checkpoint(path, tmp_path):
    config = ContinuedConfig(str(path), hop_layers=(0,), hop_weight=2.0)
    written = tmp_path / "on.safetensors"
    save_pretrained(written, config.start(VOCABULARY), config.decoder, CLOSED, CARD)
    assert pretrained(str(written)).config == config.decoder
    assert PretrainedConfig(str(written)).start(VOCABULARY).config == config.decoder.decoder
    again = ContinuedConfig(str(written))
    assert again.decoder == CONFIG
    assert again.start(VOCABULARY).config == DECODER
    found = flatten(pretrained(str(path)).decoder)
    assert all(np.array_equal(leaf, found[name]) for name, leaf in flatten(again.start(VOCABULARY)).items())


def test_a_layer_that_the_checkpoint_does_not_have_is_refused(path):
    with pytest.raises(ValueError, match=r"hop_layers are \(0, 1\); expected numbers from 0 to 0"):
        ContinuedConfig(str(path), hop_layers=(0, 1)).start(VOCABULARY)


def test_its_canonical_form_tells_which_layers_learn_intermediate_results(path):
    forms = [{}, {"hop_layers": (0,)}, {"hop_layers": (0,), "hop_weight": 2.0}]
    assert len({digest(ContinuedConfig(str(path), **changes)) for changes in forms}) == 3


@pytest.mark.parametrize(
    "closed",
    [("→", "←", "the", "a"), CLOSED[:3], ("→", "→", "the", "of"), ()],
    ids=["another word", "one less", "one twice", "none"],
)
def test_other_closed_words_are_refused(closed, path):
    with pytest.raises(UserError, match=r"tiny\.safetensors: this checkpoint knows other closed words; pretrain from"):
        ContinuedConfig(str(path)).start((*closed, *OPEN))


def test_its_canonical_form_tells_the_weights(path):
    before = ContinuedConfig(str(path))
    assert named("models", before) == {
        "name": "continued",
        "class": "ContinuedConfig",
        "version": 1,
        "checkpoint": str(path),
        "digest": digest_of(path),
        "hop_layers": [],
        "hop_weight": 1.0,
    }
    write_tiny(path, seed=1)
    assert canonical(ContinuedConfig(str(path)))["digest"] != canonical(before)["digest"]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"missing\.safetensors: the checkpoint cannot be read .* check the path"):
        ContinuedConfig(str(tmp_path / "missing.safetensors"))


def test_a_model_that_went_on_can_be_saved_and_loaded(path, tmp_path):
    config = ContinuedConfig(str(path))
    model = jax.tree.map(lambda leaf: leaf + 0.5, config.start(VOCABULARY))
    save_model(model, ModelSpec(config, (), (len(VOCABULARY),)), tmp_path)
    found, expected = flatten(load_model(tmp_path)), flatten(model)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], leaf) for name, leaf in expected.items())
