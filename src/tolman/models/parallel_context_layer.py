"""A layer that attends within each experience, and from a question to all experiences of its context."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped

from tolman.core.experience import NONE
from tolman.models.answering import Layout
from tolman.models.layers import FeedForward, RMSNorm, causal_convolution, rotate

_MAX_LOGIT = 40.0
"""Attention logits are bounded, so that their exponentials need no maximum subtracted."""


class ParallelContextLayer(eqx.Module):
    """One pre-norm layer: convolution, attention with normalised queries and keys, feed-forward.

    Queries and keys have unit length (Henry et al., arXiv 2010.04245); `logit_scale` multiplies their products, for
    each head, in units of the square root of its size. Beyond the first layers, half of the heads start out comparing
    a query with the step before each key, so that attention finds what followed an earlier occurrence (induction
    heads: Olsson et al., arXiv 2209.11895).
    """

    attention_norm: RMSNorm
    conv: Float[Array, "k d"]
    query: Float[Array, "d d"]
    key: Float[Array, "d d"]
    value: Float[Array, "d d"]
    out: Float[Array, "d d"]
    key_conv: Float[Array, "k d"]
    logit_scale: Float[Array, " h"]
    context_bias: Float[Array, " h"]
    mlp_norm: RMSNorm
    mlp: FeedForward
    base: float = eqx.field(static=True)
    rotary: float = eqx.field(static=True)
    local: bool = eqx.field(static=True)

    def project(self, x: Float[Array, "t d"], position: Int[Array, " t"]) -> tuple[Array, Array, Array]:
        """Return queries, keys and values `[t, h, e]`; a query's product with a key is an attention logit."""
        h = self.attention_norm(x)
        h = h + causal_convolution(h, self.conv, position)
        keys = causal_convolution(h @ self.key, self.key_conv, position)
        q, k, v = (jnp.reshape(y, (len(x), len(self.logit_scale), -1)) for y in (h @ self.query, keys, h @ self.value))
        q, k = (rotate(_unit(y), self.base, self.rotary, position) for y in (q, k))
        scale = jnp.clip(self.logit_scale * q.shape[-1] ** 0.5, 0, _MAX_LOGIT)
        return q * scale[:, None], k, v

    def attend(
        self,
        projected: tuple[Array, Array, Array],
        place: Layout,
        block: int,
        context: tuple[Array, Array, Array] | None = None,
    ) -> Float[Array, "t d"]:
        """Return the attention's output over each step's own experience, and over the context if there is one.

        Args:
            projected: queries, keys and values.
            place: where the steps belong.
            block: steps that are attended to at once in long rows.
            context: keys and values of the context, and which of its steps `[t, c]` each step attends to.
        """
        q, k, v = projected
        values, total = _within(q, k, v, place, block)
        if context is not None and not self.local:
            keys, seen, allowed = context
            logits = jnp.einsum("qhe,khe->hqk", q, keys) + self.context_bias[:, None, None]
            weights = jnp.exp(logits) * allowed
            values = values + jnp.einsum("hqk,khe->qhe", weights, seen)
            total = total + jnp.einsum("hqk->qh", weights)
        return jnp.reshape(values / total[..., None], (len(q), -1)) @ self.out


def _unit(x: Float[Array, "t h e"]) -> Float[Array, "t h e"]:
    return x * jax.lax.rsqrt(jnp.sum(x * x, axis=-1, keepdims=True) + 1e-6)


def _within(
    q: Float[Array, "t h e"],
    k: Float[Array, "t h e"],
    v: Float[Array, "t h e"],
    place: Layout,
    block: int,
) -> tuple[Float[Array, "t h e"], Float[Array, "t h"]]:
    """Sums of weighted values, and of weights, over the steps of each step's own experience.

    Long rows are cut into blocks, each of which sees itself and its neighbours.
    """
    length = len(q)
    whole = length <= 3 * block or length % block != 0
    cut = lambda x: jnp.reshape(x, (1, length, *x.shape[1:]) if whole else (-1, block, *x.shape[1:]))  # noqa: E731
    seen = cut if whole else lambda x: _with_neighbours(cut(x))
    index = jnp.arange(length)
    queries, keys = cut(index)[:, :, None], seen(index)[:, None]
    allowed = (cut(place.segment)[:, :, None] == seen(place.segment)[:, None]) & (keys >= 0)
    allowed &= (keys <= queries) | ~cut(place.causal)[:, :, None]
    weights = jnp.exp(jnp.einsum("bqhe,bkhe->bhqk", cut(q), seen(k))) * allowed[:, None]
    values = jnp.einsum("bhqk,bkhe->bqhe", weights, seen(v))
    return jnp.reshape(values, v.shape), jnp.reshape(jnp.einsum("bhqk->bqh", weights), v.shape[:2])


def _with_neighbours(blocks: Shaped[Array, "b s ..."]) -> Shaped[Array, "b 3*s ..."]:
    # Numbers of steps are NONE beyond the row's ends. Keys are zero: what is masked must have a finite exponential.
    outside = jnp.full_like(blocks[:1], NONE if jnp.issubdtype(blocks.dtype, jnp.integer) else 0)
    before, after = jnp.concatenate([outside, blocks[:-1]]), jnp.concatenate([blocks[1:], outside])
    return jnp.concatenate([before, blocks, after], axis=1)
