"""The range of a parameter in which a test is solved, with intervals: where a spot is, and how wide."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tolman.core.errors import UnknownName, UserError
from tolman.records.statistics import Interval
from tolman.sweeps.boundary import LEVEL, surface_of
from tolman.sweeps.outcomes import SOLVED, OutcomeTable

_FINE = 121
"""Places on the axis at which P(solved) is evaluated."""


class SolvedRange(NamedTuple):
    """The range of one parameter in which P(solved) reaches a level, at one value of each of the others.

    Attributes:
        at: the values of the other parameters, by path.
        low: of the range, in units of the parameter.
        high: of the range.
        centre: the mean of the two.
        width: their difference.
        absent: fraction of the resamples in which the level is reached nowhere; they enter no interval.
    """

    at: Mapping[str, Any]
    low: Interval
    high: Interval
    centre: Interval
    width: Interval
    absent: float


def solved_ranges(
    table: OutcomeTable,
    path: str,
    *,
    threshold: float = SOLVED,
    level: float = LEVEL,
    resamples: int = 200,
    seed: int = 0,
) -> list[SolvedRange]:
    """Return the range of a parameter in which P(solved) is at least `level`, for all values of the others.

    P(solved) is that of the Gaussian process that draws the boundary on a sweep's page. Between values of an axis the
    parameter is interpolated linearly. Intervals are of 95 %, from resampled seeds: a seed is taken with all its cells.
    Of a parameter that reaches the level in several places, the range goes from the first to the last of them.

    Args:
        table: an outcome of a sweep over numbers.
        path: the parameter's.
        threshold: the value from which a run counts as having solved the test.
        level: of P(solved).
        resamples: number of resamples of the seeds.
        seed: of the resamples.

    Returns:
        The values of the other parameters at which the level is reached at all.

    Raises:
        UnknownName: the sweep has no such parameter.
        UserError: its values are no numbers.
    """
    line, rng, seeds = _line(table, path), np.random.default_rng(seed), table.values.shape[1]
    draws = (table.values[:, rng.integers(0, seeds, seeds)] for _ in range(resamples))
    drawn = np.array([line.edges(table._replace(values=values), threshold, level) for values in draws])
    others = [each for each in table.axes if each.path != path]
    cells = itertools.product(*(each.values for each in others))
    return [
        _summarised(dict(zip((each.path for each in others), cell, strict=True)), edges, drawn[:, number], seeds)
        for number, (cell, edges) in enumerate(zip(cells, line.edges(table, threshold, level), strict=True))
        if not np.isnan(edges).any()
    ]


class _Line(NamedTuple):
    """Places along one axis, at every value of the others.

    Attributes:
        own: number of the axis.
        values: `[fine]` of the parameter along it.
        at: `[..., axes]` places, `fine` of them along the axis.
    """

    own: int
    values: np.ndarray
    at: np.ndarray

    def edges(self, table: OutcomeTable, threshold: float, level: float) -> np.ndarray:
        """Return `[cells of the other axes, 2]` the first and the last value at which the level is reached, or NaN."""
        above = surface_of(table, threshold, self.at.reshape(-1, self.at.shape[-1])).above(level)
        rows = np.moveaxis(above.reshape(self.at.shape[:-1]), self.own, -1).reshape(-1, len(self.values))
        return np.array([self.values[np.flatnonzero(row)[[0, -1]]] if row.any() else (np.nan, np.nan) for row in rows])


def _line(table: OutcomeTable, path: str) -> _Line:
    paths = [each.path for each in table.axes]
    if path not in paths:
        raise UnknownName("parameter", path, paths)
    own = paths.index(path)
    if not table.axes[own].is_numeric:
        raise UserError(
            f"{path} has the values {list(table.axes[own].values)}; expected numbers, as a range is of these"
        )
    values, line = np.array(table.axes[own].values, float), np.linspace(0, 1, _FINE)
    along = [line if i == own else np.linspace(0, 1, len(each.values)) for i, each in enumerate(table.axes)]
    at = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1)
    return _Line(own, np.interp(line * (len(values) - 1), np.arange(len(values)), values), at)


def _summarised(at: Mapping[str, Any], edges: np.ndarray, drawn: np.ndarray, seeds: int) -> SolvedRange:
    absent = np.isnan(drawn[:, 0])
    found = drawn[~absent]

    def interval(of: Any) -> Interval:
        low, high = np.percentile(of(found), [2.5, 97.5]) if len(found) else (np.nan, np.nan)
        return Interval(float(of(edges[None])[0]), float(low), float(high), seeds)

    return SolvedRange(
        at,
        low=interval(lambda pairs: pairs[:, 0]),
        high=interval(lambda pairs: pairs[:, 1]),
        centre=interval(lambda pairs: pairs.mean(axis=1)),
        width=interval(lambda pairs: pairs[:, 1] - pairs[:, 0]),
        absent=float(absent.mean()),
    )
