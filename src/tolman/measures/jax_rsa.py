"""RDMs and RSA as JAX functions, to be mapped, compiled and differentiated inside larger programs."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tolman.measures.comparators import check_comparator
from tolman.measures.distances import Metric, check_metric

__all__ = ["rdm_jax", "rsa_jax"]

_ROUNDING = 8
"""What differs by less than this many spacings of its numbers is constant."""


def rdm_jax(X: Float[Array, "n p"], metric: Metric = "correlation") -> Float[Array, "n n"]:
    """Representational dissimilarity matrix as a JAX function, for `jax.vmap`, `jax.jit` and `jax.grad`.

    Definitions as in `tolman.measures.rdm`. Nothing can be checked in a traced program, so undefined entries are NaN
    (constant or zero rows; up to rounding, eight times the spacing of the numbers), and everything is computed in the
    precision given, at least float32: there distances agree to about 1e-6 of the largest for `correlation`, `cosine`
    and `sqeuclidean`, and to about 1e-3 between near-duplicates for `euclidean`. Gradients of `euclidean` are 0 where
    the distance is. Prefer `rdm` for single calls, and this function for many layers, seeds or steps on an accelerator.

    Args:
        X: representation [n, p].
        metric: the distance.

    Returns:
        Distances [n, n] with a zero diagonal.
    """
    check_metric(metric)
    X = X.astype(jnp.promote_types(X.dtype, jnp.float32))
    if metric in ("correlation", "cosine"):
        found = jnp.clip(1 - _gram(_directions(X, centre=metric == "correlation")), 0, 2)
        return jnp.where(jnp.eye(len(X), dtype=bool), 0, found)
    size = _power_of_two(X, axis=None)
    centred = X / size - (X / size).mean(0)
    square = (centred**2).sum(-1)
    found = jnp.maximum(square[:, None] + square - 2 * _gram(centred), 0)
    found = jnp.where(jnp.eye(len(X), dtype=bool), 0, found)
    if metric == "euclidean":
        # The inner `where` keeps the root's infinite slope at zero out of the gradient.
        return size * jnp.where(found > 0, jnp.sqrt(jnp.where(found > 0, found, 1)), 0)
    return size**2 * found


def _directions(X: Array, centre: bool) -> Array:
    """Return rows of length one, after their own mean is taken off if `centre`; NaN for those without direction."""
    X = X / _power_of_two(X, axis=-1)
    found = X - X.mean(-1, keepdims=True) if centre else X
    norm = jnp.linalg.norm(found, axis=-1, keepdims=True)
    lost = norm <= _ROUNDING * jnp.finfo(X.dtype).eps * jnp.linalg.norm(X, axis=-1, keepdims=True)
    if centre:
        lost |= (X[:, :1] == X).all(-1, keepdims=True)  # of many units the mean may be further off
    return found / jnp.where(lost, jnp.nan, norm)


def _power_of_two(X: Array, axis: int | None) -> Array:
    """Return a power of two near the largest size along an axis, 1 if all is zero; a constant to gradients."""
    peak = jax.lax.stop_gradient(jnp.abs(X).max(axis, keepdims=axis is not None))
    return jnp.ldexp(jnp.ones_like(peak), jnp.maximum(jnp.frexp(peak)[1] - 1, jnp.finfo(peak.dtype).minexp))


def _gram(X: Array) -> Array:
    return jnp.matmul(X, X.T, precision=jax.lax.Precision.HIGHEST)


def rsa_jax(
    X: Float[Array, "n p"],
    Y: Float[Array, "n q"],
    rdm: Metric = "correlation",
    compare: Literal["pearson", "cosine"] = "pearson",
) -> Float[Array, ""]:
    """Representational similarity analysis as a JAX function; `tolman.measures.rsa` has the definitions.

    `jax.vmap(rsa_jax)` compares many pairs at once; only comparators that need no ranks are offered.

    Args:
        X: representation [n, p].
        Y: representation [n, q].
        rdm: the distance.
        compare: `pearson` or `cosine`.

    Returns:
        A scalar array; NaN where an RDM is constant up to rounding.
    """
    check_comparator(compare, ("pearson", "cosine"))
    upper = jnp.triu_indices(len(X), 1)
    a, b = rdm_jax(X, rdm)[upper], rdm_jax(Y, rdm)[upper]
    a, b = (_comparable(d, centre=compare == "pearson") for d in (a, b))
    return a @ b


def _comparable(distances: Array, centre: bool) -> Array:
    """Return distances of length one, about their mean if `centre`; NaN where they are all the same up to rounding."""
    distances = distances / _power_of_two(distances, axis=None)
    found = distances - distances.mean() if centre else distances
    length = jnp.linalg.norm(found)
    lost = length <= _ROUNDING * jnp.finfo(found.dtype).eps * jnp.linalg.norm(distances)
    return found / jnp.where(lost, jnp.nan, length)
