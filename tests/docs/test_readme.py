"""What the documents tell a reader to do can be done; `.ci/run` runs the README's commands as well."""

from __future__ import annotations

import ast
import re
import shlex

import pytest
from code_blocks import ROOT, blocks

import tolman
from tolman.cli import main

PAGES = ["README.md", "CHANGELOG.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))]


def commands() -> list[str]:
    """Commands in bash blocks, and those in running text, of every page."""
    found = []
    for page in PAGES:
        text = (ROOT / page).read_text()
        found += [line for block in blocks(page, "bash") for line in block.splitlines()]
        found += re.findall(r"`([^`\n]+)`", text)
    # Capitals stand for something: `tolman look WORLD`.
    return sorted({c for c in found if re.match(r"tolman [a-z]", c) and not re.search(r"\b[A-Z]{3,}\b", c)})


@pytest.mark.parametrize("command", commands())
def test_a_command_is_one_that_exists(command):
    name, *arguments = shlex.split(command, comments=True)[1:]
    found = main.commands[name]
    if arguments or not any(p.required for p in found.params):
        found.make_context(name, arguments)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        # Pages of the reference exist in the built site alone, whose links `make docs` checks.
        if not link.startswith("http") and "reference/" not in link:
            assert ((ROOT / page).parent / link).exists(), f"{page} links to {link}"


def test_the_library_example_uses_what_is_there():
    [example] = blocks("README.md", "python")
    names = [
        alias.name
        for node in ast.walk(ast.parse(example))
        if isinstance(node, ast.ImportFrom) and node.module == "tolman"
        for alias in node.names
    ]
    assert names
    assert set(names) <= set(tolman.__all__)
    assert max(map(len, example.splitlines())) <= 120


def test_the_tree_in_the_readme_is_the_tree():
    named = re.findall(r"── ([\w.]+)/?", (ROOT / "README.md").read_text())
    places = {p.name for p in (ROOT / "src/tolman").iterdir() if not p.name.startswith(("_", "."))}
    assert places - {"py.typed"} <= set(named)
    for name in named:
        assert (ROOT / "src/tolman" / name).exists() or (ROOT / name).exists(), name


@pytest.mark.parametrize("page", [*PAGES, "benchmarks/README.md", "examples/README.md"])
def test_lines_of_prose_are_short(page):
    """Tables, images, links and code aside."""
    text = re.sub(r"^[ \t]*```.*?^[ \t]*```", "", (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(\||!\[|<|#|- \[|\[)", line)]
    assert [line for line in lines if len(line) > 120] == []
