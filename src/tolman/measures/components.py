"""Principal components: the features that each explains, and the fraction of a feature within the first ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from tolman.measures.scaling import in_range, multiplied
from tolman.measures.validation import doubles
from tolman.measures.variance import variance_explained, variance_explained_by_unit

__all__ = ["ComponentVariance", "component_variance", "principal_components"]

_EXACT = 1500
"""Up to this many rows or units all components are computed, beyond only the wanted ones, by randomised SVD."""


@dataclasses.dataclass(frozen=True, eq=False)
class ComponentVariance:
    """Features in the first k principal components.

    Attributes:
        names: the features, in order.
        r2: held-out R2 of each feature alone on each component's scores.
        explained_variance_ratio: fraction of the representation's variance in each component.
        cumulative: fraction of a feature's variance that lies in the first 1..k components: the explained
            variance ratio times `r2`, summed and divided by the feature's R2 on the whole representation; NaN where
            that is not positive. Directions of noise count slightly negative, so that it may pass 1 a little.
    """

    names: tuple[str, ...]
    r2: Float[np.ndarray, "k f"]
    explained_variance_ratio: Float[np.ndarray, " k"]
    cumulative: Float[np.ndarray, "k f"]


def component_variance(
    X: Any,
    F: Any,
    k: int = 10,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
    groups: Any = None,
) -> ComponentVariance:
    """Variance of each feature within the first `k` principal components (fewer if `X` has no more).

    Components are those of all rows: no label is used to find them. Labels are regressed on as in
    `variance_explained`, held out, and arguments are as there. That a complex feature needs more components than a
    simple one that is computed as well is a finding of Lampinen, Chan and Hermann (2024). Invariant to translation,
    rotation and isotropic scaling.
    """
    X = doubles(X)
    options: dict[str, Any] = {"names": names, "categorical": categorical, "folds": folds, "seed": seed}
    options["groups"] = groups
    scores, ratio = principal_components(X, k, seed)
    whole = variance_explained(X, F, **options)
    r2 = variance_explained_by_unit(scores, F, **options)
    with np.errstate(divide="ignore", invalid="ignore"):
        cumulative = np.cumsum(ratio[:, None] * r2, axis=0) / np.where(whole.alone > 0, whole.alone, np.nan)
    return ComponentVariance(whole.names, r2, ratio, cumulative)


def principal_components(X: Any, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores `[n, k]` on the first `k` principal components, and the fraction of variance in each `[k]`.

    Signs are fixed so that the score of largest size is positive. Fewer than `k` where the rank of `X` is lower.
    """
    X = doubles(X)
    X, e = in_range(X - X.mean(axis=0))
    total = float((X**2).sum())
    k = min(k, *X.shape)
    if total <= 0:
        raise ValueError("X does not vary, so that it has no principal components")
    scores = _scores(X, k, seed)
    squares = (scores**2).sum(axis=0)
    kept = squares > 1e-12 * total
    scores = scores[:, kept]
    peak = np.abs(scores).argmax(axis=0)
    scores = multiplied(scores * np.sign(scores[peak, np.arange(scores.shape[1])]), e, "scores")
    return scores, squares[kept] / total


def _scores(X: np.ndarray, k: int, seed: int) -> np.ndarray:
    if min(X.shape) > _EXACT:
        from sklearn.utils.extmath import randomized_svd

        U, S, _ = randomized_svd(X, k, n_iter=7, random_state=seed)  # pyright: ignore[reportArgumentType]
        return U * S
    wide = X.shape[1] > X.shape[0]
    values, vectors = np.linalg.eigh(X @ X.T if wide else X.T @ X)
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    return vectors * np.sqrt(np.maximum(values, 0)) if wide else X @ vectors
