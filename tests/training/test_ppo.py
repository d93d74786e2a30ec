"""Advantages and the clipped loss: by their published definitions, and as an independent library computes them."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.training.config import PPOConfig
from tolman.training.ppo import gae, ppo_loss, reward_steps


@jax.jit
def estimates(rewards, values, next_values, not_done, gamma, gae_lambda):
    return gae(rewards, values, next_values, not_done, gamma=gamma, gae_lambda=gae_lambda)


@functools.partial(jax.jit, static_argnames="ppo")
def loss_of(logits, values, ppo, **given):
    return ppo_loss(logits, values, ppo=ppo, **given)


def by_definition(rewards, values, next_values, not_done, *, gamma, gae_lambda):
    """Equation 16 of arXiv 1506.02438, term by term: the sum of (gamma lambda)^l delta up to the trial's end."""
    steps = zip(rewards, values, next_values, not_done, strict=True)
    deltas = [r + gamma * v * on - w for r, w, v, on in steps]
    found = []
    for t in range(len(rewards)):
        total, k = 0.0, 0
        while True:
            total += (gamma * gae_lambda) ** k * deltas[t + k]
            if not not_done[t + k] or t + k + 1 == len(rewards):
                break
            k += 1
        found.append(total)
    return np.array(found)


def some(seed, length=12):
    rng = np.random.default_rng(seed)
    rewards, values, next_values = rng.normal(size=(3, length)).astype(np.float32)
    return rewards, values, next_values, rng.random(length) < 0.8


fractions = st.floats(0.0, 1.0, width=32)


@given(st.integers(0, 10_000), fractions, fractions)
def test_advantages_are_the_weighted_sum_of_later_errors(seed, gamma, gae_lambda):
    given = some(seed)
    expected = by_definition(*(leaf.astype(float) for leaf in given[:3]), given[3], gamma=gamma, gae_lambda=gae_lambda)
    assert estimates(*given, gamma, gae_lambda) == pytest.approx(expected, abs=2e-5)


def test_with_lambda_one_they_are_discounted_returns_minus_values():
    rewards, values, next_values, _ = some(1)
    on = np.arange(12) != 5  # two trials, the second cut off where the episode ends
    returns, later = np.zeros(12), float(next_values[-1])
    for t in reversed(range(12)):
        later = returns[t] = rewards[t] + 0.9 * later * on[t]
    # Between trials the values cancel only where a step's value is what the step before was promised.
    next_values[:-1] = values[1:]
    assert estimates(rewards, values, next_values, on, 0.9, 1.0) == pytest.approx(returns - values, abs=1e-5)


def test_with_lambda_zero_they_are_one_step_errors():
    rewards, values, next_values, on = some(2)
    expected = rewards + 0.9 * next_values * on - values
    assert estimates(rewards, values, next_values, on, 0.9, 0.0) == pytest.approx(expected, abs=1e-6)


def test_later_trials_do_not_enter_the_estimates_of_a_trial():
    rewards, values, next_values, on = some(3)
    on[6] = False
    changed = [leaf.copy() for leaf in (rewards, values, next_values)]
    changed[0][7:] += 1.0
    changed[1][7:] += 0.5
    changed[2][6] += 1.0  # the value of the next trial's first step
    one, other = estimates(rewards, values, next_values, on, 0.9, 0.9), estimates(*changed, on, 0.9, 0.9)
    assert np.array_equal(one[:7], other[:7])
    assert np.abs(one[7:] - other[7:]).min() > 0.01


RLAX = {
    (0.95, 0.95): [1.1074938, 1.0221537, 1.1215, 0.6, 0.3630943, 0.04774994, 1.1],
    (0.9, 0.5): [0.34707499, 0.39349997, 0.82999998, 0.6, 0.08975001, -0.44500005, 1.1],
    (1.0, 1.0): [1.4000001, 1.2, 1.2, 0.6, 0.5, 0.14999998, 1.1],
    (0.97, 0.0): [0.19100001, 0.00599998, 0.588, 0.6, 0.33200002, -0.947, 1.1],
}
"""`rlax.truncated_generalized_advantage_estimation`, rlax 0.1.9."""


@pytest.mark.parametrize("coefficients", RLAX)
def test_advantages_are_those_of_rlax(coefficients):
    rewards = np.array([0.0, 0.5, 0.0, 1.0, 0.0, -0.25, 1.0], np.float32)
    values = np.array([0.1, 0.3, -0.2, 0.4, 0.25, 0.6, -0.1, 0.35], np.float32)
    not_done = np.array([True, True, True, False, True, True, False])
    found = estimates(rewards, values[:-1], values[1:], not_done, *coefficients)
    assert found == pytest.approx(np.array(RLAX[coefficients]), abs=1e-6)


# ---- the loss


PLAIN = PPOConfig(vf_coef=0.0, ent_coef=0.0)


@pytest.mark.parametrize(("clip_eps", "expected"), [(0.1, 0.01437496), (0.2, -0.03562501)])
def test_the_clipped_surrogate_is_that_of_rlax(clip_eps, expected):
    # `rlax.clipped_surrogate_pg_loss`, rlax 0.1.9, with these ratios and advantages.
    ratios = np.array([[0.5, 0.85, 1.0, 1.1, 1.5, 2.5, 0.7, 1.3]], np.float32)
    advantage = np.array([[1.0, -1.0, 0.5, 2.0, 1.5, -0.75, -2.0, -0.3]], np.float32)
    # Two actions of probability a half: the ratio is what the past did not give them.
    logits, actions, one = np.zeros((1, 8, 2), np.float32), np.zeros((1, 8), int), np.ones((1, 8), np.float32)
    before = np.log(0.5 / ratios).astype(np.float32)
    given = {"actions": actions, "old_logprobs": before, "advantages": advantage, "returns": one, "weight": one}
    found = loss_of(logits, one, dataclasses.replace(PLAIN, clip_eps=clip_eps), **given)
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_the_entropy_is_that_of_rlax():
    # `rlax.entropy_loss`, rlax 0.1.9: the negative entropy of these two policies, on average.
    logits = np.array([[[0.2, -1.0, 0.5], [2.0, 0.0, -0.3]]], np.float32)
    zero, one = np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)
    given = {"actions": zero.astype(int), "old_logprobs": zero, "advantages": zero, "returns": zero, "weight": one}
    found = loss_of(logits, zero, PPOConfig(vf_coef=0.0, ent_coef=1.0), **given)
    assert float(found) == pytest.approx(-0.7878896, abs=1e-6)


def by_hand(logits, values, ppo, *, actions, old_logprobs, advantages, returns, weight):
    """Equations 7 and 9 of arXiv 1707.06347, one step at a time."""
    total = 0.0
    for e, t in np.ndindex(*actions.shape):
        p = np.exp(logits[e, t] - np.logaddexp.reduce(logits[e, t]))
        ratio, a = p[actions[e, t]] / np.exp(old_logprobs[e, t]), advantages[e, t]
        surrogate = min(ratio * a, min(max(ratio, 1 - ppo.clip_eps), 1 + ppo.clip_eps) * a)
        squared, entropy = (values[e, t] - returns[e, t]) ** 2 / 2, -(p * np.log(p)).sum()
        total += weight[e, t] * (-surrogate + ppo.vf_coef * squared - ppo.ent_coef * entropy)
    return total / weight.sum()


@functools.cache
def updates(seed=0, shape=(3, 5), choices=4):
    rng = np.random.default_rng(seed)
    normal = lambda *more: rng.normal(size=(*shape, *more)).astype(np.float32)  # noqa: E731
    logits, actions = normal(choices), rng.integers(choices, size=shape)
    now = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    before = np.take_along_axis(now, actions[..., None], axis=-1)[..., 0] + 0.3 * normal()
    values, advantages, returns = normal(), normal(), normal()
    weight = (rng.random(shape) < 0.7).astype(np.float32)
    given = {"old_logprobs": before, "advantages": advantages, "returns": returns, "weight": weight}
    return (logits, values), {"actions": actions, **given}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ppo", [PPOConfig(), PPOConfig(clip_eps=0.05, vf_coef=2.0, ent_coef=0.3)])
def test_the_loss_is_the_papers(seed, ppo):
    outputs, given = updates(seed)
    assert float(loss_of(*outputs, ppo, **given)) == pytest.approx(by_hand(*outputs, ppo, **given), rel=1e-5)


def test_steps_without_weight_do_not_matter():
    outputs, given = updates()
    weight = given["weight"]
    changed = lambda leaf: np.where(weight.reshape(weight.shape + (1,) * (leaf.ndim - 2)) > 0, leaf, 1)  # noqa: E731
    others, more = jax.tree.map(changed, (outputs, given))
    one, other = loss_of(*outputs, PPOConfig(), **given), loss_of(*others, PPOConfig(), **{**more, "weight": weight})
    assert float(one) == float(other)
    assert float(loss_of(*outputs, PPOConfig(), **{**given, "weight": np.zeros_like(weight)})) == 0


def test_beyond_the_bound_in_the_advantages_direction_there_is_no_slope():
    """Where the ratio has left the bounds, only steps whose advantage wants it back have a gradient."""
    ratios = np.array([[0.5, 0.5, 1.0, 1.5, 1.5]])
    advantage = np.array([[1.0, -1.0, 1.0, 1.0, -1.0]], np.float32)
    zero, one = np.zeros((1, 5), np.float32), np.ones((1, 5), np.float32)
    before = np.log(0.5 / ratios).astype(np.float32)
    given = {"old_logprobs": before, "advantages": advantage, "returns": zero, "weight": one}
    slope = jax.grad(lambda x: ppo_loss(x, zero, actions=zero.astype(int), **given, ppo=PLAIN))
    moved = np.abs(np.asarray(slope(jnp.zeros((1, 5, 2))))).max(axis=-1)[0]
    assert (moved > 1e-3).tolist() == [True, False, True, False, True]


# ---- goal prediction


@given(st.integers(0, 10_000))
def test_every_step_of_a_trial_has_the_index_of_its_reward(seed):
    rng = np.random.default_rng(seed)
    ends = rng.random(12) < 0.25
    rewards = (ends & (rng.random(12) < 0.6)).astype(np.float32)
    found = jax.jit(reward_steps)(rewards, ~ends)
    for t in range(12):
        last = next((k for k in range(t, 12) if ends[k]), None)
        assert found[t] == (last + 1 if last is not None and rewards[last] else -1)


@pytest.mark.parametrize("name", ["epochs", "minibatches", "episodes_per_level"])
def test_impossible_settings_are_refused(name):
    with pytest.raises(ValueError, match=rf"PPOConfig: {name} is 0; expected 1 (or more|to)"):
        PPOConfig(**{name: 0})
