"""Environments keep the semantics of the protocol: fixed shapes, automatic resets, horizons, levels and goals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tiny_corridor import OBJECTS, Corridor
from tolman.core.experience import NONE
from tolman.envs.environment import AbstractEnvironment, first_prompts, num_tasks
from tolman.envs.maze import MazeConfig, MazeEnvironment, MazeTask, make_params

MAZES, LEVELS = 5, 4


class Case(NamedTuple):
    """An environment, and `tasks(rng, m, trials)`, which draws tasks for it."""

    environment: AbstractEnvironment
    tasks: Callable[[np.random.Generator, int, int], Any]


def maze(**given):
    config = MazeConfig(**{"size": 3, "objects": 4, "view_size": 3, "max_steps": 6, **given})
    environment = MazeEnvironment(make_params(config, MAZES, seed=1).layouts, config, LEVELS)

    def tasks(rng, m, trials):
        goals = rng.integers(config.objects, size=(m, trials))
        starts = np.stack([rng.integers(high, size=(m, trials)) for high in (3, 3, config.headings)], axis=-1)
        mazes = np.repeat(rng.integers(LEVELS, size=(m, 1)), trials, axis=1)
        columns = (column.astype(np.int32) for column in (mazes, goals, starts))
        shown = np.where(rng.random((m, trials)) < 0.5, NONE, goals).astype(np.int32)
        return MazeTask(*columns, shown=shown)

    return Case(environment, tasks)


def corridor():
    ends = np.array([[0, 2], [2, 0], [0, 2]], np.int32)

    def tasks(rng, m, trials):
        goals = rng.integers(OBJECTS, size=(m, trials), dtype=np.int32)
        return {"level": rng.integers(len(ends), size=m, dtype=np.int32), "goals": goals}

    return Case(Corridor(ends), tasks)


CASES = {
    "maze": maze,
    "maze-turning-in-pixels": lambda: maze(actions="turn-move", observation="pixels", wall_density=0.5),
    "corridor": corridor,
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


def rolled(case, trials, m=64, seed=0, actions=None):
    """Time steps `[m, T + 1]` and descriptions of random rollouts over the whole horizon, with tasks and actions."""
    rng = np.random.default_rng(seed)
    environment, tasks = case.environment, case.tasks(rng, m, trials)
    drawn = rng.integers(environment.num_actions, size=(m, environment.horizon(tasks)))
    actions = drawn if actions is None else actions(drawn)

    @jax.jit
    def run(environment, tasks, actions):
        def one(task, actions):
            state, first = environment.reset(task)

            def step(state, action):
                state, timestep = environment.step(state, action)
                return state, (timestep, environment.describe(state))

            _, rest = jax.lax.scan(step, state, actions)
            begun = first, environment.describe(state)
            return jax.tree.map(lambda a, b: jnp.concatenate([a[None], b]), begun, rest)

        return jax.vmap(one)(tasks, actions)

    steps, described = jax.device_get(run(environment, tasks, actions))
    return steps, described, tasks, actions


def before_the_end(steps):
    """Steps `[m, T + 1]` up to and including the last one of each episode."""
    return ~np.pad(steps.last[:, :-1], ((0, 0), (1, 0)))


@pytest.mark.parametrize("trials", [1, 3])
def test_shapes_and_types_stay_the_same(case, trials):
    task = jax.tree.map(lambda leaf: leaf[0], case.tasks(np.random.default_rng(0), 1, trials))
    state, first = jax.eval_shape(case.environment.reset, task)
    after, second = jax.eval_shape(case.environment.step, state, jax.ShapeDtypeStruct((), jnp.int32))
    shapes = lambda tree: [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(tree)]  # noqa: E731
    assert shapes(first) == shapes(second)
    assert shapes(state) == shapes(after)
    assert jax.tree.structure(state) == jax.tree.structure(after)
    assert first.observation.ndim == first.features.ndim == 1
    assert first.revealed.shape == (case.environment.num_goals,)
    assert (first.reward.shape, first.discount.shape, first.last.shape) == ((), (), ())
    assert (first.reward.dtype, first.discount.dtype) == (jnp.float32, jnp.float32)
    assert (first.features.dtype, first.revealed.dtype, first.last.dtype) == (bool, bool, bool)


@pytest.mark.parametrize("trials", [1, 3])
def test_an_episode_starts_without_reward_and_is_over_within_its_horizon(case, trials):
    steps, _, tasks, _ = rolled(case, trials)
    assert case.environment.horizon(tasks) == trials * (case.environment.max_steps + 1) - 1
    assert (steps.reward[:, 0] == 0).all()
    assert (steps.discount[:, 0] == 1).all()
    assert not steps.last[:, 0].any()
    assert steps.last[:, -1].all()
    assert (np.diff(steps.last.astype(int), axis=1) >= 0).all()
    assert (steps.discount[steps.last] == 0).all()


@pytest.mark.parametrize("trials", [1, 3])
def test_trials_end_with_discount_0_as_many_as_there_are_at_their_reward_or_after_the_most_steps(case, trials):
    steps, _, _, _ = rolled(case, trials)
    real, most = before_the_end(steps), case.environment.max_steps
    assert set(steps.discount.ravel().tolist()) == {0.0, 1.0}
    ended = real & (steps.discount == 0)
    assert (ended.sum(axis=1) == trials).all()
    assert (steps.discount[steps.reward > 0] == 0).all()
    for row in range(len(real)):
        starts = np.concatenate([[0], np.flatnonzero(ended[row])[:-1] + 1])
        for start, end in zip(starts, np.flatnonzero(ended[row]), strict=True):
            assert 1 <= end - start <= most
            assert steps.reward[row, end] == 1 or end - start == most
            assert (steps.reward[row, start:end] == 0).all()


def test_the_action_after_a_trials_end_is_ignored_and_the_next_trial_starts(case):
    steps, described, _, actions = rolled(case, 3)
    other = (actions + 1) % case.environment.num_actions
    mixed = np.where(steps.discount[:, :-1] == 0, other, actions)
    again, places, _, _ = rolled(case, 3, actions=lambda drawn: mixed)
    assert (mixed != actions).any()
    real = before_the_end(steps)
    for one, two in zip((*steps, described), (*again, places), strict=True):
        assert np.array_equal(one[real], two[real])


def test_nothing_is_earned_after_the_last_step(case):
    steps, _, _, _ = rolled(case, 2)
    after = ~before_the_end(steps)
    assert after.any()
    assert (steps.reward[after] == 0).all()
    assert (steps.discount[after] == 0).all()


def test_levels_and_goals_are_numbers_within_range(case):
    tasks = case.tasks(np.random.default_rng(0), 40, 2)
    levels, goals = (np.asarray(part(tasks)) for part in (case.environment.level, case.environment.goal))
    assert num_tasks(tasks) == len(levels) == len(goals) == 40
    assert levels.min() >= 0
    assert levels.max() == case.environment.num_levels - 1
    assert set(goals.tolist()) == set(range(case.environment.num_goals))


def test_a_trial_that_earns_its_reward_reveals_its_goal(case):
    steps, _, tasks, _ = rolled(case, 1)
    rows, columns = np.nonzero(steps.reward > 0)
    assert len(rows) > 5
    assert steps.revealed[rows, columns, np.asarray(case.environment.goal(tasks))[rows]].all()


def test_the_first_prompt_is_the_first_observation(case):
    steps, _, tasks, _ = rolled(case, 2)
    prompts = first_prompts(case.environment, tasks)
    assert prompts.valid.shape == (len(steps.last), 1)
    assert np.array_equal(prompts.steps["input"][:, 0], steps.observation[:, 0])
    assert np.array_equal(prompts.steps["features"][:, 0], steps.features[:, 0])
    assert (prompts.weight == 0).all()
    assert (prompts.steps["label"] == NONE).all()


def test_what_observations_tell_of_the_path_is_what_states_describe(case):
    steps, described, _, _ = rolled(case, 1)
    path = case.environment.describe_observations(steps.observation[0])
    assert path is not None
    assert np.array_equal(path, described[0][:, : path.shape[1]])


def test_a_task_that_is_repeated_ends_the_same(case):
    one, two = rolled(case, 2, seed=3), rolled(case, 2, seed=3)
    assert all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(two)))
