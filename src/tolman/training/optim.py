"""Optimisers whose every number is traced, so that each can be an axis of lanes."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike

Kind = Literal["adamw", "adam", "sgd"]


@dataclasses.dataclass(frozen=True)
class OptimiserConfig:
    """An optimiser with linear warm-up, then linear decay to `final` of the rate.

    Attributes:
        kind: `adamw` (Loshchilov and Hutter, arXiv 1711.05101), whose decay is apart from the gradient; `adam`
            (Kingma and Ba, arXiv 1412.6980) and `sgd`, where it is a part of it.
        learning_rate: the highest rate, reached after `warmup` steps.
        weight_decay: of matrices only.
        beta1: decay of the mean gradient; for `sgd` its momentum, as in `v = beta1 v + g` (0 = plain).
        beta2: decay of the mean squared gradient; `sgd` has none.
        clip: bound of the gradient's global norm.
        warmup: steps of linear warm-up.
        final: the rate at the end, as a share of the highest.
    """

    version: ClassVar[int] = 1

    kind: Kind = "adamw"
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.98
    clip: float = 1.0
    warmup: int = 100
    final: float = 0.1


class Hyperparameters(NamedTuple):
    """The optimiser's numbers as traced scalars, with the length of training in steps."""

    learning_rate: Array
    weight_decay: Array
    beta1: Array
    beta2: Array
    clip: Array
    warmup: Array
    final: Array
    steps: Array


def hyperparameters(config: OptimiserConfig, steps: int) -> Hyperparameters:
    """A configuration as arrays."""
    fields = [jnp.float32(getattr(config, f)) for f in Hyperparameters._fields[:-1]]
    return Hyperparameters(*fields, steps=jnp.float32(steps))


def _rate(n: Hyperparameters, count: ArrayLike) -> Array:
    count = jnp.asarray(count)
    warm = jnp.minimum(1.0, (count + 1) / jnp.maximum(n.warmup, 1.0))
    left = jnp.clip((n.steps - count) / jnp.maximum(n.steps - n.warmup, 1.0), 0.0, 1.0)
    return n.learning_rate * warm * (n.final + (1 - n.final) * left)


def optimiser(n: Hyperparameters, kind: Kind = "adamw") -> optax.GradientTransformation:
    """The transformation for these numbers, which may be tracers; `kind` shapes its state."""
    decay = optax.add_decayed_weights(n.weight_decay, mask=_matrices)
    moments = {
        "adamw": (optax.scale_by_adam(b1=n.beta1, b2=n.beta2), decay),
        "adam": (decay, optax.scale_by_adam(b1=n.beta1, b2=n.beta2)),
        "sgd": (decay, optax.trace(decay=n.beta1)),
    }[kind]
    rate = optax.scale_by_schedule(lambda count: -_rate(n, count))
    return optax.chain(optax.clip_by_global_norm(n.clip), *moments, rate)


def _matrices(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: leaf.ndim > 1, tree)


def apply(n: Hyperparameters, gradients: Any, state: Any, parameters: Any, kind: Kind = "adamw") -> tuple[Any, Any]:
    """One step: new parameters and new optimiser state."""
    updates, state = optimiser(n, kind).update(gradients, state, parameters)
    return optax.apply_updates(parameters, updates), state
