"""Rows drawn for measures that need no more."""

from __future__ import annotations

from typing import Any

import numpy as np


def sample(n: int, size: int, seed: int) -> Any:
    """Return rows for a measure that needs no more than `size`: all, or that many at random, in order."""
    if n <= size:
        return slice(None)
    # A generator of its own, in case labels were shuffled with the same seed.
    return np.sort(np.random.default_rng((7, seed)).choice(n, size, replace=False))
