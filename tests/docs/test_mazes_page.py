"""The code in docs/mazes.md runs from top to bottom, and its tables say what the environment does."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from code_blocks import ROOT, blocks

from tolman.worlds import mazes

PAGE = "docs/mazes.md"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the blocks define, and what each printed."""
    found, printed = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for block in blocks(PAGE, "python"):
            said: list[str] = []
            found["print"] = lambda *parts, said=said: said.append(" ".join(map(str, parts)))
            exec(compile(block, PAGE, "exec"), found)
            printed.append("\n".join(said))
    return found | {"printed": printed}


def test_the_blocks_run_and_say_what_they_should(names):
    first, drawing, walks, single, vector, named, steps, loaded = names["printed"]
    assert first == "1 0.0 (5, 5, 3)"
    assert [drawing] == [block.rstrip("\n") for block in blocks(PAGE, "text")]
    assert 0 < float(walks) < 0.2
    assert single.count("[") == 1
    assert vector == "(256, 5, 5, 3) (256,)"
    assert named == "Discrete(3) MultiDiscrete([4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4])"
    assert re.fullmatch(r"\(\d+, 5, 5, 3\) 0\.9\d+", steps)
    assert loaded == ""
    assert int(names["steps"].episode.max()) == 499


def test_the_table_of_dials_is_complete_and_has_the_defaults():
    text = (ROOT / PAGE).read_text()
    for field in dataclasses.fields(mazes.Maze):
        assert f"| `{field.name}` | {field.default} |" in text.replace(f"`{field.default}`", str(field.default))


@pytest.mark.parametrize("actions", ["four-way", "turn-move"])
def test_actions_are_as_documented(actions):
    columns = re.findall(r"^\| (\d?) \| ([a-z ]*) \| (\d?) \| ([a-z ]*) \|$", _spaced(), flags=re.MULTILINE)
    at = 0 if actions == "four-way" else 2
    listed = [(row[at], row[at + 1].split()[-1]) for row in columns if row[at]]
    assert listed == [(str(i), name) for i, name in enumerate(mazes.Maze(actions=actions).action_names)]


def _spaced() -> str:
    """The page with a space in empty cells of tables."""
    return (ROOT / PAGE).read_text().replace("| | |", "|  |  |")


def test_observations_are_as_documented(names):
    text = (ROOT / PAGE).read_text()
    for name in names["env"].observation_space:
        assert f"| `{name}` |" in text
    view = names["env"].observation_space["view"]
    assert (view.high[0, 0].tolist(), view.low[0, 0].tolist()) == ([8, 15, 15], [0, -1, 0])
    assert view.dtype == np.int32
