"""A decoder that reads each experience in its context by itself, and a question in the light of all of them.

Steps in the context attend to their own experience, in both directions; the steps of the last experience, the question,
attend to what came before them in it, and to all of the context. Contexts of any length and order are then read alike,
and what many questions share is encoded once (parallel context windows: Ratner et al., arXiv 2212.10947; fusion in the
decoder: Izacard and Grave, arXiv 2007.01282). Without a context it is an ordinary causal decoder.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from tolman.core.experience import NONE, Experiences
from tolman.core.extent import check_weights
from tolman.core.ranges import Depth, Fraction, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt, Width
from tolman.core.ranges import require as require_range
from tolman.models import answering
from tolman.models.answering import Layout, layout
from tolman.models.base import AbstractModelConfig, Hook
from tolman.models.decoder import next_token_loss, vocabulary_size
from tolman.models.layers import FeedForward, RMSNorm, no_hook, record_activations
from tolman.models.parallel_context_layer import ParallelContextLayer
from tolman.models.sequence import AbstractTransformer


@dataclasses.dataclass(frozen=True)
class ParallelContextConfig(AbstractModelConfig):
    """A decoder whose context is read experience by experience.

    Attributes:
        bidirectional: whether a step in the context attends to the later steps of its experience too, as in a prefix
            language model (Raffel et al., arXiv 1910.10683); the question is causal in any case.
        width: of the residual stream; a multiple of `heads`.
        layers: number of blocks.
        local_layers: the first so many of them, in which no step attends beyond its own experience.
        heads: attention heads of each block; an even number.
        hidden: units of the feed-forward layer (squared ReLU).
        conv: taps of the causal convolutions before attention and of its keys.
        rope_base: base of the rotary frequencies. Positions count from the start of each experience.
        rotary: fraction of each head's units that rotates with position.
        block: steps that attention within an experience is computed for at once where a long row holds many; none of
            them may be longer.
        hop_layers: layers whose output is trained to predict the intermediate results of questions that take several
            hops, one layer for each hop (deep supervision: Lee et al., arXiv 1409.5185); none = no such loss.
        hop_weight: weight of an intermediate result, where a target has weight 1.
    """

    version: ClassVar[int] = 1

    bidirectional: bool = True
    width: Width = 128
    layers: Depth = 7
    local_layers: NonNegativeInt = 2
    heads: PositiveInt = 4
    hidden: PositiveInt = 256
    conv: NonNegativeInt = 4
    rope_base: PositiveFloat = 100.0
    rotary: Fraction = 0.25
    block: PositiveInt = 32
    hop_layers: tuple[NonNegativeInt, ...] = dataclasses.field(default=(), metadata={"key": "changed"})
    hop_weight: NonNegativeFloat = dataclasses.field(default=1.0, metadata={"key": "changed"})

    def __post_init__(self) -> None:
        check_weights(self, layers=self.layers, weights_of_each=self.width * (4 * self.width + 2 * self.hidden))
        if self.width % self.heads or self.heads % 2:
            raise ValueError(f"width {self.width} must be a multiple of heads, an even number; got {self.heads}")
        require_range(self, "local_layers", 0, self.layers, given="layers")
        if not all(0 <= layer < self.layers for layer in self.hop_layers):
            raise ValueError(f"hop_layers are {self.hop_layers}; expected numbers from 0 to {self.layers - 1}")

    @property
    def packed_length(self) -> int:
        return self.block

    def make(self, inputs: tuple[int, ...], outputs: tuple[int, ...], key: PRNGKeyArray) -> ParallelContextDecoder:
        vocabulary = vocabulary_size(inputs, outputs)
        embed, unembed, layers = jax.random.split(key, 3)
        return ParallelContextDecoder(
            embedding=jax.random.normal(embed, (vocabulary, self.width)),
            layers=make_layers(self, layers),
            norm=RMSNorm(jnp.ones(self.width), 1e-6),
            unembedding=self.width**-0.5 * jax.random.normal(unembed, (self.width, vocabulary)),
            config=self,
        )


class ContextCache(NamedTuple):
    """Keys and values of a context at every layer, and the document of each of its steps."""

    layers: tuple[tuple[Float[Array, "c h e"], Float[Array, "c h e"]], ...]
    document: Int[Array, " c"]


class ParallelContextDecoder(AbstractTransformer):
    """A `SequenceModel` that reads the experiences of its context one by one; unbatched, for `jax.vmap`.

    Activation sites, in order: `embedding`, then for each layer `layers.{i}.attention`, `layers.{i}.mlp`,
    `layers.{i}.residual`, and `final` (after the last norm).
    """

    embedding: Float[Array, "v d"]
    layers: tuple[ParallelContextLayer, ...]
    norm: RMSNorm
    unembedding: Float[Array, "d v"]
    config: ParallelContextConfig = eqx.field(static=True)

    def encode(self, tokens: Int[Array, " c"], place: Layout, block: int = 0) -> ContextCache:
        """Read a context, each of its experiences by itself; none may be longer than `block` (0 = the configured)."""
        if self.config.bidirectional:
            place = place._replace(causal=jnp.zeros_like(place.causal))
        return ContextCache(self._pass(tokens, place, block=block)[1], place.document)

    def read(
        self,
        tokens: Int[Array, " t"],
        place: Layout,
        context: ContextCache | None = None,
        *,
        block: int = 0,
        hook: Hook = no_hook,
    ) -> Float[Array, "t d"]:
        """Return the activations after the last norm of questions that read a context; `block` as in `encode`."""
        seen = {}
        if context is not None:
            seen = {"context": context.layers, "allowed": place.document[:, None] == context.document}
        return hook("final", self.norm(self._pass(tokens, place, hook, block=block, **seen)[0]))

    def hidden(
        self, tokens: Int[Array, " t"], hook: Hook = no_hook, segment: Int[Array, " t"] | None = None
    ) -> Float[Array, "t d"]:
        """Return the activations after the last norm; the last of the row's experiences reads those before it.

        Args:
            tokens: the row, padded on the right.
            hook: sees every activation.
            segment: number of each step's experience, ascending, below its maximum where padded; None = there is one.
        """
        # Experiences of a single row may have any length: all of it is one block.
        block = len(tokens)
        if segment is None:
            return self.read(tokens, layout(jnp.zeros_like(tokens)), block=block, hook=hook)
        last, before = jnp.max(segment), jnp.arange(len(tokens)) < jnp.argmax(segment)
        context = (segment < last) & before
        place = layout(jnp.where((segment < last) & ~before, NONE, segment))  # padding is no part of an experience
        if self.config.bidirectional:
            place = place._replace(causal=~context)
        allowed = (segment == last)[:, None] & context
        return hook("final", self.norm(self._pass(tokens, place, hook, allowed=allowed, block=block)[0]))

    def _pass(
        self,
        tokens: Int[Array, " t"],
        place: Layout,
        hook: Hook = no_hook,
        context: tuple[tuple[Array, Array], ...] | None = None,
        allowed: Bool[Array, "t c"] | None = None,
        block: int = 0,
    ) -> tuple[Float[Array, "t d"], tuple[tuple[Array, Array], ...]]:
        """The last layer's output, and every layer's keys and values; a row may be its own context."""
        x, cache = hook("embedding", self.embedding[tokens]), []
        for i, layer in enumerate(self.layers):
            q, k, v = layer.project(x, place.position)
            seen = None if allowed is None else (*(context[i] if context else (k, v)), allowed)
            x = x + hook(f"layers.{i}.attention", layer.attend((q, k, v), place, block or self.config.block, seen))
            x = x + hook(f"layers.{i}.mlp", layer.mlp(layer.mlp_norm(x)))
            x = hook(f"layers.{i}.residual", x)
            cache.append((k, v))
        return x, tuple(cache)

    def logits(self, hidden: Float[Array, "*t d"]) -> Float[Array, "*t v"]:
        """Return the next-token logits of hidden states, in float32."""
        return (hidden @ self.unembedding).astype(jnp.float32)

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Weighted mean cross-entropy of the next token.

        Rows with a step leaf `document` hold contexts in their first half and questions about them in their second;
        in those with a leaf `packed`, each experience stands by itself, and has at most `packed_length` steps.
        """
        tokens, weight = batch.steps["token"], jnp.asarray(batch.weight * batch.valid)
        if "document" not in batch.steps:
            packed = "packed" in batch.steps
            read = self._unrelated if packed else lambda row, segment: self.hidden(row, segment=segment)
            hidden = jax.vmap(read)(tokens, jnp.asarray(batch.segment))
            return next_token_loss(self.logits, hidden, tokens, weight, targets)
        half = tokens.shape[1] // 2
        seen = jax.vmap(self._questions)(tokens, jnp.asarray(batch.segment), batch.steps["document"])
        loss = next_token_loss(self.logits, seen["final"], tokens[:, half:], weight[:, half:], targets)
        return loss + self._hop_loss(seen, batch.steps["hops"][:, half:], targets) / jnp.maximum(jnp.sum(weight), 1e-6)

    def _hop_loss(self, seen: dict[str, Array], hops: Int[Array, "n u h"], targets: int) -> Array | float:
        """The weighted sum of the cross-entropies of intermediate results."""
        total = 0.0
        for hop, layer in enumerate(self.config.hop_layers):
            label, hidden = hops[..., hop], self.norm(seen[f"layers.{layer}.residual"])
            known = (label != NONE).astype(jnp.float32)
            total += next_token_loss(self.logits, hidden, label, known, targets) * jnp.sum(known[:, 1:])
        return self.config.hop_weight * total

    def _unrelated(self, tokens: Int[Array, " t"], segment: Int[Array, " t"]) -> Float[Array, "t d"]:
        return self.read(tokens, layout(segment))

    def _questions(
        self, tokens: Int[Array, " t"], segment: Int[Array, " t"], document: Int[Array, " t"]
    ) -> dict[str, Array]:
        """The activations of the questions in a row's second half."""
        half = len(tokens) // 2
        context = self.encode(tokens[:half], layout(segment[:half], document[:half]))
        place = layout(segment[half:], document[half:])
        return record_activations(lambda hook: self.read(tokens[half:], place, context, hook=hook))

    def next_logprobs(self, rows: Experiences) -> Float[np.ndarray, "n v"]:
        """Return the log-probabilities of the token after the last valid step of each row."""
        return answering.next_logprobs(self, rows)

    def generate(
        self, rows: Experiences, steps: int, *, temperature: float = 0.0, key: PRNGKeyArray | None = None
    ) -> Int[np.ndarray, "n steps"]:
        """Continue each row by `steps` tokens, greedily or sampled: see `SequenceModel.generate`."""
        return answering.generate(self, rows, steps, temperature=temperature, key=key)


def make_layers(config: ParallelContextConfig, key: PRNGKeyArray) -> tuple[ParallelContextLayer, ...]:
    """Return freshly initialised layers."""
    keys = jax.random.split(key, config.layers)
    return tuple(_make_layer(config, key, local=i < config.local_layers) for i, key in enumerate(keys))


def _make_layer(config: ParallelContextConfig, key: PRNGKeyArray, *, local: bool) -> ParallelContextLayer:
    d, m, taps = config.width, config.hidden, config.conv
    keys = jax.random.split(key, 7)
    normal = lambda key, shape, scale: scale * jax.random.normal(key, shape)  # noqa: E731
    orthogonal = jax.nn.initializers.orthogonal()
    branch = (2 * config.layers) ** -0.5
    # These starts decide how soon lookup emerges (docs/log.md): attention within an experience begins as averaging, the
    # other compares by content, as queries and keys are equal, and what is attended to comes back as it was.
    query = normal(keys[0], (d, d), 0.3 * d**-0.5) if local else orthogonal(keys[0], (d, d))
    value = orthogonal(keys[1], (d, d))
    mixing = jnp.full((taps, d), 0.2).at[-1].set(0.0) if local else jnp.zeros((taps, d))
    lagged = jnp.arange(d) < (0 if local else d // 2)
    shift = jnp.zeros((taps, d)).at[-2].set(lagged).at[-1].set(~lagged)
    return ParallelContextLayer(
        attention_norm=RMSNorm(jnp.ones(d), 1e-6),
        conv=mixing + normal(keys[2], (taps, d), 0.1 if local else 0.05),
        query=query,
        key=normal(keys[3], (d, d), 0.3 * d**-0.5) if local else query,
        value=value,
        out=3 * branch * value.T,
        key_conv=shift + normal(keys[4], (taps, d), 0.05),
        logit_scale=jnp.full(config.heads, 1.0 if local else 1.5, jnp.float32),
        context_bias=jnp.zeros(config.heads),
        mlp_norm=RMSNorm(jnp.ones(d), 1e-6),
        mlp=FeedForward(normal(keys[5], (d, m), d**-0.5), None, normal(keys[6], (m, d), 0.5 * branch * m**-0.5)),
        base=config.rope_base,
        rotary=config.rotary,
        local=local,
    )
