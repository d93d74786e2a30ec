"""The trajectories that a record keeps are those that its tests are scored by."""

from __future__ import annotations

import functools
import json

import jax
import numpy as np
import pytest

from tolman.core.config import canonical
from tolman.core.experience import NONE, score
from tolman.experiments.condition import measure
from tolman.experiments.trajectories import EXAMPLES, example_trajectories
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.studies.latent.mazes import PRESETS
from tolman.training.evaluate import option_logprobs, with_retrieval

WORLD, CONFIG = PRESETS["smoke"].world, PRESETS["smoke"].model


@functools.cache
def instance():
    return WORLD.draw(0)


@functools.cache
def agent(seed=1):
    """An untrained agent, which reaches some goals by chance."""
    drawn = instance()
    return CONFIG.make(drawn.inputs, drawn.outputs, jax.random.key(seed))


@functools.cache
def kept(retriever=None):
    how = Retrieval(retriever, 2) if retriever else None
    put = {test.name: with_retrieval(test, instance().memory, how, embed=agent().embed) for test in instance().tests}
    return example_trajectories(agent(), instance(), put), put


@pytest.mark.parametrize("retriever", [None, Oracle()])
def test_trajectories_are_those_that_are_scored(retriever):
    trajectories, put = kept(retriever)
    assert set(trajectories["tests"]) == {test.name for test in instance().tests}
    reached = 0
    for test in instance().tests:
        result = score(test, option_logprobs(agent(), put[test.name].rows, test))
        mine = trajectories["tests"][test.name]
        assert [one["item"] for one in mine] == list(test.item_ids[:EXAMPLES])
        assert [one["correct"] for one in mine] == result.correct[:EXAMPLES].tolist()
        for one, logprobs, shortest in zip(mine, result.logprobs, test.shortest, strict=False):
            assert one["success"] == np.isfinite(logprobs).any()
            assert one["actions"] == (np.argmax(logprobs) + 1 if one["success"] else WORLD.maze.max_steps)
            assert one["shortest"] == shortest
            reached += one["success"]
    assert reached > 0  # else the test would say little


def test_a_trajectory_goes_step_by_step_from_its_start_to_its_goal_or_never_meets_it():
    trajectories, _ = kept()
    for name, mine in trajectories["tests"].items():
        test = instance().test(name)
        for item, one in enumerate(mine):
            places = trajectories["layouts"]["levels"][str(one["level"])]["object_cells"]
            path, goal = np.array(one["path"]), places[one["goal"]]
            assert len(path) == one["actions"] + 1
            assert path[0].tolist() == test.tasks.starts[item, 0].tolist()
            assert (np.abs(np.diff(path[:, :2], axis=0)).sum(axis=1) <= 1).all()
            on_goal = (path[:, :2] == goal).all(axis=1)
            assert on_goal[:-1].sum() == 0
            assert on_goal[-1] == one["success"]


def test_what_was_retrieved_is_the_path_of_the_episode_of_that_maze():
    trajectories, put = kept(Oracle())
    memory, test = instance().memory, instance().test("latent")
    for item, one in enumerate(trajectories["tests"]["latent"]):
        rows = [row for row in put["latent"].found[item] if row != NONE]
        mine = [row for row in rows if memory.topics[row, 0] == one["level"]]
        assert len(rows) == 2
        assert len(mine) == len(one["retrieved"]) == 1
        path = one["retrieved"][0]
        assert len(path) == memory.experiences.valid[mine[0]].sum()
        # The view is one cell, so that an episode which had the object in view went over it.
        assert mine[0] in test.supports[item]
        assert trajectories["layouts"]["levels"][str(one["level"])]["object_cells"][one["goal"]] in path
    assert all(one["retrieved"] == [] for one in kept()[0]["tests"]["latent"])


def test_every_learner_goes_to_the_same_goals_and_records_can_hold_it():
    (alone, _), (aided, _) = kept(), kept(Oracle())
    for name in alone["tests"]:
        assert [w["item"] for w in alone["tests"][name]] == [w["item"] for w in aided["tests"][name]]
    assert alone["layouts"] == aided["layouts"]
    assert json.loads(json.dumps(canonical(alone))) == alone


def test_they_come_with_what_is_measured():
    assert measure(agent(), instance(), None, 0).trajectories == kept()[0]


def test_who_does_not_act_leaves_none():
    assert example_trajectories(object(), instance(), {}) == {}
