"""Sensitivity of an outcome to the axes of a whole grid: effects of levels, interactions and Sobol indices.

Seeds cross all cells, so that effects are computed within each seed, and intervals rest on how seeds differ.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tolman.core.errors import UserError
from tolman.records.statistics import Interval, student
from tolman.sweeps.outcomes import OutcomeTable

_ROUNDING = 1e-20
"""Variances below this part of the mean square are those of rounding."""


@dataclasses.dataclass(frozen=True)
class Sensitivity:
    """The dependence of an outcome on the axes.

    Attributes:
        levels: (path, value) -> mean over all cells of that value less the mean over all cells, with a t interval over
            seeds.
        interactions: (path, path) -> how much more the outcome rises from the first to the last value of one axis at
            the last value of the other than at its first, averaged over further axes, with a t interval over seeds.
        first: path -> first-order Sobol index, the fraction of the variance between cells that the axis explains alone.
        total: path -> total Sobol index, with all interactions in which the axis takes part.
        pairs: (path, path) -> the fraction that only both together explain.
    """

    levels: dict[tuple[str, Any], Interval]
    interactions: dict[tuple[str, str], Interval]
    first: dict[str, Interval]
    total: dict[str, Interval]
    pairs: dict[tuple[str, str], Interval]


def sensitivity(table: OutcomeTable, threshold: float | None = None) -> Sensitivity:
    """Analyse a learner's outcome on a whole grid; with a threshold, whether a run reaches it.

    The variance between cells is estimated from products of different seeds, so that the noise of single runs enters
    no index (the estimates may be a little below 0 for that). Intervals of indices are jackknife intervals over seeds.
    Where cells do not differ by more than noise, so that there is no variance to explain, indices are NaN.

    Raises:
        UserError: cells or seeds are missing, or there are fewer than two seeds.

    Source: Sobol 2001, Math. Comput. Simul. 55:271; Efron and Stein 1981, Ann. Stat. 9:586.
    """
    grid = _grid(table)
    if threshold is not None:
        grid = (grid >= threshold).astype(float)
    paths = [axis.path for axis in table.axes]
    couples = list(itertools.combinations(range(len(paths)), 2))
    index = lambda of: _jackknife(grid, of)  # noqa: E731
    return Sensitivity(
        levels=_levels(table, grid),
        interactions={(paths[i], paths[j]): _interaction(grid, i, j) for i, j in couples},
        first={path: index(lambda y, i=i: _explained(y, [i])) for i, path in enumerate(paths)},
        total={path: index(lambda y, i=i: _total(y, i)) for i, path in enumerate(paths)},
        pairs={(paths[i], paths[j]): index(lambda y, i=i, j=j: _pair(y, i, j)) for i, j in couples},
    )


def _grid(table: OutcomeTable) -> np.ndarray:
    """Return the outcome as an array with an axis of its own for every axis, and the seeds last."""
    shape = [len(axis.values) for axis in table.axes]
    missing = int(np.prod(shape)) * table.values.shape[1] - int((~np.isnan(table.values)).sum())
    if missing or table.values.shape[1] < 2:
        raise UserError(
            f"{missing} runs of the grid are missing, of {table.values.shape[1]} seeds: effects and Sobol indices need "
            "every cell at two seeds or more; complete the sweep."
        )
    return table.values.reshape(*shape, -1)  # cells are in the order of the axes


def _levels(table: OutcomeTable, grid: np.ndarray) -> dict[tuple[str, Any], Interval]:
    seeds, found = grid.shape[-1], {}
    overall = grid.reshape(-1, seeds).mean(0)
    for i, axis in enumerate(table.axes):
        means = np.moveaxis(grid, i, 0).reshape(len(axis.values), -1, seeds).mean(1) - overall
        found |= {(axis.path, value): student(row.tolist()) for value, row in zip(axis.values, means, strict=True)}
    return found


def _interaction(grid: np.ndarray, i: int, j: int) -> Interval:
    first, last = np.moveaxis(grid, (i, j), (0, 1))[[0, -1]][:, [0, -1]]
    rise = (last[1] - first[1]) - (last[0] - first[0])
    return student(rise.reshape(-1, grid.shape[-1]).mean(0).tolist())


def _closed(grid: np.ndarray, axes: Sequence[int]) -> float:
    """Return the variance that a set of axes explains, of products of two different seeds each."""
    others = tuple(i for i in range(grid.ndim - 1) if i not in axes)
    means = grid.mean(others).reshape(-1, grid.shape[-1])
    means = means - means.mean(0)
    seeds = means.shape[1]
    return float(((means.sum(1) ** 2 - (means**2).sum(1)) / (seeds * (seeds - 1))).mean())


def _explained(grid: np.ndarray, axes: Sequence[int]) -> float:
    whole, rounding = _closed(grid, range(grid.ndim - 1)), _ROUNDING * float((grid**2).mean())
    return _closed(grid, axes) / whole if whole > rounding else float("nan")


def _total(grid: np.ndarray, i: int) -> float:
    others = [j for j in range(grid.ndim - 1) if j != i]
    return 1.0 - _explained(grid, others) if others else _explained(grid, [i])


def _pair(grid: np.ndarray, i: int, j: int) -> float:
    return _explained(grid, [i, j]) - _explained(grid, [i]) - _explained(grid, [j])


def _jackknife(grid: np.ndarray, of: Callable[[np.ndarray], float]) -> Interval:
    """Return a statistic with its jackknife interval over seeds; the ends are NaN for fewer than three seeds."""
    value, seeds = of(grid), grid.shape[-1]
    if seeds < 3:
        return Interval(value, float("nan"), float("nan"), seeds)
    pseudo = [seeds * value - (seeds - 1) * of(np.delete(grid, s, -1)) for s in range(seeds)]
    around = student(pseudo)
    return around.shift(value - around.mean)
