"""What networks on labelled inputs have in common: activations, weights, inputs as real numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

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


class Affine(eqx.Module):
    """`x @ weight + bias` over the last axis."""

    weight: Float[Array, "d m"]
    bias: Float[Array, " m"]

    def __call__(self, x: Float[Array, "*s d"]) -> Float[Array, "*s m"]:
        return x @ self.weight + self.bias


def make_affine(key: PRNGKeyArray, inputs: int, outputs: int, scale: float) -> Affine:
    """Weights from a normal distribution of standard deviation `scale / sqrt(inputs)`; biases are zero."""
    weight = scale * inputs**-0.5 * jax.random.normal(key, (inputs, outputs))
    return Affine(weight, jnp.zeros(outputs))


def real(x: Shaped[Array, "*s"]) -> Float[Array, "*s"]:
    """Inputs as real numbers: 8-bit intensities become -1 to 1, real numbers stay as they are."""
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32) / 127.5 - 1


def cross_entropy(logits: Float[Array, "*s v"], label: Any) -> Float[Array, "*s"]:
    """Minus the log-probability of each label `[*s]`; one below zero is none, and gets a number without a meaning."""
    logprob = jax.nn.log_softmax(logits, axis=-1)
    return -jnp.take_along_axis(logprob, jnp.maximum(label, 0)[..., None], axis=-1)[..., 0]


def weighted_mean(each: Float[Array, "*s"], weight: Any) -> Float[Array, ""]:
    """The mean over weighted steps; 0 where none has a weight, and a sum where weights add up to less than 1."""
    return jnp.sum(each * weight) / jnp.maximum(jnp.sum(weight), 1.0)


def bits_loss(logits: Float[Array, "*s d"], truth: Float[Array, "*s d"], weight: Float[Array, "*s"]) -> Array:
    """Cross-entropy of units in [0, 1], each predicted by itself: summed over units, a mean over weighted steps."""
    return weighted_mean(jnp.sum(jax.nn.softplus(logits) - logits * truth, axis=-1), weight)


def drop(x: Float[Array, "*s"], rate: float, key: PRNGKeyArray | None) -> Float[Array, "*s"]:
    """Dropout (Srivastava et al. 2014): with a key, units are zeroed at `rate` and the others scaled up."""
    if key is None or rate == 0:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)


def check_activation(activation: str, dropout: float, scale: float) -> None:
    """Raises `ValueError` for what a configuration cannot have."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}; expected one of {', '.join(get_args(Activation))}")
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout}; expected 0 to below 1")
    if scale <= 0:
        raise ValueError(f"scale is {scale}; expected more than 0")
