"""Episodes of mazes: dm_env's semantics, what starts them and ends them, and that only keys decide."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maze_samples import after, drawn

from tolman.envs.maze.config import TILE, MazeConfig
from tolman.envs.maze.dynamics import begin, make_params, observe, on_device, reset, step
from tolman.envs.maze.state import FIRST, LAST, MID, MazeParams

RESET, STEP = jax.jit(reset), jax.jit(step)
RESETS = jax.jit(jax.vmap(reset, (0, None)))
STEPS = jax.jit(jax.vmap(step, (0, 0, 0, None)))
SMALL = MazeConfig(size=3, objects=3, wall_density=0.5, max_steps=6)
TURNING = MazeConfig(
    size=4,
    wall_density=1.0,
    actions="turn-move",
    max_steps=12,
    observe_position=False,
    identified_by="floor",
    see_through=False,
)


def keys(count, seed=0):
    return jax.random.split(jax.random.key(seed), count)


def same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def rollout(params, actions, seed=0):
    """Every state and time step of one lane."""
    found = [RESET(jax.random.key(seed), params)]
    for key, action in zip(keys(len(actions), seed + 1), actions, strict=True):
        found.append(STEP(key, found[-1][0], action, params))
    return [tuple(jax.tree.map(np.asarray, pair)) for pair in found]


# ---- how an episode starts


def test_starts_are_uniform_over_mazes_goals_cells_and_headings():
    params = make_params(MazeConfig(size=2, objects=2, actions="turn-move"), mazes=2)
    state, timestep = RESETS(keys(4000), params)
    cells = state.position @ jnp.array([2, 1])
    # Of a maze's 2 goals and 4 cells, the goal's own is left out: 2 x 2 x 3 x 4 starts.
    _, counts = np.unique(np.stack([state.maze, state.goal, cells, state.heading], axis=1), axis=0, return_counts=True)
    assert len(counts) == 48
    chi_squared = ((counts - 4000 / 48) ** 2 / (4000 / 48)).sum()
    assert chi_squared < 90  # 47 degrees of freedom: a fair draw exceeds it once in 6,000 keys
    assert (np.asarray(timestep.step_type) == FIRST).all()
    assert timestep.first().all()
    assert not timestep.reward.any()
    assert (np.asarray(timestep.discount) == 1).all()


@given(st.integers(0, 2**31 - 1))
@settings(max_examples=20)
def test_no_episode_starts_on_its_goal_or_with_a_goal_that_is_not_allowed(seed):
    layouts = drawn(SMALL).layouts
    goals = np.random.default_rng(seed).random(layouts.goals.shape) < 0.4
    goals[:, seed % SMALL.objects] = True
    state, _ = RESETS(keys(300, seed), on_device(layouts._replace(goals=goals), SMALL))
    maze, goal = np.asarray(state.maze), np.asarray(state.goal)
    assert {tuple(pair) for pair in np.argwhere(goals).tolist()} == set(zip(maze.tolist(), goal.tolist(), strict=True))
    assert not (layouts.object_cells[maze, goal] == np.asarray(state.position)).all(axis=1).any()
    assert ((np.asarray(state.position) >= 0) & (np.asarray(state.position) < SMALL.size)).all()


# ---- how it goes on, and ends


@given(st.sampled_from([SMALL, TURNING]), st.integers(0, 2**31 - 1))
@settings(max_examples=20)
def test_every_step_is_as_dm_env_says(chosen, seed):
    params = drawn(chosen)
    on = on_device(params.layouts, params.config)
    actions = np.random.default_rng(seed).integers(0, len(chosen.action_names), 30)
    before, first = rollout(on, [], seed)[0]
    for action, (state, shown) in zip(actions, rollout(on, actions, seed)[1:], strict=True):
        if before.over:
            assert (shown.step_type, shown.reward, shown.discount, state.time) == (FIRST, 0, 1, 0)
        else:
            walls = params.layouts.walls[before.maze]
            cell, heading = after(
                walls, int(before.heading), tuple(before.position.tolist()), action, chosen.headings > 1
            )
            reached = cell == tuple(params.layouts.object_cells[before.maze, before.goal].tolist())
            late = before.time + 1 == chosen.max_steps
            assert (tuple(state.position), state.heading, state.time) == (cell, heading, before.time + 1)
            assert (state.maze, state.goal, bool(state.over)) == (before.maze, before.goal, reached or late)
            assert shown.step_type == (LAST if reached or late else MID)
            assert (shown.reward, shown.discount) == (float(reached), 1 - float(reached))
            assert shown.last() == state.over
        before = state
    assert first.first()


def test_reaching_the_goal_at_the_limit_is_reaching_it():
    params = make_params(MazeConfig(size=2, objects=2, max_steps=1), mazes=1)
    layouts = params.layouts._replace(object_cells=jnp.array([[[0, 0], [1, 1]]]))
    state, _ = begin(MazeParams(layouts, params.config), 0, 0, (1, 0), 0)
    _, reached = STEP(jax.random.key(0), state, 0, MazeParams(layouts, params.config))
    _, missed = STEP(jax.random.key(0), state, 1, MazeParams(layouts, params.config))
    assert [(float(t.reward), float(t.discount), bool(t.last())) for t in (reached, missed)] == [
        (1.0, 0.0, True),
        (0.0, 1.0, True),
    ]


def test_after_the_last_step_the_action_is_ignored_and_the_key_decides():
    params = make_params(SMALL)
    over = RESET(jax.random.key(0), params)[0]._replace(over=jnp.array(True))
    fresh = RESET(jax.random.key(7), params)
    for action in range(4):
        same(STEP(jax.random.key(7), over, action, params), fresh)


def test_within_an_episode_the_key_does_not_matter():
    params = make_params(SMALL)
    state, _ = RESET(jax.random.key(0), params)
    same(STEP(jax.random.key(1), state, 2, params), STEP(jax.random.key(2), state, 2, params))


# ---- what is observed


@pytest.mark.parametrize("chosen", [SMALL, TURNING], ids=["small", "turning"])
def test_an_observation_tells_what_the_configuration_says(chosen):
    params = make_params(chosen)
    state, shown = RESET(jax.random.key(3), params)
    told = shown.observation
    assert told["goal"] == state.goal
    assert told["heading"] == state.heading
    assert np.array_equal(told["position"], state.position if chosen.observe_position else [-1, -1])
    assert np.array_equal(told["cue"], params.layouts.cue[state.maze] if chosen.identified_by == "cue" else [-1] * 3)
    assert {told[name].dtype for name in told} == {jnp.dtype("int32")}
    same(told, observe(params, state))


@pytest.mark.parametrize(("observation", "shape"), [("symbolic", (5, 5, 3)), ("pixels", (5 * TILE, 5 * TILE, 3))])
def test_steps_observe_where_they_lead(observation, shape):
    params = make_params(MazeConfig(wall_density=0.7, view_size=5, actions="turn-move", observation=observation))
    for state, shown in rollout(params, [2, 0, 2, 1, 2]):
        assert shown.observation["view"].shape == shape
        same(shown.observation, jax.tree.map(np.asarray, observe(params, state)))


# ---- keys, batches


def test_keys_decide_everything():
    params, actions = make_params(SMALL), np.arange(25) % 4
    one, again, other = (rollout(params, actions, seed) for seed in (5, 5, 6))
    same(one, again)
    assert any(a.maze != b.maze for (a, _), (b, _) in zip(one, other, strict=True))
    same(make_params(SMALL, seed=1).layouts, make_params(SMALL, seed=1).layouts)


@pytest.mark.parametrize("observation", ["symbolic", "pixels"])
def test_a_batch_is_what_its_lanes_are(observation):
    params = make_params(
        MazeConfig(size=3, objects=3, wall_density=0.6, see_through=False, max_steps=4, observation=observation)
    )
    lanes, length = 5, 12
    actions = np.random.default_rng(0).integers(0, 4, (length, lanes))
    state, shown = RESETS(keys(lanes), params)
    single = [RESET(key, params) for key in keys(lanes)]
    for time in range(length):
        own = keys(lanes, 100 + time)
        state, shown = STEPS(own, state, actions[time], params)
        single = [STEP(k, s, a, params) for k, (s, _), a in zip(own, single, actions[time], strict=True)]
        same((state, shown), jax.tree.map(lambda *leaves: jnp.stack(leaves), *single))
    assert (np.asarray(state.time) < length).all()  # episodes ended on the way


def test_a_scan_goes_through_whole_episodes():
    params = make_params(SMALL)

    @jax.jit
    def scan(key):
        def one(state, key):
            state, shown = step(key, state, jax.random.randint(key, (), 0, 4), params)
            return state, (shown.step_type, shown.reward)

        return jax.lax.scan(one, reset(key, params)[0], jax.random.split(key, 400))[1]

    kinds, rewards = map(np.asarray, scan(jax.random.key(0)))
    assert (kinds[1:][kinds[:-1] == LAST] == FIRST).all()
    assert (kinds[1:][kinds[:-1] != LAST] != FIRST).all()
    assert np.diff(np.flatnonzero(kinds == FIRST)).max() == SMALL.max_steps + 1
    assert 0 < rewards.sum() < (kinds == LAST).sum()
    assert (kinds[rewards == 1] == LAST).all()
