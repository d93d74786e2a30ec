"""Centred kernel alignment (CKA): linear, debiased linear, and with a Gaussian kernel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tolman.measures.distances import prepared, tile
from tolman.measures.registration import RIGID, measure
from tolman.measures.validation import centred, pair

__all__ = ["cka_linear", "cka_linear_debiased", "cka_rbf"]


_ENTRIES = 4_000_000
"""Largest number of entries of permuted Gram matrices held at once."""


def _permuted_linear(X: ArrayLike, Y: ArrayLike, orders: np.ndarray) -> Float[np.ndarray, " permutations"]:
    """Return `cka_linear(X, Y[order])` for each of the orders [permutations, n]."""
    first, second = _both_centred(X, Y)
    norms = np.sqrt(_gram_product(first, first) * _gram_product(second, second))
    return np.clip(_matched_products(first, second, orders) / norms, 0.0, 1.0)


def _permuted_debiased(X: ArrayLike, Y: ArrayLike, orders: np.ndarray) -> Float[np.ndarray, " permutations"]:
    """Return `cka_linear_debiased(X, Y[order])` for each of the orders [permutations, n]."""
    first, second = _both_centred(X, Y)
    n = len(first)
    k, m = (np.einsum("ij,ij->i", Z, Z) for Z in (first, second))
    hsic = _matched_products(first, second, orders) - m[orders] @ k * n / (n - 2)
    hsic += k.sum() * m.sum() / ((n - 1) * (n - 2))
    return np.clip(hsic / np.sqrt(_unbiased_hsic(first, first) * _unbiased_hsic(second, second)), -1.0, 1.0)


def _both_centred(X: ArrayLike, Y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return both representations about their means, each of length one."""
    first, second = (_unit(centred(Z, name)) for Z, name in zip(pair(X, Y), "XY", strict=True))
    return first, second


def _matched_products(X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Return the inner products of the Gram matrices, with the stimuli of Y in each order."""
    K, L = (X @ X.T).ravel(), Y @ Y.T
    step = max(1, _ENTRIES // len(K))
    parts = (orders[start : start + step] for start in range(0, len(orders), step))
    return np.concatenate([L[part[:, :, None], part[:, None, :]].reshape(len(part), -1) @ K for part in parts])


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID, permuted=_permuted_linear)
def cka_linear(X: ArrayLike, Y: ArrayLike) -> float:
    """Linear centred kernel alignment (CKA).

        |Y'X|_F^2 / (|X'X|_F |Y'Y|_F)    with columns centred

    A similarity in [0, 1]; symmetric; 1 for X with itself. Invariant to rotation and reflection of either
    representation, one scale for all of its units, translation, and a common permutation of stimuli; not to other
    invertible linear maps. Bias: upwards, towards 1 as units outnumber stimuli, even for independent representations;
    see `cka_linear_debiased`. Directions of high variance decide it (weights are squared variances). Constant columns
    change nothing. Cost: O(n p q) or, where units outnumber stimuli, O(n^2 (p + q)), whichever is less.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.

    Raises:
        ValueError: a NaN or infinity, different numbers of rows, or a representation without variance.

    Source: Kornblith, Norouzi, Lee & Hinton 2019, arXiv 1905.00414, section 3 (the biased estimator of HSIC).
    """
    first, second = _both_centred(X, Y)
    denominator = np.sqrt(_gram_product(first, first) * _gram_product(second, second))
    return float(np.clip(_gram_product(first, second) / denominator, 0.0, 1.0))


@measure(bounds=(-1.0, 1.0), own=1.0, symmetric=True, invariant=RIGID, permuted=_permuted_debiased)
def cka_linear_debiased(X: ArrayLike, Y: ArrayLike) -> float:
    """Linear CKA with the unbiased estimator of HSIC in the numerator and in both parts of the denominator.

        HSIC_1(K, L) = [tr(K L) + (1'K1)(1'L1) / ((n-1)(n-2)) - 2 (1'KL1) / (n-2)] / (n (n-3))

    with the diagonals of the Gram matrices K and L set to zero. A similarity in [-1, 1]; near 0, and negative half of
    the time, for independent representations of any width. Each HSIC is unbiased, their ratio only nearly so.
    Symmetric; 1 for X with itself; invariances as `cka_linear`. Constant columns change nothing. It is computed in
    feature space where that is cheaper.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same n >= 4 stimuli.

    Raises:
        ValueError: as in `cka_linear`; fewer than four stimuli; or a representation whose own HSIC is zero (such as
            stimuli that are all equally far apart).

    Source: Song and others 2012, JMLR 13:1393; Nguyen, Raghu & Kornblith 2020, arXiv 2010.15327; Murphy,
    Zylberberg & Fyshe 2024, arXiv 2405.01012.
    """
    first, second = (centred(Z, name) for Z, name in zip(pair(X, Y, rows=4), "XY", strict=True))
    first, second = _unit(first), _unit(second)
    own = [_unbiased_hsic(Z, Z) for Z in (first, second)]
    for name, value, Z in zip("XY", own, (first, second), strict=True):
        if value <= 1e-12 * _gram_product(Z, Z):
            raise ValueError(f"the unbiased HSIC of {name} with itself is zero: all stimuli are equally far apart")
    return float(np.clip(_unbiased_hsic(first, second) / np.sqrt(own[0] * own[1]), -1.0, 1.0))


def _unit(X: np.ndarray) -> np.ndarray:
    """Return `X` scaled to length one, so that no product overflows."""
    return X / np.linalg.norm(X)


def _gram_product(X: np.ndarray, Y: np.ndarray) -> float:
    """Return |X'Y|_F^2, the inner product of the Gram matrices, in whichever space is smaller."""
    n, p, q = len(X), X.shape[1], Y.shape[1]
    if p * q <= n * (p + q):
        return float(np.square(X.T @ Y).sum())
    K = X @ X.T
    return float(np.vdot(K, K if Y is X else Y @ Y.T))


def _unbiased_hsic(X: np.ndarray, Y: np.ndarray) -> float:
    """Return n (n - 3) times HSIC_1 of the Gram matrices of centred X and Y.

    Without its diagonal k a centred Gram matrix has row sums -k, so that only the diagonals are needed besides
    |X'Y|^2.
    """
    n = len(X)
    k, m = np.einsum("ij,ij->i", X, X), np.einsum("ij,ij->i", Y, Y)
    shared = float(k @ m)
    return _gram_product(X, Y) - shared * n / (n - 2) + float(k.sum() * m.sum()) / ((n - 1) * (n - 2))


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID)
def cka_rbf(X: ArrayLike, Y: ArrayLike, threshold: float = 1.0) -> float:
    """CKA with Gaussian kernels (radial basis functions).

        k(x, y) = exp(-|x - y|^2 / (2 s^2)),    tr(K H L H) / sqrt(tr(K H K H) tr(L H L H))

    with H the centring matrix, the biased estimator; s is `threshold` times the median distance of each
    representation. The median is over pairs
    of distinct stimuli (some implementations include the diagonal's zeros, which matters for few stimuli). A
    similarity in [0, 1]; symmetric; 1 for X with itself. Invariant to rotation, reflection, translation, one scale
    for all units, and a common permutation of stimuli. Bias: upwards, as `cka_linear`; a small threshold makes every
    stimulus similar to itself only, and CKA go to 1 for any two representations; a large one makes it linear CKA.
    Constant columns change nothing. Memory: two n x n matrices.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same n >= 3 stimuli.
        threshold: bandwidth in median distances; Kornblith and others report 0.2, 0.4 and 0.8.

    Raises:
        ValueError: as in `cka_linear`; a threshold that is not positive; or a median distance of 0 (over half of all
            pairs of stimuli are the same).

    Source: Kornblith, Norouzi, Lee & Hinton 2019, arXiv 1905.00414, section 3.
    """
    if not threshold > 0:
        raise ValueError(f"threshold is {threshold}: expected a positive number of median distances")
    given = pair(X, Y, rows=3)
    K, L = (_gaussian(centred(Z, name), threshold, name) for Z, name in zip(given, "XY", strict=True))
    return float(np.clip(np.vdot(K, L) / np.sqrt(np.vdot(K, K) * np.vdot(L, L)), 0.0, 1.0))


def _gaussian(X: np.ndarray, threshold: float, name: str) -> np.ndarray:
    """Return the doubly centred Gaussian Gram matrix."""
    from scipy.spatial.distance import squareform

    K = tile(prepared(X, "sqeuclidean", name), "sqeuclidean", 0, len(X))
    pairs = squareform(K, checks=False)
    # The squared median distance itself: between the two middle ones of an even number, squares average differently.
    middle = np.sqrt(
        np.partition(pairs, [(len(pairs) - 1) // 2, len(pairs) // 2])[[(len(pairs) - 1) // 2, len(pairs) // 2]]
    ).mean()
    if middle == 0:
        raise ValueError(f"the median distance between stimuli of {name} is 0: over half of all pairs are the same")
    K *= -1 / (2 * (threshold * middle) ** 2)
    np.exp(K, out=K)
    means = K.mean(0)
    K -= means
    K -= (means - means.mean())[:, None]
    return K
