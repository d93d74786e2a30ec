"""Attention of decoders of the world `agreement` to the cued tokens, as an auxiliary loss."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tolman.core.experience import Experiences
from tolman.core.ranges import NonNegativeFloat
from tolman.models.base import Model
from tolman.models.decoder import Decoder
from tolman.models.layers import causal_convolution
from tolman.training.auxiliary import AbstractAuxiliaryLoss
from tolman.worlds.agreement import CUE, QUESTION

SMALLEST = 1e-6


@dataclasses.dataclass(frozen=True)
class CuedAttentionLoss(AbstractAuxiliaryLoss):
    """Minus the logarithm of the attention that the question gives the cued tokens in the last layer.

    It says where to look, and nothing about the answer: neither the class of the tokens nor whether they are the same.
    The attention is the sum of the weights of both tokens, averaged over heads.

    Attributes:
        weight: of the loss, beside the model's own.
    """

    version: ClassVar[int] = 1

    weight: NonNegativeFloat = 1.0

    def loss(self, model: Model, batch: Experiences) -> Float[Array, ""]:
        assert isinstance(model, Decoder)
        tokens = batch.steps["token"]
        cued = jnp.pad(tokens == CUE, ((0, 0), (1, 0)))[:, :-1]
        asked = (tokens == QUESTION) & batch.valid
        weights = jax.vmap(lambda row: last_attention(model, row))(tokens)
        on_cued = jnp.einsum("nhqk,nk->nhq", weights, cued.astype(weights.dtype)).mean(axis=1)
        return -self.weight * jnp.sum(jnp.log(on_cued + SMALLEST) * asked) / jnp.maximum(jnp.sum(asked), 1)


def last_attention(model: Decoder, tokens: Int[Array, " t"]) -> Float[Array, "h t t"]:
    """Return the attention weights of the last layer, of every query over the steps up to its own."""
    seen: dict[str, Array] = {}

    def hook(site: str, value: Array) -> Array:
        seen[site] = value
        return value

    model.hidden(tokens, hook)
    below = len(model.layers) - 2
    block, x = model.layers[-1], seen["embedding" if below < 0 else f"layers.{below}.residual"]
    h = block.attention_norm(x)
    h = h if block.conv is None else h + causal_convolution(h, block.conv)
    q, k, _ = block.attention.project(h)
    scores = jnp.einsum("qhe,khe->hqk", q, k).astype(jnp.float32) / q.shape[-1] ** 0.5
    return jax.nn.softmax(jnp.where(jnp.tril(jnp.ones(scores.shape[1:], bool)), scores, -jnp.inf), axis=-1)
