"""The walks that a record keeps are those that its tests are scored by."""

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
from tolman.studies.latent.mazes import SIZES
from tolman.training.evaluate import option_logprobs, with_retrieval

WORLD, CONFIG = SIZES["smoke"].world, SIZES["smoke"].model


@functools.cache
def instance():
    return WORLD.draw(0)


@functools.cache
def agent(seed=1):
    """An untrained agent: it walks somewhere, and reaches some goals by chance."""
    drawn = instance()
    return CONFIG.make(drawn.inputs, drawn.outputs, jax.random.key(seed))


@functools.cache
def kept(retriever=None):
    how = Retrieval(retriever, 2) if retriever else None
    put = {test.name: with_retrieval(test, instance().memory, how, embed=agent().embed) for test in instance().tests}
    return example_trajectories(agent(), instance(), put), put


@pytest.mark.parametrize("retriever", [None, Oracle()])
def test_walks_are_those_that_are_scored(retriever):
    walks, put = kept(retriever)
    assert set(walks["tests"]) == {"explicit", "latent", "goal-masked", "held-out"}
    arrived = 0
    for test in instance().tests:
        result = score(test, option_logprobs(agent(), put[test.name].rows, test))
        mine = walks["tests"][test.name]
        assert [walk["item"] for walk in mine] == list(test.item_ids[:EXAMPLES])
        assert [walk["correct"] for walk in mine] == result.correct[:EXAMPLES].tolist()
        for walk, logprobs, shortest in zip(mine, result.logprobs, test.shortest, strict=False):
            assert walk["success"] == np.isfinite(logprobs).any()
            assert walk["actions"] == (np.argmax(logprobs) + 1 if walk["success"] else WORLD.maze.max_steps)
            assert walk["shortest"] == shortest
            arrived += walk["success"]
    assert arrived > 0  # else the test would say little


def test_a_walk_goes_step_by_step_from_its_start_to_its_goal_or_never_meets_it():
    walks, _ = kept()
    for name, mine in walks["tests"].items():
        test = instance().test(name)
        for item, walk in enumerate(mine):
            places = walks["layouts"]["levels"][str(walk["level"])]["object_cells"]
            way, goal = np.array(walk["path"]), places[walk["goal"]]
            assert len(way) == walk["actions"] + 1
            assert way[0].tolist() == test.tasks.starts[item, 0].tolist()
            assert (np.abs(np.diff(way[:, :2], axis=0)).sum(axis=1) <= 1).all()
            on_goal = (way[:, :2] == goal).all(axis=1)
            assert on_goal[:-1].sum() == 0
            assert on_goal[-1] == walk["success"]


def test_what_was_remembered_is_the_way_of_the_retrieved_episode_of_that_maze():
    walks, put = kept(Oracle())
    memory, test = instance().memory, instance().test("latent")
    for item, walk in enumerate(walks["tests"]["latent"]):
        rows = [row for row in put["latent"].found[item] if row != NONE]
        mine = [row for row in rows if memory.topics[row, 0] == walk["level"]]
        assert len(rows) == 2
        assert len(mine) == len(walk["retrieved"]) == 1
        way = walk["retrieved"][0]
        assert len(way) == memory.experiences.valid[mine[0]].sum()
        # The view is one cell, so that an episode which had the object in view went over it.
        assert mine[0] in test.supports[item]
        assert walks["layouts"]["levels"][str(walk["level"])]["object_cells"][walk["goal"]] in way
    assert all(walk["retrieved"] == [] for walk in kept()[0]["tests"]["latent"])


def test_every_arm_walks_to_the_same_goals_and_records_can_hold_it():
    (alone, _), (aided, _) = kept(), kept(Oracle())
    for name in alone["tests"]:
        assert [w["item"] for w in alone["tests"][name]] == [w["item"] for w in aided["tests"][name]]
    assert alone["layouts"] == aided["layouts"]
    assert json.loads(json.dumps(canonical(alone))) == alone


def test_they_come_with_what_is_measured():
    assert measure(agent(), instance(), None, 0).walks == kept()[0]


def test_who_does_not_act_leaves_none():
    assert example_trajectories(object(), instance(), {}) == {}
