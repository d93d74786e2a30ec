"""Networks that read one labelled input: one softmax per feature, all side by side in the output."""

from __future__ import annotations

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ..core.experience import NONE, Experiences, TestSet
from ._layers import cross_entropy
from ._model import AbstractModel, Hook, read_only, record

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
        return jnp.sum(losses * weight) / jnp.maximum(jnp.sum(weight), 1.0)

    def logprobs(self, rows: Experiences, test: TestSet) -> np.ndarray:
        logits = np.concatenate([np.asarray(_logits(self, part)) for part in _batches(rows)])[: len(rows.valid)]
        columns = test.options[test.choice][..., 0]
        chosen = np.where(columns == NONE, -np.inf, np.take_along_axis(logits, np.maximum(columns, 0), axis=1))
        return chosen - np.logaddexp.reduce(chosen, axis=1, keepdims=True)

    def embed(self, rows: Experiences) -> np.ndarray:
        last = list(self.activations(rows).values())[-1]
        return last.reshape(len(last), -1)

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        parts = [_sites(self, part) for part in _batches(rows)]
        sites = {site: np.concatenate([np.asarray(part[site]) for part in parts]) for site in parts[0]}
        return {site: value[: len(rows.valid)] for site, value in sites.items()}

    def _parts(self, logits: Float[Array, "n o"]) -> list[Float[Array, "n v"]]:
        return jnp.split(logits, np.cumsum(self.groups)[:-1].tolist(), axis=1)


def _batches(rows: Experiences) -> list[np.ndarray]:
    """Inputs in batches of one size, the last filled up with its own first row."""
    inputs = np.asarray(rows.steps["input"][:, 0])
    parts = [inputs[i : i + _ROWS] for i in range(0, len(inputs), _ROWS)]
    size = min(_ROWS, len(inputs))
    return [np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)]) for part in parts]


@jax.jit
def _logits(model: AbstractClassifier, inputs: Array) -> Array:
    return jax.vmap(lambda x: model(x))(inputs).astype(jnp.float32)


@jax.jit
def _sites(model: AbstractClassifier, inputs: Array) -> dict[str, Array]:
    return jax.vmap(lambda x: record(lambda hook: model(x, hook)))(inputs)
