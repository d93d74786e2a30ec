"""Rollouts of a policy: sampled episodes to learn from, and those that answer a test.

Retrieved episodes stand before each new one. They were retrieved beforehand, outside of compiled code.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree, Shaped

from tolman.core.assemble import prepend
from tolman.core.batching import map_batches
from tolman.core.experience import Experiences
from tolman.envs.environment import (
    AbstractEnvironment,
    RolloutTest,
    TimeStep,
    Trajectories,
    num_tasks,
    observed,
)
from tolman.models.base import Policy

_ROWS = 256
"""Items of a test that are acted in at once."""


class Episodes(NamedTuple):
    """`n` episodes of at most `t` actions.

    Attributes:
        observations: one more than actions.
        valid: steps that took place.
        revealed: goals that each observation shows.
        features: retrieval features of each observation.
        acted: steps at which the action counted.
        actions: sampled from the policy.
        logprobs: of the actions when they were sampled.
        values: estimated at each step.
        next_values: estimated one step later.
        rewards: for each action.
        not_done: false where the action ended its trial.
    """

    observations: Shaped[Array, "n t+1 d"]
    valid: Bool[Array, "n t+1"]
    revealed: Bool[Array, "n t+1 g"]
    features: Bool[Array, "n t+1 q"]
    acted: Bool[Array, "n t"]
    actions: Int[Array, "n t"]
    logprobs: Float[Array, "n t"]
    values: Float[Array, "n t"]
    next_values: Float[Array, "n t"]
    rewards: Float[Array, "n t"]
    not_done: Bool[Array, "n t"]


def sample_episodes(
    policy: Policy, environment: AbstractEnvironment, tasks: PyTree, *, context: Experiences, key: Array
) -> Episodes:
    """Act in every task, with actions sampled from the policy.

    Args:
        policy: acts.
        environment: where the tasks belong.
        tasks: `n` of them.
        context: experiences `[n, k, U]` that stand before each episode.
        key: source of the actions.
    """
    count, length = num_tasks(tasks), environment.horizon(tasks)
    states, first = jax.vmap(environment.reset)(tasks)
    prompt = prepend(context, observed(first.observation[:, None], jnp.ones((count, 1), bool), jnp), xp=jnp)
    start = functools.partial(policy.start, capacity=length)
    cache, logits, values = jax.vmap(start)(prompt.steps["input"], jnp.sum(prompt.valid, axis=1))

    def act(carry: PyTree, key: Array) -> tuple[PyTree, PyTree]:
        states, now, cache, logits, values = carry
        actions = jax.random.categorical(key, logits)
        logprobs = jnp.take_along_axis(jax.nn.log_softmax(logits), actions[:, None], axis=1)[:, 0]
        states, then = jax.vmap(environment.step)(states, actions)
        cache, logits, next_values = jax.vmap(policy.step)(cache, then.observation)
        happened = (now, actions, logprobs, values, next_values, then.reward, then.discount > 0)
        return (states, then, cache, logits, next_values), happened

    carry, happened = jax.lax.scan(act, (states, first, cache, logits, values), jax.random.split(key, length))
    return _episodes(happened, carry[1])


def _episodes(happened: PyTree, end: TimeStep) -> Episodes:
    """Episodes from what each step of the scan left `[t, n, ...]` and the time step after the last one."""
    now, actions, logprobs, values, next_values, rewards, not_done = jax.tree.map(
        lambda x: jnp.moveaxis(x, 0, 1), happened
    )
    whole = lambda steps, last: jnp.concatenate([steps, last[:, None]], axis=1)  # noqa: E731
    ended = whole(now.last, end.last)
    return Episodes(
        observations=whole(now.observation, end.observation),
        # The step at which the last trial ends is still observed; those after it are not.
        valid=~jnp.pad(ended[:, :-1], ((0, 0), (1, 0))),
        revealed=whole(now.revealed, end.revealed),
        features=whole(now.features, end.features),
        acted=now.discount > 0,
        actions=actions,
        logprobs=logprobs,
        values=values,
        next_values=next_values,
        rewards=rewards,
        not_done=not_done,
    )


def success_logprobs(policy: Policy, rows: Experiences, test: RolloutTest) -> Float[np.ndarray, "m o"]:
    """Return the options' log-probabilities: 0 for the number of actions that the policy takes, else -inf."""
    steps = rollout(policy, rows, test, np.arange(len(test))).steps_to_goal
    options = np.arange(1, test.options.shape[1] + 1)
    return np.where(steps[:, None] == options, 0.0, -np.inf).astype(np.float32)


def rollout(policy: Policy, rows: Experiences, test: RolloutTest, items: Int[np.ndarray, " m"]) -> Trajectories:
    """Act in some items of a test, after their prompts `rows`; the trajectories are those that are scored."""
    given = test.tasks, rows.steps["input"], rows.valid.sum(axis=1), np.arange(len(test))
    chosen = jax.tree.map(lambda leaf: leaf[items], given)
    act = functools.partial(_act, policy, test.environment, jnp.float32(test.temperature))
    return Trajectories(*map_batches(lambda part, _: act(part), chosen, len(items), _ROWS))


@jax.jit
def _act(policy: Policy, environment: AbstractEnvironment, temperature: Array, given: PyTree) -> tuple[Array, Array]:
    """The leaves of `Trajectories`, of given tasks, prompts, their lengths, and the items' numbers."""

    def one(task: PyTree, prompt: Array, length: Array, number: Array) -> tuple[Array, Array]:
        state, _ = environment.reset(task)
        cache, logits, _ = policy.start(prompt, length, environment.max_steps)
        key = jax.random.fold_in(jax.random.key(0), number)

        def act(carry: PyTree, key: Array) -> tuple[PyTree, PyTree]:
            state, cache, logits = carry
            noise = temperature * jax.random.gumbel(key, logits.shape)
            state, then = environment.step(state, jnp.argmax(logits + noise))
            cache, logits = policy.step(cache, then.observation)[:2]
            return (state, cache, logits), (then.reward, environment.describe(state))

        keys = jax.random.split(key, environment.max_steps)
        _, (rewards, path) = jax.lax.scan(act, (state, cache, logits), keys)
        steps = jnp.where(jnp.any(rewards > 0), jnp.argmax(rewards > 0) + 1, 0)
        return steps, jnp.concatenate([environment.describe(state)[None], path])

    return jax.vmap(one)(*given)
