"""Rows that are nearly the same, such as repeats of a stimulus, found without being told of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.sampling import sample
from tolman.measures.scaling import in_range

REPEATS_ROWS = 1_000
"""Rows that are searched, drawn at random."""

LARGEST = 20
"""Sets of more rows are classes, not repeats."""

APART = 1.25
"""Rows of a set are nearer to each other than to any other row, by this factor."""

MANY = 0.6
"""From this fraction of rows on, such sets are no chance: of independent rows in two dimensions half are in one."""

SPREAD = 1.5
"""In fewer dimensions, sets say nothing: along a line most rows have a neighbour much nearer than any other."""


def repeated(layers: Sequence[Layer], seed: int) -> Iterator[str]:
    """Yield a sentence about the first layer in which most rows are nearly the same as some others."""
    for layer in layers:
        rows = sample(layer.values.shape[0], REPEATS_ROWS, seed)
        found = near_duplicates(np.asarray(layer.values[rows], dtype=np.float64)).mean()
        if found >= MANY:
            yield (
                f"{layer.name}: {found:.0%} of rows are nearly the same as a few others. If they repeat a stimulus or "
                "come from one subject or document, held-out numbers are too high and intervals too narrow: name the "
                "column that says which belong together with --group COLUMN."
            )
            return


def near_duplicates(X: np.ndarray) -> np.ndarray:
    """Return which rows are in a small set whose rows are all nearer to each other than to any row outside, `[n]`."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist, squareform

    n, (X, _) = len(X), in_range(X - X.mean(axis=0))
    if n < 3 or _dimensions(X) < SPREAD:
        return np.zeros(n, dtype=bool)
    pairs = pdist(X)
    D, found = squareform(pairs), np.zeros(n, dtype=bool)
    members: dict[int, list[int]] = {i: [i] for i in range(n)}
    for node, (a, b, _, size) in enumerate(linkage(pairs, "average"), start=n):
        if size > LARGEST or int(a) not in members or int(b) not in members:
            continue
        rows = members[node] = members[int(a)] + members[int(b)]
        outside = np.delete(D[rows], rows, axis=1)
        found[rows] |= bool(outside.size) and outside.min() >= APART * D[np.ix_(rows, rows)].max()
    return found


def _dimensions(X: np.ndarray) -> float:
    """Return the participation ratio of the principal components: over how many the variance is spread."""
    K = X @ X.T if X.shape[1] > X.shape[0] else X.T @ X
    total = float((K**2).sum())
    return float(np.trace(K)) ** 2 / total if total > 0 else 0.0
