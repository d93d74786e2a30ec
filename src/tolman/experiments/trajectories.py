"""Example trajectories of every rollout test, as a record keeps them to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tolman.core.experience import NONE, Corpus
from tolman.core.world import Instance
from tolman.envs.environment import RolloutTest
from tolman.models.base import Model, Policy
from tolman.training.evaluate import Prompts
from tolman.training.rollout import rollout

EXAMPLES = 6
"""Items of each test that are recorded: the first ones, the same for every learner.

Tests list their items level by level, so that all examples come from the same few levels.
"""


def example_trajectories(model: Model, instance: Instance, prompts: Mapping[str, Prompts]) -> dict[str, Any]:
    """Return trajectories of the first items of each rollout test; nothing if there are no such tests.

    Returns:
        `layouts`, what is needed to draw the levels (`AbstractEnvironment.describe_levels`), and `tests`, a list of
        trajectories by the name of the test. A trajectory's `path` describes the states from the start to the goal, or
        to where time ran out (`describe`); `retrieved` are the paths of the episodes of its level that stood before it
        (`describe_observations`).
    """
    tests = [test for test in instance.tests if isinstance(test, RolloutTest)]
    if not isinstance(model, Policy) or not tests:
        return {}
    levels = {int(level) for test in tests for level in test.environment.level(test.tasks)[:EXAMPLES]}
    found = {test.name: _trajectories(model, test, prompts[test.name], instance.memory) for test in tests}
    return {"layouts": tests[0].environment.describe_levels(sorted(levels)), "tests": found}


def _trajectories(model: Policy, test: RolloutTest, prompts: Prompts, memory: Corpus) -> list[dict[str, Any]]:
    items, environment = np.arange(min(EXAMPLES, len(test))), test.environment
    levels, goals = environment.level(test.tasks), environment.goal(test.tasks)
    found = rollout(model, prompts.rows, test, items)
    actions = [int(steps) or environment.max_steps for steps in found.steps_to_goal]
    return [
        {
            "item": test.item_ids[item],
            "level": int(levels[item]),
            "goal": int(goals[item]),
            "path": found.path[item, : actions[item] + 1].tolist(),
            "actions": actions[item],
            "shortest": int(test.shortest[item]),
            "success": bool(found.steps_to_goal[item] > 0),
            "correct": bool(found.steps_to_goal[item] > 0 and test.correct[item, actions[item] - 1]),
            "retrieved": _retrieved(test, prompts, memory, item),
        }
        for item in items.tolist()
    ]


def _retrieved(test: RolloutTest, prompts: Prompts, memory: Corpus, item: int) -> list[list[Any]]:
    rows = [] if prompts.found is None else [row for row in prompts.found[item].tolist() if row != NONE]
    related = [row for row in rows if set(memory.topics[row].tolist()) & set(test.topics[item].tolist()) - {NONE}]
    steps, valid = memory.experiences.steps["input"], memory.experiences.valid
    paths = [test.environment.describe_observations(steps[row][valid[row]]) for row in related]
    return [path.tolist() for path in paths if path is not None]
