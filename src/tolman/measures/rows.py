"""Rows of stimuli: what is checked before anything is computed, read in pieces, and put into folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

_CHUNK = 1 << 22
"""Hyperparameters in one piece: 32 MB of doubles, whatever the size of the whole."""

_FOLDS = 0x70_6C_6D_61
"""Tells the stream that folds are drawn from apart from any that a caller may use."""


def representation(X: Any, name: str = "X") -> Any:
    """`X` as an array `[n, p]` that is still where it was: a memory-mapped file is not read here.

    Raises:
        ValueError: it has another number of axes, no units, fewer than two rows, or is not real numbers.
    """
    X = X if isinstance(X, np.ndarray) else np.asarray(X)
    if X.ndim != 2 or X.shape[0] < 2 or X.shape[1] < 1:
        raise ValueError(f"{name} has shape {X.shape}; expected [stimuli, units] with at least 2 stimuli and 1 unit")
    # Formats of 16 bits and less that NumPy does not know itself, such as bfloat16, are of kind V and convert well.
    if X.dtype.kind not in "fiubV":
        raise ValueError(f"{name} has the type {X.dtype}; expected real numbers")
    return X


def doubles(X: Any, name: str = "X") -> np.ndarray:
    """`X` as finite doubles `[n, p]`, in memory."""
    X = representation(X, name)
    return _finite(np.asarray(X, dtype=np.float64), name, 0)


def pieces(X: Any, name: str = "X") -> Iterator[tuple[slice, np.ndarray]]:
    """Consecutive rows as finite doubles, a few at a time, with where they stand."""
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
    """Labels `[n]`, one for each row of the representation."""
    y = np.asarray(y)
    if y.shape != (n,):
        raise ValueError(f"y has shape {y.shape}; expected {(n,)}, one label for each row of X")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(f"y holds {int((~np.isfinite(y)).sum())} NaN or infinite values")
    return y


def fold_of(n: int, folds: Any, seed: int) -> np.ndarray:
    """The fold of each row, `[n]` in 0..k-1: drawn at random in equal parts, or as given.

    Raises:
        ValueError: fewer than two folds, more folds than half the rows, or one label for each row is missing.
    """
    given = np.asarray(folds)
    if given.ndim == 0:
        k = int(given)
        if not 2 <= k <= n // 2:
            raise ValueError(f"folds is {k}; expected from 2 to {n // 2}, half the number of rows")
        # A stream of its own: whoever shuffled labels with the same seed would get folds that follow the labels.
        return np.random.default_rng((_FOLDS, seed)).permutation(n) % k
    if given.shape != (n,):
        raise ValueError(f"folds has shape {given.shape}; expected a number, or one fold for each of {n} rows")
    names, fold = np.unique(given, return_inverse=True)
    if len(names) < 2 or np.bincount(fold).min() < 2:
        raise ValueError("folds given by row must be at least two, each with at least two rows")
    return fold
