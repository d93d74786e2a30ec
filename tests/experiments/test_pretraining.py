"""Pretraining: repeatable, resumable, and a control that differs in what its documents ask for."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from tiny_pretraining import TINY, TINY_FILE, differences, interrupted, known, leaves_in, pretrained_in, use_tiny

from tolman.cli import main
from tolman.cli.components import typed
from tolman.core.errors import UnknownName
from tolman.experiments.pretraining import MODELS, RECIPES, pretrain
from tolman.experiments.study import PRESETS
from tolman.experiments.weights import fetch
from tolman.models.io import flatten
from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.pretrained import pretrained
from tolman.records.store import Store
from tolman.training.config import Seeds
from tolman.training.data import PhaseDocuments
from tolman.worlds.reading.wordings import CLOSED


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    use_tiny(monkeypatch)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder in which the tiny reader was pretrained without an interruption; its card and its leaves."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "tiny", TINY)
        return folder, *pretrained_in(folder)


def test_the_same_call_gives_the_same_bits(whole, tmp_path):
    _, card, leaves = whole
    again, found = pretrained_in(tmp_path)
    assert found == leaves
    assert known(again) == known(card)
    assert again["budget"]["steps"] == 200


@pytest.mark.parametrize("after", [1, 3, 4])
def test_an_interrupted_call_goes_on_and_ends_with_the_same_bits(whole, tmp_path, after):
    _, card, leaves = whole
    interrupted(tmp_path, after)
    reports = []
    again, found = pretrained_in(tmp_path, report=reports.append)
    assert [update.step for update in reports] == list(range(50 * after, 201, 50))
    assert found == leaves
    assert known(again) == known(card)
    assert list((tmp_path / "records" / "work").iterdir()) == []


def test_what_is_trained_is_not_trained_again(whole, tmp_path):
    folder, card, leaves = whole
    shutil.copytree(folder, tmp_path / "copied")
    reports = []
    again, found = pretrained_in(tmp_path / "copied", report=reports.append)
    assert (known(again), found, reports) == (known(card), leaves, [])


def test_another_seed_gives_other_weights(whole, tmp_path):
    _, card, leaves = whole
    other, found = pretrained_in(tmp_path, seed=1)
    assert found.keys() == leaves.keys()
    assert all(found[name] != leaves[name] for name in (".embedding", ".code_in", ".layers[0].query"))
    assert differences(known(card), known(other)) >= {("seed",), ("recipe", "world_seed"), ("recipe", "model_seed")}


# ---- seeds side by side


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A folder in which two seeds were pretrained side by side, and their cards."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "tiny", TINY)
        return folder, pretrain("reader", "tiny", files_of(folder, (4, 7)), Store(folder / "records"))


def files_of(folder, seeds):
    """A file for each seed."""
    return {seed: folder / f"seed-{seed}.safetensors" for seed in seeds}


def test_seeds_side_by_side_differ_and_each_file_carries_its_own(pair):
    folder, cards = pair
    assert [card["seed"] for card in cards] == [4, 7]
    for card, path in zip(cards, files_of(folder, (4, 7)).values(), strict=True):
        assert pretrained(str(path)).card == json.loads(json.dumps(card))
        assert card["recipe"]["training"]["parallel_seeds"] == 2
        assert (card["recipe"]["world_seed"], card["recipe"]["model_seed"]) == (card["seed"], card["seed"])
        assert card["budget"]["steps"] == 200
    one, other = map(leaves_in, files_of(folder, (4, 7)).values())
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in (".embedding", ".code_in", ".layers[0].query"))
    assert cards[0]["curve"] != cards[1]["curve"]


def test_a_seed_side_by_side_learns_as_it_does_alone_but_for_rounding(pair, tmp_path):
    folder, (card, _) = pair
    alone, _ = pretrained_in(tmp_path, seed=4)
    assert differences(known(alone), known(card)) - {("curve",)} == {("recipe", "training", "parallel_seeds")}
    (before,), (after,) = alone["curve"], card["curve"]
    assert (before["step"], before["tokens"], before["targets"]) == (after["step"], after["tokens"], after["targets"])
    assert after["loss"] == pytest.approx(before["loss"], rel=0.05)
    one, other = (pretrained(str(path)).decoder for path in (folder / "seed-4.safetensors", tmp_path / TINY_FILE))
    assert np.corrcoef(one.embedding.ravel(), other.embedding.ravel())[0, 1] > 0.99


def test_files_of_seeds_that_are_trained_are_written_again_under_any_name(pair, tmp_path):
    folder, cards = pair
    shutil.copytree(folder / "records", tmp_path / "records")
    reports = []
    outputs = {4: tmp_path / "a.safetensors", 7: tmp_path / "b.safetensors"}
    again = pretrain("reader", "tiny", outputs, Store(tmp_path / "records"), report=reports.append)
    assert [known(card) for card in again] == [known(card) for card in cards]
    assert reports == []
    assert [leaves_in(path) for path in outputs.values()] == [
        leaves_in(path) for path in files_of(folder, (4, 7)).values()
    ]


def test_documents_that_a_worker_draws_ahead_give_the_same_bits(whole, tmp_path, monkeypatch):
    def drawn_here(self, number):
        raise AssertionError("documents are drawn in the process that trains")

    _, card, leaves = whole
    monkeypatch.setattr(PhaseDocuments, "chunk", drawn_here)
    reports = []
    again, found = pretrained_in(tmp_path, workers=1, report=reports.append)
    assert [update.step for update in reports] == [50, 100, 150, 200]
    assert found == leaves
    assert known(again) == known(card)


# ---- what is written


def test_a_checkpoint_holds_the_trained_weights_and_says_where_they_are_from(whole):
    folder, card, _ = whole
    found = pretrained(str(folder / TINY_FILE))
    assert (found.config, found.closed) == (TINY.model, CLOSED)
    trained, history = fetch(Store(folder / "records"), TINY.spec(inferences=True), Seeds(0, 0))
    for name, leaf in flatten(trained).items():
        assert flatten(found.decoder)[name] == pytest.approx(leaf, rel=2**-8), name
    assert found.card == json.loads(json.dumps(card))
    assert (found.card["model"], found.card["preset"], found.card["seed"]) == ("reader", "tiny", 0)
    assert found.card["recipe"]["world"]["name"] == "reading"
    assert found.card["recipe"]["model"]["name"] == "open-vocabulary"
    assert found.card["curve"] == history.curve
    assert found.card["budget"] == history.budget
    assert 0.7 < found.card["budget"]["tokens"] / (200 * 256) <= 1  # rows are nearly full
    assert found.card["environment"]["packages"]["jax"]


def test_the_control_differs_in_what_its_documents_ask_for_and_in_nothing_else(whole, tmp_path):
    _, card, leaves = whole
    control, found = pretrained_in(tmp_path, "control")
    assert found != leaves
    assert differences(card["recipe"], control["recipe"]) == {("world", "inferences")}
    assert (card["recipe"]["world"]["inferences"], control["recipe"]["world"]["inferences"]) == (True, False)
    assert MODELS == {"reader": True, "control": False}


# ---- recipes


@pytest.mark.parametrize("preset", [*PRESETS, "gpu", "tiny"])
def test_the_recipes_of_reader_and_control_differ_in_inferences_alone(preset):
    reader, control = (RECIPES[preset].spec(inferences) for inferences in (True, False))
    assert dataclasses.replace(control, world=dataclasses.replace(control.world, inferences=True)) == reader
    assert (reader.world.inferences, control.world.inferences) == (True, False)
    assert tuple(phase.steps for phase in reader.phases) == RECIPES[preset].steps


@pytest.mark.parametrize("preset", RECIPES)
def test_a_recipe_for_several_seeds_differs_in_their_number_alone(preset):
    one, several = (RECIPES[preset].spec(True, seeds) for seeds in (1, 3))
    assert (one.training.parallel_seeds, several.training.parallel_seeds) == (1, 3)
    assert dataclasses.replace(several, training=one.training) == one == RECIPES[preset].spec(True)
    assert dataclasses.replace(several.training, parallel_seeds=1) == one.training


def test_hops_are_taught_from_the_beginning_to_the_layers_after_the_first_that_reads_the_context():
    expected = {"smoke": (2,), "quick": (3, 4), "gpu": (3, 4), "full": (3, 4), "tiny": ()}
    assert expected.keys() == RECIPES.keys()
    for preset, layers in expected.items():
        recipe = RECIPES[preset]
        decoder = dataclasses.replace(recipe.decoder, hop_layers=layers, hop_weight=2.0)
        for inferences in (True, False):
            assert recipe.spec(inferences).model == OpenVocabularyConfig(len(CLOSED), decoder)


@pytest.mark.parametrize("preset", [*PRESETS, "gpu", "tiny"])
def test_rows_of_all_kinds_have_one_length_and_are_nearly_full(preset):
    recipe = RECIPES[preset]
    instance = dataclasses.replace(recipe.world, test_items=0).draw(0)
    mixtures = [phase.mixture for phase in recipe.spec(inferences=True).phases]
    assert {kind for mixture in mixtures for kind in mixture} == set(instance.samplers)
    assert [sum(mixture.values()) for mixture in mixtures] == pytest.approx([1, 1, 1])
    for sampler in instance.samplers.values():
        rows = sampler(np.random.default_rng(0), 4).experiences
        assert rows.length == 2 * recipe.world.context
        assert rows.length % (2 * recipe.decoder.block) == 0
        assert rows.valid.mean() > 0.7
        # Attention is computed block by block, and no experience is longer than one.
        for segment, valid in zip(rows.segment, rows.valid, strict=True):
            assert np.unique(segment[valid], return_counts=True)[1].max() <= recipe.decoder.block


def test_every_preset_has_a_recipe_and_there_is_one_for_a_gpu_besides():
    assert RECIPES.keys() - {"tiny"} == {*PRESETS, "gpu"}


@pytest.mark.parametrize(
    ("model", "preset", "message"),
    [
        ("raeder", "smoke", "unknown pretrained model 'raeder': did you mean reader?"),
        ("reader", "smok", "unknown preset 'smok': did you mean smoke?"),
    ],
)
def test_unknown_names_are_refused(model, preset, message, tmp_path):
    with pytest.raises(UnknownName) as refused:
        pretrain(model, preset, {0: tmp_path / "it.safetensors"}, Store(tmp_path / "records"))
    assert message in str(refused.value)
    assert list(tmp_path.iterdir()) == []


# ---- as a command


def test_the_command_knows_the_models_and_the_recipes():
    choices = {parameter.name: parameter.type for parameter in main.commands["pretrain"].params}
    assert list(choices["model"].choices) == list(MODELS)
    assert list(choices["preset"].choices) == [preset for preset in RECIPES if preset != "tiny"]


def test_the_command_prints_the_curve_and_writes_the_checkpoint(whole, tmp_path, monkeypatch):
    _, card, _ = whole
    monkeypatch.setitem(RECIPES, "smoke", TINY)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["pretrain", "reader", "--preset", "smoke"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    (point,) = card["curve"]
    assert result.stdout.splitlines() == [
        f"step 200  tokens {point['tokens']:,}  loss {point['loss']:.3f}  ",
        "Wrote reader-smoke-0.safetensors.",
    ]
    assert "reader · smoke · seed 0: done" in result.stderr
    found = pretrained("reader-smoke-0.safetensors")
    assert found.card["command"] == typed()
    assert found.card["recipe"] == card["recipe"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reader-smoke-0.safetensors", "records"]


def test_the_command_pretrains_several_seeds_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "smoke", TINY)
    monkeypatch.chdir(tmp_path)
    given = ["--preset", "smoke", "--seeds", "2", "--first-seed", "3", "--workers", "1"]
    result = CliRunner().invoke(main, ["pretrain", "control", *given], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    points, written = result.stdout.splitlines()[::2], result.stdout.splitlines()[1::2]
    assert all(point.startswith("step 200  tokens ") for point in points)
    assert len(set(points)) == 2
    assert written == [f"Wrote control-smoke-{seed}.safetensors." for seed in (3, 4)]
    assert "control · smoke · seed 3-4: done" in result.stderr
    assert [pretrained(f"control-smoke-{seed}.safetensors").card["seed"] for seed in (3, 4)] == [3, 4]
