"""Variance explained: the fraction of a representation's variance that its features account for.

The direction is from features to representation (encoding), not from representation to features (probing), as in
Lampinen, Chan and Hermann, *Learned feature representations are biased by complexity, learning order, position, and
more* (TMLR 2024, arXiv 2405.05847). Regressions are ordinary least squares with an intercept; categorical features
enter as one column for each category.

All measures here are held out. Rows are split into folds at random (five by default; two means: fit on one half, report
on the other, and exchange them); each fold is predicted with weights from the other folds, and errors are summed.

Range: at most 1; for a feature without influence about 0, and as a rule slightly negative: weights that fit noise
make predictions worse. Bias: downwards, by roughly (1 - R2) (d + 2) / m for d regressors fitted on m rows (R2 on
the rows of the fit would be biased upwards by as much). Invariant to translation, rotation (orthogonal maps) and
isotropic scaling of the representation, to affine recoding of each numeric feature, and up to the draw of folds to the
order of stimuli. Not invariant to scaling single units, or to any other linear map.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from tolman.measures.design_matrix import Design, design
from tolman.measures.folds import fold_of
from tolman.measures.registration import RIGID, measure
from tolman.measures.regression import Moments, by_fold, held_out, joined, sums, weights
from tolman.measures.scaling import SMALLEST, divided, exponent, in_range, multiplied
from tolman.measures.validation import doubles, pieces, representation

__all__ = [
    "VarianceExplained",
    "total_variance",
    "variance_explained",
    "variance_explained_by_unit",
    "variance_explained_per_example",
]


@dataclasses.dataclass(frozen=True, eq=False)
class VarianceExplained:
    """Fractions of a representation's variance.

    Attributes:
        names: the features, in order.
        alone: R2 of each feature as the only regressor.
        unique: R2 of all features less that of all others: the part that only this feature accounts for.
        joint: R2 of all features together.
    """

    names: tuple[str, ...]
    alone: Float[np.ndarray, " f"]
    unique: Float[np.ndarray, " f"]
    joint: float


@measure(bounds=(-np.inf, 1.0), invariant=RIGID - {"stimuli"}, number="joint")
def variance_explained(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
    total: float | None = None,
) -> VarianceExplained:
    """Held-out R2 of each feature and of all: 1 - SS_res / SS_tot, pooled over rows and units.

    This is scikit-learn's `r2_score(X, cross_val_predict(LinearRegression(), F, X), multioutput="variance_weighted")`.
    `X` is read in pieces and may be a memory-mapped array of any length.

    Args:
        X: representation `[n, p]`.
        F: labels `[n, f]`, or `[n]` for one feature, a mapping from names to labels `[n]`, or a frame of pandas,
            Polars or Arrow. Text is categorical.
        names: names of the columns of `F`.
        categorical: names or positions of features whose numbers only name categories.
        folds: their number, or the fold of each row `[n]`.
        seed: of the draw of folds.
        groups: labels `[n]` of groups of rows that stay in one fold, for example of stimuli that are repeated.
        total: the variance to divide by, summed over units (see `total_variance`), in place of `X`'s own. With
            that of the final representation, points over training share one scale.

    Returns:
        Fractions for each feature and for all; NaN throughout where `X` does not vary.

    Raises:
        ValueError: a NaN or infinity, labels that do not fit the rows, or too many folds.
    """
    X = representation(X)
    D = design(F, X.shape[0], names, categorical)
    parts, e = by_fold(X, D, fold_of(X.shape[0], folds, seed, groups))
    return VarianceExplained(D.names, *fractions(parts, D, None if total is None else float(np.ldexp(total, -2 * e))))


def fractions(parts: Sequence[Moments], D: Design, total: float | None = None) -> Any:
    """Return alone `[..., f]`, unique `[..., f]` and joint `[...]` from the sums of each fold."""
    all_rows = joined(parts)
    whole = all_rows.total().sum(-1)
    scale = whole if total is None else total * all_rows.n

    def fraction(chosen: np.ndarray) -> np.ndarray:
        return _ratio(whole - held_out(parts, chosen).sum(-1), scale)

    each, without = D.subsets()
    joint = fraction(np.arange(len(D.of)))
    alone = np.stack([fraction(chosen) for chosen in each], axis=-1)
    # A single feature has no others: all that it explains, it explains uniquely.
    unique = alone if len(each) == 1 else np.stack([joint - fraction(chosen) for chosen in without], axis=-1)
    return alone, unique, float(joint) if np.ndim(joint) == 0 else joint


@measure(bounds=(-np.inf, 1.0), invariant=RIGID - {"stimuli"}, number="joint")
def variance_explained_per_example(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
) -> VarianceExplained:
    """Held-out R2 as an average of ratios: the mean over examples of 1 - |x - prediction|2 / |x - mean|2.

    This is the formula of Lampinen, Chan and Hermann (2024) taken literally. Examples near the mean have small
    denominators and count as much as others, so it is noisier than `variance_explained` and unbounded below.
    Arguments are as there; examples that equal the mean are left out.
    """
    X, _ = in_range(doubles(X))
    D, fold = design(F, len(X), names, categorical), fold_of(len(X), folds, seed, groups)
    each, without = D.subsets()
    joint = _mean_ratio(X, D, fold, np.arange(len(D.of)))
    alone = np.array([_mean_ratio(X, D, fold, chosen) for chosen in each])
    unique = alone if len(each) == 1 else np.array([joint - _mean_ratio(X, D, fold, chosen) for chosen in without])
    return VarianceExplained(D.names, alone, unique, joint)


def _mean_ratio(X: np.ndarray, D: Design, fold: np.ndarray, chosen: np.ndarray) -> float:
    ratios = []
    for k in range(int(fold.max()) + 1):
        fit, test = fold != k, fold == k
        centre = X[fit].mean(axis=0)
        W = weights(sums(D.columns[fit], X[fit] - centre), chosen)
        d = D.columns[:, chosen]
        error = ((X[test] - centre - (d[test] - d[fit].mean(axis=0)) @ W) ** 2).sum(axis=1)
        length = ((X[test] - X[test].mean(axis=0)) ** 2).sum(axis=1)
        ratios.append(1 - error[length > 0] / length[length > 0])
    every = np.concatenate(ratios)
    return float(every.mean()) if len(every) else float("nan")


def variance_explained_by_unit(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
) -> np.ndarray:
    """Held-out R2 of each feature alone for every unit, `[p, f]`; NaN for a unit that does not vary.

    Arguments are as in `variance_explained`. Not invariant to rotation, as it is about single units.
    """
    X = representation(X)
    D = design(F, X.shape[0], names, categorical)
    parts, _ = by_fold(X, D, fold_of(X.shape[0], folds, seed, groups), by_unit=True)
    all_rows = joined(parts)
    # Rounding leaves a constant unit with a variance above 0.
    whole = np.where(all_rows.total() > 1e-12 * all_rows.xx, all_rows.total(), 0.0)
    return np.stack([_ratio(whole - held_out(parts, chosen), whole) for chosen in D.subsets()[0]], axis=-1)


@measure(bounds=(0.0, np.inf), invariant=RIGID - {"scale"})
def total_variance(X: Any) -> float:
    """Variance of `X[n, p]` summed over units (divided by n): a common scale for `variance_explained`.

    Raises:
        ValueError: a NaN or infinity, or a variance beyond the range of float64.
    """
    X = representation(X)
    n, mean, squares, e = 0, np.zeros(X.shape[1]), 0.0, SMALLEST
    for _, piece in pieces(X):
        # Means and squares of two parts are merged as in Chan, Golub and LeVeque (1983), which never cancels.
        m, centre = len(piece), piece.mean(axis=0)
        parts = piece - centre, np.sqrt(n * m / (n + m)) * (centre - mean)
        before, e = e, max(e, *(exponent(part, zero=SMALLEST) for part in parts))
        squares = float(np.ldexp(squares, 2 * (before - e))) + sum(float((divided(p, e) ** 2).sum()) for p in parts)
        mean += (centre - mean) * m / (n + m)
        n += m
    return float(multiplied(np.float64(squares / n), 2 * e, "variances"))


def _ratio(part: np.ndarray, whole: Any) -> np.ndarray:
    whole = np.asarray(whole, dtype=np.float64)
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
