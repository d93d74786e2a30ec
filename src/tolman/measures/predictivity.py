"""Linear predictivity: cross-validated ridge regression from one representation to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tolman.measures.grouping import group_of, grouped_folds
from tolman.measures.registration import RIGID, measure
from tolman.measures.validation import RANK, centred, pair

__all__ = ["linear_predictivity", "linear_predictivity_symmetric"]

_PENALTIES = np.logspace(-6, 6, 25)
"""Ridge penalties to choose from, in mean squared singular values of the centred predictor."""


# With about as many columns as rows a regression is too ill-conditioned for eight digits: hence 40 stimuli.
@measure(bounds=(-np.inf, 1.0), invariant=RIGID - {"stimuli"}, min_stimuli=40)
def linear_predictivity(
    X: ArrayLike, Y: ArrayLike, folds: int = 5, seed: int = 0, *, groups: ArrayLike | None = None
) -> float:
    """Cross-validated R^2 of ridge regression from X to Y, pooled over units and folds.

        1 - sum of squared errors / sum of squared deviations from the training mean

    Both are summed over all held-out
    stimuli and all units of Y; so units of Y count by their variance. Within each fold the penalty, one for all
    units, is the one with the least generalised cross-validation score on the training stimuli, among 25 from 1e-6 to
    1e6 mean squared singular values of X. A similarity in (-inf, 1]: 1 is perfect, 0 as good as the mean, negative
    worse. Not symmetric: high-dimensional X predicts low-dimensional Y better than the reverse. Invariant to
    rotation, one scale for all units and translation of X and of Y; only nearly to other invertible linear maps of X,
    through the penalty. Permuting stimuli changes the folds, and so the result within its noise. Bias: downwards, as
    it is learned from (folds - 1) / folds of the stimuli. Constant columns change nothing.

    Args:
        X: predictor [n, p].
        Y: target [n, q], the same stimuli.
        folds: number of folds, 2 to n / 2.
        seed: of the assignment of stimuli to folds.
        groups: labels [n] of groups of stimuli that stay in one fold, such as repeats. The penalty is then the one with
            the least squared error in five inner folds of whole groups.

    Raises:
        ValueError: a NaN or infinity, different numbers of rows, a representation without variance, too many folds, or
            fewer than three groups.

    Source: ridge with generalised cross-validation is Golub, Heath & Wahba 1979, Technometrics 21:215; as a
    similarity see Yamins and others 2014, PNAS 111:8619 (there with partial least squares, per unit). The pooling is
    our choice.
    """
    first, second = pair(X, Y, rows=4)
    group, fold = _groups_and_folds(len(first), folds, seed, groups)
    first, second = centred(first, "X"), centred(second, "Y")
    sums = [_held_out(first, second, fold == k, group) for k in range(int(fold.max()) + 1)]
    error, total = np.sum(sums, axis=0)
    return float(1 - error / total)


@measure(bounds=(-np.inf, 1.0), symmetric=True, invariant=RIGID - {"stimuli"}, min_stimuli=40)
def linear_predictivity_symmetric(
    X: ArrayLike, Y: ArrayLike, folds: int = 5, seed: int = 0, *, groups: ArrayLike | None = None
) -> float:
    """Mean of `linear_predictivity` from X to Y and from Y to X.

    Symmetric; range, invariances, bias, arguments and errors are those of `linear_predictivity`.
    """
    both = (linear_predictivity(*pair, folds, seed, groups=groups) for pair in ((X, Y), (Y, X)))
    return sum(both) / 2


def _groups_and_folds(n: int, folds: int, seed: int, groups: ArrayLike | None) -> tuple[np.ndarray | None, np.ndarray]:
    """Return the group of each stimulus, if there are groups, and its fold."""
    if not 2 <= folds <= n // 2:
        raise ValueError(f"folds is {folds}: expected 2 to {n // 2} for {n} stimuli")
    rng = np.random.default_rng(seed)
    if groups is None:
        return None, rng.permutation(n) % folds
    group = group_of(groups, n)
    if group.max() < 2:
        raise ValueError("groups has two values: expected at least three, one to hold out and two to choose by")
    return group, grouped_folds(group, folds, rng)


def _held_out(X: np.ndarray, Y: np.ndarray, out: np.ndarray, group: np.ndarray | None) -> tuple[float, float]:
    """Return the squared errors of the held-out stimuli, and their squared deviations from the training mean."""
    mean_x, mean_y = X[~out].mean(0), Y[~out].mean(0)
    weights = _ridge(X[~out] - mean_x, Y[~out] - mean_y, None if group is None else group[~out])
    deviation = Y[out] - mean_y
    return float(((deviation - (X[out] - mean_x) @ weights) ** 2).sum()), float((deviation**2).sum())


def _ridge(X: np.ndarray, Y: np.ndarray, group: np.ndarray | None) -> np.ndarray:
    """Return weights [p, q] at the penalty that does best on held-out rows."""
    left, values, right = np.linalg.svd(X, full_matrices=False)
    if values[0] == 0:
        return np.zeros((X.shape[1], Y.shape[1]))
    values = np.where(values > RANK * values[0], values, 0.0)
    projected = left.T @ Y
    penalties = _PENALTIES * (values[values > 0] ** 2).mean()
    if group is None:
        best = min(penalties, key=lambda penalty: _score(values, projected, Y, penalty))
    else:
        best = penalties[_grouped_errors(X, Y, group, penalties).argmin()]
    return right.T @ ((values / (values**2 + best))[:, None] * projected)


def _grouped_errors(X: np.ndarray, Y: np.ndarray, group: np.ndarray, penalties: np.ndarray) -> np.ndarray:
    """Return the squared error of each penalty in inner folds of whole groups."""
    fold = grouped_folds(np.unique(group, return_inverse=True)[1], 5, np.random.default_rng(0))
    errors = np.zeros(len(penalties))
    for k in range(int(fold.max()) + 1):
        out = fold == k
        mean_x, mean_y = X[~out].mean(0), Y[~out].mean(0)
        left, values, right = np.linalg.svd(X[~out] - mean_x, full_matrices=False)
        projected, scores = left.T @ (Y[~out] - mean_y), (X[out] - mean_x) @ right.T
        # Penalties are for all training rows, of which this is a part.
        for i, penalty in enumerate(penalties * (~out).mean()):
            errors[i] += (
                (Y[out] - mean_y - scores @ ((values / (values**2 + penalty))[:, None] * projected)) ** 2
            ).sum()
    return errors


def _score(values: np.ndarray, projected: np.ndarray, Y: np.ndarray, penalty: float) -> float:
    """Return the generalised cross-validation score, squared error / (residual degrees of freedom)^2.

    The mean takes one degree of freedom.
    """
    kept = values**2 / (values**2 + penalty)
    explained = float(((2 * kept - kept**2) @ projected**2).sum())
    return max(0.0, float((Y**2).sum()) - explained) / (len(Y) - 1 - kept.sum()) ** 2
