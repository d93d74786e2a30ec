"""The agent: stepping with a KV cache equals reading whole episodes; inputs, losses, sites, files."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman.core.experience import NONE, Experiences
from tolman.models.agent import Agent, AgentConfig
from tolman.models.decoder import DecoderConfig
from tolman.models.io import ModelSpec, load_model, save_model

UNITS, ACTIONS, PROMPT, MORE = 9, 4, 7, 5
CONFIGS = {
    "convolution": AgentConfig(DecoderConfig(width=16, rotary=0.25), goal_prediction_coef=0.0),
    "plain": AgentConfig(DecoderConfig(width=16, conv=0, mlp="swiglu"), goal_prediction_coef=0.0),
}


@functools.cache
def agent(name="convolution", units=UNITS, seed=0, coef=0.0):
    """An agent whose every weight matters: zeros would hide what is left out."""
    config = dataclasses.replace(CONFIGS[name], goal_prediction_coef=coef)
    made = config.make((units,), (ACTIONS,), jax.random.key(seed))
    keys = iter(jax.random.split(jax.random.key(seed + 1), 100))
    return jax.tree.map(lambda leaf: leaf + 0.2 * jax.random.normal(next(keys), leaf.shape), made)


@pytest.fixture(params=CONFIGS)
def name(request):
    return request.param


def some_inputs(*shape, seed=0):
    return np.random.default_rng(seed).random((*shape, UNITS)) < 0.3


whole = jax.jit(lambda model, inputs: model(inputs))


@jax.jit
def acted(model, prompts, lengths, following):
    """Logits and values `[n, 1 + MORE]` after each prompt's real steps and after each step that follows."""

    def one(prompt, length, following):
        cache, logits, value = model.start(prompt, length, MORE)

        def act(cache, given):
            cache, logits, value = model.step(cache, given)
            return cache, (logits, value)

        cache, (later, values) = jax.lax.scan(act, cache, following)
        return jnp.concatenate([logits[None], later]), jnp.concatenate([value[None], values]), cache.length

    return jax.vmap(one)(prompts, lengths, following)


def near(expected, error=2e-5):
    return pytest.approx(np.asarray(expected), abs=error)


# ---- stepping with a cache


def test_stepping_with_a_cache_gives_the_logits_of_reading_the_whole(name):
    model, lengths = agent(name), np.arange(1, PROMPT + 1)
    # What follows a prompt's real steps is rubbish that must not be read.
    prompts, following = some_inputs(PROMPT, PROMPT), some_inputs(PROMPT, MORE, seed=1)
    logits, values, steps = acted(model, prompts, lengths, following)
    assert np.array_equal(steps, lengths + MORE)
    for i, length in enumerate(lengths):
        episode = np.concatenate([prompts[i, :length], following[i], some_inputs(PROMPT - length, seed=2)])
        expected, worth = (leaf[length - 1 : length + MORE] for leaf in whole(model, episode))
        assert logits[i] == near(expected)
        assert values[i] == near(worth)
        assert np.ptp(expected, axis=0).min() > 0.05


def test_a_step_changes_nothing_before_it_and_everything_from_it_on(name):
    episode = some_inputs(PROMPT)
    for at in (0, 3, PROMPT - 1):
        changed = episode.copy()
        changed[at] ^= True
        (one, worth), (other, others) = (whole(agent(name), e) for e in (episode, changed))
        assert np.array_equal(one[:at], other[:at])
        assert np.array_equal(worth[:at], others[:at])
        assert (jnp.abs(one - other)[at:].max(axis=1) > 0).all()


# ---- inputs


def test_planes_are_read_as_zeros_and_ones_and_intensities_are_centred():
    model, bits = agent(), some_inputs(PROMPT)
    assert np.array_equal(whole(model, bits)[0], whole(model, bits.astype(np.float32))[0])
    intensities = np.random.default_rng(0).integers(0, 256, (PROMPT, UNITS), dtype=np.uint8)
    assert whole(model, intensities)[0] == near(whole(model, intensities.astype(np.float32) / 127.5 - 1)[0])


def test_goal_prediction_has_a_logit_for_every_unit_of_the_input(name):
    model, hidden = agent(name), jnp.asarray(np.random.default_rng(0).normal(size=(PROMPT, 16)), jnp.float32)
    expected = np.asarray(hidden) @ np.asarray(model.goal_head.weight) + np.asarray(model.goal_head.bias)
    assert model.goal_logits(hidden) == near(expected)
    assert model.goal_logits(hidden).shape == (PROMPT, UNITS)


@pytest.mark.parametrize(("inputs", "outputs"), [((), (4,)), ((2, 3), (4,)), ((9,), (4, 2)), ((9,), ())])
def test_only_vectors_are_read_and_only_one_group_of_actions_is_there(inputs, outputs):
    with pytest.raises(ValueError, match="reads vectors and has one group"):
        AgentConfig().make(inputs, outputs, jax.random.key(0))


# ---- imitation


def batch(n=6, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(NONE, ACTIONS, (n, PROMPT, 1)).astype(np.int32)
    valid = np.arange(PROMPT) < rng.integers(2, PROMPT + 1, (n, 1))
    weight = rng.choice([0.0, 1.0, 0.5], (n, PROMPT)).astype(np.float32)
    # A reward at each row's last step, but for every third row.
    left = valid.sum(axis=1, keepdims=True) - 1 - np.arange(PROMPT)
    ahead = np.where((left >= 0) & (np.arange(n) % 3 > 0)[:, None], left, NONE)
    steps = {"input": some_inputs(n, PROMPT), "label": label, "steps_to_reward": ahead}
    return Experiences(steps, weight, valid, np.zeros((n, PROMPT), int))


def learned_steps(rows):
    """Row, time and weight of each labelled weighted real step."""
    counts = rows.valid * (rows.steps["label"][..., 0] != NONE) * rows.weight
    return [(i, t, counts[i, t]) for i, t in np.argwhere(counts > 0).tolist()]


def surprise(logits, truth):
    """Mean cross-entropy of independent bits, by their probabilities."""
    p = 1 / (1 + np.exp(-np.asarray(logits, np.float64)))
    return -(truth * np.log(p) + (1 - truth) * np.log(1 - p)).mean()


@pytest.mark.parametrize("coef", [0.0, 0.5])
def test_the_loss_is_cloning_of_labelled_weighted_valid_steps_plus_goal_prediction(name, coef):
    model, rows = agent(name, coef=coef), batch()
    cloning, goal = [], []
    for i, t, weight in learned_steps(rows):
        logits = np.asarray(whole(model, rows.steps["input"][i])[0], np.float64)[t]
        label, ahead = rows.steps["label"][i, t, 0], rows.steps["steps_to_reward"][i, t]
        cloning.append((weight, np.log(np.exp(logits).sum()) - logits[label]))
        if ahead != NONE:
            guess = model.goal_logits(jax.jit(Agent.hidden)(model, rows.steps["input"][i])[t])
            goal.append((weight, surprise(guess, rows.steps["input"][i, t + ahead])))
    mean = lambda pairs: sum(w * x for w, x in pairs) / sum(w for w, _ in pairs)  # noqa: E731
    expected = mean(cloning) + coef * mean(goal)
    assert float(jax.jit(Agent.loss, static_argnums=2)(model, rows, PROMPT)) == pytest.approx(expected, rel=1e-5)


def test_intensities_are_predicted_as_fractions_and_only_where_a_reward_came():
    hidden = jnp.asarray(np.random.default_rng(0).normal(size=(1, 2, 16)), jnp.float32)
    model = agent(coef=0.5)
    shown = np.random.default_rng(1).integers(0, 256, (1, 3, UNITS), dtype=np.uint8)
    weight = jnp.ones((1, 2))

    def cost(*when):
        return float(model.goal_prediction_loss(hidden, jnp.array(shown), jnp.array([when]), weight))

    expected = 0.5 * surprise(model.goal_logits(hidden)[0, 0], shown[0, 2] / 255.0)
    assert cost(2, NONE) == pytest.approx(expected, rel=1e-5)
    assert cost(NONE, NONE) == 0


def test_the_next_observation_is_predicted_at_every_step_that_counts():
    rng = np.random.default_rng(0)
    hidden, shown = jnp.asarray(rng.normal(size=(1, 2, 16)), jnp.float32), some_inputs(1, 3)
    model = dataclasses.replace(agent(coef=0.5), predicts="next")
    weight = jnp.array([[1.0, 3.0]])
    guesses = np.asarray(model.goal_logits(hidden))[0]
    expected = (surprise(guesses[0], shown[0, 1]) + 3 * surprise(guesses[1], shown[0, 2])) / 4
    loss = model.goal_prediction_loss(hidden, jnp.array(shown), jnp.full((1, 2), NONE), weight)
    assert float(loss) == pytest.approx(0.5 * expected, rel=1e-5)


@pytest.mark.parametrize("weight", [-0.1, float("inf"), float("nan")])
def test_impossible_goal_prediction_coefficients_are_refused(weight):
    with pytest.raises(ValueError, match=r"goal_prediction_coef is .*; expected .*0 or more"):
        AgentConfig(goal_prediction_coef=weight)


def test_nothing_to_learn_from_is_a_loss_of_zero():
    rows = batch()._replace(weight=np.zeros((6, PROMPT), np.float32))
    assert float(agent().loss(rows, PROMPT)) == 0


def test_padding_enters_neither_the_loss_nor_the_embedding(name):
    rows = batch()
    longer = lambda leaf, filling: np.concatenate([leaf, np.full_like(leaf, filling)], axis=1)  # noqa: E731
    padded = Experiences(
        {name: longer(leaf, 1) for name, leaf in rows.steps.items()},
        longer(rows.weight, 1),
        longer(rows.valid, False),
        longer(rows.segment, 0),
    )
    loss = jax.jit(Agent.loss, static_argnums=2)
    assert float(loss(agent(name), padded, PROMPT)) == pytest.approx(float(loss(agent(name), rows, PROMPT)), rel=1e-5)
    assert agent(name).embed(padded) == near(agent(name).embed(rows))


def test_sites_are_named_in_order_and_have_a_row_for_each_step():
    seen = agent().activations(batch())
    parts = [f"layers.{i}.{part}" for i in range(2) for part in ("attention", "mlp", "residual")]
    assert list(seen) == ["input_embedding", *parts, "final"]
    assert {v.shape for v in seen.values()} == {(6, PROMPT, 16)}


# ---- on disk


def test_a_saved_agent_comes_back_bit_by_bit(name, tmp_path):
    save_model(agent(name), ModelSpec(CONFIGS[name], (UNITS,), (ACTIONS,)), tmp_path)
    back = load_model(tmp_path)
    assert jax.tree.structure(back) == jax.tree.structure(agent(name))
    assert all(map(np.array_equal, jax.tree.leaves(back), jax.tree.leaves(agent(name))))


def test_the_configuration_says_every_shape():
    config = dataclasses.replace(CONFIGS["convolution"], decoder=DecoderConfig(width=8, layers=3))
    made = jax.eval_shape(lambda: config.make((5,), (3,), jax.random.key(0)))
    shapes = [part.weight.shape for part in (made.input_embedding, made.policy_head, made.value_head, made.goal_head)]
    assert shapes == [(5, 8), (8, 3), (8, 1), (8, 5)]
    assert len(made.layers) == 3
