"""Variance explained: how much of a representation's variance its features account for.

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

from tolman.measures import moments
from tolman.measures.features import Design, design
from tolman.measures.moments import Moments
from tolman.measures.rows import doubles, fold_of, pieces, representation


@dataclasses.dataclass(frozen=True, eq=False)
class VarianceExplained:
    """Shares of a representation's variance.

    Attributes:
        names: the features, in order.
        alone: R2 of each feature as the only regressor, `[f]`.
        unique: R2 of all features less that of all others, `[f]`: what only this feature accounts for.
        joint: R2 of all features together.
    """

    names: tuple[str, ...]
    alone: np.ndarray
    unique: np.ndarray
    joint: float


def variance_explained(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    total: float | None = None,
) -> VarianceExplained:
    """Pooled held-out R2, 1 - SS_res / SS_tot with sums over rows and units, of each feature and of all.

    This is scikit-learn's `r2_score(X, cross_val_predict(LinearRegression(), F, X), multioutput="variance_weighted")`.
    `X` is read in pieces and may be a memory-mapped array of any length.

    Args:
        X: representation `[n, p]`.
        F: labels `[n, f]`, or `[n]` for one feature, or a mapping from names to labels `[n]`. Text is categorical.
        names: names of the columns of `F`.
        categorical: names or positions of features whose numbers only name categories.
        folds: how many, or the fold of each row `[n]` (for example to keep repeats of a stimulus together).
        seed: of the draw of folds.
        total: the variance that shares are of, summed over units (see `total_variance`), in place of `X`'s own. With
            that of the final representation, points over training share one scale.

    Returns:
        NaN throughout where `X` does not vary.
    """
    X = representation(X)
    D = design(F, X.shape[0], names, categorical)
    parts = moments.by_fold(X, D, fold_of(X.shape[0], folds, seed))
    return VarianceExplained(D.names, *shares(parts, D, total))


def shares(parts: Sequence[Moments], D: Design, total: float | None = None) -> Any:
    """Alone `[..., f]`, unique `[..., f]` and joint `[...]` from the sums of each fold."""
    all_rows = moments.joined(parts)
    whole = all_rows.total().sum(-1)
    scale = whole if total is None else total * all_rows.n

    def share(chosen: np.ndarray) -> np.ndarray:
        return _ratio(whole - moments.held_out(parts, chosen).sum(-1), scale)

    each, without = D.subsets()
    joint = share(np.arange(len(D.of)))
    alone = np.stack([share(chosen) for chosen in each], axis=-1)
    # One feature has no others, and what it explains uniquely is what it explains.
    unique = alone if len(each) == 1 else np.stack([joint - share(chosen) for chosen in without], axis=-1)
    return alone, unique, float(joint) if np.ndim(joint) == 0 else joint


def variance_explained_per_example(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
) -> VarianceExplained:
    """The mean over examples of 1 - |x - prediction|2 / |x - mean|2: an average of ratios, not a ratio of sums.

    This reads the formula of Lampinen, Chan and Hermann (2024) literally. Examples near the mean have small
    denominators and count as much as others, so it is noisier than `variance_explained` and unbounded below.
    Arguments are as there; examples that equal the mean are left out.
    """
    X = doubles(X)
    D, fold = design(F, len(X), names, categorical), fold_of(len(X), folds, seed)
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
        W = moments.weights(moments.sums(D.columns[fit], X[fit] - centre), chosen)
        d = D.columns[:, chosen]
        error = ((X[test] - centre - (d[test] - d[fit].mean(axis=0)) @ W) ** 2).sum(axis=1)
        length = ((X[test] - X[test].mean(axis=0)) ** 2).sum(axis=1)
        ratios.append(1 - error[length > 0] / length[length > 0])
    joined = np.concatenate(ratios)
    return float(joined.mean()) if len(joined) else float("nan")


def variance_explained_by_unit(
    X: Any,
    F: Any,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
) -> np.ndarray:
    """Held-out R2 of each feature alone for every unit, `[p, f]`; NaN for a unit that does not vary.

    Arguments are as in `variance_explained`. Not invariant to rotation: it depends on the basis by intention.
    """
    X = representation(X)
    D = design(F, X.shape[0], names, categorical)
    parts = moments.by_fold(X, D, fold_of(X.shape[0], folds, seed))
    all_rows = moments.joined(parts)
    # What rounding leaves of a constant unit's variance is no variance.
    whole = np.where(all_rows.total() > 1e-12 * all_rows.xx, all_rows.total(), 0.0)
    return np.stack([_ratio(whole - moments.held_out(parts, chosen), whole) for chosen in D.subsets()[0]], axis=-1)


def total_variance(X: Any) -> float:
    """The variance of `X[n, p]` summed over units (divided by n): the shared scale of `variance_explained`."""
    X = representation(X)
    n, mean, squares = 0, np.zeros(X.shape[1]), 0.0
    for _, piece in pieces(X):
        # Means and squares of two parts are merged as in Chan, Golub and LeVeque (1983), which never cancels.
        m, centre = len(piece), piece.mean(axis=0)
        squares += float(((piece - centre) ** 2).sum() + n * m / (n + m) * ((centre - mean) ** 2).sum())
        mean += (centre - mean) * m / (n + m)
        n += m
    return squares / n


def _ratio(part: np.ndarray, whole: Any) -> np.ndarray:
    whole = np.asarray(whole, dtype=np.float64)
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
