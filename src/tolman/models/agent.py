"""A decoder-only transformer over observations, with a policy head and a value head.

It is trained by imitation or by reward. An auxiliary head predicts the observation at which the reward comes.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped

from tolman.core.experience import NONE, Experiences
from tolman.core.ranges import NonNegativeFloat
from tolman.models.base import AbstractModelConfig, Hook
from tolman.models.classifier import to_real
from tolman.models.decoder import DecoderConfig, make_block
from tolman.models.layers import (
    Affine,
    Block,
    KVCache,
    RMSNorm,
    advance,
    binary_cross_entropy,
    cross_entropy,
    make_affine,
    no_hook,
    prefill,
    weighted_mean,
)
from tolman.models.sequence import AbstractTransformer

Predicted = Literal["goal", "next"]


@dataclasses.dataclass(frozen=True)
class AgentConfig(AbstractModelConfig):
    """An agent that reads one observation a step.

    Attributes:
        decoder: the transformer; `tied` does not apply, as there are no tokens.
        goal_prediction_coef: weight, in every loss, of predicting an observation, by the mean cross-entropy of its
            units (our own addition); 0 = the policy alone is learned.
        predicts: at each step of a rewarded trial the observation at which its reward comes, or at every step the next.
    """

    version: ClassVar[int] = 3

    decoder: DecoderConfig = dataclasses.field(default_factory=lambda: DecoderConfig(rotary=0.25))
    goal_prediction_coef: NonNegativeFloat = 8.0
    predicts: Predicted = dataclasses.field(default="goal", metadata={"key": "changed"})

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Agent:
        if len(inputs) != 1 or len(outputs) != 1:
            given = f"given inputs {inputs}, outputs {outputs}"
            raise ValueError(f"an agent reads vectors and has one group of actions; {given}")
        embed, policy, value, goal, *blocks = jax.random.split(key, 4 + self.decoder.layers)
        width = self.decoder.width
        return Agent(
            # A dozen inputs of hundreds are 1 at a time, so that unit weights would start with a large sum.
            input_embedding=make_affine(embed, inputs[0], width, 0.3 * inputs[0] ** 0.5),
            layers=tuple(make_block(self.decoder, k) for k in blocks),
            norm=RMSNorm(jnp.ones(width), self.decoder.norm_eps),
            policy_head=make_affine(policy, width, outputs[0], 0.1),
            value_head=make_affine(value, width, 1, 0.1),
            goal_head=make_affine(goal, width, inputs[0], 0.1),
            goal_prediction_coef=self.goal_prediction_coef,
            predicts=self.predicts,
        )


class Agent(AbstractTransformer):
    """A `Policy`: maps observations `[T, D]` to action logits `[T, A]` and values `[T]`; unbatched, for `jax.vmap`.

    It is causal throughout. Its experiences have the steps `input[n, T, D]`, the observations, and for imitation
    `label[n, T, 1]`, the action to take (`NONE` = none), and `steps_to_reward[n, T]` (`NONE` = no reward).

    Activation sites, in order: `input_embedding`, then for each layer `layers.{i}.attention`, `layers.{i}.mlp`,
    `layers.{i}.residual`, and `final` (after the last norm).
    """

    input_embedding: Affine
    layers: tuple[Block, ...]
    norm: RMSNorm
    policy_head: Affine
    value_head: Affine
    goal_head: Affine
    goal_prediction_coef: float = eqx.field(static=True)
    predicts: Predicted = eqx.field(static=True)

    def hidden(self, observations: Shaped[Array, "t i"], hook: Hook = no_hook) -> Float[Array, "t d"]:
        """Return the activations after the last norm."""
        x = hook("input_embedding", self._embedded(observations))
        for i, block in enumerate(self.layers):
            x = block(x, hook, f"layers.{i}")
        return hook("final", self.norm(x))

    def heads(self, hidden: Float[Array, "*t d"]) -> tuple[Float[Array, "*t a"], Float[Array, "*t"]]:
        """Return action logits and values, in float32."""
        return self.policy_head(hidden).astype(jnp.float32), self.value_head(hidden)[..., 0].astype(jnp.float32)

    def goal_logits(self, hidden: Float[Array, "*t d"]) -> Float[Array, "*t i"]:
        """Return the logits of each unit of the predicted observation, in float32."""
        return self.goal_head(hidden).astype(jnp.float32)

    def goal_prediction_loss(
        self,
        hidden: Float[Array, "n t d"],
        observations: Shaped[Array, "n u i"],
        reward_step: Int[Array, "n t"],
        weight: Float[Array, "n t"],
    ) -> Float[Array, ""]:
        """Cross-entropy of the predicted observation, times its coefficient: see `Policy.goal_prediction_loss`."""
        if not self.goal_prediction_coef:
            return jnp.float32(0)
        if self.predicts == "next":
            reward_step = jnp.broadcast_to(jnp.arange(1, reward_step.shape[1] + 1), reward_step.shape)
            reward_step = jnp.minimum(reward_step, observations.shape[1] - 1)
        goal = jnp.take_along_axis(observations, jnp.maximum(reward_step, 0)[..., None], axis=1)
        target = goal.astype(jnp.float32) / (255.0 if goal.dtype == jnp.uint8 else 1.0)
        loss = binary_cross_entropy(self.goal_logits(hidden), target, weight * (reward_step >= 0))
        return self.goal_prediction_coef * loss

    def __call__(
        self, observations: Shaped[Array, "t i"], hook: Hook = no_hook
    ) -> tuple[Float[Array, "t a"], Float[Array, " t"]]:
        return self.heads(self.hidden(observations, hook))

    def start(
        self, observations: Shaped[Array, "t i"], length: Int[Array, ""], capacity: int
    ) -> tuple[KVCache, Float[Array, " a"], Float[Array, ""]]:
        """Read a prompt of `length` valid steps; the cache can hold `capacity` more."""
        x, cache = prefill(self.layers, self._embedded(observations), length, capacity)
        return cache, *self.heads(self.norm(x[length - 1]))

    def step(
        self, cache: KVCache, observation: Shaped[Array, " i"]
    ) -> tuple[KVCache, Float[Array, " a"], Float[Array, ""]]:
        """Read one more observation; return the cache, action logits and value."""
        x, cache = advance(self.layers, self._embedded(observation), cache)
        return cache, *self.heads(self.norm(x))

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Behavioural cloning: weighted mean cross-entropy of the labelled actions, plus goal prediction."""
        observations = jnp.asarray(batch.steps["input"])
        hidden = jax.vmap(self.hidden)(observations)
        label, ahead = batch.steps["label"][..., 0], batch.steps["steps_to_reward"]
        weight = jnp.asarray(batch.weight * batch.valid * (label != NONE))
        cloning = weighted_mean(cross_entropy(self.heads(hidden)[0], label), weight)
        reward_step = jnp.where(ahead == NONE, NONE, jnp.arange(ahead.shape[1]) + ahead)
        return cloning + self.goal_prediction_loss(hidden, observations, reward_step, weight)

    def _embedded(self, observations: Shaped[Array, "*t i"]) -> Float[Array, "*t d"]:
        # Planes are bits, 0 or 1; only intensities are centred.
        real = observations if observations.dtype == jnp.bool_ else to_real(observations)
        return self.input_embedding(real.astype(self.input_embedding.weight.dtype))
