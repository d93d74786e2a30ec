"""Learning by acting: the same bits again, rollouts that agree with the model, and the replay buffer."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tiny_actors import BATCH, CHUNKS, MODEL, PHASES, WORLD, bits, tiny_actors
from tiny_trainer import SEEDS, interrupt

from tolman.core.assemble import gather, prepend
from tolman.core.errors import UnknownName
from tolman.core.experience import NONE
from tolman.core.world import LeakError, check_leaks
from tolman.envs.environment import observed
from tolman.envs.maze.encoding import part_slices
from tolman.envs.maze.environment import MazeTask
from tolman.models.io import flatten
from tolman.training.config import OptimiserConfig, Phase, Seeds
from tolman.training.data import without_features
from tolman.training.replay import MAX_SUPPORTS, PhaseTasks, ReplayBuffer, with_replay
from tolman.training.rollout import sample_episodes
from tolman.training.trainer import Trainer

pytestmark = pytest.mark.optimised  # bits beside other seeds are promised of such programs


@functools.cache
def trained_seeds():
    """All seeds of the tiny trainer, trained in one go."""
    return tiny_actors().train()


@functools.cache
def uninterrupted():
    return [bits(trained) for trained in trained_seeds()]


@functools.cache
def world(seed=0):
    return WORLD.draw(seed)


# ---- the same again


def test_training_twice_gives_the_same_bits():
    assert [bits(trained) for trained in tiny_actors().train()] == uninterrupted()
    assert len(set(uninterrupted())) == len(SEEDS)


@pytest.mark.parametrize("after", range(1, CHUNKS + 1))
def test_training_interrupted_at_any_chunk_ends_with_the_same_bits(tmp_path, after):
    reports = interrupt(tiny_actors(tmp_path), after)
    assert [bits(trained) for trained in tiny_actors(tmp_path).train(reports.append)] == uninterrupted()
    assert len(reports) == CHUNKS + 1


def test_a_seeds_bits_do_not_depend_on_the_other_seeds():
    others = (SEEDS[0], Seeds(7, 5), Seeds(8, 6), SEEDS[3])
    trained = [bits(trained) for trained in tiny_actors(seeds=others).train()]
    assert [trained[0], trained[3]] == [uninterrupted()[0], uninterrupted()[3]]
    assert trained[1] != uninterrupted()[1]


def test_world_seed_and_model_seed_both_matter():
    one, model, world, again = (
        bits(trained) for trained in tiny_actors(seeds=(Seeds(0, 0), Seeds(0, 1), Seeds(1, 0), Seeds(0, 0))).train()
    )
    assert one == again
    assert len({one, model, world}) == 3


class Judged(Trainer):
    """The first seed meets any criterion at its first measurement, the others never."""

    def accuracy(self, model, index):
        return dict.fromkeys((t.name for t in self.instances[0].tests), float(index == 0))


def test_a_seed_that_has_met_its_criterion_changes_no_more_and_neither_does_its_replay_buffer():
    short = (PHASES[0], Phase(2, PHASES[1].mixture))
    first, *others = tiny_actors(kind=Judged, stop=0.9).train()
    alone = tiny_actors(phases=short).train()[0]
    assert (first.stopped, first.steps) == (True, 2)
    assert first.replay.written.sum() == 0
    assert alone.replay.written.sum() == 2 * BATCH
    assert [trained.replay.written.sum() for trained in others] == [8 * BATCH] * 3


# ---- rollouts


@pytest.fixture(scope="module")
def acted():
    """Episodes of two trials in fresh mazes, each after up to two stored ones, with all that they are made from."""
    instance, replay = world(), trained_seeds()[0].replay
    practice = instance.task_samplers["multi-trial"](np.random.default_rng(0), 24)
    two = MazeTask(*(leaf[:, :2] if leaf.ndim > 1 else leaf for leaf in practice.tasks))
    model = MODEL.make(instance.inputs, instance.outputs, jax.random.key(1))
    model = jax.tree.map(lambda leaf: leaf + 0.1 * jnp.cos(jnp.arange(leaf.size)).reshape(leaf.shape), model)
    rows = np.random.default_rng(1).integers(NONE, replay.corpus().size, (24, 2))
    context = gather(without_features(replay.corpus().experiences), rows)
    episodes = jax.device_get(
        jax.jit(sample_episodes)(model, practice.environment, two, context=context, key=jax.random.key(2))
    )
    return model, practice.environment, two, context, episodes


def test_probabilities_and_values_are_those_of_reading_context_and_episode_at_once(acted):
    model, _, _, context, episodes = acted
    rows = prepend(context, observed(episodes.observations, episodes.valid))
    logits, values = jax.jit(jax.vmap(model))(jnp.asarray(rows.steps["input"]))
    offset, logprobs = context.valid.sum(axis=(1, 2)), jax.nn.log_softmax(logits)
    assert len(set(offset.tolist())) > 3
    for e, t in np.argwhere(episodes.acted):
        at = offset[e] + t
        assert episodes.logprobs[e, t] == pytest.approx(float(logprobs[e, at, episodes.actions[e, t]]), abs=2e-5)
        assert episodes.values[e, t] == pytest.approx(float(values[e, at]), abs=2e-5)
        if episodes.not_done[e, t]:
            assert episodes.next_values[e, t] == episodes.values[e, t + 1]


def test_trials_follow_one_another_and_rewards_come_at_goals(acted):
    _, place, tasks, _, episodes = acted
    limit, where = place.max_steps, part_slices(place.config)
    found = [0, 0]
    for e in range(len(tasks.mazes)):
        steps, trial = 0, 0
        for t in range(episodes.acted.shape[1]):
            real = episodes.valid[e, t]
            goal = np.flatnonzero(episodes.observations[e, t, where["goal"]]).tolist()
            assert goal == [tasks.goals[e, min(trial, 1)]]
            if not episodes.acted[e, t]:
                # The observation at a trial's end: the next trial starts a step later, or nothing does.
                assert steps == 0 or not real or trial == 1
                steps, trial = 0, trial + 1
                assert episodes.rewards[e, t] == 0
                continue
            assert real
            steps += 1
            here = np.asarray(place.layouts.object_cells)[tasks.mazes[e, 0], goal[0]]
            there = _cell(place.config, episodes.observations[e, t + 1])
            reached = bool((here == there).all())
            assert episodes.rewards[e, t] == reached
            assert episodes.not_done[e, t] == (not reached and steps < limit)
            found[min(trial, 1)] += reached
            steps = 0 if not episodes.not_done[e, t] else steps
    assert min(found) > 0


def _cell(config, given):
    """Row and column that an input tells."""
    part = given[part_slices(config)["position"]].reshape(2, 2, config.size)[0]
    return part.argmax(axis=1)


def test_sampled_actions_follow_the_policy(acted):
    *_, episodes = acted
    chosen = np.exp(episodes.logprobs[episodes.acted])
    # The mean of the indicator `this action was taken` is its probability: on average 1 / p is the number of actions.
    assert np.mean(1 / chosen) == pytest.approx(4, rel=0.15)


# ---- the replay buffer


def test_the_replay_buffer_grows_by_every_episode_of_the_persistent_mazes():
    for trained in trained_seeds():
        assert trained.replay.written.sum() == 8 * BATCH
        assert ((trained.replay.goal != NONE).sum(axis=1) == np.minimum(trained.replay.written, 6)).all()


begin = jax.jit(lambda place, task: place.reset(task))
step = jax.jit(lambda place, state, action: place.step(state, action))


def test_taking_the_actions_of_a_stored_episode_again_gives_its_observations():
    for seeds, trained in zip(SEEDS[:2], trained_seeds(), strict=False):
        instance, replay = world(seeds.world), trained.replay
        place = instance.tests[0].environment
        where = part_slices(place.config)
        for maze, slot in np.argwhere(replay.goal != NONE)[::5]:
            inputs, valid = replay.observations[maze, slot], replay.valid[maze, slot]
            start = [*_cell(place.config, inputs[0]), 0]
            goal, mazes = replay.goal[maze, slot], np.array([maze], np.int32)
            told = np.flatnonzero(inputs[0, where["goal"]])
            assert told.tolist() in ([goal], [])  # or it was hidden
            shown = np.array([goal if len(told) else NONE])
            state, seen = begin(place, MazeTask(mazes, np.array([goal]), np.array([start], np.int32), shown))
            objects, marks = np.asarray(seen.revealed), np.asarray(seen.features)
            for t in range(1, valid.sum()):
                assert np.array_equal(seen.observation, inputs[t - 1])
                state, seen = step(place, state, inputs[t, where["action"]].argmax() - 1)
                objects, marks = objects | seen.revealed, marks | seen.features
            assert np.array_equal(seen.observation, inputs[valid.sum() - 1])
            assert bool(seen.last)
            assert np.array_equal(replay.revealed[maze, slot], objects)
            assert np.array_equal(replay.features[maze, slot], marks)


def filled(rng, levels=3, size=4, goals=5, count=9):
    """A buffer into which episodes of one number each were stored, and all of them in order."""
    buffer = ReplayBuffer(
        observations=np.zeros((levels, size, 3, 2), np.float32),
        valid=np.zeros((levels, size, 3), bool),
        revealed=np.zeros((levels, size, goals), bool),
        features=np.zeros((levels, size, 4), bool),
        goal=np.full((levels, size), NONE, np.int32),
        written=np.zeros(levels, np.int64),
    )
    written = []
    for start in range(0, count, 4):
        n = min(4, count - start)
        level, goal = rng.integers(levels, size=n), rng.integers(goals, size=n)
        episodes = {"revealed": rng.random((n, goals)) < 0.4, "features": rng.random((n, 4)) < 0.5}
        numbers = np.broadcast_to(np.arange(start, start + n)[:, None, None], (n, 3, 2)).astype(np.float32)
        valid = np.arange(3) < rng.integers(1, 4, (n, 1))
        buffer.add(level, goal, observations=numbers, valid=valid, **episodes)
        written += [(int(level[i]), int(goal[i]), episodes["revealed"][i], start + i) for i in range(n)]
    return buffer, written


@pytest.mark.parametrize("seed", range(8))
def test_the_replay_buffer_keeps_the_latest_episodes_of_each_level(seed):
    replay, written = filled(np.random.default_rng(seed), count=3 + 5 * seed)
    for place in range(3):
        latest = [number for where, _, _, number in written if where == place][-4:]
        kept = replay.goal[place] != NONE
        assert sorted(replay.observations[place, kept, 0, 0].tolist()) == latest
        assert not replay.valid[place, ~kept].any()


@pytest.mark.parametrize("seed", range(8))
def test_supports_are_the_latest_episodes_of_the_level_that_showed_the_goal(seed):
    replay, written = filled(np.random.default_rng(seed), count=3 + 5 * seed)
    inputs = replay.corpus().experiences.steps["input"]
    places, goals = (part.ravel() for part in np.meshgrid(np.arange(3), np.arange(5)))
    for place, goal, rows in zip(places, goals, replay.supports(places, goals), strict=True):
        held = [(seen, number) for where, _, seen, number in written if where == place][-4:]
        expected = [number for seen, number in held[::-1] if seen[goal]][:MAX_SUPPORTS]
        assert inputs[rows[rows != NONE], 0, 0].tolist() == expected
        assert (rows[len(expected) :] == NONE).all()


def test_empty_slots_are_rows_without_steps_topics_or_questions():
    replay, _ = filled(np.random.default_rng(0), count=5)
    corpus, empty = replay.corpus(), replay.goal.ravel() == NONE
    assert empty.any()
    assert not corpus.experiences.valid[empty].any()
    assert (corpus.cue[empty] == NONE).all()
    assert (corpus.topics[empty] == NONE).all()
    assert (corpus.topics[~empty, 0] == np.flatnonzero(~empty) // 4).all()


def test_own_episodes_train_no_latent_goal():
    for seeds, trained in zip(SEEDS, trained_seeds(), strict=True):
        known = with_replay(world(seeds.world), trained.replay)
        assert set(check_leaks(known)) == {"latent"}
        latent = known.test("latent")
        goal = trained.replay.goal.copy()
        slot = np.flatnonzero(goal[latent.topics[0, 0]] != NONE)[0]
        goal[latent.topics[0, 0], slot] = latent.tasks.goals[0, 0]
        with pytest.raises(LeakError, match="latent"):
            check_leaks(with_replay(world(seeds.world), dataclasses.replace(trained.replay, goal=goal)))


def test_tests_are_supported_by_own_episodes_only():
    known = with_replay(world(), trained_seeds()[0].replay)
    memory, place = known.memory, world().tests[0].environment
    assert memory.size == known.corpus.size == 3 * 6
    things = part_slices(place.config)["objects"]
    for test in known.tests:
        for maze, goal, rows in zip(test.topics[:, 0], test.tasks.goals[:, 0], test.supports, strict=True):
            rows = rows[rows != NONE]
            assert maze < 3 or not len(rows)
            assert (memory.topics[rows, 0] == maze).all()
            seen = memory.experiences.steps["input"][rows][..., things] & memory.experiences.valid[rows][..., None]
            assert seen[..., goal].any(axis=1).all()


# ---- learning


def test_acting_for_reward_beats_chance():
    how = OptimiserConfig(learning_rate=5e-3, warmup=20)
    trainer = tiny_actors(phases=(Phase(900, PHASES[1].mixture),), optimiser=how, curve_points=1)
    found = [trained.curve[-1]["accuracy"]["explicit"] for trained in trainer.train()]
    chance = [instance.test("explicit").chance.uniform.mean() for instance in trainer.instances]
    assert np.mean(chance) < 0.25
    assert np.mean(found) > 0.5


def test_the_rate_decays_over_all_updates():
    # A step of imitation is one update, an iteration of PPO two epochs of two minibatches.
    assert tiny_actors().updates == 2 + 8 * 2 * 2


def test_ppo_changes_the_weights():
    read = flatten(tiny_actors(phases=PHASES[:1]).train()[0].model)
    practised = flatten(trained_seeds()[0].model)
    assert all((read[name] != practised[name]).any() for name in read)


def test_a_phase_has_one_kind_of_task():
    trainer = tiny_actors()
    mixed = Phase(2, {"task": 0.5, "multi-trial": 0.5})
    with pytest.raises(UnknownName, match="single kind of task"):
        PhaseTasks(trainer.spec, mixed, trainer.instances[0], 0, replay=trainer.replay[0])
