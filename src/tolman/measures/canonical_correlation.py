"""Canonical correlation analysis (CCA) as a similarity of representations, with its variants SVCCA and PWCCA."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.registration import RIGID, measure
from tolman.measures.scaling import columns_in_range
from tolman.measures.validation import RANK, centred, deviations, matrix, pair

__all__ = ["cca_mean", "cca_mean_squared", "pwcca", "svcca"]


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant={*RIGID, "linear", "unit scales"})
def cca_mean(X: ArrayLike, Y: ArrayLike) -> float:
    """Mean canonical correlation, sum(rho) / min(p, q).

    Where columns are linearly dependent, the ranks of the centred representations stand for p and q, so that repeated
    or constant units change nothing. The rank is the number of singular values above 1e-10 of the largest, after every
    unit has been scaled to length one; so units that depend on each other only up to the rounding of a shorter format
    count as independent. A similarity in [0, 1]; symmetric; 1 for X with itself and with any invertible linear map of
    it. Invariant to invertible linear maps of either (so to rotation and to a scale for each unit), translation and a
    common permutation of stimuli. Bias: strongly upwards; independent representations reach 1 as p + q approaches n,
    and are exactly 1 when one of them has n - 1 units. Directions of negligible variance count as much as any. Cost:
    one SVD of each representation.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.

    Raises:
        ValueError: a NaN or infinity, different numbers of rows, or a representation without variance.

    Source: Hotelling 1936, Biometrika 28:321; as a similarity of networks, Kornblith and others 2019, arXiv
    1905.00414, section 3 (there rho-bar CCA).
    """
    return float(_canonical_correlations(*_bases(X, Y)).mean())


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant={*RIGID, "linear", "unit scales"})
def cca_mean_squared(X: ArrayLike, Y: ArrayLike) -> float:
    """Mean squared canonical correlation, sum(rho^2) / min(p, q).

    Ranks, range, invariances, bias and errors are those of `cca_mean`; it is never larger.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.

    Source: Kornblith and others 2019, arXiv 1905.00414, section 3 (there R^2 CCA); Yanai 1974.
    """
    return float((_canonical_correlations(*_bases(X, Y)) ** 2).mean())


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID)
def svcca(X: ArrayLike, Y: ArrayLike, variance: float = 0.99) -> float:
    """Singular vector CCA: `cca_mean` of the leading principal components.

    Of each representation the fewest components are kept that hold a fraction `variance` of its variance. A similarity
    in [0, 1]; symmetric; 1 for X with itself. Invariant to rotation and reflection, one scale for all units,
    translation and a common permutation of stimuli; not to other linear maps, which change what is kept. Bias: as
    `cca_mean`, with the kept components for units. Constant columns change nothing.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.
        variance: fraction of the variance to keep, in (0, 1].

    Raises:
        ValueError: as in `cca_mean`, or a fraction outside (0, 1].

    Source: Raghu, Gilmer, Yosinski & Sohl-Dickstein 2017, arXiv 1706.05806 (mean correlation of what is kept, 99 %).
    """
    if not 0 < variance <= 1:
        raise ValueError(f"variance is {variance}: expected a fraction in (0, 1]")
    return float(_canonical_correlations(*_bases(X, Y, variance)).mean())


@measure(bounds=(0.0, 1.0), own=1.0, invariant=RIGID - {"rotation"}, min_stimuli=26)
def pwcca(X: ArrayLike, Y: ArrayLike) -> float:
    """Projection-weighted CCA: canonical correlations weighted by how much of X they account for.

        sum(a_i rho_i) / sum(a_i),    a_i = sum_j |h_i . x_j|

    with h_i the canonical variates of X and x_j its centred columns. A similarity in [0, 1]; not symmetric: the weights
    are X's. 1 for X with itself. Invariant to invertible linear maps of Y; of X only to a permutation of units and one
    scale for all; to translation and a common permutation of stimuli. Bias: as `cca_mean`, less so where noise has
    little variance in X. Constant columns change nothing. Where several canonical correlations are equal, variates are
    not unique, and neither is the value; so it is for the ones that p + q > n - 1 brings about.

    Args:
        X: representation [n, p], which gives the weights.
        Y: representation [n, q] of the same stimuli.

    Raises:
        ValueError: as in `cca_mean`.

    Source: Morcos, Raghu & Bengio 2018, arXiv 1806.05759, section 3. (The authors' code takes the weights
    from whichever representation kept fewer directions; here it is always X.)
    """
    first, second = _bases(X, Y)
    left, correlations, _ = np.linalg.svd(first.T @ second, full_matrices=False)
    variates = first @ left
    weights = np.abs(variates.T @ centred(matrix(X))).sum(1)
    return float(np.clip(weights @ correlations / weights.sum(), 0.0, 1.0))


def _canonical_correlations(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the singular values of the product of two orthonormal bases [n, r], [n, s]: min(r, s) in [0, 1]."""
    return np.clip(np.linalg.svd(first.T @ second, compute_uv=False), 0.0, 1.0)


def _bases(X: ArrayLike, Y: ArrayLike, variance: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal bases [n, rank] of the centred columns, or of their leading components."""
    first, second = (_basis(Z, variance, name) for Z, name in zip(pair(X, Y), "XY", strict=True))
    return first, second


def _basis(Z: np.ndarray, variance: float, name: str) -> np.ndarray:
    # All components are all of the space, whatever the scale of each unit.
    columns = _standardised(Z, name) if variance == 1 else centred(Z, name)
    left, values, _ = np.linalg.svd(columns, full_matrices=False)
    rank = int((values > RANK * values[0]).sum())
    if variance < 1:
        cumulative = np.cumsum(values**2) / (values**2).sum()
        rank = min(rank, int(np.searchsorted(cumulative, variance - 1e-12)) + 1)
    return left[:, :rank]


def _standardised(Z: np.ndarray, name: str) -> np.ndarray:
    """Return columns of mean 0 and length 1; constant ones are 0."""
    columns = columns_in_range(deviations(Z, name))
    lengths = np.linalg.norm(columns, axis=0)
    return columns / np.where(lengths > 0, lengths, 1.0)
