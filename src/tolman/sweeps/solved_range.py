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
    axis = next((each for each in table.axes if each.path == path), None)
    if axis is None:
        raise UnknownName("parameter", path, [each.path for each in table.axes])
    if not axis.is_numeric:
        raise UserError(f"{path} has the values {list(axis.values)}; expected numbers, as a range is of these")
    rng, seeds = np.random.default_rng(seed), table.values.shape[1]
    whole = _edges(table, path, threshold, level)
    drawn = np.array(
        [
            _edges(table._replace(values=table.values[:, rng.integers(0, seeds, seeds)]), path, threshold, level)
            for _ in range(resamples)
        ]
    )
    others = [each for each in table.axes if each.path != path]
    cells = itertools.product(*(each.values for each in others))
    return [
        _summarised(dict(zip((each.path for each in others), cell, strict=True)), edges, drawn[:, number], seeds)
        for number, (cell, edges) in enumerate(zip(cells, whole, strict=True))
        if not np.isnan(edges).any()
    ]


def _edges(table: OutcomeTable, path: str, threshold: float, level: float) -> np.ndarray:
    """Return `[cells of the other axes, 2]` the first and the last value at which the level is reached, or NaN."""
    line = np.linspace(0, 1, _FINE)
    own = [each.path for each in table.axes].index(path)
    along = [line if i == own else np.linspace(0, 1, len(each.values)) for i, each in enumerate(table.axes)]
    at = np.stack(np.meshgrid(*along, indexing="ij"), axis=-1)
    above = surface_of(table, threshold, at.reshape(-1, at.shape[-1])).above(level).reshape(at.shape[:-1])
    rows = np.moveaxis(above, own, -1).reshape(-1, _FINE)
    values = np.array(table.axes[own].values, float)
    places = np.interp(line * (len(values) - 1), np.arange(len(values)), values)
    return np.array([places[np.flatnonzero(row)[[0, -1]]] if row.any() else (np.nan, np.nan) for row in rows])


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
