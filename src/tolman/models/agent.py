"""A decoder-only transformer over observations, trained to act: by imitation, or by reward; and to foresee."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from tolman.core.experience import NONE, Experiences, TestSet
from tolman.envs.environment import RolloutTest, Trajectories
from tolman.models.acting import arrivals, walks
from tolman.models.base import AbstractModel, AbstractModelConfig, Hook, read_only
from tolman.models.decoder import Block, DecoderConfig, RMSNorm, make_block
from tolman.models.kv_cache import Cache, advance, prefill
from tolman.models.layers import Affine, bits_loss, cross_entropy, make_affine, real, weighted_mean
from tolman.models.next_token import every_site, mean_hidden


@dataclasses.dataclass(frozen=True)
class AgentConfig(AbstractModelConfig):
    """An agent whose every step is one position of a decoder.

    Attributes:
        decoder: its layers; `tied` does not apply, as there are no tokens.
        foresight: weight, in every loss, of predicting the observation at which a trial's reward will come, at each
            step of trials whose reward came; our own addition, 0 = acting alone is learned.
    """

    version: ClassVar[int] = 2

    decoder: DecoderConfig = dataclasses.field(default_factory=lambda: DecoderConfig(rotary=0.25))
    foresight: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.foresight < math.inf:
            raise ValueError(f"foresight is {self.foresight}; expected 0 or more")

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Agent:
        if len(inputs) != 1 or len(outputs) != 1:
            given = f"given inputs {inputs}, outputs {outputs}"
            raise ValueError(f"an agent reads vectors and has one group of actions; {given}")
        read, act, worth, foresee, *blocks = jax.random.split(key, 4 + self.decoder.layers)
        width = self.decoder.width
        return Agent(
            # A dozen inputs of hundreds are 1 at a time, so that unit weights would start with a large sum.
            reading=make_affine(read, inputs[0], width, 0.3 * inputs[0] ** 0.5),
            layers=tuple(make_block(self.decoder, k) for k in blocks),
            norm=RMSNorm(jnp.ones(width), self.decoder.norm_eps),
            acting=make_affine(act, width, outputs[0], 0.1),
            judging=make_affine(worth, width, 1, 0.1),
            foreseeing=make_affine(foresee, width, inputs[0], 0.1),
            foresight=self.foresight,
        )


class Memo(NamedTuple):
    """What an acting agent keeps of one episode: every layer's cache, and how many steps it has read."""

    layers: tuple[Cache, ...]
    steps: Int[Array, ""]


class Agent(AbstractModel):
    """Maps inputs `[T, D]` to action logits `[T, A]` and values `[T]`; unbatched, so `jax.vmap` it.

    Causal throughout. Of experiences it reads the steps `input[n, T, D]`, and to learn from them `label[n, T, 1]`, the
    action to take, and `ahead[n, T]`, after how many steps the reward comes (`NONE` = no action, no reward).

    Activation sites: `reading`, then for each layer `layers.{i}.attention`, `layers.{i}.mlp`,
    `layers.{i}.residual`, and `final`.
    """

    reading: Affine
    layers: tuple[Block, ...]
    norm: RMSNorm
    acting: Affine
    judging: Affine
    foreseeing: Affine
    foresight: float = eqx.field(static=True)

    def hidden(self, inputs: Array, hook: Hook = read_only) -> Float[Array, "t d"]:
        """Activations after the last norm."""
        x = hook("reading", self._read(inputs))
        for i, block in enumerate(self.layers):
            x = block(x, hook, f"layers.{i}")
        return hook("final", self.norm(x))

    def heads(self, hidden: Float[Array, "*t d"]) -> tuple[Float[Array, "*t a"], Float[Array, "*t"]]:
        """Logits of the actions, and the value, in float32."""
        return self.acting(hidden).astype(jnp.float32), self.judging(hidden)[..., 0].astype(jnp.float32)

    def foresee(self, hidden: Float[Array, "*t d"]) -> Float[Array, "*t i"]:
        """Logits of the input at which the current trial's reward will come, in float32."""
        return self.foreseeing(hidden).astype(jnp.float32)

    def foresight_loss(self, hidden: Float[Array, "n t d"], inputs: Any, when: Any, weight: Any) -> Float[Array, ""]:
        """What foreseeing costs after `hidden`; it enters `loss`, and is there for losses that are not the model's.

        Args:
            hidden: activations after the last norm.
            inputs: `[n, u, D]` what was observed.
            when: `[n, t]` the index in `inputs` at which each step's reward came; below zero = it never did.
            weight: `[n, t]` of each step.
        """
        if not self.foresight:
            return jnp.float32(0)
        truth = jnp.take_along_axis(inputs, jnp.maximum(when, 0)[..., None], axis=1)
        share = truth.astype(jnp.float32) / (255.0 if truth.dtype == jnp.uint8 else 1.0)
        return self.foresight * bits_loss(self.foresee(hidden), share, weight * (when >= 0))

    def __call__(self, inputs: Array, hook: Hook = read_only) -> tuple[Array, Array]:
        return self.heads(self.hidden(inputs, hook))

    def start(self, inputs: Array, length: Any, room: int) -> tuple[Memo, Array, Array]:
        """Reads a prompt `[T, D]` of which `length` steps are real: a memo for `room` more, logits and value."""
        x, caches = self._read(inputs), []
        for block in self.layers:
            x, cache = prefill(block, x, length, room)
            caches.append(cache)
        logits, value = self.heads(self.norm(x[length - 1]))
        return Memo(tuple(caches), jnp.asarray(length, jnp.int32)), logits, value

    def step(self, memo: Memo, inputs: Array) -> tuple[Memo, Array, Array]:
        """Reads one more step `[D]`: the memo, logits `[A]` and value."""
        x, caches = self._read(inputs), []
        for block, cache in zip(self.layers, memo.layers, strict=True):
            x, cache = advance(block, x, cache, memo.steps)
            caches.append(cache)
        logits, value = self.heads(self.norm(x))
        return Memo(tuple(caches), memo.steps + 1), logits, value

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        hidden = jax.vmap(self.hidden)(batch.steps["input"])
        label, ahead = batch.steps["label"][..., 0], batch.steps["steps_to_reward"]
        weight = batch.weight * batch.valid * (label != NONE)
        acting = weighted_mean(cross_entropy(self.heads(hidden)[0], label), weight)
        when = jnp.where(ahead == NONE, NONE, jnp.arange(ahead.shape[1]) + ahead)
        return acting + self.foresight_loss(hidden, batch.steps["input"], when, weight)

    def logprobs(self, rows: Experiences, test: TestSet) -> np.ndarray:
        if not isinstance(test, RolloutTest):
            raise TypeError(f"test {test.name!r} asks for options; an agent answers by acting")
        return arrivals(self, rows, test)

    def walks(self, rows: Experiences, test: RolloutTest, items: np.ndarray) -> Trajectories:
        """How it goes for the goals of some of a test's items after `rows[m, T]`: those walks that are scored."""
        return walks(self, rows, test, items)

    def embed(self, rows: Experiences) -> np.ndarray:
        return mean_hidden(self, rows)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        return every_site(self, rows)

    def _read(self, inputs: Array) -> Array:
        # Planes are bits, 0 or 1; only intensities are centred.
        given = inputs if inputs.dtype == jnp.bool_ else real(inputs)
        return self.reading(given.astype(self.reading.weight.dtype))
