"""Mazes and trajectories as records keep them, drawn again from plain data."""

from __future__ import annotations

import json

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maze_samples import after, configs, drawn

from tolman.envs.maze import geometry
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.dynamics import on_device
from tolman.envs.maze.environment import MazeEnvironment, MazeTask
from tolman.envs.maze.geometry import Scene, shapes
from tolman.envs.maze.recording import describe_layouts, recorded_scene
from tolman.envs.maze.state import MazeState


@given(configs(), st.integers(0, 99))
@settings(max_examples=25)
def test_recorded_layouts_are_plain_and_draw_the_same_picture(chosen, seed):
    params = drawn(chosen, mazes=3, seed=seed)
    rng = np.random.default_rng(seed)
    maze, goal = int(rng.integers(3)), int(rng.integers(chosen.objects))
    path = np.concatenate([rng.integers(0, chosen.size, (4, 2)), rng.integers(0, chosen.headings, (4, 1))], axis=1)
    earlier = rng.integers(0, chosen.size, (2, 3, 2)).tolist()
    kept = json.loads(json.dumps(describe_layouts(params, [maze])))
    state = MazeState(*map(np.asarray, (maze, path[-1, :2], path[-1, 2], goal, 3, False)))
    recorded = {"level": maze, "goal": goal, "path": path.tolist(), "retrieved": earlier}
    again = recorded_scene(kept, recorded)
    assert again.params.config == chosen
    assert shapes(again) == shapes(Scene(params, state, path[:, :2], earlier=earlier))


def test_earlier_ways_are_drawn_faintly_and_below_the_agents_own():
    params = drawn(MazeConfig(size=4, objects=2), mazes=1)
    state = MazeState(*map(np.asarray, (0, (0, 3), 0, 0, 3, False)))
    found = shapes(Scene(params, state, [(0, 0), (0, 3)], earlier=([(1, 0), (1, 1)], [(2, 2), (3, 2)])))
    colours = [shape.colour for shape in found if isinstance(shape, geometry.Line)]
    paths = [colour for colour in colours if colour in (geometry.EARLIER, geometry.PATH)]
    assert paths == [geometry.EARLIER, geometry.EARLIER, geometry.PATH]


def one(*values):
    return [np.array(value, np.int32) for value in values]


@pytest.mark.parametrize("actions", ["four-way", "turn-move"])
def test_where_an_agent_is_and_what_its_inputs_tell_of_that(actions):
    chosen = MazeConfig(size=4, objects=3, wall_density=0.6, actions=actions, max_steps=20)
    params = drawn(chosen)
    environment = MazeEnvironment(on_device(params.layouts, chosen).layouts, chosen)
    goal = params.layouts.object_cells[1, 2]
    start = np.array([*(3 - goal), 0]) if (3 - goal != goal).any() else np.array([0, 0, 0])
    state, seen = environment.reset(MazeTask(*one([1], [2], [start], [2])))
    step, expected = jax.jit(environment.step), [(tuple(start[:2].tolist()), 0)]
    paths, inputs = [np.asarray(environment.describe(state))], [np.asarray(seen.observation)]
    for action in np.random.default_rng(0).integers(0, len(chosen.action_names), 12).tolist():
        cell, heading = expected[-1]
        expected.append(after(params.layouts.walls[1], heading, cell, action, chosen.headings > 1))
        state, seen = step(state, action)
        paths.append(np.asarray(environment.describe(state)))
        inputs.append(np.asarray(seen.observation))
        if expected[-1][0] == tuple(goal.tolist()):
            break
    assert len(expected) > 4
    assert [tuple(path.tolist()) for path in paths] == [(*cell, heading) for cell, heading in expected]
    assert environment.describe_observations(np.stack(inputs)).tolist() == [list(cell) for cell, _ in expected]


def test_inputs_without_a_place_tell_none():
    chosen = MazeConfig(observe_position=False)
    assert MazeEnvironment(drawn(chosen).layouts, chosen).describe_observations(np.zeros((3, 9), bool)) is None
