"""A few walks of every test that is answered by acting, as a record keeps them to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.models.acting import walks as rollouts
from tolman.models.base import Model, Policy
from tolman.training.evaluate import Prompts

EXAMPLES = 6
"""Of each test its first items, the same for every arm; tests list maze by maze, so that all come from the same few."""


def example_walks(model: Model, instance: Instance, put: Mapping[str, Prompts]) -> dict[str, Any]:
    """The places that are needed to draw them, and walks by the name of the test; nothing where nobody acts.

    A walk's `way` is row, column and heading from the start to the goal, or to where time ran out. `remembered` are the
    ways of the episodes of its maze that memory put before it.
    """
    tests = [test for test in instance.tests if isinstance(test, RolloutTest)]
    if not isinstance(model, Policy) or not tests:
        return {}
    levels = {int(level) for test in tests for level in test.environment.level(test.tasks)[:EXAMPLES]}
    walked = {test.name: _walks(model, test, put[test.name], instance.memory) for test in tests}
    return {"sketch": tests[0].environment.describe_levels(sorted(levels)), "tests": walked}


def _walks(model: Policy, test: RolloutTest, prompts: Prompts, memory: Corpus) -> list[dict[str, Any]]:
    items, environment = np.arange(min(EXAMPLES, len(test))), test.environment
    levels, goals = environment.level(test.tasks), environment.goal(test.tasks)
    walks = rollouts(model, prompts.rows, test, items)
    taken = [int(taken) or environment.max_steps for taken in walks.steps_to_goal]
    return [
        {
            "item": test.item_ids[item],
            "place": int(levels[item]),
            "goal": int(goals[item]),
            "way": walks.path[item, : taken[item] + 1].tolist(),
            "actions": taken[item],
            "shortest": int(test.shortest[item]),
            "arrived": bool(walks.steps_to_goal[item] > 0),
            "correct": bool(walks.steps_to_goal[item] > 0 and test.correct[item, taken[item] - 1]),
            "remembered": _remembered(test, prompts, memory, item),
        }
        for item in items.tolist()
    ]


def _remembered(test: RolloutTest, prompts: Prompts, memory: Corpus, item: int) -> list[list[list[int]]]:
    rows = [] if prompts.found is None else [row for row in prompts.found[item].tolist() if row != NONE]
    mine = [row for row in rows if set(memory.topics[row].tolist()) & set(test.topics[item].tolist()) - {NONE}]
    steps, valid = memory.experiences.steps["input"], memory.experiences.valid
    ways = [test.environment.describe_observations(steps[row][valid[row]]) for row in mine]
    return [way.tolist() for way in ways if way is not None]
