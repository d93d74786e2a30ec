"""AdamW whose every number is traced, so that each can be an axis of lanes."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike


@dataclasses.dataclass(frozen=True)
class OptimiserConfig:
    """AdamW (Loshchilov and Hutter, arXiv 1711.05101), linear warm-up, then linear decay to `final` of the rate.

    Decay applies to matrices only. `clip` bounds the global norm of the gradient.
    """

    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.98
    clip: float = 1.0
    warmup: int = 100
    final: float = 0.1


class Numbers(NamedTuple):
    """The optimiser's numbers as traced scalars, with the length of training in steps."""

    learning_rate: Array
    weight_decay: Array
    beta1: Array
    beta2: Array
    clip: Array
    warmup: Array
    final: Array
    steps: Array


def numbers(config: OptimiserConfig, steps: int) -> Numbers:
    """A configuration as arrays."""
    fields = [jnp.float32(getattr(config, f)) for f in Numbers._fields[:-1]]
    return Numbers(*fields, steps=jnp.float32(steps))


def _rate(n: Numbers, count: ArrayLike) -> Array:
    count = jnp.asarray(count)
    warm = jnp.minimum(1.0, (count + 1) / jnp.maximum(n.warmup, 1.0))
    left = jnp.clip((n.steps - count) / jnp.maximum(n.steps - n.warmup, 1.0), 0.0, 1.0)
    return n.learning_rate * warm * (n.final + (1 - n.final) * left)


def optimiser(n: Numbers) -> optax.GradientTransformation:
    """The transformation for these numbers; they may be tracers."""
    matrices = lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree)  # noqa: E731
    return optax.chain(
        optax.clip_by_global_norm(n.clip),
        optax.scale_by_adam(b1=n.beta1, b2=n.beta2),
        optax.add_decayed_weights(n.weight_decay, mask=matrices),
        optax.scale_by_schedule(lambda count: -_rate(n, count)),
    )


def apply(n: Numbers, gradients: Any, state: Any, parameters: Any) -> tuple[Any, Any]:
    """One step: new parameters and new optimiser state."""
    updates, state = optimiser(n).update(gradients, state, parameters)
    return optax.apply_updates(parameters, updates), state
