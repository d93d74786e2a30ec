"""Computing in blocks of one size, so that one program serves however many rows there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np


def in_blocks(run: Callable[[Any, np.ndarray], Any], rows: Any, count: int, size: int) -> Any:
    """What `run(rows, numbers)` gives for `count` rows, as NumPy; it is asked for `size` of them at a time.

    `rows` is a pytree whose leaves have `count` rows, which are numbered from 0; the last block repeats the last row.
    """
    parts = []
    for start in range(0, count, size):
        numbers = np.arange(start, start + size)
        index = np.minimum(numbers, count - 1)
        found = run(jax.tree.map(lambda leaf, index=index: leaf[index], rows), numbers)
        parts.append(jax.tree.map(lambda leaf, end=count - start: np.asarray(leaf)[:end], found))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
