"""Networks that read one labelled input: one softmax per feature, all side by side in the output."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from tolman.core.batching import map_batches
from tolman.core.experience import NONE, Experiences, TestSet
from tolman.models.base import AbstractModel, Hook, read_only, record
from tolman.models.layers import cross_entropy, weighted_mean

_ROWS = 512


class AbstractClassifier(AbstractModel):
    """Maps an input to logits `[o]` that are groups of columns, one group of `groups[k]` values for feature k.

    Experiences have one step: `input[n, 1, ...]` and `label[n, 1, f]`, each label a value's index or `NONE`,
    which bears no loss.
    """

    groups: eqx.AbstractVar[tuple[int, ...]]

    @abc.abstractmethod
    def __call__(self, x: Array, hook: Hook = read_only, *, key: PRNGKeyArray | None = None) -> Float[Array, " o"]:
        """Logits of one input; dropout happens only where a key is given."""

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        inputs, labels = batch.steps["input"][:, 0], batch.steps["label"][:, 0]
        keys = None if key is None else jax.random.split(key, len(inputs))
        logits = jax.vmap(lambda x, k: self(x, key=k))(inputs, keys).astype(jnp.float32)
        weight = (labels != NONE) * batch.weight[:, :1]
        losses = jnp.stack([cross_entropy(part, labels[:, k]) for k, part in enumerate(self._parts(logits))], axis=1)
        return weighted_mean(losses, weight)

    def logprobs(self, rows: Experiences, test: TestSet) -> np.ndarray:
        logits = _batched(functools.partial(_logits, self), rows)
        columns = test.options[test.choice][..., 0]
        chosen = np.where(columns == NONE, -np.inf, np.take_along_axis(logits, np.maximum(columns, 0), axis=1))
        return chosen - np.logaddexp.reduce(chosen, axis=1, keepdims=True)

    def embed(self, rows: Experiences) -> np.ndarray:
        last = list(self.activations(rows).values())[-1]
        return last.reshape(len(last), -1)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        return _batched(functools.partial(_sites, self), rows)

    def _parts(self, logits: Float[Array, "n o"]) -> list[Float[Array, "n v"]]:
        return jnp.split(logits, np.cumsum(self.groups)[:-1].tolist(), axis=1)


def _batched(run: Callable[[Array], Any], rows: Experiences) -> Any:
    """What a compiled function gives for all inputs."""
    inputs = np.asarray(rows.steps["input"][:, 0])
    return map_batches(lambda part, _: run(part), inputs, len(inputs), min(_ROWS, len(inputs)))


@jax.jit
def _logits(model: AbstractClassifier, inputs: Array) -> Array:
    return jax.vmap(lambda x: model(x))(inputs).astype(jnp.float32)


@jax.jit
def _sites(model: AbstractClassifier, inputs: Array) -> dict[str, Array]:
    return jax.vmap(lambda x: record(lambda hook: model(x, hook)))(inputs)
