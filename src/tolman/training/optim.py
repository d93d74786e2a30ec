"""The optimiser: its hyperparameters may differ between seeds that train side by side."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike, PyTree

from tolman.training.config import OptimiserConfig, OptimiserKind


class Hyperparameters(NamedTuple):
    """The optimiser's hyperparameters as traced scalars, so that each may differ between seeds."""

    learning_rate: Array
    weight_decay: Array
    beta1: Array
    beta2: Array
    clip: Array
    warmup: Array
    final: Array
    steps: Array


def hyperparameters(config: OptimiserConfig, steps: int) -> Hyperparameters:
    """Return a configuration as arrays; the rate decays over `steps` updates."""
    fields = [jnp.float32(getattr(config, f)) for f in Hyperparameters._fields[:-1]]
    return Hyperparameters(*fields, steps=jnp.float32(steps))


def learning_rate(h: Hyperparameters, count: ArrayLike) -> Array:
    """Return the rate of the update after `count` others."""
    count = jnp.asarray(count)
    warm = jnp.minimum(1.0, (count + 1) / jnp.maximum(h.warmup, 1.0))
    left = jnp.clip((h.steps - count) / jnp.maximum(h.steps - h.warmup, 1.0), 0.0, 1.0)
    return h.learning_rate * warm * (h.final + (1 - h.final) * left)


def optimiser(h: Hyperparameters, kind: OptimiserKind = "adamw") -> optax.GradientTransformation:
    """Return the optimiser with these hyperparameters, which may be tracers; `kind` shapes its state."""
    decay = optax.add_decayed_weights(h.weight_decay, mask=_is_matrix)
    moments = {
        "adamw": (optax.scale_by_adam(b1=h.beta1, b2=h.beta2), decay),
        "adam": (decay, optax.scale_by_adam(b1=h.beta1, b2=h.beta2)),
        "sgd": (decay, optax.trace(decay=h.beta1)),
    }[kind]
    rate = optax.scale_by_schedule(lambda count: -learning_rate(h, count))
    return optax.chain(optax.clip_by_global_norm(h.clip), *moments, rate)


def apply_gradients(
    h: Hyperparameters, gradients: PyTree, opt_state: PyTree, parameters: PyTree, *, kind: OptimiserKind = "adamw"
) -> tuple[PyTree, PyTree]:
    """Return the parameters and the optimiser's state after one update."""
    updates, opt_state = optimiser(h, kind).update(gradients, opt_state, parameters)
    return optax.apply_updates(parameters, updates), opt_state


def _is_matrix(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: leaf.ndim > 1, tree)
