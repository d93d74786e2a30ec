"""What a decoder of the world `agreement` attends to, and what can be read from it, along training."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from tolman.core.experience import TestSet
from tolman.core.ranges import PositiveInt
from tolman.core.world import Instance
from tolman.measures.decoding import decodability
from tolman.measures.variance import variance_explained
from tolman.models.base import Model
from tolman.models.decoder import Decoder
from tolman.models.layers import Attention, Block, causal_convolution
from tolman.training.config import AbstractMetric
from tolman.worlds.agreement import CUE

ATTENTION, RELATION, CLASS = "attention", "relation", "class"
RELATION_VARIANCE, CLASS_VARIANCE = "relation variance", "class variance"


@dataclasses.dataclass(frozen=True)
class AgreementMetric(AbstractMetric):
    """Attention from the question to the cued tokens, and what a linear probe reads at the question, by layer.

    - `attention/layer i`: the weights that the question's position gives to the two cued tokens, together, in the head
      that gives them most; averaged over items.
    - `relation/layer i`: held-out accuracy of a linear probe of whether the cued tokens are the same.
    - `class/layer i`: the same for the answer that the informative class stands for.

    Attributes:
        items: of the unbiased test that are used.
    """

    version: ClassVar[int] = 1

    items: PositiveInt = 256

    def measures(self, model: Model, instance: Instance) -> dict[str, float]:
        if not isinstance(model, Decoder):
            return {}
        tokens, same, suggested = self._chosen(instance)
        residual, weights = last_step(model, jnp.asarray(tokens))
        cued = np.pad(tokens == CUE, ((0, 0), (1, 0)))[:, :-1]
        found = {}
        for i, (X, w) in enumerate(zip(residual, weights, strict=True)):
            layer = f"layer {i + 1}"
            on_cued = (np.asarray(w) * cued[:, None]).sum(axis=2).mean(axis=0)
            found[f"{ATTENTION}/{layer}"] = float(on_cued.max())
            found[f"{RELATION}/{layer}"] = decodability(np.asarray(X), same)
            found[f"{CLASS}/{layer}"] = decodability(np.asarray(X), suggested)
        return found

    def _chosen(self, instance: Instance) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return tokens of some items of the unbiased test, and their labels."""
        test = instance.test("unbiased")
        chosen = np.sort(np.random.default_rng(0).permutation(len(test))[: self.items])
        return test.prompts.steps["token"][chosen], *_labels(test, chosen)


@dataclasses.dataclass(frozen=True)
class AgreementVarianceMetric(AgreementMetric):
    """The same, and how much of the variance of each layer's output at the question two labels explain.

    `class variance/layer i` and `relation variance/layer i` are the held-out R2 of each as the only regressor
    (`variance_explained`); below 0, it explains nothing.
    """

    version: ClassVar[int] = 1

    def measures(self, model: Model, instance: Instance) -> dict[str, float]:
        found = super().measures(model, instance)
        if not isinstance(model, Decoder):
            return found
        tokens, same, suggested = self._chosen(instance)
        residual, _ = last_step(model, jnp.asarray(tokens))
        for i, X in enumerate(residual):
            explained = variance_explained(np.asarray(X), np.stack([suggested, same], axis=1)).alone
            for name, value in zip((CLASS_VARIANCE, RELATION_VARIANCE), explained, strict=True):
                found[f"{name}/layer {i + 1}"] = float(value)
        return found


def _labels(test: TestSet, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the cued tokens of items are the same, and the answers that their classes stand for."""
    same = test.correct[items].argmax(axis=1) == 1
    agrees = np.array(test.groups)[items] == "agreeing"
    return same, same == agrees


@jax.jit
def last_step(model: Decoder, tokens: Array) -> tuple[list[Array], list[Array]]:
    """Return each layer's output `[n, d]` and attention weights `[n, heads, t]` at the last step."""

    def one(row: Array) -> tuple[list[Array], list[Array]]:
        seen: dict[str, Array] = {}

        def hook(site: str, value: Array) -> Array:
            seen[site] = value
            return value

        model.hidden(row, hook)
        streams = [seen["embedding"], *(seen[f"layers.{i}.residual"] for i in range(len(model.layers)))]
        weights = [_weights(block, x) for block, x in zip(model.layers, streams[:-1], strict=True)]
        return [x[-1] for x in streams[1:]], weights

    return jax.vmap(one)(tokens)


def _weights(block: Block, x: Float[Array, "t d"]) -> Float[Array, "h t"]:
    """Return the attention weights of the last step, given the residual stream before the layer."""
    h = block.attention_norm(x)
    h = h if block.conv is None else h + causal_convolution(h, block.conv)
    attention: Attention = block.attention
    q, k, _ = attention.project(h)
    return jax.nn.softmax(jnp.einsum("he,khe->hk", q[-1], k) / q.shape[-1] ** 0.5, axis=-1)
