"""Similarity of two representations after named features have been regressed out or partialled out."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.comparators import check_comparator, condensed, ranks
from tolman.measures.dissimilarity import rdm as rdm_of
from tolman.measures.distances import Metric
from tolman.measures.kernel_alignment import cka_linear
from tolman.measures.registration import RIGID, measure
from tolman.measures.scaling import columns_in_range, in_range
from tolman.measures.validation import RANK, about_mean, matrix, pair

__all__ = ["cka_controlled", "partial_rsa", "remove_features"]


def remove_features(X: ArrayLike, F: ArrayLike, interactions: int = 1) -> np.ndarray:
    """Residuals [n, p] of a least-squares regression of every unit of X on the features F[n, f] and a constant.

    Columns of F are used as they are: a feature of several unordered values wants a column for each (one-hot). With
    `interactions` k > 1, products of up to k different centred columns are regressors too; for binary features and k
    = f these explain every function of them. The fit is in-sample: of a unit that is pure noise it takes out a
    fraction r / (n - 1) on average, r the number of independent regressors. Constant or repeated columns of F change
    nothing.

    Args:
        X: representation [n, p].
        F: feature labels [n, f], numbers.
        interactions: largest number of features in a product.

    Returns:
        The residuals; their columns have mean zero.

    Raises:
        ValueError: a NaN or infinity, different numbers of rows, text labels, or features that explain any n numbers,
            so that nothing could be left.

    Source: Draper & Smith 1998, *Applied Regression Analysis*; for representations, the same projection as in
    variance partitioning (Legendre & Legendre 2012, section 10.3.5).
    """
    given, features = pair(X, F, names=("X", "F"))
    basis = _basis(_products(features, interactions))
    residual = given - given.mean(0)
    residual -= basis @ (basis.T @ residual)
    residual[:, np.abs(residual).max(0) <= 1e-12 * np.abs(given).max(0)] = 0.0
    return residual


@measure(bounds=(0.0, 1.0), own=1.0, symmetric=True, invariant=RIGID)
def cka_controlled(X: ArrayLike, Y: ArrayLike, F: ArrayLike, interactions: int = 1) -> float:
    """Linear CKA of the residuals that the features F leave unexplained.

        cka_linear(remove_features(X, F), remove_features(Y, F))

    A similarity in [0, 1]; symmetric; 1 for X with itself. Invariances and upward bias as `cka_linear`, with n less
    the number of regressors for n; also invariant to adding any linear function of F to either. It asks whether two
    representations share more than these features; it cannot tell a shared further feature from shared noise. For the
    debiased estimator, pass the residuals of `remove_features` to `cka_linear_debiased` (then nearly unbiased).

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same stimuli.
        F: feature labels [n, f], numbers.
        interactions: largest number of features in a product, see `remove_features`.

    Raises:
        ValueError: as in `remove_features`; or nothing is left of a representation.

    Source: feature control by regression is the remedy that Lampinen and others discuss for dominant features
    (arXiv 2405.05847, 2507.22216); the variant is ours.
    """
    pair(X, Y)
    residuals = [_residual(matrix(Z, name), F, interactions, name) for Z, name in ((X, "X"), (Y, "Y"))]
    return cka_linear(*residuals)


def _residual(X: np.ndarray, F: ArrayLike, interactions: int, name: str) -> np.ndarray:
    found = remove_features(X, F, interactions)
    if not found.any():
        raise ValueError(f"the features explain all of {name}: nothing is left to compare")
    return found


# By correlation distance, which depends on every unit of a row and on no scale of it.
@measure(bounds=(-1.0, 1.0), own=1.0, symmetric=True, invariant=("scale", "units", "stimuli"))
def partial_rsa(
    X: ArrayLike,
    Y: ArrayLike,
    F: ArrayLike,
    rdm: Metric = "correlation",
    *,
    compare: Literal["pearson", "spearman"] = "pearson",
    interactions: int = 1,
) -> float:
    """Partial correlation of the RDMs of X and Y given an RDM for each feature.

    A feature's RDM is |f_i - f_j| of its column (0 and 1 for the same and different values of a binary feature, up to
    scale). RDMs of X, Y and all features are vectors over pairs, ranked first for `spearman`; both are regressed on
    the features' and a constant, and the residuals correlated. A similarity in [-1, 1]; symmetric; 1 for X with
    itself. Invariances as `rsa`, and to an affine map of any column of F. What is partialled out is linear in the
    features' RDMs: for correlation distance, whose RDM is no sum over features, part of a feature's effect can
    remain. Constant columns of F change nothing. Memory: f + 2 vectors of n (n - 1) / 2 pairs.

    Args:
        X: representation [n, p].
        Y: representation [n, q] of the same n >= 3 stimuli.
        F: feature labels [n, f], numbers.
        rdm: distance between stimuli of X and of Y.
        compare: `pearson`, or `spearman` for partial rank correlation.
        interactions: also partial out products of up to so many centred columns of F.

    Raises:
        ValueError: as in `rsa`; or the features' RDMs explain one of the RDMs completely.

    Source: partial correlation of distance matrices is Smouse, Long & Sokal 1986, Syst. Zool. 35:627 (the partial
    Mantel statistic); in RSA, for example Groen and others 2018, eLife 7:e32962.
    """
    check_comparator(compare, ("pearson", "spearman"))
    first, second = (in_range(Z)[0] for Z in pair(X, Y, rows=3))
    _, features = pair(first, F, rows=3, names=("X", "F"))
    columns = _products(features, interactions).T
    given = [rdm_of(first, rdm), rdm_of(second, rdm), *(rdm_of(f[:, None], "euclidean") for f in columns)]
    vectors = [ranks(v) if compare == "spearman" else v / (v.max() or 1.0) for v in (condensed(D) for D in given)]
    return _partial_correlation(np.stack(vectors[:2], 1), np.stack(vectors[2:], 1))


def _partial_correlation(vectors: np.ndarray, controls: np.ndarray) -> float:
    """Return the correlation of the two columns of `vectors` given those of `controls`."""
    residual = remove_features(vectors, controls)
    for values, name in zip(residual.T, "XY", strict=True):
        if not values.any():
            raise ValueError(f"the features' RDMs explain all of the RDM of {name}: nothing is left to compare")
    a, b = residual.T
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _products(F: np.ndarray, order: int) -> np.ndarray:
    """Return the columns of F and the products of up to `order` different ones, each about its mean."""
    if order < 1:
        raise ValueError(f"interactions is {order}: expected at least 1, which is no products")
    columns = columns_in_range(about_mean(F)).T
    chosen = [c for k in range(1, min(order, len(columns)) + 1) for c in itertools.combinations(range(len(columns)), k)]
    return np.stack([np.prod(columns[list(c)], axis=0) for c in chosen], 1)


def _basis(features: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis [n, r] of the centred regressors."""
    columns = columns_in_range(about_mean(features))
    columns = columns[:, columns.any(0)]
    if columns.size == 0:
        return np.zeros((len(features), 0))
    left, values, _ = np.linalg.svd(columns / np.linalg.norm(columns, axis=0), full_matrices=False)
    rank = int((values > RANK * values[0]).sum())
    if rank >= len(features) - 1:
        raise ValueError(
            f"the features give {rank} independent regressors for {len(features)} stimuli and explain anything: "
            "use fewer features, fewer interactions or more stimuli"
        )
    return left[:, :rank]
