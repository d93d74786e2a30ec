"""A decoder-only transformer: pre-norm, rotary positions, an optional short causal convolution.

With `conv=0` and `mlp="swiglu"` it is exactly the Llama architecture (Touvron et al., arXiv 2302.13971); a
test compares its logits with `transformers`. The squared-ReLU feed-forward is from So et al. (Primer, arXiv
2109.08668). The depthwise causal convolution before attention follows the same paper's observation that
mixing a few neighbours makes in-context lookup emerge early.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import ClassVar, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray

from tolman.core.batching import map_batches
from tolman.core.experience import Experiences
from tolman.core.extent import check_weights
from tolman.core.ranges import Depth, Fraction, NonNegativeInt, PositiveFloat, PositiveInt, Width
from tolman.models.base import AbstractModelConfig, Hook
from tolman.models.layers import (
    Attention,
    Block,
    FeedForward,
    KVCache,
    RMSNorm,
    advance,
    cross_entropy,
    no_hook,
    prefill,
)
from tolman.models.sequence import AbstractTransformer, sample, sampling_keys

_BATCHES = (32, 64, 128, 256)
"""Sizes to which batches of prompts are padded, so that few shapes are compiled."""
_LENGTH_MULTIPLE = 16


@dataclasses.dataclass(frozen=True)
class DecoderConfig(AbstractModelConfig):
    """A decoder-only transformer over tokens, trained to predict the next one.

    Attributes:
        width: of the residual stream; a multiple of `heads`, with an even quotient (rotary pairs).
        layers: number of blocks.
        heads: attention heads of each block.
        hidden: units of the feed-forward layer; 0 = four times the width (squared ReLU) or 8/3 of it (SwiGLU).
        conv: taps of the causal convolution before attention; 0 = none.
        mlp: the feed-forward layer's activation.
        tied: the unembedding is the transposed embedding.
        rope_base: base of the rotary frequencies.
        rotary: fraction of each head's units that rotates with position.
        norm_eps: of RMSNorm.
    """

    version: ClassVar[int] = 1

    width: Width = 64
    layers: Depth = 2
    heads: PositiveInt = 2
    hidden: NonNegativeInt = 0
    conv: NonNegativeInt = 4
    mlp: Literal["relu2", "swiglu"] = "relu2"
    tied: bool = False
    rope_base: PositiveFloat = 10_000.0
    rotary: Fraction = 1.0
    norm_eps: PositiveFloat = 1e-5

    def __post_init__(self) -> None:
        check_weights(self, layers=self.layers, weights_of_each=self.width * (4 * self.width + 2 * self.hidden_width))
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError(f"width {self.width} must be an even multiple of heads {self.heads}")

    @property
    def hidden_width(self) -> int:
        """Units of the feed-forward layer."""
        return self.hidden or (4 * self.width if self.mlp == "relu2" else 8 * self.width // 3)

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> Decoder:
        return make_decoder(self, vocabulary_size(inputs, outputs), key)


class Decoder(AbstractTransformer):
    """A `SequenceModel`: maps tokens `[T]` to next-token logits `[T, vocabulary]`; unbatched, for `jax.vmap`.

    It is causal throughout: a step never changes the logits of earlier ones, so rows padded on the right need no
    mask. Activation sites, in order: `embedding`, then for each layer `layers.{i}.attention`, `layers.{i}.mlp`,
    `layers.{i}.residual`, and `final` (after the last norm).
    """

    embedding: Float[Array, "v d"]
    layers: tuple[Block, ...]
    norm: RMSNorm
    unembedding: Float[Array, "d v"] | None

    def hidden(self, tokens: Int[Array, " t"], hook: Hook = no_hook) -> Float[Array, "t d"]:
        """Return the activations after the last norm."""
        x = hook("embedding", self.embedding[tokens])
        for i, block in enumerate(self.layers):
            x = block(x, hook, f"layers.{i}")
        return hook("final", self.norm(x))

    def logits(self, hidden: Float[Array, "*t d"]) -> Float[Array, "*t v"]:
        """Return the next-token logits of hidden states, in float32."""
        weight = self.embedding.T if self.unembedding is None else self.unembedding
        return (hidden @ weight).astype(jnp.float32)

    def __call__(self, tokens: Int[Array, " t"], hook: Hook = no_hook) -> Float[Array, "t v"]:
        return self.logits(self.hidden(tokens, hook))

    def start(
        self, tokens: Int[Array, " t"], length: Int[Array, ""], capacity: int
    ) -> tuple[KVCache, Float[Array, " v"]]:
        """Read a prompt of `length` valid steps; the cache can hold `capacity` more."""
        x, cache = prefill(self.layers, self.embedding[tokens], length, capacity)
        return cache, self.logits(self.norm(x[length - 1]))

    def step(self, cache: KVCache, token: Int[Array, ""]) -> tuple[KVCache, Float[Array, " v"]]:
        """Read one more token; return the cache and the logits of the next."""
        x, cache = advance(self.layers, self.embedding[token], cache)
        return cache, self.logits(self.norm(x))

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Weighted mean cross-entropy of the next token; logits are computed at weighted steps only."""
        tokens, weight = batch.steps["token"], jnp.asarray(batch.weight * batch.valid)
        return next_token_loss(self.logits, jax.vmap(self.hidden)(tokens[:, :-1]), tokens, weight, targets)

    def next_logprobs(self, rows: Experiences) -> Float[np.ndarray, "n v"]:
        """Return the log-probabilities of the token after the last valid step of each row."""
        tokens = rows.steps["token"]
        tokens = np.pad(tokens, ((0, 0), (0, -tokens.shape[1] % _LENGTH_MULTIPLE)))
        last = rows.valid.sum(axis=1) - 1
        return map_batches(lambda part, _: _next_logprobs(self, *part), (tokens, last), len(tokens), _BATCHES)

    def generate(
        self, rows: Experiences, steps: int, *, temperature: float = 0.0, key: PRNGKeyArray | None = None
    ) -> Int[np.ndarray, "n steps"]:
        """Continue each row by `steps` tokens, greedily or sampled: see `SequenceModel.generate`."""
        lengths = rows.valid.sum(axis=1)
        if steps < 1 or not lengths.all():
            raise ValueError(f"{steps} tokens after prompts of {lengths.min()} steps or more; expected 1 or more each")
        keys = sampling_keys(temperature, key, len(lengths))
        run = functools.partial(_generate, self, steps=steps, temperature=temperature)
        prompts = rows.steps["token"], lengths, keys
        return map_batches(lambda part, _: run(*part), prompts, len(lengths), min(len(lengths), _BATCHES[-1]))


def vocabulary_size(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> int:
    """Return the size of the one vocabulary that a decoder reads and predicts.

    Raises:
        ValueError: the inputs are no tokens, or there are several groups of outputs.
    """
    if inputs != () or len(outputs) != 1:
        raise ValueError(f"a decoder reads tokens and has one vocabulary; given inputs {inputs}, outputs {outputs}")
    return outputs[0]


def next_token_loss(
    logits: Callable[[Array], Array],
    hidden: Float[Array, "n t h"],
    tokens: Int[Array, "n u"],
    weight: Float[Array, "n u"],
    targets: int,
) -> Float[Array, ""]:
    """Return the weighted mean cross-entropy of the next token; `logits` are computed at weighted steps only.

    `hidden` are the activations of all steps, or of all but the last; a row has at most so many `targets`.
    """
    weight, answer = weight[:, 1:], tokens[:, 1:]
    strongest, where = jax.lax.top_k((weight > 0).astype(jnp.float32), min(targets, weight.shape[1]))
    hidden = jnp.take_along_axis(hidden, where[..., None], axis=1)
    loss = cross_entropy(logits(hidden), jnp.take_along_axis(answer, where, axis=1))
    weight = jnp.take_along_axis(weight, where, axis=1) * strongest
    return jnp.sum(loss * weight) / jnp.maximum(jnp.sum(weight), 1e-6)


@jax.jit
def _next_logprobs(model: Decoder, tokens: Array, last: Array) -> Array:
    hidden = jax.vmap(model.hidden)(tokens)
    final = jnp.take_along_axis(hidden, last[:, None, None], axis=1)[:, 0]
    return jax.nn.log_softmax(model.logits(final), axis=-1)


@functools.partial(jax.jit, static_argnames=("steps", "temperature"))
def _generate(
    model: Decoder, tokens: Array, lengths: Array, keys: Key[Array, " n"], *, steps: int, temperature: float
) -> Int[Array, "n steps"]:
    def extend(state: tuple[KVCache, Array], key: PRNGKeyArray) -> tuple[tuple[KVCache, Array], Array]:
        cache, logits = state
        token = sample(logits, key, temperature)
        return model.step(cache, token), token

    def continued(prompt: Array, length: Array, key: PRNGKeyArray) -> Array:
        return jax.lax.scan(extend, model.start(prompt, length, steps), jax.random.split(key, steps))[1]

    return jax.vmap(continued)(tokens, lengths, keys)


def make_block(config: DecoderConfig, key: PRNGKeyArray) -> Block:
    """Return a freshly initialised block."""
    d, m = config.width, config.hidden_width
    keys = jax.random.split(key, 7)
    normal = lambda key, shape, scale: scale * jax.random.normal(key, shape)  # noqa: E731
    # Residual branches start small by depth, so that the stream's variance does not grow with the layers.
    branch = (2 * config.layers) ** -0.5
    # Queries and keys start equal and the convolution's taps mostly positive, so that attention starts as similarity
    # to nearby steps. From independent starts, lookup in context appeared for some seeds and not for others
    # within the same budget (docs/log.md).
    similarity = normal(keys[0], (d, d), 0.6 * d**-0.5)
    value, out = normal(keys[1], (d, d), d**-0.5), normal(keys[2], (d, d), branch * d**-0.5)
    return Block(
        attention_norm=RMSNorm(jnp.ones(d), config.norm_eps),
        conv=config.conv**-0.5 + normal(keys[3], (config.conv, d), config.conv**-0.5) if config.conv else None,
        attention=Attention(
            query=similarity,
            key=similarity,
            value=value,
            out=out,
            heads=config.heads,
            base=config.rope_base,
            rotary=config.rotary,
        ),
        mlp_norm=RMSNorm(jnp.ones(d), config.norm_eps),
        mlp=FeedForward(
            up=normal(keys[4], (d, m), d**-0.5),
            gate=normal(keys[5], (d, m), d**-0.5) if config.mlp == "swiglu" else None,
            down=normal(keys[6], (m, d), branch * m**-0.5),
        ),
    )


def make_decoder(config: DecoderConfig, vocabulary: int, key: PRNGKeyArray) -> Decoder:
    """Return a freshly initialised decoder over `vocabulary` tokens."""
    embed, unembed, *blocks = jax.random.split(key, 2 + config.layers)
    d = config.width
    return Decoder(
        embedding=(d**-0.5 if config.tied else 1.0) * jax.random.normal(embed, (vocabulary, d)),
        layers=tuple(make_block(config, k) for k in blocks),
        norm=RMSNorm(jnp.ones(d), config.norm_eps),
        unembedding=None if config.tied else d**-0.5 * jax.random.normal(unembed, (d, vocabulary)),
    )
