"""Layers of models: affine maps, losses, and a pre-norm transformer block with a key-value cache."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, Float, Int, PRNGKeyArray

from tolman.models.base import Hook


def no_hook(site: str, value: Array) -> Array:
    """Return activations as they are."""
    del site
    return value


def record_activations(run: Callable[[Hook], object]) -> dict[str, Array]:
    """Return the activations that `run` passes to a hook, by site."""
    # Programs return plain dictionaries sorted by name.
    seen: dict[str, Array] = OrderedDict()

    def hook(site: str, value: Array) -> Array:
        seen[site] = value
        return value

    run(hook)
    return seen


class Affine(eqx.Module):
    """`x @ weight + bias` over the last axis."""

    weight: Float[Array, "d m"]
    bias: Float[Array, " m"]

    def __call__(self, x: Float[Array, "*s d"]) -> Float[Array, "*s m"]:
        return x @ self.weight + self.bias


def make_affine(key: PRNGKeyArray, inputs: int, outputs: int, scale: float) -> Affine:
    """Return weights from a normal distribution of standard deviation `scale / sqrt(inputs)`, and zero biases."""
    weight = scale * inputs**-0.5 * jax.random.normal(key, (inputs, outputs))
    return Affine(weight, jnp.zeros(outputs))


def cross_entropy(logits: Float[Array, "*s v"], label: Int[ArrayLike, "*s"]) -> Float[Array, "*s"]:
    """Minus the log-probability of each label; the result is meaningless where a label is negative."""
    logprob = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.take_along_axis(logprob, jnp.maximum(label, 0)[..., None], axis=-1)[..., 0]


def weighted_mean(values: Float[Array, "*s"], weight: ArrayLike) -> Float[Array, ""]:
    """`sum(values * weight) / max(sum(weight), 1)`, which is 0 where nothing has a weight."""
    return jnp.sum(values * weight) / jnp.maximum(jnp.sum(weight), 1.0)


def binary_cross_entropy(
    logits: Float[Array, "*s d"], target: Float[Array, "*s d"], weight: Float[Array, "*s"]
) -> Float[Array, ""]:
    """Cross-entropy of independent units with targets in [0, 1]: averaged over units and over weighted steps."""
    return weighted_mean(jnp.mean(jax.nn.softplus(logits) - logits * target, axis=-1), weight)


class RMSNorm(eqx.Module):
    """Root-mean-square normalisation with a gain (Zhang and Sennrich, arXiv 1910.07467)."""

    gain: Float[Array, " d"]
    eps: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "*t d"]) -> Float[Array, "*t d"]:
        wide = x.astype(jnp.float32)
        scale = jax.lax.rsqrt(jnp.mean(wide * wide, axis=-1, keepdims=True) + self.eps)
        return (wide * scale).astype(x.dtype) * self.gain


def rotate(
    x: Float[Array, "t h e"], base: float, fraction: float = 1.0, start: int | Int[Array, "*t"] = 0
) -> Float[Array, "t h e"]:
    """Rotary position embedding in the half-split layout of Llama checkpoints (Su et al., arXiv 2104.09864).

    Args:
        x: queries or keys.
        base: of the geometric series of frequencies.
        fraction: of each head's units that rotates; the others compare content at any distance alike.
        start: the first of consecutive positions, or all positions `[t]`.
    """
    half = int(x.shape[-1] * fraction) // 2
    x, still = x[..., : 2 * half], x[..., 2 * half :]
    frequency = base ** (-jnp.arange(half) / half)
    positions = jnp.asarray(start if jnp.ndim(start) else start + jnp.arange(x.shape[0]))
    angle = positions[:, None, None] * frequency
    cos, sin = jnp.cos(angle).astype(x.dtype), jnp.sin(angle).astype(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * cos - b * sin, b * cos + a * sin, still], axis=-1)


def causal_convolution(
    x: Float[Array, "t d"], kernel: Float[Array, "k d"], positions: Int[Array, " t"] | None = None
) -> Float[Array, "t d"]:
    """Depthwise causal convolution: `y[t] = sum_i kernel[i] * x[t - k + 1 + i]`, with zeros before the first step.

    Args:
        x: the inputs.
        kernel: one row for each tap, the latest step last.
        positions: of the steps, where `x` holds several sequences one after another, each from position 0 on.
    """
    taps, length = kernel.shape[0], x.shape[0]
    padded = jnp.pad(x, ((taps - 1, 0), (0, 0)))
    out = jnp.zeros_like(x)
    for i in range(taps):
        tap = padded[i : i + length]
        tap = tap if positions is None else jnp.where((positions >= taps - 1 - i)[:, None], tap, 0)
        out = out + tap * kernel[i]
    return out


class Attention(eqx.Module):
    """Multi-head attention with rotary positions; weights are stored `[in, out]`."""

    query: Float[Array, "d d"]
    key: Float[Array, "d d"]
    value: Float[Array, "d d"]
    out: Float[Array, "d d"]
    heads: int = eqx.field(static=True)
    base: float = eqx.field(static=True)
    rotary: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "t d"]) -> Float[Array, "t d"]:
        """Causal self-attention."""
        return self.attend(*self.project(x), jnp.tril(jnp.ones((len(x), len(x)), bool)))

    def project(self, x: Float[Array, "t d"], start: int | Int[Array, ""] = 0) -> tuple[Array, Array, Array]:
        """Return queries, keys and values `[t, heads, d / heads]` of the positions from `start` on."""
        q, k, v = (jnp.reshape(x @ w, (len(x), self.heads, -1)) for w in (self.query, self.key, self.value))
        return rotate(q, self.base, self.rotary, start), rotate(k, self.base, self.rotary, start), v

    def attend(
        self, q: Float[Array, "q h e"], k: Float[Array, "k h e"], v: Float[Array, "k h e"], mask: Bool[Array, "q k"]
    ) -> Float[Array, "q d"]:
        """`softmax(q k^T / sqrt(e)) v` over the keys that each query's mask allows, projected out."""
        scores = jnp.einsum("qhe,khe->hqk", q, k).astype(jnp.float32) / q.shape[-1] ** 0.5
        weights = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1).astype(v.dtype)
        return jnp.reshape(jnp.einsum("hqk,khe->qhe", weights, v), (len(q), -1)) @ self.out


class FeedForward(eqx.Module):
    """Squared ReLU (So et al., arXiv 2109.08668), or SwiGLU (Shazeer, arXiv 2002.05202) where there is a gate."""

    up: Float[Array, "d m"]
    gate: Float[Array, "d m"] | None
    down: Float[Array, "m d"]

    def __call__(self, x: Float[Array, "*t d"]) -> Float[Array, "*t d"]:
        inner = x @ self.up
        inner = jnp.square(jax.nn.relu(inner)) if self.gate is None else inner * jax.nn.silu(x @ self.gate)
        return inner @ self.down


class LayerCache(NamedTuple):
    """Keys and values of one layer for up to `l` steps of a sequence, and the last inputs of its convolution."""

    keys: Float[Array, "l h e"]
    values: Float[Array, "l h e"]
    recent: Float[Array, "k d"]


class KVCache(NamedTuple):
    """The caches of all layers for one sequence, and the number of steps that they hold."""

    layers: tuple[LayerCache, ...]
    length: Int[Array, ""]


class Block(eqx.Module):
    """One pre-norm transformer layer: (convolution,) attention, feed-forward."""

    attention_norm: RMSNorm
    conv: Float[Array, "k d"] | None
    attention: Attention
    mlp_norm: RMSNorm
    mlp: FeedForward

    def __call__(self, x: Float[Array, "t d"], hook: Hook, site: str) -> Float[Array, "t d"]:
        """Return the residual stream after the layer; `site` prefixes the names of its activation sites."""
        h = self.attention_norm(x)
        if self.conv is not None:
            h = h + causal_convolution(h, self.conv)
        x = x + hook(f"{site}.attention", self.attention(h))
        x = x + hook(f"{site}.mlp", self.mlp(self.mlp_norm(x)))
        return hook(f"{site}.residual", x)

    def prefill(
        self, x: Float[Array, "t d"], length: Int[Array, ""], capacity: int
    ) -> tuple[Float[Array, "t d"], LayerCache]:
        """Return the outputs for a prompt of `length` valid steps, and a cache that can hold `capacity` more."""
        h = self.attention_norm(x)
        recent, h = self._convolved(h, length)
        q, k, v = self.attention.project(h)
        x = x + self.attention.attend(q, k, v, jnp.tril(jnp.ones((len(x), len(x)), bool)))
        widen = lambda leaf: jnp.pad(leaf, ((0, capacity), (0, 0), (0, 0)))  # noqa: E731
        return x + self.mlp(self.mlp_norm(x)), LayerCache(widen(k), widen(v), recent)

    def _convolved(self, h: Float[Array, "t d"], length: Int[Array, ""]) -> tuple[Array, Array]:
        """The convolution's last inputs before `length`, zeros before the first, and its outputs."""
        if self.conv is None:
            return h[:0], h
        past = self.conv.shape[0] - 1
        recent = jax.lax.dynamic_slice_in_dim(jnp.pad(h, ((past, 0), (0, 0))), length, past)
        return recent, h + causal_convolution(h, self.conv)

    def advance(
        self, x: Float[Array, " d"], cache: LayerCache, index: Int[Array, ""]
    ) -> tuple[Float[Array, " d"], LayerCache]:
        """Return the output for the step at `index`, and the cache with that step."""
        h = self.attention_norm(x[None])
        recent = cache.recent
        if self.conv is not None:
            window = jnp.concatenate([recent, h])
            h, recent = h + jnp.sum(window * self.conv, axis=0), window[1:]
        q, k, v = self.attention.project(h, index)
        keys = jax.lax.dynamic_update_slice_in_dim(cache.keys, k, index, 0)
        values = jax.lax.dynamic_update_slice_in_dim(cache.values, v, index, 0)
        x = x + self.attention.attend(q, keys, values, (jnp.arange(len(keys)) <= index)[None])[0]
        return x + self.mlp(self.mlp_norm(x)), LayerCache(keys, values, recent)


def prefill(
    layers: tuple[Block, ...], x: Float[Array, "t d"], length: Int[Array, ""], capacity: int
) -> tuple[Float[Array, "t d"], KVCache]:
    """Pass a prompt of `length` valid steps through all layers; the cache can hold `capacity` steps more."""
    caches = []
    for block in layers:
        x, cache = block.prefill(x, length, capacity)
        caches.append(cache)
    return x, KVCache(tuple(caches), jnp.asarray(length, jnp.int32))


def advance(layers: tuple[Block, ...], x: Float[Array, " d"], cache: KVCache) -> tuple[Float[Array, " d"], KVCache]:
    """Pass the next step of a sequence through all layers."""
    caches = []
    for block, old in zip(layers, cache.layers, strict=True):
        x, new = block.advance(x, old, cache.length)
        caches.append(new)
    return x, KVCache(tuple(caches), cache.length + 1)
