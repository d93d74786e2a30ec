"""Powers of two that keep sums of squares within the range of float64; they change no digit of any number."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

_SAFE = 128
"""Between 2**-128 and 2**128, fourth powers summed over any number of entries neither overflow nor vanish."""

SMALLEST = -1074
"""The exponent of the smallest number."""


def exponent(X: np.ndarray, axis: int | None = None, zero: int = 0) -> Any:
    """Return e with the largest size of the entries below 2**e, or 0 where squares are safe as they are.

    Args:
        X: finite numbers.
        axis: an exponent for each slice along the other axes, with this axis kept; one for all without it.
        zero: the exponent where all entries are zero.
    """
    peak = np.abs(X).max(axis=axis, keepdims=axis is not None)
    found = np.frexp(peak)[1]
    found = np.where(peak == 0, zero, np.where(np.abs(found) <= _SAFE, 0, found))
    return int(found) if axis is None else found


def divided(X: np.ndarray, e: Any) -> np.ndarray:
    """Return X / 2**e."""
    return np.ldexp(X, -e) if np.any(e) else X


def in_range(X: Float[np.ndarray, "*shape"]) -> tuple[Float[np.ndarray, "*shape"], int]:
    """Return X / 2**e and e, such that squares are safe."""
    e = exponent(X)
    return divided(X, e), e


def columns_in_range(X: Float[np.ndarray, "n p"]) -> Float[np.ndarray, "n p"]:
    """Return every column divided by a power of two of its own, such that squares are safe."""
    return divided(X, exponent(X, axis=0))


def multiplied(found: Any, e: int, what: str) -> Any:
    """Return found * 2**e.

    Raises:
        ValueError: it is larger than any number in float64; `what` says what it is.
    """
    if not e:
        return found
    with np.errstate(over="ignore"):
        result = np.ldexp(found, e)
    if not np.isfinite(result).all():
        raise ValueError(f"{what} exceed the range of float64: divide the representation by a constant first")
    return result
