"""The design matrix: feature labels as columns to regress on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from tolman.measures.scaling import columns_in_range
from tolman.measures.tables import column, named_columns

__all__ = ["Design", "design"]


@dataclasses.dataclass(frozen=True, eq=False)
class Design:
    """Regressors, without an intercept.

    Attributes:
        names: the features, in order.
        columns: `[n, d]`, each centred and of unit variance (constant ones: 0), which changes no fit.
        of: the feature of each column, `[d]`.
    """

    names: tuple[str, ...]
    columns: Float[np.ndarray, "n d"]
    of: Int[np.ndarray, " d"]

    def subsets(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the column indices of each feature alone, and of all features but it."""
        alone = [np.flatnonzero(self.of == i) for i in range(len(self.names))]
        return alone, [np.flatnonzero(self.of != i) for i in range(len(self.names))]


def design(F: Any, n: int, names: Sequence[str] | None = None, categorical: Iterable[Any] = ()) -> Design:
    """Return the regressors of feature labels.

    Args:
        F: `[n, f]`, or `[n]` for one feature, a mapping from name to labels `[n]`, or a frame of pandas, Polars or
            Arrow, whose columns keep their names. Text and pandas' categories are categorical.
        n: rows of the representation.
        names: names of the columns of an array; their positions if left out.
        categorical: names or positions of features whose numbers are only names of categories.

    Raises:
        ValueError: shapes do not match, a name is unknown or repeated, or labels are missing (None, NaN, NaT, NA,
            null), where the first row is named, or every row is a class of its own.
    """
    columns = named_columns(F, names)
    wanted = set(categorical)
    known = {*columns, *range(len(columns))}
    if not columns or not wanted <= known:
        raise ValueError(f"categorical names {sorted(map(str, wanted - known))}; the features are {list(columns)}")
    parts = [_coded(name, values, n, name in wanted or i in wanted) for i, (name, values) in enumerate(columns.items())]
    of = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    return Design(tuple(columns), np.concatenate(parts, axis=1), of)


def _coded(name: str, values: Any, n: int, categorical: bool) -> np.ndarray:
    found = column(values, n, f"feature {name!r}")
    if found.dtype.kind in "fiub" and not categorical:
        columns = found.astype(np.float64)[:, None]
    else:
        kinds, which = np.unique(found, return_inverse=True)
        if len(kinds) == n > 2:
            raise ValueError(
                f"feature {name!r} has another class in every row, and none says anything about another: leave it out, "
                "or give it as numbers (dates as days, say)"
            )
        columns = (which[:, None] == np.arange(len(kinds))).astype(np.float64)
    columns = columns_in_range(columns)
    size = np.abs(columns).max()
    columns = columns - columns.mean(axis=0)
    scale = columns.std(axis=0)
    # A constant column is left with what rounding made of it; it becomes 0.
    return columns / np.where(scale > 1e-12 * size, scale, np.inf)
