"""Embeddings and activations of whole sequences in batches, for every transformer."""

from __future__ import annotations

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Key, PRNGKeyArray, Shaped

from tolman.core.experience import Experiences
from tolman.models.base import Hook
from tolman.models.layers import no_hook, record_activations

_ROWS = 256
"""Rows that are passed through the model at once."""


class AbstractTransformer(eqx.Module):
    """A network with hidden states `[T, d]` of a sequence of tokens `[T]` or observations `[T, D]`; unbatched."""

    @abc.abstractmethod
    def hidden(self, steps: Shaped[Array, "t ..."], /, hook: Hook = no_hook) -> Float[Array, "t h"]:
        """Return the activations after the last norm."""

    def embed(self, rows: Experiences) -> Float[np.ndarray, "n h"]:
        """Return the final activations of each row, averaged over its valid steps."""
        steps = _steps(rows)
        parts = [slice(start, start + _ROWS) for start in range(0, len(rows.valid), _ROWS)]
        return np.concatenate([np.asarray(_mean_hidden(self, steps[part], rows.valid[part])) for part in parts])

    def activations(self, rows: Experiences) -> dict[str, np.ndarray]:
        """Return the activations `[n, T, d]` of every site, in the order in which they are computed."""
        steps = _steps(rows)
        parts = [_every_site(self, steps[start : start + _ROWS]) for start in range(0, len(rows.valid), _ROWS)]
        return {site: np.concatenate([np.asarray(part[site]) for part in parts]) for site in parts[0]}


def sampling_keys(temperature: float, key: PRNGKeyArray | None, count: int) -> Key[Array, " n"]:
    """Return a key for each of `count` rows that are continued; raises `ValueError` if sampling lacks its key."""
    if temperature > 0 and key is None:
        raise ValueError(f"sampling at temperature {temperature} needs a key; pass key=jax.random.key(seed)")
    return jax.random.split(jax.random.key(0) if key is None else key, count)


def sample(logits: Float[Array, " v"], key: PRNGKeyArray, temperature: float) -> Array:
    """Return a token: the most probable one at temperature 0, else one of the softmax of `logits / temperature`."""
    return jax.random.categorical(key, logits / temperature) if temperature > 0 else jnp.argmax(logits)


def _steps(rows: Experiences) -> np.ndarray:
    return rows.steps["token" if "token" in rows.steps else "input"]


@jax.jit
def _mean_hidden(
    model: AbstractTransformer, steps: Shaped[Array, "n t ..."], valid: Bool[Array, "n t"]
) -> Float[Array, "n h"]:
    hidden = jax.vmap(model.hidden)(steps) * valid[..., None]
    return hidden.sum(axis=1) / jnp.maximum(valid.sum(axis=1), 1)[:, None]


@jax.jit
def _every_site(model: AbstractTransformer, steps: Shaped[Array, "n t ..."]) -> dict[str, Array]:
    return jax.vmap(lambda row: record_activations(lambda hook: model.hidden(row, hook)))(steps)
