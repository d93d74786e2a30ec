"""Networks that read one labelled input: a softmax per feature, all side by side in the output."""

from __future__ import annotations

import abc
import functools
from collections.abc import Callable
from typing import Literal, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from tolman.core.batching import map_batches
from tolman.core.experience import NONE, Experiences
from tolman.models.base import Hook
from tolman.models.layers import cross_entropy, no_hook, record_activations, weighted_mean

Activation = Literal["leaky_relu", "relu", "tanh", "gelu", "square", "linear"]
"""`leaky_relu` has the slope 0.01 below zero; `gelu` is the tanh approximation; `square` is CryptoNets' (x * x)."""

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "leaky_relu": jax.nn.leaky_relu,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "gelu": jax.nn.gelu,
    "square": jnp.square,
    "linear": lambda x: x,
}

_ROWS = 512
"""Inputs that are passed through a network at once."""

Result = TypeVar("Result")


def to_real(x: Shaped[Array, "*s"]) -> Float[Array, "*s"]:
    """Return 8-bit intensities scaled to -1 to 1, and real numbers as they are."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32) / 127.5 - 1


def dropout(x: Float[Array, "*s"], rate: float, key: PRNGKeyArray | None) -> Float[Array, "*s"]:
    """Zero units at `rate` and scale up the others (Srivastava et al. 2014), where a key is given."""
    if key is None or rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


class AbstractClassifier(eqx.Module):
    """Maps an input to logits `[o]`: groups of columns, `groups[k]` of them for the values of feature k.

    Experiences have one step, with `input[n, 1, ...]` and `label[n, 1, f]`, each label the index of a value or
    `NONE`, which bears no loss.
    """

    groups: eqx.AbstractVar[tuple[int, ...]]

    @abc.abstractmethod
    def __call__(self, x: Array, hook: Hook = no_hook, *, key: PRNGKeyArray | None = None) -> Float[Array, " o"]:
        """Return the logits of one input; dropout happens only where a key is given."""

    def loss(self, batch: Experiences, targets: int, key: PRNGKeyArray | None = None) -> Float[Array, ""]:
        """Weighted mean cross-entropy over all labelled features."""
        inputs, labels = batch.steps["input"][:, 0], batch.steps["label"][:, 0]
        keys = None if key is None else jax.random.split(key, len(inputs))
        logits = jax.vmap(lambda x, k: self(x, key=k))(inputs, keys).astype(jnp.float32)
        weight = (labels != NONE) * batch.weight[:, :1]
        losses = jnp.stack([cross_entropy(part, labels[:, k]) for k, part in enumerate(self._parts(logits))], axis=1)
        return weighted_mean(losses, weight)

    def logits(self, rows: Experiences) -> Float[np.ndarray, "n o"]:
        """Return the logits of all inputs."""
        return _batched(functools.partial(_logits, self), rows)

    def embed(self, rows: Experiences) -> Float[np.ndarray, "n d"]:
        """Return the activations of the last site, flattened."""
        last = list(self.activations(rows).values())[-1]
        return last.reshape(len(last), -1)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        """Return the activations `[n, ...]` of every site, in the order in which they are computed."""
        return _batched(functools.partial(_every_site, self), rows)

    def _parts(self, logits: Float[Array, "n o"]) -> list[Float[Array, "n v"]]:
        return jnp.split(logits, np.cumsum(self.groups)[:-1].tolist(), axis=1)


def _batched(run: Callable[[Array], Result], rows: Experiences) -> Result:
    """Results of a compiled function for all inputs."""
    inputs = np.asarray(rows.steps["input"][:, 0])
    return map_batches(lambda part, _: run(part), inputs, len(inputs), min(_ROWS, len(inputs)))


@jax.jit
def _logits(model: AbstractClassifier, inputs: Array) -> Array:
    return jax.vmap(lambda x: model(x))(inputs).astype(jnp.float32)


@jax.jit
def _every_site(model: AbstractClassifier, inputs: Array) -> dict[str, Array]:
    return jax.vmap(lambda x: record_activations(lambda hook: model(x, hook)))(inputs)
