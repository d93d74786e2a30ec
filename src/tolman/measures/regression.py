"""Held-out linear regression from sums over rows: one pass over the data, and little memory for a million stimuli.

Least squares and its residuals depend on regressors d and units x through the sums of x, x², d, d dᵀ and d xᵀ only.
They are kept for each fold; the sums of the other folds, added up, give the fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from tolman.measures.design_matrix import Design
from tolman.measures.scaling import SMALLEST, divided, exponent
from tolman.measures.validation import pieces

_RANK = 1e-10
"""Singular directions of the regressors below this fraction of the largest get no weight: collinear features."""


class Moments(NamedTuple):
    """Sums over rows; leading axes, where there are any, are resamples.

    Attributes:
        n: number of rows.
        d: sum of regressors.
        x: sum of units.
        dd: sum of products of regressors.
        dx: sum of products of regressors and units.
        xx: sum of squares of units.
    """

    n: Float[np.ndarray, ...]
    d: Float[np.ndarray, "... d"]
    x: Float[np.ndarray, "... p"]
    dd: Float[np.ndarray, "... d d"]
    dx: Float[np.ndarray, "... d p"]
    xx: Float[np.ndarray, "... p"]

    def plus(self, other: Moments) -> Moments:
        """Return the sums over the rows of both."""
        return Moments(*(a + b for a, b in zip(self, other, strict=True)))

    def divided(self, e: Any) -> Moments:
        """Return the sums for units divided by 2**e."""
        return self._replace(x=np.ldexp(self.x, -e), dx=np.ldexp(self.dx, -e), xx=np.ldexp(self.xx, -2 * e))

    def total(self) -> np.ndarray:
        """Return the sum of squares of each unit about its mean, `[..., p]`."""
        return np.maximum(self.xx - self.x**2 / self.n[..., None], 0.0)


def joined(parts: Sequence[Moments]) -> Moments:
    """Return the sums over the rows of all parts."""
    out = parts[0]
    for part in parts[1:]:
        out = out.plus(part)
    return out


def sums(
    D: Float[np.ndarray, "... n d"], X: Float[np.ndarray, "n p"], weight: Float[np.ndarray, "... n"] | None = None
) -> Moments:
    """Return the sums over regressors and units, each row counted `weight` times."""
    weight = np.ones(D.shape[:-1]) if weight is None else weight
    weighted = np.swapaxes(weight[..., None] * D, -1, -2)
    return Moments(
        n=weight.sum(-1),
        d=weighted.sum(-1),
        x=weight @ X,
        dd=weighted @ D,
        dx=weighted @ X,
        xx=weight @ X**2,
    )


def by_fold(X: Any, design: Design, fold: np.ndarray, by_unit: bool = False) -> tuple[list[Moments], Any]:
    """Return the sums of each fold, in one pass over `X[n, p]`, which may be memory-mapped.

    They are of units divided by 2**e, also returned, such that squares neither overflow nor vanish: one exponent for
    all units, or one for each, `[p]`.
    """
    d, p = design.columns.shape[1], X.shape[1]
    out = [sums(np.empty((0, d)), np.empty((0, p)))] * (int(fold.max()) + 1)
    shift, e = None, np.int64(SMALLEST)
    for rows, X_piece in pieces(X):
        # About a mean that is nearly right, sums of squares do not cancel.
        shift = X_piece.mean(axis=0) if shift is None else shift
        deviation = X_piece - shift
        needed = exponent(deviation, axis=0, zero=SMALLEST)[0] if by_unit else exponent(deviation, zero=SMALLEST)
        before, e = e, np.maximum(e, needed)
        deviation = divided(deviation, e)
        for k in range(len(out)):
            chosen = fold[rows] == k
            out[k] = out[k].divided(e - before).plus(sums(design.columns[rows][chosen], deviation[chosen]))
    return out, e


def weights(fit: Moments, chosen: Int[np.ndarray, " c"]) -> Float[np.ndarray, "... c p"]:
    """Return least-squares weights of the chosen regressors, beside an intercept."""
    n = fit.n[..., None, None]
    d = fit.d[..., chosen]
    inner = fit.dd[..., chosen[:, None], chosen] - d[..., :, None] * d[..., None, :] / n
    cross = fit.dx[..., chosen, :] - d[..., :, None] * fit.x[..., None, :] / n
    return np.linalg.pinv(inner, rcond=_RANK, hermitian=True) @ cross


def residual(fit: Moments, test: Moments, chosen: Int[np.ndarray, " c"]) -> Float[np.ndarray, "... p"]:
    """Return the squared error of each unit on `test`, predicted from regressors with weights from `fit`."""
    if not len(chosen):
        b = fit.x / fit.n[..., None]
        return test.xx - 2 * b * test.x + test.n[..., None] * b**2
    W, d = weights(fit, chosen), test.d[..., chosen]
    b = (fit.x - _times(fit.d[..., chosen], W)) / fit.n[..., None]
    explained = 2 * test.dx[..., chosen, :] - test.dd[..., chosen[:, None], chosen] @ W
    out = test.xx - (W * explained).sum(-2) - 2 * b * (test.x - _times(d, W)) + test.n[..., None] * b**2
    return np.maximum(out, 0.0)


def _times(row: np.ndarray, W: np.ndarray) -> np.ndarray:
    return (row[..., None, :] @ W)[..., 0, :]


def held_out(folds: Sequence[Moments], chosen: Int[np.ndarray, " c"]) -> Float[np.ndarray, "... p"]:
    """Return the squared error of each unit over all folds, each predicted from the others."""
    errors = []
    for k, test in enumerate(folds):
        fit = joined([part for j, part in enumerate(folds) if j != k])
        errors.append(residual(fit, test, chosen))
    return np.sum(errors, axis=0)
