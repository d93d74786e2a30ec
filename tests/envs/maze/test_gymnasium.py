"""Mazes as Gymnasium's environments: its own checker, its own vectors, and the same episodes for the same seed."""

from __future__ import annotations

import subprocess
import sys

import gymnasium
import jax
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tolman.core.errors import UnknownName, UserError
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.dynamics import make_params
from tolman.envs.maze.expert import best_actions
from tolman.envs.maze.gymnasium import ENV_ID, register_gymnasium, to_gymnasium, to_gymnasium_vector
from tolman.envs.maze.render import render
from tolman.envs.maze.terminal import draw_text

SMALL = MazeConfig(size=3, objects=3, wall_density=0.5, max_steps=5)
KINDS = {
    "four-way": SMALL,
    "hidden": MazeConfig(
        size=4,
        wall_density=1.0,
        view_size=5,
        actions="turn-move",
        observe_position=False,
        see_through=False,
        identified_by="floor",
    ),
    "pixels": MazeConfig(size=3, objects=3, actions="turn-move", observation="pixels"),
}


def same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def episodes(env, seed, actions):
    found = [env.reset(seed=seed)]
    for action in actions:
        found.append(env.step(action))
        if found[-1][2] or found[-1][3]:
            found.append(env.reset())
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["rgb_array", "ansi"])
def test_gymnasiums_checker_has_nothing_to_say(kind, mode):
    env = to_gymnasium(config=KINDS[kind], render_mode=mode)
    check_env(env)  # renders in every mode; its warnings are errors here
    assert env.spec.id == ENV_ID


def test_the_seed_decides_all_episodes():
    actions = np.random.default_rng(0).integers(0, 4, 30)
    env = to_gymnasium(config=SMALL)
    same(episodes(env, 3, actions), episodes(to_gymnasium(config=SMALL), 3, actions))
    starts = {(*step[0]["position"].tolist(), step[1]["maze"]) for step in episodes(env, 3, actions) if len(step) == 2}
    assert len(starts) > 3
    assert [env.reset(seed=s)[1]["maze"] for s in range(8)] != [env.reset(seed=s)[1]["maze"] for s in range(8, 16)]


def test_the_expert_reaches_every_goal_and_the_rest_is_cut_off():
    params = make_params(SMALL)
    env, best = to_gymnasium(params), np.asarray(best_actions(params))
    shown, info = env.reset(seed=0)
    for _ in range(40):
        action = best[info["maze"], shown["goal"], *shown["position"], shown["heading"]]
        shown, reward, done, late, info = env.step(action)
        assert env.observation_space.contains(shown)
        assert (done, late) != (True, True)
        assert reward == float(done)
        assert info["maze"] == int(env.state.maze)
        if done or late:
            assert late == (int(env.state.time) == SMALL.max_steps and not done)
            shown, info = env.reset()


def test_an_episode_that_is_over_must_be_reset():
    env = to_gymnasium(config=MazeConfig(max_steps=1))
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    env.reset(seed=0)
    env.step(0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)


def test_renders_are_the_drawings():
    params = make_params(SMALL)
    pictures, text = to_gymnasium(params, render_mode="rgb_array"), to_gymnasium(params, render_mode="ansi")
    for env in (pictures, text):
        assert env.render() is None
        env.reset(seed=1)
        env.step(1)
        env.step(2)
    np.testing.assert_array_equal(pictures.render(), render(params, pictures.state, path=pictures.path))
    assert text.render() == draw_text(params, text.state, text.path).plain
    assert len(text.path) == 3
    assert to_gymnasium(params).render() is None


# ---- vectors


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_is_what_gymnasium_makes_of_single_environments(kind):
    config, n = KINDS[kind], 3
    ours = to_gymnasium_vector(config=config, num_envs=n)
    theirs = SyncVectorEnv([lambda: to_gymnasium(config=config)] * n, autoreset_mode=AutoresetMode.NEXT_STEP)
    assert ours.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    assert (ours.observation_space, ours.action_space) == (theirs.observation_space, theirs.action_space)
    assert (ours.single_observation_space, ours.num_envs) == (theirs.single_observation_space, n)
    same(ours.reset(seed=5), theirs.reset(seed=5))
    rng, ended = np.random.default_rng(0), 0
    for _ in range(40):
        actions = rng.integers(0, ours.single_action_space.n, n)
        one, other = ours.step(actions), theirs.step(actions)
        same(one, other)
        assert [a.dtype for a in one[1:4]] == [a.dtype for a in other[1:4]]
        assert ours.observation_space.contains(one[0])
        ended += int((one[2] | one[3]).sum())
    assert ended > n
    same(ours.reset(seed=[9, 2, 4]), theirs.reset(seed=[9, 2, 4]))
    theirs.close()


def test_a_vector_goes_on_without_a_seed():
    env = to_gymnasium_vector(config=SMALL, num_envs=8)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(np.zeros(8, int))
    first, second = env.reset(seed=0)[0], env.reset()[0]
    assert any((first[name] != second[name]).any() for name in first)
    same(env.reset(seed=0)[0], first)
    with pytest.raises(UserError, match="2 seeds for 8 environments"):
        env.reset(seed=[1, 2])


def test_some_environments_of_a_vector_are_reset_as_gymnasium_resets_them():
    n, rng = 4, np.random.default_rng(1)
    ours = to_gymnasium_vector(config=SMALL, num_envs=n)
    theirs = SyncVectorEnv([lambda: to_gymnasium(config=SMALL)] * n, autoreset_mode=AutoresetMode.NEXT_STEP)
    same(ours.reset(seed=5), theirs.reset(seed=5))
    for turn in range(12):
        mask, seed = rng.random(n) < 0.5, [None, 7, [3, None, 8, 1]][turn % 3]
        mask[turn % n] = True
        if seed == [3, None, 8, 1]:
            mask[:2] = True, False  # the seed of the second would be drawn by each on its own
        given = {"reset_mask": mask}
        same(ours.reset(seed=seed, options=given), theirs.reset(seed=seed, options=dict(given)))
        assert "reset_mask" in given
        for _ in range(turn % 4):
            actions = rng.integers(0, 4, n)
            same(ours.step(actions), theirs.step(actions))
    theirs.close()


@pytest.mark.parametrize("mask", [[True], [1, 0], [False, False], "all"])
def test_a_mask_that_is_none_is_refused_and_nothing_has_happened(mask):
    env = to_gymnasium_vector(config=SMALL, num_envs=2)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.reset(options={"reset_mask": np.array([True, False])})
    env.reset(seed=0)
    before = env.state
    with pytest.raises(UserError, match=r"reset_mask is .*; expected 2 booleans"):
        env.reset(options={"reset_mask": mask})
    assert env.state is before


@pytest.mark.parametrize("make", [to_gymnasium, to_gymnasium_vector])
def test_a_seed_may_be_numpys(make):
    one, other = make(config=SMALL), make(config=SMALL)
    same(one.reset(seed=np.int64(3)), other.reset(seed=3))


@pytest.mark.parametrize("seed", [-1, 1.5, "3", 2**32, [1, -2], [1, 1.5], [2**40, None], [[1], [2]]])
def test_a_seed_that_is_none_is_refused_and_nothing_has_happened(seed):
    env, envs = to_gymnasium(config=SMALL), to_gymnasium_vector(config=SMALL, num_envs=2)
    for each in (env, envs):
        each.reset(seed=4)
        before = each.unwrapped.state
        with pytest.raises(UserError, match=r"seed is .*; expected a whole number from 0 to 42949672"):
            each.reset(seed=seed)
        assert each.unwrapped.state is before


def test_the_largest_seeds_of_a_vector_are_those_of_single_environments():
    env, envs = to_gymnasium(config=SMALL), to_gymnasium_vector(config=SMALL, num_envs=3)
    for first in (2**31 - 2, 2**32 - 3):
        singles = [env.reset(seed=first + i) for i in range(3)]
        together = envs.reset(seed=first)
        assert [info["maze"] for _, info in singles] == together[1]["maze"].tolist()
        assert [shown["position"].tolist() for shown, _ in singles] == together[0]["position"].tolist()
    with pytest.raises(UserError, match="expected a whole number from 0 to 4294967293"):
        envs.reset(seed=2**32 - 2)


ASYNC = """
import sys
import gymnasium
from tolman.envs.maze import register_gymnasium
if __name__ == "__main__":
    register_gymnasium()
    kind = {"vector_kwargs": {"context": sys.argv[1]}}
    envs = gymnasium.make_vec("tolman/Mazes-v0", 2, vectorization_mode="async", size=3, objects=3, mazes=2, **kind)
    try:
        envs.reset(seed=0)
        print("stepped", envs.step([0, 1])[1].tolist())
    except Exception as error:
        print(type(error).__name__, error)
    envs.close(terminate=True)
"""


@pytest.mark.parametrize(
    ("start", "said"),
    [("fork", 'UserError this environment is computed by JAX, which does not survive a fork: start processes with'),
     ("spawn", "stepped [")],
)  # fmt: skip
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_processes_step_or_say_how_to_start_them(start, said, tmp_path):
    (tmp_path / "program.py").write_text(ASYNC)
    run = subprocess.run(
        [sys.executable, str(tmp_path / "program.py"), start], capture_output=True, text=True, timeout=120
    )
    assert run.stdout.startswith(said), run.stderr


@pytest.mark.parametrize(("mode", "kind"), [("ansi", str), ("rgb_array", np.ndarray)])
def test_a_vector_renders_each(mode, kind):
    env = to_gymnasium_vector(config=SMALL, num_envs=2, render_mode=mode)
    assert env.render() is None
    env.reset(seed=0)
    pictures = env.render()
    assert [type(picture) for picture in pictures] == [kind, kind]
    single = to_gymnasium(config=SMALL, render_mode="ansi")
    single.reset(seed=1)
    if mode == "ansi":
        assert pictures[1] == draw_text(single.params, single.state).plain


# ---- by name, and what is refused


def test_gymnasium_makes_it_by_name():
    assert register_gymnasium() is register_gymnasium() is gymnasium
    env = gymnasium.make(ENV_ID, size=3, objects=3, mazes=2, seed=4)
    assert env.unwrapped.params.layouts.walls.shape == (2, 3, 3)
    same(env.unwrapped.params.layouts, make_params(MazeConfig(size=3, objects=3), 2, 4).layouts)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    assert gymnasium.make_vec(ENV_ID, 4, size=3, objects=3).num_envs == 4
    again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(to_gymnasium(config=SMALL).spec.to_json()))
    assert again.unwrapped.params.config == SMALL


@pytest.mark.parametrize("action", [-1, 4, 7, 1.0, "north"])
def test_an_action_that_is_none_is_refused_and_nothing_has_happened(action):
    env = to_gymnasium(config=SMALL)
    env.reset(seed=0)
    before = env.unwrapped.state
    with pytest.raises(gymnasium.error.InvalidAction, match="expected whole numbers from 0 to 3"):
        env.unwrapped.step(action)
    assert env.unwrapped.state is before
    envs = to_gymnasium_vector(config=SMALL, num_envs=3)
    envs.reset(seed=0)
    with pytest.raises(gymnasium.error.InvalidAction, match=r"of shape \(3,\)"):
        envs.step([0, 1, action])


def test_mistakes_are_explained(monkeypatch):
    register_gymnasium()
    with pytest.raises(UnknownName, match="unknown parameter 'siez': did you mean size"):
        gymnasium.make(ENV_ID, siez=3)
    with pytest.raises(UserError, match="render_mode is 'human'; expected rgb_array, ansi or None"):
        to_gymnasium(render_mode="human")
    with pytest.raises(UserError, match="params hold mazes and config already"):
        to_gymnasium(make_params(SMALL), mazes=3)
    with pytest.raises(UserError, match="params hold mazes and config already: leave out size"):
        gymnasium.make(ENV_ID, params=make_params(SMALL), size=7)
    with pytest.raises(UserError, match="num_envs is 0; expected 1 or more"):
        to_gymnasium_vector(num_envs=0)
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(UserError, match=r"Gymnasium is not installed: pip install tolman\[gym\]"):
        to_gymnasium()
