"""What commands print into pipes and with few characters: the real command, in a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

import tolman
from tolman.cli import output
from tolman.report.fitting import FittingTable

TOLMAN = [sys.executable, "-m", "tolman"]


def environment(**changes: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "TERM", "FORCE_COLOR")
    }
    return kept | changes


def call(*arguments: str, **changes: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*TOLMAN, *arguments], capture_output=True, timeout=120, env=environment(**changes))


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Activations and labels whose names and values go beyond every 8-bit encoding."""
    folder, rng = tmp_path_factory.mktemp("audit"), np.random.default_rng(0)
    size = rng.normal(size=40)
    np.savez(folder / "a.npz", schicht_é=np.outer(size, [1.0, 2.0, 3.0]) + rng.normal(size=(40, 3)))
    rows = "\n".join(f"{'方' if i % 2 else '圆'},{value:.3f}" for i, value in enumerate(size))
    (folder / "labels.csv").write_text(f"形,größe\n{rows}\n", encoding="utf-8")
    return folder


def test_an_audit_prints_under_cp1252_and_writes_its_page(audited, tmp_path):
    page = tmp_path / "page.html"
    files = [str(audited / "a.npz"), "--features", str(audited / "labels.csv"), "-o", str(page)]
    done = call("audit", *files, PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode("cp1252")
    assert "größe" in page.read_text(encoding="utf-8")
    assert "größe" in said
    assert "??" in said  # 形 takes two cells
    tables = [line for line in said.splitlines() if line.startswith(("+", "|"))]
    assert len(tables) > 4
    assert len(set(map(len, tables))) == 1
    assert b"Traceback" not in done.stderr
    done.stderr.decode("cp1252")


def test_every_character_that_is_printed_has_a_likeness_in_ascii():
    source = "".join(path.read_text(encoding="utf-8") for path in Path(tolman.__file__).parent.rglob("*.py"))
    beyond = sorted(set(source) - set(map(chr, range(128))))
    assert {"┌", "▲", "·", "−"} <= set(beyond)
    assert [character for character in beyond if "?" in output._plain(character)] == []


def test_json_is_whole_in_any_encoding(audited):
    files = [str(audited / "a.npz"), "--features", str(audited / "labels.csv"), "--json"]
    done = call("audit", *files, PYTHONIOENCODING="ascii")
    (layer,) = json.loads(done.stdout.decode("ascii"))["layers"]
    assert layer["name"] == "schicht_é"
    assert [found["feature"] for found in layer["features"]] == ["形", "größe"]


@pytest.mark.parametrize("changes", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "40"}])
def test_there_are_no_escape_codes_in_a_pipe(changes):
    done = call("list", "worlds", **changes)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr
    if "COLUMNS" in changes:
        assert max(map(cell_len, done.stdout.decode().splitlines())) <= 40


@pytest.mark.parametrize("term", ["dumb", "unknown", "xterm"])
def test_a_terminal_is_as_wide_as_it_says(term, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", term)
    for columns in ("40", "132"):
        monkeypatch.setenv("COLUMNS", columns)
        for name, err in (("stdout", False), ("stderr", True)):
            monkeypatch.setattr(sys, name, Terminal())
            assert output.console(err=err).width == int(columns)


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["nonsense"]])
def test_a_closed_pipe_ends_the_output_and_nothing_else(arguments):
    process = subprocess.Popen([*TOLMAN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == (2 if arguments == ["nonsense"] else 0)
    assert "Traceback" not in said
    assert "Broken" not in said


def test_a_run_whose_reader_leaves_still_writes_its_page(audited, tmp_path):
    page = tmp_path / "page.html"
    files = [str(audited / "a.npz"), "--features", str(audited / "labels.csv"), "-o", str(page)]
    reading, writing = os.pipe()
    process = subprocess.Popen([*TOLMAN, "audit", *files], stdout=writing, stderr=writing, env=environment())
    os.close(writing)
    os.close(reading)
    assert process.wait(120) == 0
    assert "größe" in page.read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_said():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*TOLMAN, "list"], stdout=full, stderr=subprocess.PIPE, timeout=60, env=environment())
    assert done.returncode == 2
    assert (
        done.stderr.decode() == "Error: cannot print: No space left on device. Free some space, or print elsewhere.\n"
    )


@given(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]))
def test_replacements_are_ascii_and_single_marks_keep_their_width(character):
    plain = output._plain(character)
    assert plain.isascii()
    if plain in ("?", "??") and cell_len(character):
        assert len(plain) == cell_len(character)


def test_surrogates_of_undecodable_file_names_are_printed():
    code = "from tolman.cli.output import open_streams; open_streams(); print('a\\udcffb→')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(PYTHONIOENCODING="utf-8"))
    assert done.stdout.decode().strip() == "a?b→"


@given(
    st.lists(st.lists(st.text("ab 1%é-", min_size=1, max_size=14), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(20, 100),
)
@example([["111111", "1", " 111"]], 27)
def test_a_table_loses_nothing_at_any_width(rows, width):
    table = FittingTable(title="numbers")
    table.add_column("name", overflow="fold")
    table.add_column("explicit", justify="right", no_wrap=True)
    table.add_column("in PCs", justify="right")
    for row in rows:
        table.add_row(*map(Text, row))
    with (screen := Console(width=width)).capture() as capture:
        screen.print(table)
    said = capture.get()
    assert "…" not in said
    assert max(map(cell_len, said.splitlines())) <= width
    kept = sorted(c for c in said if c in "b1%é")
    headings = "numbers" + "nameexplicitin PCs" * (len(rows) if ": " in said else 1)
    assert kept == sorted(c for c in "".join(map("".join, rows)) + headings if c in "b1%é")


def test_where_no_column_names_the_row_its_first_value_is_printed_with_its_heading():
    class Cells(FittingTable):
        names_rows = False

    said = []
    for kind in (FittingTable, Cells):
        table = kind()
        for heading in ("layers", "explicit", "latent"):
            table.add_column(heading)
        table.add_row("1", "98 %", "12 %")
        with (screen := Console(width=20)).capture() as capture:
            screen.print(table)
        said.append([line.strip() for line in capture.get().splitlines()])
    assert said == [[first, "explicit: 98 %", "latent: 12 %"] for first in ("1", "layers: 1")]
