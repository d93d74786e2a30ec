"""Application of a compiled function to many rows, in batches of one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tolman.core.assemble import tree_map


def map_batches(run: Callable[[Any, np.ndarray], Any], rows: Any, count: int, size: int | Sequence[int]) -> Any:
    """Return `run(rows, numbers)` of all rows as NumPy arrays, computed in batches of few sizes and so compiled seldom.

    Args:
        run: takes a batch of rows and their numbers; the last batch repeats the last row.
        rows: a pytree whose leaves have `count` rows.
        count: number of rows.
        size: rows in a batch; of several sizes, in ascending order, the last, and for the last batch the least that
            holds it.
    """
    parts, sizes = [], (size,) if isinstance(size, int) else size
    for start in range(0, count, sizes[-1]):
        numbers = np.arange(start, start + next((each for each in sizes if count - start <= each), sizes[-1]))
        index = np.minimum(numbers, count - 1)
        found = run(tree_map(lambda leaf, index=index: leaf[index], rows), numbers)
        parts.append(tree_map(lambda leaf, end=count - start: np.asarray(leaf)[:end], found))
    return tree_map(lambda *leaves: np.concatenate(leaves), *parts)
