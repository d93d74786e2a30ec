"""A decoder-only transformer: pre-norm, rotary positions, an optional short causal convolution.

With `conv=0` and `mlp="swiglu"` it is exactly the Llama architecture (Touvron et al., arXiv 2302.13971); a
test compares its logits with `transformers`. The squared-ReLU feed-forward is from So et al. (Primer, arXiv
2109.08668); the depthwise causal convolution before attention follows the same paper's observation that
mixing a few neighbours makes in-context lookup emerge early.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from tolman.core.experience import Experiences, TestSet
from tolman.models.base import AbstractModel, AbstractModelConfig, Hook, read_only
from tolman.models.next_token import every_site, likelihood, mean_hidden, target_loss


@dataclasses.dataclass(frozen=True)
class DecoderConfig(AbstractModelConfig):
    """A decoder-only transformer over tokens, trained to predict the next one.

    `width` must be a multiple of `heads`, and `width // heads` even (rotary pairs). `hidden` 0 means four
    times the width (squared ReLU) or eight thirds of it (SwiGLU). `conv` is the convolution's kernel, 0 = none.
    `rotary` is the share of a head's units that rotates with position.
    """

    version: ClassVar[int] = 1

    width: int = 64
    layers: int = 2
    heads: int = 2
    hidden: int = 0
    conv: int = 4
    mlp: Literal["relu2", "swiglu"] = "relu2"
    tied: bool = False
    rope_base: float = 10_000.0
    rotary: float = 1.0
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError(f"width {self.width} must be an even multiple of heads {self.heads}")
        if self.mlp not in ("relu2", "swiglu"):
            raise ValueError(f"mlp is {self.mlp!r}; expected 'relu2' or 'swiglu'")

    @property
    def hidden_width(self) -> int:
        """Units of the feed-forward layer."""
        default = 4 * self.width if self.mlp == "relu2" else 8 * self.width // 3
        return self.hidden or default

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Decoder:
        if inputs != () or len(outputs) != 1:
            raise ValueError(f"a decoder reads tokens and has one vocabulary; given inputs {inputs}, outputs {outputs}")
        return make_decoder(self, outputs[0], key)


def _normal(key: PRNGKeyArray, shape: tuple[int, ...], scale: float) -> Array:
    return scale * jax.random.normal(key, shape)


class RMSNorm(eqx.Module):
    """Root-mean-square normalisation with a gain (Zhang and Sennrich, arXiv 1910.07467)."""

    gain: Float[Array, " d"]
    eps: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "*t d"]) -> Float[Array, "*t d"]:
        wide = x.astype(jnp.float32)
        scale = jax.lax.rsqrt(jnp.mean(wide * wide, axis=-1, keepdims=True) + self.eps)
        return (wide * scale).astype(x.dtype) * self.gain


def rotate(x: Float[Array, "t h e"], base: float, share: float = 1.0, start: Any = 0) -> Float[Array, "t h e"]:
    """Rotary position embedding in the half-split layout that Llama checkpoints use (arXiv 2104.09864).

    Positions count from `start`. Only the first `share` of each head's units rotates; the others compare content
    whatever its distance.
    """
    half = int(x.shape[-1] * share) // 2
    x, still = x[..., : 2 * half], x[..., 2 * half :]
    frequency = base ** (-jnp.arange(half) / half)
    angle = (start + jnp.arange(x.shape[0]))[:, None, None] * frequency
    cos, sin = jnp.cos(angle).astype(x.dtype), jnp.sin(angle).astype(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return jnp.concatenate([a * cos - b * sin, b * cos + a * sin, still], axis=-1)


def causal_convolution(x: Float[Array, "t d"], kernel: Float[Array, "k d"]) -> Float[Array, "t d"]:
    """Depthwise: each channel is a weighted sum of its own present and `k - 1` past values (zeros before)."""
    taps, length = kernel.shape[0], x.shape[0]
    padded = jnp.pad(x, ((taps - 1, 0), (0, 0)))
    return sum((padded[i : i + length] * kernel[i] for i in range(taps)), jnp.zeros_like(x))


class Attention(eqx.Module):
    """Causal multi-head attention; weights are stored `[in, out]`."""

    query: Float[Array, "d d"]
    key: Float[Array, "d d"]
    value: Float[Array, "d d"]
    out: Float[Array, "d d"]
    heads: int = eqx.field(static=True)
    base: float = eqx.field(static=True)
    rotary: float = eqx.field(static=True)

    def __call__(self, x: Float[Array, "t d"]) -> Float[Array, "t d"]:
        return self.mix(*self.project(x), jnp.tril(jnp.ones((len(x), len(x)), bool)))

    def project(self, x: Float[Array, "t d"], start: Any = 0) -> tuple[Array, Array, Array]:
        """Queries, keys and values `[t, heads, d / heads]` of positions from `start` on."""
        q, k, v = (jnp.reshape(x @ w, (len(x), self.heads, -1)) for w in (self.query, self.key, self.value))
        return rotate(q, self.base, self.rotary, start), rotate(k, self.base, self.rotary, start), v

    def mix(self, q: Array, k: Array, v: Array, mask: Bool[Array, "q k"]) -> Float[Array, "q d"]:
        """What each query takes from the values that its mask allows."""
        scores = jnp.einsum("qhe,khe->hqk", q, k).astype(jnp.float32) / q.shape[-1] ** 0.5
        weights = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf), axis=-1).astype(v.dtype)
        return jnp.reshape(jnp.einsum("hqk,khe->qhe", weights, v), (len(q), -1)) @ self.out


class FeedForward(eqx.Module):
    """Squared ReLU, or SwiGLU where a gate is present."""

    up: Float[Array, "d m"]
    gate: Float[Array, "d m"] | None
    down: Float[Array, "m d"]

    def __call__(self, x: Float[Array, "*t d"]) -> Float[Array, "*t d"]:
        inner = x @ self.up
        inner = jnp.square(jax.nn.relu(inner)) if self.gate is None else inner * jax.nn.silu(x @ self.gate)
        return inner @ self.down


class Block(eqx.Module):
    """One pre-norm layer: (convolution,) attention, feed-forward."""

    attention_norm: RMSNorm
    conv: Float[Array, "k d"] | None
    attention: Attention
    mlp_norm: RMSNorm
    mlp: FeedForward

    def __call__(self, x: Float[Array, "t d"], hook: Hook, site: str) -> Float[Array, "t d"]:
        h = self.attention_norm(x)
        if self.conv is not None:
            h = h + causal_convolution(h, self.conv)
        x = x + hook(f"{site}.attention", self.attention(h))
        x = x + hook(f"{site}.mlp", self.mlp(self.mlp_norm(x)))
        return hook(f"{site}.residual", x)


class Decoder(AbstractModel):
    """Maps tokens `[T]` to next-token logits `[T, vocabulary]`; unbatched, so `jax.vmap` it.

    Causal throughout: what stands to the right of a position never changes its logits, so rows padded on the
    right need no mask. Activation sites, in order: `embedding`, then for each layer `layers.{i}.attention`,
    `layers.{i}.mlp`, `layers.{i}.residual`, and `final` (after the last norm).
    """

    embedding: Float[Array, "v d"]
    layers: tuple[Block, ...]
    norm: RMSNorm
    unembedding: Float[Array, "d v"] | None

    def hidden(self, tokens: Int[Array, " t"], hook: Hook = read_only) -> Float[Array, "t d"]:
        """Activations after the last norm."""
        x = hook("embedding", self.embedding[tokens])
        for i, block in enumerate(self.layers):
            x = block(x, hook, f"layers.{i}")
        return hook("final", self.norm(x))

    def logits(self, hidden: Float[Array, "*t d"]) -> Float[Array, "*t v"]:
        """Next-token logits of hidden states, in float32."""
        weight = self.embedding.T if self.unembedding is None else self.unembedding
        return (hidden @ weight).astype(jnp.float32)

    def __call__(self, tokens: Int[Array, " t"], hook: Hook = read_only) -> Float[Array, "t v"]:
        return self.logits(self.hidden(tokens, hook))

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        return target_loss(self, batch, targets)

    def logprobs(self, rows: Experiences, test: TestSet) -> np.ndarray:
        return likelihood(self, rows, test)

    def embed(self, rows: Experiences) -> np.ndarray:
        return mean_hidden(self, rows)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        return every_site(self, rows)


def make_block(config: DecoderConfig, key: PRNGKeyArray) -> Block:
    """A freshly initialised layer."""
    d, m = config.width, config.hidden_width
    keys = jax.random.split(key, 7)
    # Residual branches start small by depth, so that the stream's variance does not grow with the layers.
    branch = (2 * config.layers) ** -0.5
    # Queries and keys start equal and the convolution's taps mostly positive, so that attention starts as similarity
    # of what stands nearby. From independent starts, lookup in context appeared for some seeds and not for others
    # within the same budget (docs/log.md).
    similarity = _normal(keys[0], (d, d), 0.6 * d**-0.5)
    value, out = _normal(keys[1], (d, d), d**-0.5), _normal(keys[2], (d, d), branch * d**-0.5)
    return Block(
        attention_norm=RMSNorm(jnp.ones(d), config.norm_eps),
        conv=config.conv**-0.5 + _normal(keys[3], (config.conv, d), config.conv**-0.5) if config.conv else None,
        attention=Attention(similarity, similarity, value, out, config.heads, config.rope_base, config.rotary),
        mlp_norm=RMSNorm(jnp.ones(d), config.norm_eps),
        mlp=FeedForward(
            up=_normal(keys[4], (d, m), d**-0.5),
            gate=_normal(keys[5], (d, m), d**-0.5) if config.mlp == "swiglu" else None,
            down=_normal(keys[6], (m, d), branch * m**-0.5),
        ),
    )


def make_decoder(config: DecoderConfig, vocabulary: int, key: PRNGKeyArray) -> Decoder:
    """A freshly initialised decoder over `vocabulary` tokens."""
    embed, unembed, *blocks = jax.random.split(key, 2 + config.layers)
    d = config.width
    return Decoder(
        embedding=_normal(embed, (vocabulary, d), d**-0.5 if config.tied else 1.0),
        layers=tuple(make_block(config, k) for k in blocks),
        norm=RMSNorm(jnp.ones(d), config.norm_eps),
        unembedding=None if config.tied else _normal(unembed, (d, vocabulary), d**-0.5),
    )
