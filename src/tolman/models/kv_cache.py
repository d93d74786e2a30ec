"""Decoder layers one step at a time: keys and values are kept, so that a step costs no more than itself."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from tolman.models.decoder import Block, causal_convolution


class Cache(NamedTuple):
    """What a layer keeps of one sequence: keys and values of up to `L` steps, and its convolution's last inputs."""

    keys: Float[Array, "l h e"]
    values: Float[Array, "l h e"]
    recent: Float[Array, "k d"]


def prefill(block: Block, x: Float[Array, "t d"], length: Int[Array, ""], room: int) -> tuple[Array, Cache]:
    """A layer's outputs `[t, d]` for a prompt of which `length` steps are real, with room for `room` more."""
    h = block.attention_norm(x)
    recent, h = _convolved(block, h, length)
    q, k, v = block.attention.project(h)
    x = x + block.attention.mix(q, k, v, jnp.tril(jnp.ones((len(x), len(x)), bool)))
    wider = lambda leaf: jnp.pad(leaf, ((0, room), (0, 0), (0, 0)))  # noqa: E731
    return x + block.mlp(block.mlp_norm(x)), Cache(wider(k), wider(v), recent)


def _convolved(block: Block, h: Float[Array, "t d"], length: Int[Array, ""]) -> tuple[Array, Array]:
    """The last inputs before `length`, zeros before the first, and the convolution's outputs."""
    if block.conv is None:
        return h[:0], h
    past = block.conv.shape[0] - 1
    recent = jax.lax.dynamic_slice_in_dim(jnp.pad(h, ((past, 0), (0, 0))), length, past)
    return recent, h + causal_convolution(h, block.conv)


def advance(block: Block, x: Float[Array, " d"], cache: Cache, index: Int[Array, ""]) -> tuple[Array, Cache]:
    """A layer's output for the step at `index`, of which the cache holds all earlier ones."""
    h = block.attention_norm(x[None])
    recent = cache.recent
    if block.conv is not None:
        window = jnp.concatenate([recent, h])
        h, recent = h + jnp.sum(window * block.conv, axis=0), window[1:]
    q, k, v = block.attention.project(h, index)
    keys = jax.lax.dynamic_update_slice_in_dim(cache.keys, k, index, 0)
    values = jax.lax.dynamic_update_slice_in_dim(cache.values, v, index, 0)
    x = x + block.attention.mix(q, keys, values, (jnp.arange(len(keys)) <= index)[None])[0]
    return x + block.mlp(block.mlp_norm(x)), Cache(keys, values, recent)
