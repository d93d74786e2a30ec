"""Apply a compiled function to many rows in batches of one size, so that it is compiled once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tolman.core.assemble import tree_map


def map_batches(run: Callable[[Any, np.ndarray], Any], rows: Any, count: int, size: int) -> Any:
    """What `run(rows, numbers)` gives for `count` rows, as NumPy; it is asked for `size` of them at a time.

    `rows` is a pytree whose leaves have `count` rows, which are numbered from 0; the last block repeats the last row.
    """
    parts = []
    for start in range(0, count, size):
        numbers = np.arange(start, start + size)
        index = np.minimum(numbers, count - 1)
        found = run(tree_map(lambda leaf, index=index: leaf[index], rows), numbers)
        parts.append(tree_map(lambda leaf, end=count - start: np.asarray(leaf)[:end], found))
    return tree_map(lambda *leaves: np.concatenate(leaves), *parts)
