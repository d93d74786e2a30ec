"""Pretraining that goes on from a checkpoint: from its weights, in its architecture, repeatable and resumable."""

import dataclasses
import json

import jax
import numpy as np
import pytest
from click.testing import CliRunner
from tiny_pretraining import TINY, TINY_FILE, interrupted, known, leaves_in, pretrained_in, use_tiny

from tolman.cli import main
from tolman.core.errors import UserError
from tolman.experiments.pretraining import FIFTH, FOURTH, RECIPES, pretrain
from tolman.experiments.weights import training_key
from tolman.models.continued import ContinuedConfig
from tolman.models.io import flatten
from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.pretrained import pretrained, save_pretrained
from tolman.records.store import Store
from tolman.training.config import Phase, Seeds
from tolman.training.trainer import Trainer
from tolman.worlds.reading.wordings import CLOSED

ARCHITECTURE = OpenVocabularyConfig(len(CLOSED), dataclasses.replace(TINY.decoder, hidden=24))
"""Another one than the recipe's."""
CARD = {"model": "reader", "preset": "tiny", "seed": 5, "curve": []}
START = "start.safetensors"


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    use_tiny(monkeypatch)


def write_start(folder, seed=0, closed=CLOSED):
    """Writes a checkpoint of weights that were never trained, and returns its path."""
    decoder = ARCHITECTURE.make((), (len(CLOSED) + 512,), jax.random.key(seed))
    save_pretrained(folder / START, decoder, ARCHITECTURE, closed, CARD)
    return str(folder / START)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """The path of a checkpoint to go on from."""
    return write_start(tmp_path_factory.mktemp("start"))


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory):
    """A folder in which training went on without an interruption; its card and its leaves."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        use_tiny(patch)
        return folder, *pretrained_in(folder, start=start)


def initial(path, seeds=1):
    """The weights before the first step, stacked over seeds."""
    spec = TINY.spec(True, seeds, path)
    numbers = tuple(Seeds(seed, seed) for seed in range(seeds))
    return Trainer(spec, numbers, tuple(spec.world.draw(each.world) for each in numbers)).initial().model


# ---- from the weights of the checkpoint


def test_training_begins_with_the_weights_of_the_checkpoint_for_every_seed(start):
    expected = flatten(pretrained(start).decoder)
    found = flatten(initial(start, seeds=2))
    assert found.keys() == expected.keys()
    for name, leaf in expected.items():
        assert np.array_equal(found[name], np.stack([leaf, leaf])), name


def test_closed_words_that_stand_in_another_order_in_the_checkpoint_keep_their_vectors(tmp_path):
    path = write_start(tmp_path, closed=CLOSED[::-1])
    found = flatten(initial(path))
    for name, leaf in flatten(pretrained(path).decoder).items():
        learned = name in (".embedding", ".unembedding")
        assert np.array_equal(found[name][0], leaf[::-1] if learned else leaf), name


def test_a_checkpoint_that_knows_other_words_is_refused(tmp_path):
    path = write_start(tmp_path, closed=(*CLOSED[:-1], "quux"))
    with pytest.raises(UserError, match=r"start\.safetensors: this checkpoint knows other closed words"):
        pretrained_in(tmp_path / "on", start=path)
    assert not (tmp_path / "on" / TINY_FILE).exists()


def test_the_checkpoint_to_go_on_from_is_never_written_over(tmp_path):
    path = write_start(tmp_path)
    before = leaves_in(path)
    outputs = {0: tmp_path / "other.safetensors", 1: tmp_path / "." / START}
    with pytest.raises(UserError, match=r"start\.safetensors: training goes on from this checkpoint; give the one to"):
        pretrain("reader", "tiny", outputs, Store(tmp_path / "records"), start=path)
    assert leaves_in(path) == before
    assert [file.name for file in tmp_path.iterdir()] == [START]


# ---- what is written


def test_all_weights_change_and_the_architecture_stays(whole, start):
    folder, _, leaves = whole
    before, found = pretrained(start), pretrained(str(folder / TINY_FILE))
    decoder = dataclasses.replace(ARCHITECTURE.decoder, hop_weight=2.0)  # its one layer learns no hops
    assert found.config == dataclasses.replace(ARCHITECTURE, decoder=decoder)
    assert found.config.decoder.hidden != TINY.decoder.hidden
    assert found.closed == CLOSED
    assert leaves.keys() == leaves_in(start).keys()
    for name, leaf in flatten(before.decoder).items():
        after = flatten(found.decoder)[name]
        assert after.shape == leaf.shape
        assert not np.array_equal(after, leaf), name


def test_the_card_carries_that_of_the_checkpoint(whole, start):
    folder, card, _ = whole
    assert card["start"] == CARD
    assert card["budget"]["steps"] == sum(TINY.more) == 100
    model = card["recipe"]["model"]
    assert (model["name"], model["checkpoint"], model["digest"]) == ("continued", start, pretrained(start).digest)
    assert pretrained(str(folder / TINY_FILE)).card == json.loads(json.dumps(card))


# ---- repeatable and resumable


def test_an_interrupted_call_goes_on_and_ends_with_the_same_bits(whole, start, tmp_path):
    _, card, leaves = whole
    interrupted(tmp_path, 2, start=start)
    reports = []
    again, found = pretrained_in(tmp_path, start=start, report=reports.append)
    assert [update.step for update in reports] == [100]
    assert found == leaves
    assert known(again) == known(card)
    assert list((tmp_path / "records" / "work").iterdir()) == []


def test_what_is_trained_is_written_again_without_training(whole, start):
    folder, card, leaves = whole
    reports = []
    again, found = pretrained_in(folder, start=start, report=reports.append)
    assert (known(again), found, reports) == (known(card), leaves, [])


def test_the_key_changes_with_what_the_checkpoint_holds(tmp_path):
    def key():
        return training_key(TINY.spec(True, start=str(tmp_path / START)), Seeds(0, 0))

    keys = []
    for seed in (0, 1, 0):
        write_start(tmp_path, seed)
        keys.append(key())
    assert keys[0] == keys[2] != keys[1]
    assert training_key(TINY.spec(True), Seeds(0, 0)) not in keys


# ---- recipes


@pytest.mark.parametrize("preset", RECIPES)
@pytest.mark.parametrize("inferences", [True, False])
def test_going_on_takes_the_last_mixtures_at_the_same_rate_and_teaches_hops_to_layers(preset, inferences, start):
    recipe = RECIPES[preset]
    plain, on = recipe.spec(inferences, 2), recipe.spec(inferences, 2, start)
    assert on.phases == (Phase(recipe.more[0], FOURTH), Phase(recipe.more[1], FIFTH))
    assert on.steps == sum(recipe.more) > 0
    assert on.model == ContinuedConfig(start, hop_layers=(), hop_weight=2.0)  # its one layer learns no hops
    assert dataclasses.replace(on, model=plain.model, phases=plain.phases) == plain


@pytest.mark.parametrize("preset", RECIPES)
def test_hops_are_taught_to_the_layers_after_the_first_that_reads_the_context(preset):
    model = RECIPES[preset].spec(True, start="reader").model
    assert isinstance(model, ContinuedConfig)
    assert model.decoder.decoder.local_layers == 2
    assert model.hop_layers == model.decoder.decoder.hop_layers == (3, 4)


# ---- as a command


def test_the_command_goes_on_from_a_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "smoke", TINY)
    monkeypatch.chdir(tmp_path)
    write_start(tmp_path)
    given = ["--preset", "smoke", "--start", START, "-o", "on.safetensors"]
    result = CliRunner().invoke(main, ["pretrain", "control", *given], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    point, written = result.stdout.splitlines()
    assert point.startswith("step 100  tokens ")
    assert written == "Wrote on.safetensors."
    card = pretrained("on.safetensors").card
    assert (card["model"], card["start"], card["recipe"]["model"]["checkpoint"]) == ("control", CARD, START)


def test_the_command_does_not_write_over_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_start(tmp_path)
    result = CliRunner().invoke(main, ["pretrain", "reader", "--preset", "smoke", "--start", START, "-o", START])
    assert result.exit_code == 2
    assert f"{START}: training goes on from this checkpoint; give the one to be written another name" in result.stderr
    assert pretrained(START).card == CARD
