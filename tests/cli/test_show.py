"""`tolman show` says what a study runs and what it costs, and records nothing."""

import json

import pytest
from click.testing import CliRunner

from tolman.cli import main


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
