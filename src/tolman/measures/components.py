"""Principal components: which features they speak of, and which share of a feature the first ones carry."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tolman.measures.rows import doubles
from tolman.measures.variance import variance_explained, variance_explained_by_unit

_EXACT = 1500
"""Up to this many rows or units all components are computed, beyond only the wanted ones, at random start."""


@dataclasses.dataclass(frozen=True, eq=False)
class ComponentShare:
    """Features in the first k principal components.

    Attributes:
        names: the features, in order.
        r2: held-out R2 of each feature alone on each component's scores, `[k, f]`.
        variance: each component's share of the representation's variance, `[k]`.
        carried: the share of what a feature explains that lies in the first 1..k components, `[k, f]`: variance times
            `r2`, summed and divided by the feature's R2 on the whole representation; NaN where that is not positive.
            Directions of noise count slightly negative, so that it may pass 1 a little before the last component.
    """

    names: tuple[str, ...]
    r2: np.ndarray
    variance: np.ndarray
    carried: np.ndarray


def component_share(
    X: Any,
    F: Any,
    k: int = 10,
    *,
    names: Sequence[str] | None = None,
    categorical: Iterable[Any] = (),
    folds: Any = 5,
    seed: int = 0,
) -> ComponentShare:
    """How features are spread over the first `k` principal components (fewer if `X` has no more).

    Components are those of all rows: no label is used to find them. Labels are regressed on as in
    `variance_explained`, held out, and arguments are as there. That a complex feature needs more components than a
    simple one that is computed as well is a finding of Lampinen, Chan and Hermann (2024). Invariant to translation,
    rotation and isotropic scaling.
    """
    X = doubles(X)
    options: dict[str, Any] = {"names": names, "categorical": categorical, "folds": folds, "seed": seed}
    scores, share = principal_components(X, k, seed)
    whole = variance_explained(X, F, **options)
    r2 = variance_explained_by_unit(scores, F, **options)
    with np.errstate(divide="ignore", invalid="ignore"):
        carried = np.cumsum(share[:, None] * r2, axis=0) / np.where(whole.alone > 0, whole.alone, np.nan)
    return ComponentShare(whole.names, r2, share, carried)


def principal_components(X: Any, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores `[n, k]` on the first `k` principal components, and each one's share of the variance `[k]`.

    Signs are fixed so that the score of largest size is positive. Fewer than `k` where the rank of `X` is lower.
    """
    X = doubles(X)
    X = X - X.mean(axis=0)
    total = float((X**2).sum())
    k = min(k, *X.shape)
    if total <= 0:
        raise ValueError("X does not vary, so that it has no principal components")
    scores = _scores(X, k, seed)
    squares = (scores**2).sum(axis=0)
    kept = squares > 1e-12 * total
    scores = scores[:, kept]
    peak = np.abs(scores).argmax(axis=0)
    return scores * np.sign(scores[peak, np.arange(scores.shape[1])]), squares[kept] / total


def _scores(X: np.ndarray, k: int, seed: int) -> np.ndarray:
    if min(X.shape) > _EXACT:
        from sklearn.utils.extmath import randomized_svd

        U, S, _ = randomized_svd(X, k, n_iter=7, random_state=seed)  # pyright: ignore[reportArgumentType]
        return U * S
    wide = X.shape[1] > X.shape[0]
    values, vectors = np.linalg.eigh(X @ X.T if wide else X.T @ X)
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    return vectors * np.sqrt(np.maximum(values, 0)) if wide else X @ vectors
