"""Where commands write, and what they refuse to replace."""

from __future__ import annotations

import os
import stat

import pytest
from click.testing import CliRunner

from tolman.cli import commands as cli
from tolman.cli.outputs import PAGE, check_output
from tolman.core.errors import UserError
from tolman.report.document import write_page


def refused(*arguments: str) -> str:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli.main, arguments, catch_exceptions=False)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr


def test_a_page_is_written_through_a_link_which_stays(tmp_path):
    (tmp_path / "real.html").write_text("old")
    (tmp_path / "link.html").symlink_to("real.html")
    assert write_page(tmp_path / "link.html", "new") == tmp_path / "link.html"
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text() == "new"


def test_a_link_to_what_does_not_exist_yet_is_followed(tmp_path):
    (tmp_path / "link.html").symlink_to(tmp_path / "later.html")
    check_output(str(tmp_path / "link.html"), PAGE)
    write_page(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "later.html").read_text() == "new"


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path, linked):
    pipe = place = tmp_path / "pipe.html"
    os.mkfifo(pipe)
    if linked:
        place = tmp_path / "link.html"
        place.symlink_to(pipe)
    with pytest.raises(UserError, match="no file"):
        write_page(place, "new")
    with pytest.raises(UserError, match="a device, a pipe or the like"):
        check_output(str(place), PAGE)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["audit", "a.npz", "--features", "real.html"], "--features"),
        (["audit", "a.npz", "real.html", "--features", "l.csv"], "FILE 2"),
        (["advise", "real.html"], "FACTS|DOCUMENTS"),
        (["advise", "notes", "--tests", "real.html"], "--tests"),
        (["run", "facts", "--facts", "real.html"], "--facts"),
        (["sweep", "facts", "--facts", "real.html", "--over", "world.max_facts=16,20"], "--facts"),
    ],
)
def test_an_input_is_never_replaced_by_the_page_on_it(arguments, option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real.html").write_text("mine")
    (tmp_path / "page.html").symlink_to("real.html")
    assert f"-o page.html: this is the file that {option} reads, real.html" in refused(*arguments, "-o", "page.html")
    assert (tmp_path / "real.html").read_text() == "mine"


@pytest.mark.parametrize("name", ["page", "page.txt", "page.jpg", "page.html.gz"])
@pytest.mark.parametrize(
    ("command", "suffixes"),
    [
        (["run", "reversals"], ".html, .htm, .png, .svg, .pdf"),
        (["report"], ".html, .htm, .png, .svg, .pdf"),
        (["sweep", "reversals"], ".html, .htm;"),
        (["audit", "a.npz", "--features", "l.csv"], ".html, .htm;"),
        (["advise", "facts.csv"], ".html, .htm;"),
    ],
)
def test_a_name_must_end_as_what_is_written(command, suffixes, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert f"-o {name}: this command writes {suffixes}" in refused(*command, "-o", name)


def test_a_figure_is_no_page_of_an_audit_or_a_sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "writes .html" in refused("audit", "a.npz", "--features", "l.csv", "-o", "page.pdf")
    assert "writes .html" in refused("sweep", "reversals", "-o", "page.png")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "option",
    [
        ["advise", "facts.csv", "--price"],
        ["sweep", "reversals", "--solved"],
        ["sweep", "reversals", "--boundary"],
        ["sweep", "reversals", "--fraction"],
        ["export", "mazes", "-o", "demos", "--noise"],
    ],
)
def test_numbers_are_finite(option, number):
    assert "finite number" in (message := refused(*option, number)) or "is not in the range" in message
