"""RDMs and RSA as JAX functions, to be mapped, compiled and differentiated inside larger programs."""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from tolman.measures.comparators import check_comparator
from tolman.measures.distances import Metric, check_metric

__all__ = ["rdm_jax", "rsa_jax"]


def rdm_jax(X: Float[Array, "n p"], metric: Metric = "correlation") -> Float[Array, "n n"]:
    """Representational dissimilarity matrix as a JAX function, for `jax.vmap`, `jax.jit` and `jax.grad`.

    Definitions as in `tolman.measures.rdm`. Nothing can be checked in a traced program, so undefined entries are NaN
    (constant or zero rows), and everything is computed in the precision given: in float32 distances agree to about 1e-6
    of the largest for `correlation`, `cosine` and `sqeuclidean`, and to about 1e-3 between near-duplicates for
    `euclidean`. Gradients of `euclidean` are 0 where the distance is. Prefer `rdm` for single calls, and this function
    for many layers, seeds or steps on an accelerator.

    Args:
        X: representation [n, p].
        metric: the distance.

    Returns:
        Distances [n, n] with a zero diagonal.
    """
    check_metric(metric)
    if metric == "correlation":
        X = X - X.mean(-1, keepdims=True)
    if metric in ("correlation", "cosine"):
        unit = X / jnp.linalg.norm(X, axis=-1, keepdims=True)
        found = jnp.clip(1 - _gram(unit), 0, 2)
    else:
        centred = X - X.mean(0)
        square = (centred**2).sum(-1)
        found = jnp.maximum(square[:, None] + square - 2 * _gram(centred), 0)
    found = jnp.where(jnp.eye(len(X), dtype=bool), 0, found)
    if metric == "euclidean":
        # The inner `where` keeps the root's infinite slope at zero out of the gradient.
        found = jnp.where(found > 0, jnp.sqrt(jnp.where(found > 0, found, 1)), 0)
    return found


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
        A scalar array; NaN where an RDM is constant.
    """
    check_comparator(compare, ("pearson", "cosine"))
    upper = jnp.triu_indices(len(X), 1)
    a, b = rdm_jax(X, rdm)[upper], rdm_jax(Y, rdm)[upper]
    if compare == "pearson":
        a, b = a - a.mean(), b - b.mean()
    return a @ b / jnp.sqrt((a @ a) * (b @ b))
