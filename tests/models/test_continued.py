"""Going on from a checkpoint: its weights over a vocabulary whose closed words may stand in another order."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_checkpoint import CLOSED, CONFIG, write_tiny

from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.registry import named
from tolman.models.continued import ContinuedConfig
from tolman.models.io import ModelSpec, flatten, load_model, save_model
from tolman.models.pretrained import digest_of, pretrained

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
