"""Demonstrations replay in the environment, hold the expert's choices, and come back from files as they were."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import jax
import numpy as np
import pyarrow.parquet as pq
import pytest
from maze_samples import after, fewest, host

from tolman.core.errors import UserError
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.data_card import MEANINGS
from tolman.envs.maze.demonstrations import Demonstrations, demonstrations
from tolman.envs.maze.dynamics import make_params, observe
from tolman.envs.maze.export import export, load_demonstrations
from tolman.envs.maze.state import FIRST, LAST, MazeState

CONFIG = MazeConfig(size=4, wall_density=0.6, actions="turn-move", view_size=3, observe_position=False, max_steps=14)
PARAMS = make_params(CONFIG, mazes=5, seed=2)
EPISODES = 300
OBSERVED = ("view", "cue", "goal", "position", "heading")


@pytest.fixture(scope="module")
def noisy():
    return demonstrations(PARAMS, EPISODES, seed=1, noise=0.5)


def same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def rows(steps, episode):
    return Demonstrations(*(column[steps.episode == episode] for column in steps))


def test_the_expert_takes_shortest_paths():
    steps = demonstrations(PARAMS, EPISODES, seed=1)
    last, first = steps.step_type == LAST, steps.step_type == FIRST
    assert (steps.episode[first].tolist(), steps.episode[last].tolist()) == ([*range(EPISODES)],) * 2
    reached = steps.distance[first] <= CONFIG.max_steps
    assert reached.mean() > 0.9
    assert np.array_equal(steps.reward[last] == 1, reached)
    assert np.array_equal(steps.time[last], np.minimum(steps.distance[first], CONFIG.max_steps))
    assert np.array_equal(steps.action, steps.expert_action)
    layouts, walls = host(PARAMS).layouts, host(PARAMS).layouts.walls
    for i in np.flatnonzero(first)[:40]:
        goal = tuple(layouts.object_cells[steps.maze[i], steps.goal[i]].tolist())
        expected = fewest(walls[steps.maze[i]], goal, tuple(steps.cell[i].tolist()), int(steps.heading[i]), True)
        assert steps.distance[i] == expected


def test_each_row_follows_from_the_one_before(noisy):
    walls = host(PARAMS).layouts.walls
    for i in range(500):
        if noisy.step_type[i] == LAST:
            assert (noisy.action[i], noisy.expert_action[i]) == (-1, -1)
            assert (noisy.distance[i] == 0) == (noisy.reward[i] == 1) == (noisy.discount[i] == 0)
            assert noisy.reward[i] == 1 or noisy.time[i] == CONFIG.max_steps
            assert noisy.episode[i + 1] == noisy.episode[i] + 1
            continue
        assert (noisy.step_type[i] == FIRST) == (noisy.time[i] == 0)
        assert (noisy.reward[i], noisy.discount[i], noisy.time[i + 1]) == (0, 1, noisy.time[i] + 1)
        assert (noisy.maze[i + 1], noisy.goal[i + 1]) == (noisy.maze[i], noisy.goal[i])
        start, heading = tuple(noisy.cell[i].tolist()), int(noisy.heading[i])
        there = after(walls[noisy.maze[i]], heading, start, int(noisy.action[i]), True)
        assert (tuple(noisy.cell[i + 1].tolist()), noisy.heading[i + 1]) == there
        best = after(walls[noisy.maze[i]], heading, start, int(noisy.expert_action[i]), True)
        if best == there:
            assert noisy.distance[i + 1] == noisy.distance[i] - 1


def test_observations_are_those_of_the_environment(noisy):
    assert (noisy.position == -1).all()
    for i in range(0, 400, 23):
        state = MazeState(noisy.maze[i], noisy.cell[i], noisy.heading[i], noisy.goal[i], noisy.time[i], np.array(False))
        same(jax.tree.map(np.asarray, observe(PARAMS, state)), {name: getattr(noisy, name)[i] for name in OBSERVED})


def test_noise_is_the_share_of_random_actions(noisy):
    acted = noisy.step_type != LAST
    # Half of the actions are random, and a third of these are the expert's by chance.
    assert (noisy.action == noisy.expert_action)[acted].mean() == pytest.approx(0.5 + 0.5 / 3, abs=0.03)
    random = demonstrations(PARAMS, EPISODES, noise=1.0)
    share = np.bincount(random.action[random.action >= 0]) / (random.action >= 0).sum()
    assert share == pytest.approx([1 / 3] * 3, abs=0.03)


def test_an_episode_is_the_same_however_many_there_are(noisy):
    same(demonstrations(PARAMS, EPISODES, seed=1, noise=0.5), noisy)
    few = demonstrations(PARAMS, 7, seed=1, noise=0.5)
    assert few.episode.max() == 6
    same(few, Demonstrations(*(column[: len(few.time)] for column in noisy)))
    other = demonstrations(PARAMS, 7, seed=2, noise=0.5)
    assert not np.array_equal(rows(other, 0).cell, rows(few, 0).cell)


# ---- files


@pytest.mark.parametrize("format", ["parquet", "npz"])
@pytest.mark.parametrize("observation", ["symbolic", "pixels"])
def test_what_is_written_is_read(format, observation, tmp_path):
    params = make_params(
        MazeConfig(size=3, objects=3, max_steps=5, identified_by="floor", observation=observation), mazes=3
    )
    told = []
    given = {"episodes": 270, "seed": 4, "noise": 0.3, "format": format}
    folder = export(tmp_path / "sub" / "demos", params, **given, progress=told.append)
    assert told == [256, 270]
    back, steps = load_demonstrations(folder)
    expected = demonstrations(params, 270, 4, 0.3)
    same(steps, expected)
    assert [column.dtype for column in steps] == [column.dtype for column in expected]
    same(back.layouts, params.layouts)
    assert back.config == params.config
    files = {"README.md", "metadata.json", f"mazes.{format}", f"steps.{format}"}
    assert {path.name for path in folder.iterdir()} == files
    assert [path.name for path in folder.parent.iterdir()] == ["demos"]
    again = export(tmp_path / "again", params, **given)
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in files)


def test_the_card_says_what_is_in_the_files(tmp_path, monkeypatch):
    folder = export(tmp_path / "demos", PARAMS, episodes=60, seed=4, noise=0.3, command="tolman export mazes -o demos")
    card, about = (folder / "README.md").read_text(), json.loads((folder / "metadata.json").read_text())
    steps = demonstrations(PARAMS, 60, 4, 0.3)
    assert about["counts"] == {
        "steps": len(steps.time),
        "episodes": 60,
        "goals_reached": int(steps.reward.sum()),
        "actions": len(steps.time) - 60,
        "actions_of_shortest_paths": int(steps.distance[steps.time == 0].sum()),
        "actions_as_the_expert": int((steps.action == steps.expert_action).sum()) - 60,
    }
    table = pq.read_table(folder / "steps.parquet")
    assert table.num_rows == len(steps.time)
    for name in ("steps", "mazes"):
        digest = hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
        assert f"| `{name}.parquet` | `{digest}` |" in card
        for column in pq.read_schema(folder / f"{name}.parquet").names:
            assert f"| `{column}` |" in card
    assert {f"| {name} | {getattr(CONFIG, name)} |" for name in vars(CONFIG)} <= set(card.splitlines())
    assert "tolman export mazes -o demos" in card
    assert "but 0.3 of its actions were drawn at random" in card
    assert "seed 4" in card.lower()
    monkeypatch.chdir(folder)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", card, flags=re.DOTALL):
        exec(block, names)
    np.testing.assert_array_equal(names["view"], steps.view)
    same(names["steps"], steps)


def test_every_column_has_a_meaning():
    assert set(Demonstrations._fields) - {"view"} <= set(MEANINGS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"episodes": 0}, "episodes is 0 and noise is 0.0; expected at least 1, and 0 to 1"),
        ({"noise": 1.5}, "noise is 1.5"),
        ({"format": "csv"}, "format is 'csv'; expected parquet or npz"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing_behind(arguments, message, tmp_path):
    with pytest.raises(UserError, match=message):
        export(tmp_path / "demos", PARAMS, **{"episodes": 3, **arguments})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_never_overwritten_and_a_changed_file_is_noticed(tmp_path):
    folder = export(tmp_path / "demos", PARAMS, episodes=3)
    with pytest.raises(UserError, match="demos exists already: name another folder, or remove it first"):
        export(folder, PARAMS, episodes=3)
    with pytest.raises(UserError, match=r"holds no demonstrations: there is no metadata\.json in it"):
        load_demonstrations(tmp_path)
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    with (changed / "steps.parquet").open("ab") as file:
        file.write(b"!")
    with pytest.raises(UserError, match=r"steps.parquet is not the file that was written"):
        load_demonstrations(changed)
    (changed / "steps.parquet").unlink()
    with pytest.raises(UserError, match=r"steps.parquet is missing"):
        load_demonstrations(changed)


def test_files_of_the_first_schema_are_still_read(tmp_path):
    params = make_params(MazeConfig(size=3, objects=3, max_steps=5), mazes=3)
    folder = export(tmp_path / "demos", params, episodes=3, format="npz")
    old = {"max_steps": "limit", "observe_position": "position", "identified_by": "recognise"}
    old |= {"view_size": "view", "wall_density": "walls"}
    about = json.loads((folder / "metadata.json").read_text())
    config = about.pop("config")
    about |= {"schema": 1, "dials": {old.get(name, name): value for name, value in config.items()}}
    with np.load(folder / "mazes.npz") as file:
        mazes = {{"object_map": "things", "object_cells": "places"}.get(name, name): file[name] for name in file}
    np.savez_compressed(folder / "mazes.npz", **mazes)
    about["sha256"]["mazes.npz"] = hashlib.sha256((folder / "mazes.npz").read_bytes()).hexdigest()
    (folder / "metadata.json").write_text(json.dumps(about))
    back, steps = load_demonstrations(folder)
    assert back.config == params.config
    assert all(map(np.array_equal, back.layouts, params.layouts))
    assert len(steps.episode)
