"""The design matrix: feature labels as columns to regress on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from tolman.measures.scaling import columns_in_range

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
        F: `[n, f]`, or `[n]` for one feature, or a mapping from name to labels `[n]`. Text is categorical.
        n: rows of the representation.
        names: names of the columns of an array; their positions if left out.
        categorical: names or positions of features whose numbers are only names of categories.

    Raises:
        ValueError: shapes do not match, a name is unknown or repeated, or labels are missing.
    """
    columns = _named(F, names)
    wanted = set(categorical)
    known = {*columns, *range(len(columns))}
    if not columns or not wanted <= known:
        raise ValueError(f"categorical names {sorted(map(str, wanted - known))}; the features are {list(columns)}")
    parts = [_coded(name, values, n, name in wanted or i in wanted) for i, (name, values) in enumerate(columns.items())]
    of = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
    return Design(tuple(columns), np.concatenate(parts, axis=1), of)


def _named(F: Any, names: Sequence[str] | None) -> dict[str, np.ndarray]:
    if isinstance(F, Mapping):
        if names is not None:
            raise ValueError("names were given beside a mapping, which has names of its own")
        return {str(name): np.asarray(values) for name, values in F.items()}
    F = np.asarray(F)
    F = F[:, None] if F.ndim == 1 else F
    if F.ndim != 2:
        raise ValueError(f"F has shape {F.shape}; expected [stimuli, features]")
    names = [str(i) for i in range(F.shape[1])] if names is None else list(names)
    if len(names) != F.shape[1] or len(set(names)) < len(names):
        raise ValueError(f"{names} are no different names for the {F.shape[1]} features of F")
    return dict(zip(names, F.T, strict=True))


def _coded(name: str, values: np.ndarray, n: int, categorical: bool) -> np.ndarray:
    if values.shape != (n,):
        raise ValueError(f"feature {name!r} has shape {values.shape}; expected {(n,)}, one label for each row of X")
    if values.dtype.kind in "fiub" and not categorical:
        columns = values.astype(np.float64)[:, None]
        if not np.isfinite(columns).all():
            raise ValueError(f"feature {name!r} holds {int((~np.isfinite(columns)).sum())} NaN or infinite values")
    else:
        kinds, which = np.unique(values.astype(str) if values.dtype.kind == "O" else values, return_inverse=True)
        columns = (which[:, None] == np.arange(len(kinds))).astype(np.float64)
    columns = columns_in_range(columns)
    size = np.abs(columns).max()
    columns = columns - columns.mean(axis=0)
    scale = columns.std(axis=0)
    # A constant column is left with what rounding made of it; it becomes 0.
    return columns / np.where(scale > 1e-12 * size, scale, np.inf)
