"""Procrustes distances: the distance that remains between two representations after the best rotation."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.registration import RIGID, measure
from tolman.measures.scaling import divided, exponent, multiplied
from tolman.measures.validation import centred, deviations, pair

__all__ = ["procrustes_angular", "procrustes_euclidean", "procrustes_similarity"]


@measure(bounds=(0.0, np.pi / 2), own=0.0, symmetric=True, invariant=RIGID, tolerance=3e-7)
def procrustes_angular(X: ArrayLike, Y: ArrayLike) -> float:
    """Angular Procrustes distance.

        arccos(|X'Y|_* / (|X|_F |Y|_F))    with columns centred and |.|_* the sum of singular values

    A distance in [0, pi/2], in radians, and a metric on representations up to what it is invariant to: rotation and
    reflection, one scale for all units, translation, a common permutation of stimuli. Not invariant to other linear
    maps. Symmetric; 0 for X with itself (to 1e-7: the arc cosine is steep there). Widths may differ: the narrower one
    counts as padded with zeros. Bias: downwards as units outnumber stimuli. Constant columns change nothing.
    High-variance directions weigh more, less so than in CKA.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.

    Raises:
        ValueError: a NaN or infinity, different numbers of rows, or a representation without variance.

    Source: Williams, Kunz, Kornblith & Linderman 2021, arXiv 2110.14739 (angular shape metric, alpha = 1).
    """
    first, second = (centred(Z, name) for Z, name in zip(pair(X, Y), "XY", strict=True))
    first, second = first / np.linalg.norm(first), second / np.linalg.norm(second)
    return float(np.arccos(np.clip(_nuclear_norm(first, second), 0.0, 1.0)))


@measure(bounds=(0.0, np.inf), own=0.0, symmetric=True, invariant=RIGID - {"scale"}, tolerance=3e-6)
def procrustes_euclidean(X: ArrayLike, Y: ArrayLike) -> float:
    """Euclidean Procrustes distance.

        min_Q |X - YQ|_F = sqrt(|X|_F^2 + |Y|_F^2 - 2 |X'Y|_*)    over rotations Q, columns centred, not scaled

    A distance in [0, sqrt(|X|^2 + |Y|^2)], in the units of the activations, growing with the root of n; a metric.
    Symmetric; 0 for X with itself (to 1e-7 of |X|). Invariant to rotation, reflection, translation and a common
    permutation of stimuli, not to scale. Widths may differ: the narrower one counts as padded with zeros. Bias:
    downwards relative to the norms as units outnumber stimuli. Constant columns change nothing.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.

    Raises:
        ValueError: as in `procrustes_angular`; or a distance beyond the range of float64.

    Source: Schönemann 1966, Psychometrika 31:1; Williams and others 2021, arXiv 2110.14739.
    """
    first, second = (deviations(Z, name) for Z, name in zip(pair(X, Y), "XY", strict=True))
    e = max(exponent(Z) for Z in (first, second))
    first, second = divided(first, e), divided(second, e)
    lengths = float((first**2).sum() + (second**2).sum())
    distance = np.sqrt(max(0.0, lengths - 2 * _nuclear_norm(first, second)))
    return float(multiplied(distance, e, "Euclidean distances"))


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID, tolerance=3e-7)
def procrustes_similarity(X: ArrayLike, Y: ArrayLike) -> float:
    """Angular Procrustes distance as a similarity, 1 - `procrustes_angular` / (pi / 2).

    In [0, 1]; symmetric; 1 for X with itself. Invariances, bias and errors are those of `procrustes_angular`.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.
    """
    return 1 - procrustes_angular(X, Y) / (np.pi / 2)


def _nuclear_norm(X: np.ndarray, Y: np.ndarray) -> float:
    """Return the sum of the singular values of X'Y."""
    return float(np.linalg.svd(_narrow(X).T @ _narrow(Y), compute_uv=False).sum())


def _narrow(X: np.ndarray) -> np.ndarray:
    """Return the representation rotated into at most n units, so that the product to decompose is small."""
    n, p = X.shape
    return cast("np.ndarray", np.linalg.qr(X.T, mode="r")).T if p > n else X
