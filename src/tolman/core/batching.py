"""Application of a compiled function to many rows, in batches of one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tolman.core.assemble import tree_map


def map_batches(run: Callable[[Any, np.ndarray], Any], rows: Any, count: int, size: int) -> Any:
    """Return `run(rows, numbers)` of all rows as NumPy arrays, computed in batches of one size and so compiled once.

    Args:
        run: takes `size` rows and their numbers; the last batch repeats the last row.
        rows: a pytree whose leaves have `count` rows.
        count: number of rows.
        size: rows in a batch.
    """
    parts = []
    for start in range(0, count, size):
        numbers = np.arange(start, start + size)
        index = np.minimum(numbers, count - 1)
        found = run(tree_map(lambda leaf, index=index: leaf[index], rows), numbers)
        parts.append(tree_map(lambda leaf, end=count - start: np.asarray(leaf)[:end], found))
    return tree_map(lambda *leaves: np.concatenate(leaves), *parts)
