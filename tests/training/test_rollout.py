"""Tests that are answered by acting: greedy rollouts with a KV cache against reading whole episodes again."""

import dataclasses
import functools

import jax
import numpy as np
import optax
import pytest

from tolman.core.assemble import gather, prepend
from tolman.core.experience import NONE, Experiences
from tolman.envs.maze import MazeConfig
from tolman.envs.maze.environment import MazeTask
from tolman.models.agent import AgentConfig
from tolman.models.base import Policy
from tolman.models.decoder import DecoderConfig, make_decoder
from tolman.training.evaluate import evaluate, option_logprobs
from tolman.training.rollout import rollout, success_logprobs
from tolman.worlds.mazes import Mazes
from tolman.worlds.reversals import Reversals

WORLD = Mazes(
    MazeConfig(size=4, objects=4, view_size=1, max_steps=8),
    mazes=4,
    held_out=2,
    latent_goals=1,
    episodes=16,
    test_items=20,
)
CONFIGS = {
    "convolution": AgentConfig(DecoderConfig(width=16, rotary=0.25), goal_prediction_coef=0.0),
    "plain": AgentConfig(DecoderConfig(width=16, conv=0, mlp="swiglu"), goal_prediction_coef=0.0),
}


@functools.cache
def instance():
    return WORLD.draw(0)


@functools.cache
def imitator(name):
    """An agent after some steps of imitation, with its losses."""
    rows, descent = instance().memory.experiences, optax.adam(1e-2)

    @jax.jit
    def improved(model, state):
        loss, gradient = jax.value_and_grad(lambda model: model.loss(rows, rows.length))(model)
        change, state = descent.update(gradient, state)
        return optax.apply_updates(model, change), state, loss

    model, losses = CONFIGS[name].make(instance().inputs, instance().outputs, jax.random.key(0)), []
    state = descent.init(model)
    for _ in range(60):
        model, state, loss = improved(model, state)
        losses.append(float(loss))
    return model, losses


@pytest.fixture(params=CONFIGS)
def name(request):
    return request.param


reset = jax.jit(lambda environment, task: environment.reset(task))
step = jax.jit(lambda environment, state, action: environment.step(state, action))
whole = jax.jit(lambda model, observations: model(observations))


def steps_to_goal(model, test, rows):
    """Actions until each goal, by reading the whole episode again at every step; 0 = never."""
    environment, found = test.environment, []
    for i in range(len(test)):
        state, _ = reset(environment, MazeTask(*(leaf[i] for leaf in test.tasks)))
        seen = [*rows.steps["input"][i][rows.valid[i]]]
        reached = 0
        for k in range(1, environment.max_steps + 1):
            padded = np.zeros((rows.length + environment.max_steps, len(seen[0])), bool)
            padded[: len(seen)] = seen
            action = int(np.argmax(whole(model, padded)[0][len(seen) - 1]))
            state, after = step(environment, state, action)
            seen.append(np.asarray(after.observation))
            if float(after.reward) > 0:
                reached = k
                break
        found.append(reached)
    return np.array(found)


def with_context(test, memory, k=2):
    """The prompts of a test after whole episodes, more of them in some rows than in others."""
    rng = np.random.default_rng(0)
    found = rng.integers(NONE, memory.size, (len(test), k))
    found[::4] = NONE
    return prepend(gather(memory.experiences, found), test.prompts)


def test_gradient_descent_imitates(name):
    model, losses = imitator(name)
    assert isinstance(model, Policy)
    assert losses[-1] < 0.7 * min(losses[0], np.log(4))


def test_answers_are_those_of_reading_everything_again_at_every_step(name):
    test, (model, _) = instance().test("explicit"), imitator(name)
    rows = with_context(test, instance().memory)
    assert set(rows.segment[rows.valid].tolist()) == {0, 1, 2}
    assert (rows.valid.sum(axis=1) == 1).any()
    logprobs, expected = option_logprobs(model, rows, test), steps_to_goal(model, test, rows)
    assert logprobs.shape == (len(test), 8)
    assert np.array_equal(np.where(np.isfinite(logprobs).any(axis=1), logprobs.argmax(axis=1) + 1, 0), expected)
    assert set(logprobs.ravel().tolist()) <= {0.0, -np.inf}
    assert len(set(expected.tolist())) > 2


def test_items_do_not_depend_on_how_many_are_rolled_out(monkeypatch):
    test, (model, _) = instance().test("explicit"), imitator("convolution")
    every = success_logprobs(model, test.prompts, test)
    some = rollout(model, test.prompts, test, np.arange(3, 7))
    assert np.array_equal(
        np.where(np.isfinite(every).any(axis=1), every.argmax(axis=1) + 1, 0)[3:7], some.steps_to_goal
    )
    monkeypatch.setattr("tolman.training.rollout._ROWS", 5)
    assert np.array_equal(success_logprobs(model, test.prompts, test), every)


def test_sampled_actions_are_taken_as_often_as_the_policy_says_and_reproducibly():
    test, (model, _) = instance().test("explicit"), imitator("convolution")
    many = np.zeros(400, int)  # the first question, again and again
    one = dataclasses.replace(
        test,
        tasks=jax.tree.map(lambda leaf: leaf[many], test.tasks),
        item_ids=tuple(map(str, range(len(many)))),
        temperature=1.0,
    )
    rows = Experiences(**jax.tree.map(lambda leaf: leaf[many], test.prompts._asdict()))
    found = rollout(model, rows, one, np.arange(len(many)))
    assert np.array_equal(rollout(model, rows, one, np.arange(50)).path, found.path[:50])
    logits = np.asarray(whole(model, test.prompts.steps["input"][0])[0][0], np.float64)
    state, _ = reset(test.environment, MazeTask(*(leaf[0] for leaf in test.tasks)))
    likely = {}
    for action, p in enumerate(np.exp(logits) / np.exp(logits).sum()):
        there = tuple(np.asarray(test.environment.describe(step(test.environment, state, action)[0])).tolist())
        likely[there] = likely.get(there, 0) + p
    came = [tuple(row) for row in found.path[:, 1].tolist()]
    for there, p in likely.items():
        assert came.count(there) / len(came) == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / len(came)) + 1e-9)


def test_path_lengths_are_those_of_successes_only():
    test = instance().test("explicit")
    taken = np.where(np.arange(len(test)) % 3 == 0, 0, np.minimum(2 * test.shortest, 8))
    logprobs = np.where(taken[:, None] == np.arange(1, 9), 0.0, -np.inf)
    more, success = test.more(type("Result", (), {"logprobs": logprobs})), taken > 0
    assert more["success"] == pytest.approx(success.mean())
    assert more["path_ratio"] == pytest.approx((taken / test.shortest)[success].mean())
    nobody = test.more(type("Result", (), {"logprobs": np.full((len(test), 8), -np.inf)}))
    assert nobody == {"success": 0.0, "path_ratio": None}


def test_a_model_that_cannot_answer_a_test_is_refused():
    asked = Reversals(entities=8, relations=1, held_out=2, copies=1, max_premises=1, test_items=4).draw(0)
    agent = imitator("convolution")[0]
    with pytest.raises(TypeError, match="'latent' asks for options; Agent answers by acting"):
        option_logprobs(agent, asked.test("latent").prompts, asked.test("latent"))
    decoder = make_decoder(DecoderConfig(width=8, layers=1), 5, jax.random.key(0))
    with pytest.raises(TypeError, match="'explicit' is answered by acting; Decoder is no policy"):
        evaluate(decoder, [instance().test("explicit")])
