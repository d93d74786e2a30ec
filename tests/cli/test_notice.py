"""What a user should know of a world before anything is learned is printed once, apart from results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tolman.cli import commands as cli
from tolman.core.registry import load

CAPITALS = str(Path(__file__).parents[2] / "examples/capitals.csv")


def call(*arguments: str) -> Result:
    result = CliRunner(env={"COLUMNS": "160"}).invoke(cli.main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def sampled(facts: str, learned: str) -> str:
    return (
        f"The table has {facts} facts; a random sample of {learned} of them is learned. "
        "-P world.max_facts=N changes that, at the price of time.\n"
    )


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """In place of training: nothing. An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tolman.cli.run.execute", lambda *_: [])
    monkeypatch.setattr("tolman.cli.verify.execute", lambda *_: [])
    return tmp_path


@pytest.mark.parametrize("name", ["facts", "reversals"])
@pytest.mark.parametrize("path", ["max_facts", "world.max_facts"])
def test_look_says_that_a_table_was_sampled_below_the_heading(name: str, path: str) -> None:
    lines = call("look", name, "--facts", CAPITALS, "-n", "1", "-P", f"{path}=50").stdout.splitlines(keepends=True)
    assert lines[0].startswith(f"{name}, seed 0")
    assert "max_facts=50" in lines[1]
    assert lines[2] == sampled("547", "50")


def test_look_says_nothing_where_there_is_nothing_to_say() -> None:
    for arguments in (["facts", "--facts", CAPITALS], ["codebooks"]):
        assert "random sample" not in call("look", *arguments, "-n", "1").stdout


@pytest.mark.parametrize(
    ("arguments", "notice"),
    [
        (["facts", "--preset", "smoke"], sampled("547", "100")),
        (["reversals", "--preset", "smoke"], sampled("547", "100")),
        (["facts", "--preset", "quick"], ""),
        (["facts", "--preset", "quick", "-P", "world.max_facts=200"], sampled("547", "200")),
        (["facts", "--preset", "smoke", "-P", "world.max_facts=547"], ""),
        (["facts", "--preset", "smoke", "-P", "training.batch=8"], sampled("547", "100")),
    ],
)
def test_run_says_once_what_it_is_about_to_leave_out(untrained: Path, arguments: list[str], notice: str) -> None:
    result = call("run", *arguments, "--facts", CAPITALS)
    assert result.stderr == notice
    assert "sample" not in result.stdout


def test_run_says_nothing_of_worlds_without_a_notice(untrained: Path) -> None:
    result = call("run", "reversals", "--preset", "quick")
    assert (result.stdout, result.stderr) == ("", "")


def test_verify_says_it_apart_from_its_verdicts(untrained: Path) -> None:
    rows = [f"s{i},r,o{i}" for i in range(700)]
    (untrained / "table.csv").write_text("\n".join(["subject,relation,object", *rows]))
    result = call("verify", "facts", "--facts", "table.csv", "--preset", "quick", "--json")
    assert result.stderr == sampled("700", "600")
    claims = [claim.name for claim in load("studies", "facts")("table.csv").claims("quick")]
    assert [row["claim"] for row in json.loads(result.stdout)] == claims
