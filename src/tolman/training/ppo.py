"""Proximal policy optimisation: advantages and the loss, as published."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from tolman.models.layers import weighted_mean


@dataclasses.dataclass(frozen=True)
class PPOConfig:
    """How actions are learned from reward (Schulman et al., arXiv 1707.06347).

    Attributes:
        epochs: passes over the episodes of an iteration.
        minibatches: updates per pass; a divisor of the number of episodes.
        discount: of the reward a step later.
        trace: lambda of generalised advantage estimation (Schulman et al., arXiv 1506.02438).
        clip: bound of the change of an action's probability ratio.
        value_cost: weight of the value's squared error.
        entropy_cost: weight of the policy's entropy.
        memory: past episodes that are kept of each place, the latest ones.
    """

    version: ClassVar[int] = 2

    epochs: int = 2
    minibatches: int = 2
    discount: float = 0.95
    trace: float = 0.95
    clip: float = 0.2
    value_cost: float = 0.5
    entropy_cost: float = 0.02
    memory: int = 32

    def __post_init__(self) -> None:
        for name in ("epochs", "minibatches", "memory"):
            if getattr(self, name) < 1:
                raise ValueError(f"ppo.{name} is {getattr(self, name)}; expected 1 or more")


def advantages(
    rewards: Float[Array, " t"],
    values: Float[Array, " t"],
    following: Float[Array, " t"],
    goes_on: Bool[Array, " t"],
    discount: float,
    trace: float,
) -> Float[Array, " t"]:
    """Generalised advantage estimates of one episode.

    Args:
        rewards: for the action of each step.
        values: of each step.
        following: values of the steps after them.
        goes_on: whether the trial does, so that what follows counts.
        discount: of what comes a step later.
        trace: lambda, in [0, 1].
    """
    errors = rewards + discount * following * goes_on - values

    def back(later: Array, now: tuple[Array, Array]) -> tuple[Array, Array]:
        error, on = now
        total = error + discount * trace * on * later
        return total, total

    _, found = jax.lax.scan(back, jnp.zeros(()), (errors, goes_on), reverse=True)
    return found


def clipped_loss(
    logits: Float[Array, "n t a"],
    values: Float[Array, "n t"],
    actions: Int[Array, "n t"],
    before: Float[Array, "n t"],
    advantage: Float[Array, "n t"],
    returns: Float[Array, "n t"],
    weight: Float[Array, "n t"],
    how: PPOConfig,
) -> Float[Array, ""]:
    """The clipped surrogate with the value's error and the entropy's bonus, a mean over weighted steps.

    `before` are the actions' log-probabilities when they were taken; advantages are used as they are given.
    """
    logprobs = jax.nn.log_softmax(logits, axis=-1)
    now = jnp.take_along_axis(logprobs, actions[..., None], axis=-1)[..., 0]
    ratio = jnp.exp(now - before)
    bounded = jnp.clip(ratio, 1 - how.clip, 1 + how.clip)
    surrogate = jnp.minimum(ratio * advantage, bounded * advantage)
    entropy = -jnp.sum(jnp.exp(logprobs) * logprobs, axis=-1)
    each = -surrogate + how.value_cost * 0.5 * (values - returns) ** 2 - how.entropy_cost * entropy
    return weighted_mean(each, weight)


def rewarded(rewards: Float[Array, " t"], goes_on: Bool[Array, " t"]) -> Int[Array, " t"]:
    """For each step of an episode, the index of the step at which its trial's reward came; -1 = it never did."""

    def back(later: Array, now: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        index, reward, on = now
        found = jnp.where(reward > 0, index + 1, jnp.where(on, later, -1))
        return found, found

    _, found = jax.lax.scan(back, jnp.int32(-1), (jnp.arange(len(rewards)), rewards, goes_on), reverse=True)
    return found
