"""The code in docs/environments/maze.md runs from top to bottom, and its tables say what the environment does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from code_blocks import ROOT, blocks

from tolman.envs import maze
from tolman.records.schema import make_record
from tolman.records.store import Store

PAGE = "docs/environments/maze.md"


def write_records():
    """A folder `records` of agents whose trajectories were recorded."""
    from record_samples import sample
    from trajectory_samples import WORLD, scores, trajectories

    store = Store("records")
    for learner in ("parametric", "parametric-retrieval-oracle"):
        tests = scores(learner, 0)
        counts = {name: (0, test["n"]) for name, test in tests.items()}
        record, items = sample(counts, learner=learner, study="mazes", world=WORLD)
        result = record.result | {"tests": tests, "trajectories": trajectories(learner)}
        store.write(make_record(record.config, result, record.provenance, items), items)


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the blocks define, and what each printed."""
    found, printed = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        patch.syspath_prepend(ROOT / "tests/records")
        patch.syspath_prepend(ROOT / "tests/report")
        write_records()
        for block in blocks(PAGE, "python"):
            said: list[str] = []
            found["print"] = lambda *parts, said=said: said.append(" ".join(map(str, parts)))
            exec(compile(block, PAGE, "exec"), found)
            printed.append("\n".join(said))
        return found | {"printed": printed, "folder": Path.cwd()}


def _words(picture: Path) -> str:
    return " ".join(node.text or "" for node in ElementTree.parse(picture).iter())


def test_the_blocks_run_and_say_what_they_should(names):
    first, drawing, random, single, vector, named, steps, loaded, picture = names["printed"]
    assert first == "1 0.0 (5, 5, 3)"
    assert [drawing] == [block.rstrip("\n") for block in blocks(PAGE, "text")]
    assert 0 < float(random) < 0.2
    assert single.count("[") == 1
    assert vector == "(256, 5, 5, 3) (256,)"
    assert named == "Discrete(3) MultiDiscrete([4 4 4 4 4 4 4 4 4 4 4 4 4 4 4 4])"
    assert re.fullmatch(r"\(\d+, 5, 5, 3\) 0\.9\d+", steps)
    assert loaded + picture == ""
    assert "not found in 12 actions" in _words(names["folder"] / "latent-learning.svg")
    assert int(names["steps"].episode.max()) == 499


def test_the_table_of_parameters_is_complete_and_has_the_defaults():
    text = (ROOT / PAGE).read_text()
    for field in dataclasses.fields(maze.MazeConfig):
        assert f"| `{field.name}` | {field.default} |" in text.replace(f"`{field.default}`", str(field.default))


@pytest.mark.parametrize("actions", ["four-way", "turn-move"])
def test_actions_are_as_documented(actions):
    columns = re.findall(r"^\| (\d?) \| ([a-z ]*) \| (\d?) \| ([a-z ]*) \|$", _spaced(), flags=re.MULTILINE)
    at = 0 if actions == "four-way" else 2
    listed = [(row[at], row[at + 1].split()[-1]) for row in columns if row[at]]
    assert listed == [(str(i), name) for i, name in enumerate(maze.MazeConfig(actions=actions).action_names)]


def _spaced() -> str:
    """The page with a space in empty run_groups of tables."""
    return (ROOT / PAGE).read_text().replace("| | |", "|  |  |")


def test_observations_are_as_documented(names):
    text = (ROOT / PAGE).read_text()
    for name in names["env"].observation_space:
        assert f"| `{name}` |" in text
    view = names["env"].observation_space["view"]
    assert (view.high[0, 0].tolist(), view.low[0, 0].tolist()) == ([8, 15, 15], [0, -1, 0])
    assert view.dtype == np.int32
