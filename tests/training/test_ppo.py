"""Advantages and the clipped loss: by their published definitions, and as an independent library computes them."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.training.ppo import PPOConfig, advantages, clipped_loss, rewarded

estimates = jax.jit(advantages)
loss_of = jax.jit(clipped_loss, static_argnames="how")


def by_definition(rewards, values, following, goes_on, discount, trace):
    """Equation 16 of arXiv 1506.02438, term by term: the sum of (gamma lambda)^l delta up to the trial's end."""
    errors = [r + discount * v * on - w for r, w, v, on in zip(rewards, values, following, goes_on, strict=True)]
    found = []
    for t in range(len(rewards)):
        total, k = 0.0, 0
        while True:
            total += (discount * trace) ** k * errors[t + k]
            if not goes_on[t + k] or t + k + 1 == len(rewards):
                break
            k += 1
        found.append(total)
    return np.array(found)


def some(seed, length=12):
    rng = np.random.default_rng(seed)
    rewards, values, following = rng.normal(size=(3, length)).astype(np.float32)
    return rewards, values, following, rng.random(length) < 0.8


share = st.floats(0.0, 1.0, width=32)


@given(st.integers(0, 10_000), share, share)
def test_advantages_are_the_weighted_sum_of_later_errors(seed, discount, trace):
    given = some(seed)
    expected = by_definition(*(leaf.astype(float) for leaf in given[:3]), given[3], discount, trace)
    assert estimates(*given, discount, trace) == pytest.approx(expected, abs=2e-5)


def test_with_a_full_trace_they_are_discounted_returns_less_the_value():
    rewards, values, following, _ = some(1)
    on = np.arange(12) != 5  # two trials, the second cut off where the episode ends
    returns, later = np.zeros(12), float(following[-1])
    for t in reversed(range(12)):
        later = returns[t] = rewards[t] + 0.9 * later * on[t]
    # Between trials the values cancel only where a step's value is what the step before was promised.
    following[:-1] = values[1:]
    assert estimates(rewards, values, following, on, 0.9, 1.0) == pytest.approx(returns - values, abs=1e-5)


def test_without_a_trace_they_are_one_steps_errors():
    rewards, values, following, on = some(2)
    expected = rewards + 0.9 * following * on - values
    assert estimates(rewards, values, following, on, 0.9, 0.0) == pytest.approx(expected, abs=1e-6)


def test_what_comes_after_a_trial_does_not_enter_it():
    rewards, values, following, on = some(3)
    on[6] = False
    changed = [leaf.copy() for leaf in (rewards, values, following)]
    changed[0][7:] += 1.0
    changed[1][7:] += 0.5
    changed[2][6] += 1.0  # the value of the next trial's first step
    one, other = estimates(rewards, values, following, on, 0.9, 0.9), estimates(*changed, on, 0.9, 0.9)
    assert np.array_equal(one[:7], other[:7])
    assert np.abs(one[7:] - other[7:]).min() > 0.01


RLAX = {
    (0.95, 0.95): [1.1074938, 1.0221537, 1.1215, 0.6, 0.3630943, 0.04774994, 1.1],
    (0.9, 0.5): [0.34707499, 0.39349997, 0.82999998, 0.6, 0.08975001, -0.44500005, 1.1],
    (1.0, 1.0): [1.4000001, 1.2, 1.2, 0.6, 0.5, 0.14999998, 1.1],
    (0.97, 0.0): [0.19100001, 0.00599998, 0.588, 0.6, 0.33200002, -0.947, 1.1],
}
"""`rlax.truncated_generalized_advantage_estimation`, rlax 0.1.9."""


@pytest.mark.parametrize("numbers", RLAX)
def test_advantages_are_those_of_rlax(numbers):
    rewards = np.array([0.0, 0.5, 0.0, 1.0, 0.0, -0.25, 1.0], np.float32)
    values = np.array([0.1, 0.3, -0.2, 0.4, 0.25, 0.6, -0.1, 0.35], np.float32)
    goes_on = np.array([True, True, True, False, True, True, False])
    found = estimates(rewards, values[:-1], values[1:], goes_on, *numbers)
    assert found == pytest.approx(np.array(RLAX[numbers]), abs=1e-6)


# ---- the loss


PLAIN = PPOConfig(value_cost=0.0, entropy_cost=0.0)


@pytest.mark.parametrize(("clip", "expected"), [(0.1, 0.01437496), (0.2, -0.03562501)])
def test_the_clipped_surrogate_is_that_of_rlax(clip, expected):
    # `rlax.clipped_surrogate_pg_loss`, rlax 0.1.9, with these ratios and advantages.
    ratios = np.array([[0.5, 0.85, 1.0, 1.1, 1.5, 2.5, 0.7, 1.3]], np.float32)
    advantage = np.array([[1.0, -1.0, 0.5, 2.0, 1.5, -0.75, -2.0, -0.3]], np.float32)
    # Two actions of probability a half: the ratio is what the past did not give them.
    logits, actions, one = np.zeros((1, 8, 2), np.float32), np.zeros((1, 8), int), np.ones((1, 8), np.float32)
    before = np.log(0.5 / ratios).astype(np.float32)
    how = dataclasses.replace(PLAIN, clip=clip)
    assert float(loss_of(logits, one, actions, before, advantage, one, one, how)) == pytest.approx(expected, abs=1e-6)


def test_the_entropy_is_that_of_rlax():
    # `rlax.entropy_loss`, rlax 0.1.9: the negative entropy of these two policies, on average.
    logits = np.array([[[0.2, -1.0, 0.5], [2.0, 0.0, -0.3]]], np.float32)
    zero, one = np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32)
    how = PPOConfig(value_cost=0.0, entropy_cost=1.0)
    found = loss_of(logits, zero, zero.astype(int), zero, zero, zero, one, how)
    assert float(found) == pytest.approx(-0.7878896, abs=1e-6)


def by_hand(logits, values, actions, before, advantage, returns, weight, how):
    """Equations 7 and 9 of arXiv 1707.06347, one step at a time."""
    total = 0.0
    for e, t in np.ndindex(*actions.shape):
        p = np.exp(logits[e, t] - np.logaddexp.reduce(logits[e, t]))
        ratio, a = p[actions[e, t]] / np.exp(before[e, t]), advantage[e, t]
        surrogate = min(ratio * a, min(max(ratio, 1 - how.clip), 1 + how.clip) * a)
        squared, entropy = (values[e, t] - returns[e, t]) ** 2 / 2, -(p * np.log(p)).sum()
        total += weight[e, t] * (-surrogate + how.value_cost * squared - how.entropy_cost * entropy)
    return total / weight.sum()


@functools.cache
def updates(seed=0, shape=(3, 5), choices=4):
    rng = np.random.default_rng(seed)
    normal = lambda *more: rng.normal(size=(*shape, *more)).astype(np.float32)  # noqa: E731
    logits, actions = normal(choices), rng.integers(choices, size=shape)
    now = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    before = np.take_along_axis(now, actions[..., None], axis=-1)[..., 0] + 0.3 * normal()
    return logits, normal(), actions, before, normal(), normal(), (rng.random(shape) < 0.7).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("how", [PPOConfig(), PPOConfig(clip=0.05, value_cost=2.0, entropy_cost=0.3)])
def test_the_loss_is_the_papers(seed, how):
    assert float(loss_of(*updates(seed), how)) == pytest.approx(by_hand(*updates(seed), how), rel=1e-5)


def test_steps_without_weight_do_not_matter():
    given = updates()
    weight = given[-1]
    other = [np.where(weight.reshape(weight.shape + (1,) * (leaf.ndim - 2)) > 0, leaf, 1) for leaf in given[:-1]]
    assert float(loss_of(*other, weight, PPOConfig())) == float(loss_of(*given, PPOConfig()))
    nothing = np.zeros_like(weight)
    assert float(loss_of(*given[:-1], nothing, PPOConfig())) == 0


def test_beyond_the_bound_in_the_advantages_direction_there_is_no_slope():
    """Where the ratio has left the bounds, only steps whose advantage wants it back have a gradient."""
    ratios = np.array([[0.5, 0.5, 1.0, 1.5, 1.5]])
    advantage = np.array([[1.0, -1.0, 1.0, 1.0, -1.0]], np.float32)
    zero, one = np.zeros((1, 5), np.float32), np.ones((1, 5), np.float32)
    before = np.log(0.5 / ratios).astype(np.float32)
    slope = jax.grad(lambda x: clipped_loss(x, zero, zero.astype(int), before, advantage, zero, one, PLAIN))
    moved = np.abs(np.asarray(slope(jnp.zeros((1, 5, 2))))).max(axis=-1)[0]
    assert (moved > 1e-3).tolist() == [True, False, True, False, True]


# ---- foresight


@given(st.integers(0, 10_000))
def test_every_step_of_a_trial_knows_when_its_reward_came(seed):
    rng = np.random.default_rng(seed)
    ends = rng.random(12) < 0.25
    rewards = (ends & (rng.random(12) < 0.6)).astype(np.float32)
    found = jax.jit(rewarded)(rewards, ~ends)
    for t in range(12):
        last = next((k for k in range(t, 12) if ends[k]), None)
        assert found[t] == (last + 1 if last is not None and rewards[last] else -1)


@pytest.mark.parametrize("name", ["epochs", "minibatches", "memory"])
def test_impossible_numbers_are_refused(name):
    with pytest.raises(ValueError, match=rf"ppo\.{name} is 0; expected 1 or more"):
        PPOConfig(**{name: 0})
