"""What every measure asks of its arrays: finite numbers, the same stimuli, some variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

_ROUNDING = 1e-12
"""A spread below this share of the values' own size is rounding, not variance."""


def matrix(X: ArrayLike, name: str = "X", rows: int = 2) -> np.ndarray:
    """`X[n, p]` in float64, checked: two-dimensional, finite, at least `rows` rows and one column.

    Raises:
        ValueError: anything else; a NaN or infinity is named by its first row and column.
    """
    found = stack(X, name, rows)
    if found.ndim != 2:
        raise ValueError(f"{name} has shape {found.shape}: expected [stimuli, units]")
    return found


def stack(X: ArrayLike, name: str = "X", rows: int = 2) -> np.ndarray:
    """`X[..., n, p]` in float64, checked like `matrix`."""
    given = np.asarray(X)
    if given.dtype.kind in "cSUOMm":
        raise ValueError(f"{name} holds {given.dtype}: expected real numbers")
    found = given.astype(np.float64, copy=False)
    if found.ndim < 2:
        raise ValueError(f"{name} has shape {found.shape}: expected [stimuli, units]")
    if found.shape[-2] < rows or found.shape[-1] < 1:
        raise ValueError(f"{name} has shape {found.shape}: expected at least {rows} stimuli (rows) and one unit")
    _check_finite(found, name)
    return found


def _check_finite(X: np.ndarray, name: str) -> None:
    bad = ~np.isfinite(X)
    if bad.any():
        *lead, row, column = (int(i) for i in np.argwhere(bad)[0])
        where = f" of matrix {lead}" if lead else ""
        raise ValueError(
            f"{name} has a NaN or an infinity first at row {row}, column {column}{where} ({int(bad.sum())} in all): "
            "drop or impute such stimuli or units first"
        )


def pair(X: ArrayLike, Y: ArrayLike, rows: int = 2, names: tuple[str, str] = ("X", "Y")) -> tuple[np.ndarray, ...]:
    """Two matrices of the same stimuli, see `matrix`."""
    first, second = matrix(X, names[0], rows), matrix(Y, names[1], rows)
    if len(first) != len(second):
        raise ValueError(
            f"{names[0]} has {len(first)} rows and {names[1]} {len(second)}: row i of both must be stimulus i"
        )
    return first, second


def centred(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Columns minus their means; columns that are constant become exactly zero.

    Raises:
        ValueError: all columns are constant, so that there is no variance to compare.
    """
    found = X - X.mean(0)
    found[:, X.min(0) == X.max(0)] = 0.0
    if np.abs(found).max() <= _ROUNDING * np.abs(X).max():
        raise ValueError(f"{name} has no variance: all {len(X)} rows are the same")
    return found


def row_directions(X: np.ndarray, centre: bool, name: str = "X") -> np.ndarray:
    """Rows scaled to length one, after their own mean is taken off if `centre`.

    Raises:
        ValueError: a row has no direction; the first one is named.
    """
    found = X - X.mean(-1, keepdims=True) if centre else X
    norms = np.linalg.norm(found, axis=-1, keepdims=True)
    lost = norms[..., 0] <= (_ROUNDING * np.linalg.norm(X, axis=-1) if centre else 0.0)
    if lost.any():
        row = int(np.argwhere(lost)[0][-1])
        what, undefined = ("constant over units", "correlation") if centre else ("all zero", "cosine")
        raise ValueError(
            f"row {row} of {name} is {what} ({int(lost.sum())} such rows): its {undefined} with other rows is "
            "undefined. Drop these stimuli, or use metric 'euclidean' or 'sqeuclidean'"
        )
    return found / norms
