"""The reader that comes with the package: its size, its card, what it knows, and that it reads."""

import csv
import json
import math
from pathlib import Path

import jax
import numpy as np
import pytest

import tolman
from tolman.core.errors import UserError
from tolman.experiments.pretraining import RECIPES
from tolman.models.pretrained import CHECKPOINTS
from tolman.training.evaluate import evaluate
from tolman.worlds.codebooks import Codebooks
from tolman.worlds.reading import Reading
from tolman.worlds.reading.wordings import CLOSED, JOINERS, THE
from tolman.worlds.reversals import Reversals

ROOT = Path(__file__).parents[2]
READER = tolman.pretrained("reader")


def parameters(tree):
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(tree))


def test_it_is_small():
    decoder = READER.decoder
    assert parameters(decoder) - parameters((decoder.embedding, decoder.unembedding)) <= 1e6
    assert (CHECKPOINTS / "reader.safetensors").stat().st_size <= 4e6


def test_the_card_says_how_it_was_made():
    card = READER.card
    recipe = RECIPES[card["preset"]]
    assert card["recipe"]["world"]["version"] == Reading.version
    assert READER.config == recipe.model
    assert READER.closed == CLOSED
    assert card["budget"]["steps"] == sum(recipe.steps)
    assert card["budget"]["tokens"] > 1e8
    assert card["environment"]["device"]["kind"]
    assert card["environment"]["packages"]["jax"]
    assert card["command"].startswith("tolman pretrain reader")
    assert set(card["curve"][-1]["accuracy"]) >= {"reversed-16", "two-hop-16", "syllogism"}
    json.dumps(card)


@pytest.mark.parametrize(
    ("name", "model", "seed"), [("reader-0", "reader", 0), ("reader-2", "reader", 2), ("control", "control", 1)]
)
def test_the_others_differ_from_it_in_seed_or_inferences_alone(name, model, seed):
    other = tolman.pretrained(name)
    assert (CHECKPOINTS / f"{name}.safetensors").stat().st_size <= 4e6
    assert (other.card["model"], other.card["seed"], other.card["recipe"]["model_seed"]) == (model, seed, seed)
    assert other.card["recipe"]["world"] == READER.card["recipe"]["world"] | {"inferences": model == "reader"}
    assert other.card["budget"]["steps"] == READER.card["budget"]["steps"]
    assert (other.config, other.closed) == (READER.config, READER.closed)
    assert other.digest != READER.digest


def names(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [name for row in csv.DictReader(file) for name in (row["subject"], row["object"])]


def test_no_name_of_a_world_is_a_word_that_it_knows():
    # "US" in "US Dollar" is another word to it than "us".
    joining = {*(CLOSED[word] for word in (*JOINERS, THE)), "&", "us"}
    known = set(CLOSED) - joining
    for path in sorted((ROOT / "examples").glob("*.csv")):
        assert not {word for name in names(path) for word in name.lower().split()} & known
    lines = (ROOT / "examples/texts_documents.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    capitalised = {word.strip(".,") for text in texts for word in text.split() if word[0].isupper()}
    assert not {word.lower() for word in capitalised} & known
    for world in (Reversals(), Codebooks()):
        drawn = world.draw(0)
        sorts = zip(drawn.vocabulary, drawn.palette, strict=True)
        assert not {text for text, sort in sorts if sort in ("entity", "relation", "input", "output")} & set(CLOSED)


@pytest.fixture(scope="module")
def results():
    instance = Reading(test_items=24).draw(7)
    reader = READER.over(instance.vocabulary)
    tests = [test for test in instance.tests if test.name in ("reversed-4", "same-16", "two-hop-16")]
    return {result.test: result for result in evaluate(reader, tests)}


@pytest.mark.parametrize(("test", "least"), [("reversed-4", 0.8), ("same-16", 0.7), ("two-hop-16", 0.4)])
def test_it_reads_what_it_never_met(results, test, least):
    assert results[test].accuracy >= least


def test_it_tells_words_in_any_script_apart():
    vocabulary = ["→", "←", ".", "首都", "ペルー", "リマ", "チリ", "サンティアゴ", "Perú", "Peru"]
    reader = READER.over(vocabulary)
    assert np.unique(np.asarray(reader.embedding), axis=0).shape[0] == len(vocabulary)
    with pytest.raises(UserError, match="unknown checkpoint 'raeder'"):
        tolman.pretrained("raeder")
