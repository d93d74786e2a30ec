"""Proximal policy optimisation: advantages, the loss, and the compiled iterations of acting and learning."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jaxtyping import Array, Bool, Float, Int, PyTree, Shaped

from tolman.core.assemble import gather, prepend
from tolman.core.experience import Experiences
from tolman.envs.environment import AbstractEnvironment, observed
from tolman.models.base import Model, Policy
from tolman.models.layers import weighted_mean
from tolman.training.config import PPOConfig
from tolman.training.rollout import Episodes, sample_episodes
from tolman.training.step import StepConfig, TrainState, cast, over_seeds, step_key, where_active


def gae(
    rewards: Float[Array, " t"],
    values: Float[Array, " t"],
    next_values: Float[Array, " t"],
    not_done: Bool[Array, " t"],
    *,
    gamma: float,
    gae_lambda: float,
) -> Float[Array, " t"]:
    """Return the generalised advantage estimates of one episode (Schulman et al., arXiv 1506.02438, equation 16).

        delta[t] = r[t] + gamma * not_done[t] * V[t + 1] - V[t]
        A[t] = delta[t] + gamma * gae_lambda * not_done[t] * A[t + 1]

    Args:
        rewards: r, for the action of each step.
        values: V at each step.
        next_values: V one step later.
        not_done: false where the action ended the trial, so that no later step counts.
        gamma: the discount.
        gae_lambda: 0 = one-step advantages, 1 = returns minus values.
    """
    deltas = rewards + gamma * next_values * not_done - values

    def back(later: Array, step: tuple[Array, Array]) -> tuple[Array, Array]:
        delta, on = step
        advantage = delta + gamma * gae_lambda * on * later
        return advantage, advantage

    _, advantages = jax.lax.scan(back, jnp.zeros(()), (deltas, not_done), reverse=True)
    return advantages


def reward_steps(rewards: Float[Array, " t"], not_done: Bool[Array, " t"]) -> Int[Array, " t"]:
    """Return, for each step, the index of the observation at which its trial's reward comes; -1 = never."""

    def back(later: Array, step: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        index, reward, on = step
        found = jnp.where(reward > 0, index + 1, jnp.where(on, later, -1))
        return found, found

    _, found = jax.lax.scan(back, jnp.int32(-1), (jnp.arange(len(rewards)), rewards, not_done), reverse=True)
    return found


def ppo_loss(
    logits: Float[Array, "n t a"],
    values: Float[Array, "n t"],
    *,
    actions: Int[Array, "n t"],
    old_logprobs: Float[Array, "n t"],
    advantages: Float[Array, "n t"],
    returns: Float[Array, "n t"],
    weight: Float[Array, "n t"],
    ppo: PPOConfig,
) -> Float[Array, ""]:
    """Return the clipped surrogate loss, with the value function's error and the entropy bonus.

    With the probability ratio `w = pi(a) / pi_old(a)` it is the weighted mean over steps of

        -min(w * A, clip(w, 1 - clip_eps, 1 + clip_eps) * A) + vf_coef * (V - R)^2 / 2 - ent_coef * H(pi)

    Args:
        logits: of the policy pi that learns.
        values: V, its value estimates.
        actions: a, those that were taken.
        old_logprobs: of the actions when they were taken.
        advantages: A, used as they are given.
        returns: R, targets of the value function.
        weight: of each step.
        ppo: the coefficients.
    """
    logprobs = jax.nn.log_softmax(logits, axis=-1)
    new = jnp.take_along_axis(logprobs, actions[..., None], axis=-1)[..., 0]
    ratio = jnp.exp(new - old_logprobs)
    clipped = jnp.clip(ratio, 1 - ppo.clip_eps, 1 + ppo.clip_eps)
    surrogate = jnp.minimum(ratio * advantages, clipped * advantages)
    entropy = -jnp.sum(jnp.exp(logprobs) * logprobs, axis=-1)
    losses = -surrogate + ppo.vf_coef * 0.5 * (values - returns) ** 2 - ppo.ent_coef * entropy
    return weighted_mean(losses, weight)


class PPOBatch(NamedTuple):
    """Episodes with all that stays the same during the updates.

    Attributes:
        inputs: retrieved episodes and the episode itself, packed.
        offset: index of the episode's first step in `inputs`.
        episodes: as they were sampled.
        reward_step: index of the observation at which each step's reward came; -1 = never.
        advantages: normalised over the batch.
        returns: targets of the value function.
    """

    inputs: Shaped[Array, "n u d"]
    offset: Int[Array, " n"]
    episodes: Episodes
    reward_step: Int[Array, "n t"]
    advantages: Float[Array, "n t"]
    returns: Float[Array, "n t"]


def ppo_batch(episodes: Episodes, rows: Experiences, offset: Array, ppo: PPOConfig) -> PPOBatch:
    """Return the batch of some episodes; `rows` are they after their context, in which they begin at `offset`."""
    estimate = jax.vmap(functools.partial(gae, gamma=ppo.gamma, gae_lambda=ppo.gae_lambda))
    advantages = estimate(episodes.rewards, episodes.values, episodes.next_values, episodes.not_done)
    weight = episodes.acted.astype(jnp.float32)
    mean = jnp.sum(advantages * weight) / jnp.sum(weight)
    std = jnp.sqrt(jnp.sum((advantages - mean) ** 2 * weight) / jnp.sum(weight))
    return PPOBatch(
        inputs=rows.steps["input"],
        offset=offset,
        episodes=episodes,
        reward_step=jax.vmap(reward_steps)(episodes.rewards, episodes.not_done),
        advantages=(advantages - mean) / (std + 1e-8),
        returns=advantages + episodes.values,
    )


def _loss(policy: Policy, batch: PPOBatch, ppo: PPOConfig) -> Array:
    episodes = batch.episodes
    own = batch.offset[:, None] + jnp.arange(episodes.actions.shape[1])
    hidden = jnp.take_along_axis(jax.vmap(policy.hidden)(batch.inputs), own[..., None], axis=1)
    logits, values = policy.heads(hidden)
    weight = episodes.acted.astype(jnp.float32)
    loss = ppo_loss(
        logits,
        values,
        actions=episodes.actions,
        old_logprobs=episodes.logprobs,
        advantages=batch.advantages,
        returns=batch.returns,
        weight=weight,
        ppo=ppo,
    )
    return loss + policy.goal_prediction_loss(hidden, episodes.observations, batch.reward_step, weight)


class TaskChunk(NamedTuple):
    """The tasks of one seed during a chunk: `I` iterations of `E` episodes.

    Attributes:
        environment: where they belong.
        tasks: a pytree with leaves `[I, E, ...]`.
        memory: `[M, U]` the episodes that can be retrieved.
        neighbours: `[I, E, k]` the rows of memory that stand before each episode.
    """

    environment: AbstractEnvironment
    tasks: PyTree
    memory: Experiences
    neighbours: Array | np.ndarray


class Outcome(NamedTuple):
    """The loss of an iteration, and its episodes as a replay buffer keeps them (`revealed` and `features` of each)."""

    loss: Array
    observations: Array
    valid: Array
    revealed: Array
    features: Array


def _learn(
    state: TrainState, batch: PPOBatch, *, config: StepConfig, ppo: PPOConfig, key: Array
) -> tuple[TrainState, Array]:
    """The state after all updates from a batch, and their mean loss."""

    def update(state: TrainState, chosen: Array) -> tuple[TrainState, Array]:
        part = jax.tree.map(lambda leaf: leaf[chosen], batch)
        objective = lambda model: _loss(cast(model, config.half), part, ppo)  # noqa: E731
        loss, gradients = jax.value_and_grad(objective)(state.model)
        return state.updated(gradients, config.optimiser), loss

    orders = jax.vmap(lambda k: jax.random.permutation(k, config.batch))(jax.random.split(key, ppo.epochs))
    state, losses = jax.lax.scan(update, state, orders.reshape(ppo.epochs * ppo.minibatches, -1))
    return state, losses.mean()


def _as_policy(model: Model) -> Policy:
    if not isinstance(model, Policy):
        raise TypeError(f"ppo trains policies; {type(model).__name__} is none, so train it without ppo")
    return model


def _iteration(
    config: StepConfig, ppo: PPOConfig, data: TaskChunk, state: TrainState, drawn: PyTree
) -> tuple[TrainState, Outcome]:
    """Sample episodes, learn from them, and keep them."""
    tasks, neighbours = drawn
    act_key, learn_key = jax.random.split(step_key(state.seed, state.step))
    context = gather(data.memory, neighbours)
    policy = _as_policy(cast(state.model, config.half))
    episodes = sample_episodes(policy, data.environment, tasks, context=context, key=act_key)
    rows = prepend(context, observed(episodes.observations, episodes.valid, jnp), xp=jnp)
    batch = ppo_batch(episodes, rows, jnp.sum(context.valid, axis=(1, 2)), ppo)
    new, loss = _learn(state, batch, config=config, ppo=ppo, key=learn_key)
    new = new._replace(
        step=state.step + 1,
        tokens=state.tokens + jnp.sum(rows.valid, dtype=jnp.int32),
        targets=state.targets + jnp.sum(episodes.acted, dtype=jnp.int32),
    )
    seen = [jnp.any(leaf & episodes.valid[..., None], axis=1) for leaf in (episodes.revealed, episodes.features)]
    return where_active(state, new), Outcome(loss, episodes.observations, episodes.valid, *seen)


@functools.cache
def ppo_program(
    config: StepConfig, ppo: PPOConfig, mesh: Mesh
) -> Callable[[TrainState, TaskChunk], tuple[TrainState, Outcome]]:
    """Return the compiled `(states, data) -> (states, outcomes)`; outcomes are `[seeds, I, E, ...]`."""

    def chunk(state: TrainState, data: TaskChunk) -> tuple[TrainState, Outcome]:
        return jax.lax.scan(functools.partial(_iteration, config, ppo, data), state, (data.tasks, data.neighbours))

    return over_seeds(chunk, mesh)
