"""Validation of arrays: finite numbers, the same stimuli, some variance.

Similarities take their arrays through `pair`, measures of features through `representation`, which leaves memory-mapped
files where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float64
from numpy.typing import ArrayLike

from tolman.measures.scaling import divided, exponent, in_range
from tolman.measures.tables import column, numeric

_ROUNDING = 1e-12
"""A deviation below this fraction of the values' own size is rounding, not variance."""

RANK = 1e-10
"""Directions of standardised columns below this fraction of the largest are rounding, whatever the number of rows."""

_CHUNK = 1 << 22
"""Entries read at once: 32 MB of doubles, whatever the size of the whole."""


def matrix(X: ArrayLike, name: str = "X", rows: int = 2) -> Float64[np.ndarray, "n p"]:
    """Return `X[n, p]` in float64, checked: two-dimensional, finite, at least `rows` rows and one column.

    Raises:
        ValueError: anything else; a NaN or infinity is named by its first row and column.
    """
    found = stack(X, name, rows)
    if found.ndim != 2:
        raise ValueError(f"{name} has shape {found.shape}: expected [stimuli, units]")
    return found


def stack(X: ArrayLike, name: str = "X", rows: int = 2) -> Float64[np.ndarray, "... n p"]:
    """Return `X[..., n, p]` in float64, checked like `matrix`."""
    found = numeric(X, name).astype(np.float64, copy=False)
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
    """Return two matrices of the same stimuli, each checked by `matrix`."""
    first, second = matrix(X, names[0], rows), matrix(Y, names[1], rows)
    if len(first) != len(second):
        raise ValueError(
            f"{names[0]} has {len(first)} rows and {names[1]} {len(second)}: row i of both must be stimulus i"
        )
    return first, second


def about_mean(X: np.ndarray) -> np.ndarray:
    """Return columns minus their means; constant columns become exactly zero, whatever rounding made of them."""
    found = X - X.mean(0)
    found[:, np.abs(found).max(0) <= _ROUNDING * np.abs(X).max(0)] = 0.0
    return found


def deviations(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return columns minus their means, as `about_mean`.

    Raises:
        ValueError: all columns are constant, so that there is no variance to compare.
    """
    found = about_mean(X)
    if not found.any():
        raise ValueError(f"{name} has no variance: all {len(X)} rows are the same")
    return found


def centred(X: np.ndarray, name: str = "X") -> np.ndarray:
    """Return `deviations` in one scale for all columns, such that no sum of squares overflows or vanishes."""
    return in_range(deviations(X, name))[0]


def row_directions(X: np.ndarray, centre: bool, name: str = "X") -> np.ndarray:
    """Return rows scaled to length one, after their own mean is taken off if `centre`.

    Raises:
        ValueError: a row has no direction; the first one is named.
    """
    found, norms, lost = _directions(X, centre)
    if lost.any():
        row = int(np.argwhere(lost)[0][-1])
        problem, undefined = ("constant over units", "correlation") if centre else ("all zero", "cosine")
        raise ValueError(
            f"row {row} of {name} is {problem} ({int(lost.sum())} such rows): its {undefined} with other rows is "
            "undefined. Drop these stimuli, or use metric 'euclidean' or 'sqeuclidean'"
        )
    return found / norms


def without_direction(X: np.ndarray, centre: bool) -> np.ndarray:
    """Return which rows are constant (`centre`) or zero up to rounding, `[n]`: they have no correlation, or cosine."""
    return _directions(X, centre)[2]


def _directions(X: np.ndarray, centre: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows (about their mean), their lengths, and which are of none; every row in a scale of its own."""
    X = divided(X, exponent(X, axis=-1))
    found = X - X.mean(-1, keepdims=True) if centre else X
    norms = np.linalg.norm(found, axis=-1, keepdims=True)
    return found, norms, norms[..., 0] <= (_ROUNDING * np.linalg.norm(X, axis=-1) if centre else 0.0)


def representation(X: Any, name: str = "X") -> Any:
    """Return `X` as an array `[n, p]`; a memory-mapped file is not read.

    Raises:
        ValueError: it has another number of axes, no units, fewer than two rows, or is not real numbers.
    """
    X = numeric(X, name)
    if X.ndim != 2 or X.shape[0] < 2 or X.shape[1] < 1:
        raise ValueError(f"{name} has shape {X.shape}; expected [stimuli, units] with at least 2 stimuli and 1 unit")
    return X


def doubles(X: Any, name: str = "X") -> Float64[np.ndarray, "n p"]:
    """Return `X` as finite doubles `[n, p]`, in memory."""
    X = representation(X, name)
    return _finite(np.asarray(X, dtype=np.float64), name, 0)


def pieces(X: Any, name: str = "X") -> Iterator[tuple[slice, np.ndarray]]:
    """Yield consecutive rows of `X[n, p]` as finite doubles, and which rows they are, some at a time."""
    step = max(1, _CHUNK // X.shape[1])
    for start in range(0, X.shape[0], step):
        rows = slice(start, min(start + step, X.shape[0]))
        yield rows, _finite(np.asarray(X[rows], dtype=np.float64), name, start)


def _finite(X: np.ndarray, name: str, start: int) -> np.ndarray:
    bad = ~np.isfinite(X)
    if bad.any():
        row = start + int(np.argmax(bad.any(axis=1)))
        raise ValueError(f"{name} holds {int(bad.sum())} NaN or infinite values, the first in row {row} (from 0)")
    return X


def labels(y: Any, n: int) -> np.ndarray:
    """Return labels `[n]`, one for each row of the representation, checked as in `column`."""
    return column(y, n, "y")
