"""`tolman advise` from outside: one run on a table, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_checkpoint import write_tiny

from tolman import cli

CITIES = [f"city{i},country,land{i % 8}" for i in range(16)]
LANDS = [f"land{i},continent,part{i % 4}" for i in range(8)]
LEARNERS = ("parametric", "retrieval-bm25")


def write(path: str, rows: list[str]) -> None:
    Path(path).write_text("\n".join(["subject,relation,object", *rows]) + "\n", encoding="utf-8")


def call(*arguments: str, width: int = 80) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(cli.main, ["advise", *arguments], catch_exceptions=False)


def flat(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").replace("→ ", "").replace("! ", "").split())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table and a model that was never trained."""
    folder = tmp_path_factory.mktemp("advise")
    write(str(folder / "t.csv"), [*CITIES, *LANDS])
    write_tiny(folder / "tiny.safetensors")
    return folder


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def advised(*more: str) -> Result:
    options = [word for name in LEARNERS for word in ("--learner", name)]
    given = ["t.csv", "--model", "tiny.safetensors", "--preset", "smoke", "--seeds", "1", *options]
    done = call(*given, *more)
    assert done.exit_code == 0, done.output
    return done


def records(folder) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted((folder / "records").rglob("*")) if path.is_file()}


def test_a_run_says_writes_and_exports_the_same_and_is_not_repeated(here):
    first = advised("--json", "-o", "page.html", "--export", "out")
    found = json.loads(first.stdout)
    assert "wrote page.html" in first.stderr
    assert "wrote out: " in first.stderr
    assert [row["learner"] for row in found["approaches"]] == [*LEARNERS, "retrieval-oracle", "retrieval-random"]
    assert all(row["two_hop"] for row in found["approaches"])
    assert found["seeds"] == 1
    page = flat((here / "page.html").read_text(encoding="utf-8"))
    assert all(flat(said) in page for said in (*found["sentences"], *found["doubts"]))
    assert len((here / "out/statements.jsonl").read_text().splitlines()) > 24
    before = records(here)
    assert before

    again = advised()
    assert records(here) == before
    assert "steps" not in again.stderr
    assert all(flat(said) in flat(again.stdout) for said in (*found["sentences"], *found["doubts"]))
    assert max(map(len, again.stdout.splitlines())) <= 80
    for row in found["approaches"]:
        assert f"{100 * row['stated']['mean']:.0f} %" in flat(again.stdout)
    dearer = json.loads(advised("--json", "--price", "2").stdout)
    for row, other in zip(found["approaches"], dearer["approaches"], strict=True):
        assert other["euros_per_million_questions"] == pytest.approx(20 * row["euros_per_million_questions"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "none.csv: there is no such file or folder"),
        ([], "Missing argument"),
        (["twice.csv"], "twice.csv, lines 2 and 26: two answers for 'city0'"),
        (["few.csv"], "few.csv"),
        (["t.csv", "--tests", "t.jsonl"], "--tests asks about documents"),
        (["t.csv", "--learner", "mask"], "did you mean masked?"),
        (["t.csv", "--model", "none"], "none"),
        (["t.csv", "--preset", "quik"], "'quik' is not one of"),
        (["t.csv", "--seeds", "0"], "--seeds"),
        (["t.csv", "--price", "-1"], "--price"),
        (["t.csv", "-P", "training.splitting=half"], "half"),
        (["t.csv", "-P", "training.splitting=independent"], "each document of this world is one sentence"),
        (["t.csv", "-o", "no/page.html"], "there is no folder no"),
        (["t.csv", "--export", "full"], "name a new folder"),
        (["empty"], "there is no .txt or .md file in this folder"),
        (["note.txt"], "--tests"),
        (["t.json"], "expected a table of facts"),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_written(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write("t.csv", [*CITIES, *LANDS])
    write("twice.csv", [*CITIES, *LANDS, "city0,country,land7"])
    write("few.csv", CITIES[:4])
    Path("t.json").write_text("{}")
    Path("note.txt").write_text("Nothing is here.")
    Path("empty").mkdir()
    Path("full/of").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    done = call(*arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert sorted(tmp_path.rglob("*")) == before


def test_help_loads_nothing_that_learns():
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('LOADED', *[m for m in ('jax', 'numpy', 'bm25s') if m in sys.modules]))\n"
        "from tolman.cli import main; main(prog_name='tolman')"
    )
    run = subprocess.run([sys.executable, "-c", code, "advise", "--help"], capture_output=True, text=True, timeout=60)
    assert run.stdout.splitlines()[-1] == "LOADED"
    for option in ("--tests", "--model", "--learner", "--price", "-P", "--export", "--json"):
        assert option in run.stdout
