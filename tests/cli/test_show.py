"""`tolman show` says what a study runs and what it costs, and records nothing."""

import json

import pytest
from click.testing import CliRunner

from tolman.cli import main
from tolman.cli.show import _learners, _networks


def shown(*arguments):
    result = CliRunner().invoke(main, ["show", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.slow
def test_a_preset_is_described_as_it_will_be_recorded(tmp_path):
    text = shown("reversals", "--preset", "smoke", "--json", "--records", str(tmp_path), "--first-seed", "4")
    described = json.loads(text)
    assert described["seeds"] == [4, 5]
    assert [condition["name"] for condition in described["conditions"]] == ["standard", "no-in-context"]
    standard = described["conditions"][0]
    assert standard["world"]["entities"] == 16
    assert standard["learners"][0]["name"] == "parametric"
    assert (standard["models_per_seed"], standard["steps"]) == (2, [30, 30])
    assert described["estimate"]["source"] == "timing"
    assert described["estimate"]["seconds"] > 0
    assert described["estimate"]["memory"] > 0
    assert not any(tmp_path.iterdir())


def test_what_learners_retrieve_stands_at_the_path_that_sets_it():
    retriever = {"name": "bm25", "class": "BM25", "version": 3, "k1": 0.6, "b": 0.0}
    plain = {"name": "parametric", "steps": [{"class": "Finetune", "context": None}], "context": None}
    trained = {"class": "Finetune", "context": {"k": 2, "retriever": {"name": "oracle", "class": "Oracle"}}}
    found = {"name": "bm25", "steps": [trained], "context": {"k": 2, "retriever": retriever}}
    assert _learners([plain, plain]) == ["  learners: parametric, parametric"]
    assert _learners([plain, found]) == [
        "  learners.parametric: no retrieval",
        "  learners.bm25: in training, steps.0.context = (k=2, retriever=oracle); "
        "at test, context = (k=2, retriever=bm25 (k1=0.6, b=0.0))",
    ]


def test_networks_that_differ_only_in_their_seed_are_described_together():
    easy, hard = ({"model": {"name": "mlp", "width": width}, "training": {"retrieval": None}} for width in (8, 16))
    assert _networks({"easy": easy | {"seed": 0}, "easy1": easy | {"seed": 1}, "hard": hard | {"seed": 10}}) == [
        "  networks.easy (seed=0), networks.easy1 (seed=1):", "    model: mlp (width=8)", "    training: ()",
        "  networks.hard (seed=10):", "    model: mlp (width=16)", "    training: ()",
    ]  # fmt: skip
