"""The world `mazes`: what its episodes show, ask and hide, read from the agent's inputs alone; and what chance is."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core.errors import UserError
from tolman.core.experience import NONE, score
from tolman.core.world import check_leaks
from tolman.envs.maze import MazeConfig, best_actions, distances
from tolman.envs.maze.encoding import part_slices
from tolman.envs.maze.environment import MazeTask
from tolman.envs.maze.layout import cue_numbers
from tolman.studies.latent.mazes import PRESETS
from tolman.studies.latent.mazes_rl import PRESETS as PRESETS_RL
from tolman.worlds.mazes import Mazes
from tolman.worlds.mazes.levels import draw_levels
from tolman.worlds.mazes.questions import draw_questions, without_starts

WORLDS = {
    "open": Mazes(
        MazeConfig(size=4, objects=5, view_size=3, max_steps=8),
        mazes=5,
        held_out=2,
        latent_goals=1,
        episodes=16,
        test_items=30,
        masked_tasks=0.3,
    ),
    "walled": Mazes(
        MazeConfig(
            size=4, objects=5, view_size=3, max_steps=20, wall_density=0.6, see_through=False, actions="turn-move"
        ),
        mazes=4,
        held_out=1,
        latent_goals=2,
        episodes=24,
        noise=0.2,
        context_trials=3,
        test_items=30,
    ),
}


@functools.cache
def drawn(name, seed=0):
    return WORLDS[name].draw(seed)


@pytest.fixture(params=WORLDS)
def name(request):
    return request.param


@pytest.fixture
def instance(name):
    return drawn(name)


@functools.cache
def in_context(name, kind, n=60):
    return drawn(name).samplers[kind](np.random.default_rng(5), n)


def place_of(instance):
    return instance.tests[0].environment


def decoded(instance, inputs):
    """The parts of inputs `[..., D]`: numbers where there is one of several, `NONE` where there is none."""
    config, found = place_of(instance).config, {}
    for part, where in part_slices(config).items():
        found[part] = inputs[..., where]
    number = lambda bits: np.where(bits.any(axis=-1), bits.argmax(axis=-1), NONE)  # noqa: E731
    shape = inputs.shape[:-1]
    position = found["position"].reshape(*shape, 2, 2, config.size)[..., 0, :, :].argmax(axis=-1)
    heading = number(found["heading"]) if "heading" in found else np.zeros(shape, int)
    return {
        "goal": number(found["goal"]),
        "action": number(found["action"]) - 1,
        "cue": found["cue"].reshape(*shape, config.digits, config.symbols).argmax(axis=-1),
        "state": np.concatenate([position, heading[..., None]], axis=-1),
        "objects": found["objects"].reshape(*shape, config.view_size**2, config.objects).any(axis=-2),
        "in view": found["in view"],
    }


def in_view(instance, rows):
    """Which objects `[n, O]` are in view in any real step of each row."""
    return (decoded(instance, rows.steps["input"])["objects"] & rows.valid[..., None]).any(axis=1)


# ---- episodes


def test_inputs_tell_where_the_agent_is_what_it_did_and_what_it_is_to_find(name, instance):
    corpus, place = instance.corpus, place_of(instance)
    rows, maze = corpus.experiences, corpus.topics[:, 0]
    told = decoded(instance, rows.steps["input"])
    layouts, config = place.layouts, place.config
    numbers = told["cue"] @ config.symbols ** np.arange(config.digits)
    assert (numbers == cue_numbers(layouts, config)[maze][:, None])[rows.valid].all()
    assert (told["goal"] == told["goal"][:, :1])[rows.valid].all()
    assert np.array_equal(told["in view"], told["objects"])
    here = np.asarray(layouts.object_map)[maze[:, None], told["state"][..., 0], told["state"][..., 1]] - 1
    last = rows.valid.sum(axis=1) - 1
    every = np.arange(len(maze))
    at_goal = here[every, last] == told["goal"][:, 0]
    # Noise may lead astray until time is up; without it every episode ends at its goal, and only there.
    assert at_goal.all() if WORLDS[name].noise == 0 else 0.8 < at_goal.mean() < 1
    assert not ((here == told["goal"]) & rows.valid & (np.arange(rows.length) < last[:, None])).any()
    assert (told["action"][:, 0] == NONE).all()
    left = last[:, None] - np.arange(rows.length)
    assert np.array_equal(rows.steps["steps_to_reward"], np.where(at_goal[:, None] & (left >= 0), left, NONE))


def test_labels_are_the_experts_and_actions_are_mostly_his(name, instance):
    corpus = instance.corpus
    rows, told = corpus.experiences, decoded(instance, corpus.experiences.steps["input"])
    best = np.asarray(best_actions(place_of(instance).params))
    row, column, heading = np.moveaxis(told["state"], -1, 0)
    right = best[corpus.topics, told["goal"], row, column, heading]
    label = rows.steps["label"][..., 0]
    targets = rows.weight > 0
    assert np.array_equal(targets, rows.valid & (label != NONE))
    assert (label == right)[targets].all()
    # A target stands at every step but the last one.
    assert np.array_equal(targets.sum(axis=1), rows.valid.sum(axis=1) - 1)
    followed = (told["action"][:, 1:] == right[:, :-1])[targets[:, :-1]]
    odds = 1 - WORLDS[name].noise * (1 - 1 / len(place_of(instance).config.action_names))
    assert followed.mean() == pytest.approx(odds, abs=5 * np.sqrt(0.25 / followed.size) * (odds < 1))


def test_what_memory_is_searched_by_is_the_cue_and_the_objects_in_view(instance):
    rows, config = instance.corpus.experiences, place_of(instance).config
    told, shown = decoded(instance, rows.steps["input"]), rows.steps["features"]
    digits = config.digits * config.symbols
    assert np.array_equal(shown[..., :digits], rows.steps["input"][..., part_slices(config)["cue"]])
    assert np.array_equal(shown[..., digits:], told["objects"] | (told["goal"][..., None] == np.arange(config.objects)))


def test_latent_objects_are_never_goals_in_their_maze_and_goals_elsewhere(name, instance):
    place, latent = place_of(instance), WORLDS[name].latent_goals
    goals = decoded(instance, instance.corpus.experiences.steps["input"])["goal"][:, 0]
    counted = np.zeros((place.layouts.mazes, place.config.objects), int)
    np.add.at(counted, (instance.corpus.topics[:, 0], goals), 1)
    hidden = ~np.asarray(place.layouts.goals)
    assert (hidden.sum(axis=1) == latent).all()
    assert (counted[hidden] == 0).all()
    trained = counted[: WORLDS[name].mazes]
    for test in instance.tests:
        if test.role == "latent":
            assert len(test)
            for maze, goal in zip(test.tasks.mazes[:, 0], test.tasks.goals[:, 0], strict=True):
                assert hidden[maze, goal]
                assert trained[:, goal].sum() > 0


def test_every_object_is_in_view_in_enough_episodes_of_its_maze(name, instance):
    seen = in_view(instance, instance.corpus.experiences).reshape(-1, WORLDS[name].episodes, 5)
    assert (seen.sum(axis=1) >= WORLDS[name].min_supports).all()


def test_what_supports_a_question_shows_the_goal_in_the_same_maze(name, instance):
    seen, topics = in_view(instance, instance.memory.experiences), instance.memory.topics[:, 0]
    for test in instance.tests:
        asked = np.where(test.tasks.shown == NONE, test.tasks.goals, test.tasks.shown)[:, 0]
        for i, rows in enumerate(test.supports):
            rows = rows[rows != NONE]
            shows = (topics == test.tasks.mazes[i, 0]) & seen[:, asked[i]]
            assert rows.tolist() == np.flatnonzero(shows).tolist()
            assert len(rows) >= WORLDS[name].min_supports


def test_what_supports_an_episode_is_another_that_shows_its_goal(instance):
    corpus = instance.corpus
    seen = in_view(instance, corpus.experiences)
    goal = decoded(instance, corpus.experiences.steps["input"])["goal"][:, 0]
    row, slot = np.nonzero(corpus.supports != NONE)
    support = corpus.supports[row, slot]
    assert (support != row).all()
    assert (corpus.topics[support, 0] == corpus.topics[row, 0]).all()
    assert seen[support, goal[row]].all()


def test_nothing_leaks_and_no_latent_goal_is_ever_sought(instance):
    exposure = check_leaks(instance)
    assert set(exposure) == {"latent"}
    assert (exposure["latent"] == 0).all()


# ---- questions


def test_questions_start_where_the_goal_is_out_of_view_and_within_reach(instance):
    place = place_of(instance)
    far, reach = np.asarray(distances(place.params)), place.config.view_size // 2
    for test in instance.tests:
        maze, goal, start = test.tasks.mazes[:, 0], test.tasks.goals[:, 0], test.tasks.starts[:, 0]
        first = decoded(instance, test.prompts.steps["input"])
        last = test.prompts.valid.sum(axis=1) - 1
        every = np.arange(len(test))
        assert np.array_equal(first["state"][every, last], start)
        assert not first["objects"][every, last, goal].any()
        away = abs(np.asarray(place.layouts.object_cells)[maze, goal] - start[:, :2]).max(axis=1)
        assert (away > reach).all()
        assert np.array_equal(test.shortest, far[maze, goal, *start.T])
        assert ((test.shortest > 0) & (test.shortest <= place.max_steps)).all()
        assert np.array_equal(first["goal"][every, last], test.tasks.shown[:, 0])
        assert test.name in {"goal-masked", "wrong-object"} or np.array_equal(test.tasks.shown[:, 0], goal)


def test_explicit_questions_start_where_no_episode_did(instance):
    corpus = instance.corpus
    first = decoded(instance, corpus.experiences.steps["input"][:, 0])
    begun = np.concatenate([corpus.topics, first["goal"][:, None], first["state"]], axis=1)
    tasks = instance.test("explicit").tasks
    asked = np.concatenate([tasks.mazes, tasks.goals, tasks.starts[:, 0]], axis=1)
    assert not set(map(tuple, asked.tolist())) & set(map(tuple, begun.tolist()))
    assert np.asarray(place_of(instance).layouts.goals)[tasks.mazes[:, 0], tasks.goals[:, 0]].all()


@pytest.mark.parametrize("seed", range(4))
def test_questions_are_spread_evenly_and_leave_half_of_all_starts_to_training(seed):
    rng = np.random.default_rng(seed)
    config = MazeConfig(size=4, objects=5, view_size=1, max_steps=5, wall_density=0.3)
    levels = draw_levels(config, rng, trained=5, held_out=2, latent=2)
    for items in (3, 40, 1000):
        questions = draw_questions(levels, items, rng)
        rest = without_starts(levels, questions)
        for rows, which in zip(questions, (levels.goals, ~levels.goals, np.ones_like(levels.goals)), strict=True):
            assert len(set(map(tuple, rows.tolist()))) == len(rows) <= items
            assert levels.starts[tuple(rows.T)].all()
            assert not rest.starts[tuple(rows.T)].any()
            assert which[rows[:, 0], rows[:, 1]].all()
            assert ((rows[:, 0] < 5) == (rows is not questions.held_out)).all()
            _, count = np.unique(rows[:, :2], axis=0, return_counts=True)
            if items < 1000:
                assert len(rows) == items
                assert count.max() - count.min() <= 1
        asked = levels.starts.sum(axis=(2, 3, 4)) - rest.starts.sum(axis=(2, 3, 4))
        half = levels.starts.sum(axis=(2, 3, 4)) // 2
        assert (asked <= half).all()
        if items == 1000:
            assert (asked == half).all()


def test_there_are_as_many_explicit_questions_as_are_wanted():
    for size in (PRESETS["quick"], PRESETS_RL["quick"]):
        assert len(size.world.draw(0).test("explicit")) == size.world.test_items


def test_goals_that_have_a_single_start_cannot_be_asked_for():
    config = MazeConfig(size=3, objects=4, view_size=1)
    levels = draw_levels(config, np.random.default_rng(0), trained=2, held_out=1, latent=1)
    flat = levels.starts.reshape(*levels.goals.shape, -1)
    first = (np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]).reshape(levels.starts.shape)
    with pytest.raises(UserError, match=r"raise maze\.size"):
        draw_questions(levels._replace(starts=first), 10, np.random.default_rng(0))


def test_mazes_held_out_are_asked_about_with_an_episode_that_shows_the_goal(name, instance):
    test, config = instance.test("held-out"), place_of(instance).config
    assert test.tasks.mazes.min() >= WORLDS[name].mazes
    told = decoded(instance, test.prompts.steps["input"])
    valid, segment = test.prompts.valid, test.prompts.segment
    assert ((segment == 0) & valid).any(axis=1).all()
    for i in range(len(test)):
        steps = valid[i] & (segment[i] == 0)
        assert told["objects"][i, steps, test.tasks.goals[i, 0]].any()
        assert np.ptp(told["cue"][i, valid[i]] @ config.symbols ** np.arange(config.digits)) == 0


def test_hidden_goals_are_the_latent_ones(instance):
    latent, masked = instance.test("latent"), instance.test("goal-masked")
    assert all(map(np.array_equal, latent.tasks[:3], masked.tasks[:3]))
    assert (masked.tasks.shown == NONE).all()
    assert np.array_equal(latent.tasks.shown, latent.tasks.goals)
    assert (decoded(instance, masked.prompts.steps["input"])["goal"] == NONE).all()


def test_mazes_that_nobody_was_in_are_asked_about_without_an_episode(instance):
    held_out, unseen = instance.test("held-out"), instance.test("unseen")
    assert all(map(np.array_equal, held_out.tasks, unseen.tasks))
    assert (unseen.prompts.valid.sum(axis=1) == 1).all()
    assert not set(unseen.tasks.mazes.ravel().tolist()) & set(instance.corpus.topics[instance.corpus.kind == 0, 0])


def test_the_wrong_object_is_another_latent_one_of_the_maze_out_of_view():
    """The agent is told the latent goal, and what counts is the object that it was not told."""
    instance = drawn("walled")
    test, place = instance.test("wrong-object"), place_of(instance)
    maze, counted, told = (column[:, 0] for column in (test.tasks.mazes, test.tasks.goals, test.tasks.shown))
    assert len(test) > 10
    assert (counted != told).all()
    assert not np.asarray(place.layouts.goals)[maze, counted].any()
    latent = instance.test("latent").tasks
    asked = np.column_stack([maze, told, test.tasks.starts[:, 0]])
    known = np.column_stack([latent.mazes[:, 0], latent.goals[:, 0], latent.starts[:, 0]])
    assert set(map(tuple, asked.tolist())) <= set(map(tuple, known.tolist()))
    seen = decoded(instance, test.prompts.steps["input"])
    assert np.array_equal(seen["goal"][:, 0], told)
    assert not seen["objects"][np.arange(len(test)), 0, counted].any()
    revealed = in_view(instance, instance.memory.experiences)
    first = test.supports[:, 0]
    assert revealed[first, told].all()
    assert "wrong-object" not in {t.name for t in drawn("open").tests}  # there is only one latent object


def test_sampled_questions_are_the_latent_ones(instance):
    latent, sampled = instance.test("latent"), instance.test("latent-sampled")
    assert all(map(np.array_equal, latent.tasks, sampled.tasks))
    assert (latent.temperature, sampled.temperature) == (0, 1)


def test_a_detour_of_half_the_way_is_allowed(instance):
    for test in instance.tests:
        within = np.floor(1.5 * test.shortest + 1e-9)
        assert np.array_equal(test.correct.sum(axis=1), np.minimum(within, place_of(instance).max_steps))
        assert (np.diff(test.correct.astype(int), axis=1) <= 0).all()


# ---- chance and the expert


@jax.jit
def acted(place, tasks, actions):
    """After how many steps each task `[m]` is rewarded by actions `[m, L]`; 0 = never."""

    def one(task, actions):
        state, _ = place.reset(task)

        def step(state, action):
            state, seen = place.step(state, action)
            return state, seen.reward

        _, rewards = jax.lax.scan(step, state, actions)
        return jnp.where((rewards > 0).any(), (rewards > 0).argmax() + 1, 0)

    return jax.vmap(one)(tasks, actions)


def soon_enough(test, steps):
    return (steps > 0) & (steps <= test.correct.sum(axis=1))


def test_acting_at_random_scores_the_stated_uniform_chance(instance):
    rounds, rng = 400, np.random.default_rng(0)
    for test in instance.tests[:2]:
        place = test.environment
        many = MazeTask(*(np.repeat(leaf, rounds, axis=0) for leaf in test.tasks))
        actions = rng.integers(place.num_actions, size=(rounds * len(test), place.max_steps))
        steps = np.asarray(acted(place, many, actions)).reshape(len(test), rounds)
        success = (steps > 0) & (steps <= test.correct.sum(axis=1)[:, None])
        p = test.chance.uniform
        deviation = (success.mean(axis=1) - p) / np.sqrt(np.maximum(p * (1 - p), 1e-3) / rounds)
        assert abs(deviation).max() < 4.5
        assert abs(deviation.mean()) < 4 / np.sqrt(len(test))


def test_the_best_single_action_scores_the_stated_constant_chance(instance):
    for test in instance.tests[:2]:
        place = test.environment
        every = [np.full((len(test), place.max_steps), action) for action in range(place.num_actions)]
        scores = [soon_enough(test, np.asarray(acted(place, test.tasks, actions))) for actions in every]
        best = max(scores, key=lambda found: found.mean())
        assert test.chance.constant.mean() == best.mean()
        assert any(np.array_equal(test.chance.constant, found) for found in scores)


def test_the_expert_scores_one_by_shortest_paths(instance):
    place = place_of(instance)
    best = np.asarray(best_actions(place.params))
    for test in instance.tests:
        steps = []
        for maze, goal, start in zip(
            test.tasks.mazes[:, 0], test.tasks.goals[:, 0], test.tasks.starts[:, 0], strict=True
        ):
            here, cells = start, 0
            while tuple(here[:2]) != tuple(np.asarray(place.layouts.object_cells)[maze, goal]):
                here, cells = _moved(place, maze, here, best[maze, goal, *here]), cells + 1
            steps.append(cells)
        options = np.arange(1, place.max_steps + 1)
        result = score(test, np.where(np.array(steps)[:, None] == options, 0.0, -np.inf))
        assert result.accuracy == 1
        assert test.more(result) == {"success": 1.0, "path_ratio": 1.0}


def _moved(place, maze, here, action):
    """One step by the walls' bits alone."""
    row, column, heading = here
    if place.config.headings > 1 and action < 2:
        return np.array([row, column, (heading + (-1, 1)[action]) % 4])
    direction = action if place.config.headings == 1 else heading
    if np.asarray(place.layouts.walls)[maze, row, column] & 1 << direction:
        return here
    down, right = [(-1, 0), (0, 1), (1, 0), (0, -1)][direction]
    return np.array([row + down, column + right, heading])


# ---- in-context episodes


KINDS = ["long-in-context", "long-unrelated"]


def test_episodes_with_a_hidden_goal_are_those_of_training_without_it(name, instance):
    rows, corpus = in_context(name, "goal-masked"), instance.corpus
    told = decoded(instance, rows.experiences.steps["input"])
    assert (told["goal"] == NONE).all()
    whole = corpus.experiences.steps["input"].copy()
    whole[..., part_slices(place_of(instance).config)["goal"]] = False
    known = {(maze, row.tobytes()) for maze, row in zip(corpus.topics[:, 0], whole, strict=True)
             if maze < WORLDS[name].mazes}  # fmt: skip
    drawn_rows = zip(rows.topics[:, 0], rows.experiences.steps["input"], strict=True)
    assert {(maze, row.tobytes()) for maze, row in drawn_rows} <= known
    assert (rows.fact == NONE).all()
    assert (rows.experiences.weight > 0).any(axis=1).all()


def test_a_short_in_context_episode_has_one_earlier_trial_which_shows_the_goal(name, instance):
    rows = in_context(name, "short-in-context").experiences
    told = decoded(instance, rows.steps["input"])
    assert set(rows.segment[rows.valid].tolist()) == {0, 1}
    for i in range(len(rows.valid)):
        goal = told["goal"][i][rows.valid[i] & (rows.segment[i] == 1)][0]
        assert told["objects"][i][rows.valid[i] & (rows.segment[i] == 0)][:, goal].any()


@pytest.mark.parametrize("kind", KINDS)
def test_in_context_episodes_are_in_mazes_with_none_of_the_persistent_cues(name, instance, kind):
    rows, place = in_context(name, kind).experiences, place_of(instance)
    cues = decoded(instance, rows.steps["input"])["cue"][rows.valid] @ place.config.symbols ** np.arange(
        place.config.digits
    )
    assert not set(cues.tolist()) & set(cue_numbers(place.layouts, place.config).tolist())
    # Which were there before stays so when episodes are drawn again.
    other = drawn(name).samplers[kind](np.random.default_rng(6), 60).experiences
    assert not np.array_equal(other.steps["input"], rows.steps["input"])


@pytest.mark.parametrize("kind", KINDS)
def test_an_in_context_episode_asks_in_its_last_trial_alone(name, instance, kind):
    rows, context = in_context(name, kind).experiences, WORLDS[name].context_trials
    assert (rows.segment[rows.weight > 0] == context).all()
    last = rows.valid & (rows.segment == context)
    assert np.array_equal((rows.weight > 0).sum(axis=1), last.sum(axis=1) - 1)
    assert set(rows.segment[rows.valid].tolist()) == set(range(context + 1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_goal_was_in_view_earlier_in_the_same_maze_or_the_maze_was_never_met(name, instance, kind):
    rows, context, config = in_context(name, kind).experiences, WORLDS[name].context_trials, place_of(instance).config
    told = decoded(instance, rows.steps["input"])
    cue = told["cue"] @ config.symbols ** np.arange(config.digits)
    mixed = set()
    for i in range(len(rows.valid)):
        last = np.flatnonzero(rows.valid[i] & (rows.segment[i] == context))
        earlier = rows.valid[i] & (rows.segment[i] < context)
        same = earlier & (cue[i] == cue[i, last[0]])
        goal = told["goal"][i, last[0]]
        assert not told["objects"][i, last[0], goal]
        if kind == "long-in-context":
            assert told["objects"][i, same, goal].any()
            mixed.add(len(set(rows.segment[i, same].tolist())))
        else:
            assert not same.any()
    if kind == "long-in-context":
        assert mixed == set(range(1, context + 1))


def test_lessons_differ_in_nothing_else(name):
    one, other = (in_context(name, kind).experiences for kind in KINDS)
    last = lambda rows: (rows.steps["input"][rows.weight > 0], rows.steps["label"][rows.weight > 0])  # noqa: E731
    assert all(map(np.array_equal, last(one), last(other)))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_unrelated_lessons_are_unrelated_too(name, instance, n):
    rows = instance.samplers["long-unrelated"](np.random.default_rng(0), n).experiences
    cue = decoded(instance, rows.steps["input"])["cue"]
    for i in range(n):
        last = rows.segment[i] == WORLDS[name].context_trials
        earlier, own = (set(map(tuple, cue[i, rows.valid[i] & which].tolist())) for which in (~last, last))
        assert len(own) == 1
        assert not own & earlier


# ---- tasks


def test_practice_is_for_trained_goals_from_starts_that_no_test_has(name, instance):
    batch = instance.task_samplers["task"](np.random.default_rng(0), 400)
    tasks, goals = batch.tasks, np.asarray(place_of(instance).layouts.goals)
    maze, goal, start = tasks.mazes[:, 0], tasks.goals[:, 0], tasks.starts[:, 0]
    assert maze.max() < WORLDS[name].mazes == batch.environment.layouts.mazes
    assert goals[maze, goal].all()
    hidden = tasks.shown[:, 0] == NONE
    assert np.array_equal(tasks.shown[~hidden, 0], goal[~hidden])
    assert hidden.mean() == pytest.approx(WORLDS[name].masked_tasks, abs=0.1 * (WORLDS[name].masked_tasks > 0))
    far = np.asarray(distances(place_of(instance).params))[maze, goal, *start.T]
    assert ((far > 0) & (far <= place_of(instance).max_steps)).all()
    asked = set()
    for test in instance.tests:
        asked |= set(
            map(tuple, np.concatenate([test.tasks.mazes, test.tasks.goals, test.tasks.starts[:, 0]], 1).tolist())
        )
    assert not asked & set(map(tuple, np.concatenate([tasks.mazes, tasks.goals, start], axis=1).tolist()))


def test_long_practice_stays_in_a_fresh_maze_and_its_twin_never_comes_back(instance):
    place = place_of(instance)
    for kind, mazes in (("multi-trial", 1), ("multi-trial-unrelated", None)):
        batch = instance.task_samplers[kind](np.random.default_rng(0), 50)
        tasks = batch.tasks
        trials = tasks.goals.shape[1]
        assert {len(set(row)) for row in tasks.mazes.tolist()} == {mazes or trials}
        numbers = cue_numbers(batch.environment.layouts, place.config)
        assert not set(numbers.tolist()) & set(cue_numbers(place.layouts, place.config).tolist())
        assert (tasks.starts != NONE).all()
        far = np.asarray(distances(batch.environment.params))
        for k in range(trials):
            away = far[tasks.mazes[:, k], tasks.goals[:, k], *tasks.starts[:, k].T]
            assert ((away > 0) & (away <= place.max_steps)).all()


# ---- config


def test_impossible_parameters_are_refused_with_a_way_out():
    with pytest.raises(UserError, match="latent_goals is 4; expected 1 to 3"):
        Mazes(MazeConfig(size=3, objects=5), latent_goals=4)
    with pytest.raises(
        UserError, match=r"maze\.size is 3, maze\.view_size 5 .* raise size or max_steps, or lower view_size"
    ):
        dataclasses.replace(WORLDS["open"], maze=MazeConfig(size=3, objects=5, view_size=5, max_steps=8)).draw(0)
    with pytest.raises(UserError, match="raise episodes or"):
        dataclasses.replace(WORLDS["open"], episodes=3).draw(0)


def test_where_an_object_is_always_in_view_others_are_sought():
    """In a room of three by three with a view of three, what lies in the middle is never out of view."""
    world = dataclasses.replace(WORLDS["open"], maze=MazeConfig(size=3, objects=5, view_size=3, max_steps=8))
    instance = world.draw(0)
    rows = [instance.corpus.experiences, instance.samplers["long-in-context"](np.random.default_rng(0), 40).experiences]
    for each in rows:
        told = decoded(instance, each.steps["input"])
        first = each.valid & (np.diff(each.segment, axis=1, prepend=-1) != 0)
        goal = told["goal"][first]
        assert not told["objects"][first][np.arange(len(goal)), goal].any()
    assert check_leaks(instance)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"episodes": 0}, "episodes is 0; expected 1 or more"),
        ({"min_supports": 99}, "min_supports is 99; expected 1 to 48"),
        ({"noise": 1.5}, r"noise is 1\.5; expected 0 to 1"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"context_trials": 0}, "context_trials is 0; expected 1 or more"),
        ({"latent_goals": 7}, "latent_goals is 7; expected 1 to 6"),
        ({"held_out": -1}, "held_out is -1; expected 0 or more"),
    ],
)
def test_a_number_out_of_range_is_refused(given, message):
    with pytest.raises(UserError, match=message):
        Mazes(**given)
