"""Axes: a parameter with the values that it takes, and the cells of a grid of several."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tolman.core.errors import UserError

_FORM = "expected NAME=VALUE,VALUE,... or NAME=START:STOP:COUNT, for example world.entities=8:32:4"
_DIGITS = 12
"""Significant digits of the numbers in a range: 0.6, not 0.6000000000000001."""

MOST_CELLS = 10_000
"""Of one sweep, and values of one range."""

_DRAWS = 200
"""Samples that are drawn, of which one is taken."""


@dataclasses.dataclass(frozen=True)
class Axis:
    """A parameter of a study and its values.

    Attributes:
        path: where it is set, as for `-P`.
        values: at least one, as the text that `-P` takes; none twice.
    """

    path: str
    values: tuple[str, ...]


def parse_axes(texts: Iterable[str], fixed: Mapping[str, str]) -> tuple[Axis, ...]:
    """Return the axes that `--over` gives; `fixed` are the parameters that `-P` sets.

    Raises:
        UserError: no axis, one that cannot be read, or a parameter that is set twice.
    """
    axes = tuple(map(parse_axis, texts))
    if not axes:
        raise UserError(f"a sweep needs at least one axis: give --over; {_FORM}.")
    for i, axis in enumerate(axes):
        if axis.path in fixed or any(axis.path == other.path for other in axes[:i]):
            raise UserError(f"{axis.path} is set twice: name a parameter in one --over, or in -P, and only once.")
    return axes


def parse_axis(text: str) -> Axis:
    """Parse `world.entities=8:32:4` or `world.order=fixed,random`.

    Values of a parameter that takes several numbers hold commas themselves, and are separated by `;`. A range has
    COUNT evenly spaced numbers from START to STOP, both included; `START:STOP:COUNT:log` spaces them by ratio.

    Raises:
        UserError: it cannot be read, or a value stands there twice.
    """
    path, equals, given = (part.strip() for part in text.partition("="))
    if not (path and equals and given):
        raise UserError(f"cannot read the axis {text!r}: {_FORM}.")
    values = tuple(_range(text, given) if ":" in given else _list(given))
    if "" in values:
        raise UserError(f"the axis {text!r} has an empty value: {_FORM}.")
    if len(set(values)) < len(values):
        twice = next(value for i, value in enumerate(values) if value in values[:i])
        raise UserError(f"the axis {text!r} has {twice} twice: give every value once.")
    return Axis(path, values)


def cells(axes: Sequence[Axis]) -> list[dict[str, str]]:
    """Return the assignments of every cell of the grid; the last axis changes fastest.

    Raises:
        UserError: the grid has more than `MOST_CELLS` cells.
    """
    whole = math.prod(len(axis.values) for axis in axes)
    if whole > MOST_CELLS:
        raise UserError(
            f"the grid has {whole:,} cells; at most {MOST_CELLS:,} can be run: give fewer values, or draw some of the "
            f"cells by --sample N."
        )
    return _product(axes)


def _product(axes: Sequence[Axis]) -> list[dict[str, str]]:
    paths = [axis.path for axis in axes]
    return [dict(zip(paths, values, strict=True)) for values in itertools.product(*(axis.values for axis in axes))]


def balanced_sample(axes: Sequence[Axis], count: int, seed: int = 0) -> list[dict[str, str]]:
    """Return a random sample of the grid's cells, none twice, in the order of `cells`.

    Every value of an axis stands in as many cells as any other, give or take one. Of `_DRAWS` such samples it is the
    one in which pairs of values are most nearly equally frequent. Where cells would repeat, as in small grids, it is a
    plain random sample.

    Raises:
        UserError: more cells than the grid has, or than `MOST_CELLS`.
    """
    sizes = [len(axis.values) for axis in axes]
    whole = math.prod(sizes)
    if not 1 <= count <= min(whole, MOST_CELLS):
        most = f"the grid's {whole:,}" if whole <= MOST_CELLS else f"{MOST_CELLS:,}, of the grid's {whole:,}"
        raise UserError(f"a sample of {count:,} cells was asked for; expected 1 to {most}.")
    rng = np.random.default_rng(seed)
    drawn = [_balanced(sizes, count, rng) for _ in range(_DRAWS)]
    apart = [rows for rows in drawn if len(np.unique(rows, axis=0)) == count]
    if apart:
        best = min(apart, key=lambda rows: _unevenness(rows, sizes))
    else:
        best = np.array(np.unravel_index(rng.choice(whole, count, replace=False), sizes)).T
    return [
        {axis.path: axis.values[place] for axis, place in zip(axes, row, strict=True)} for row in sorted(best.tolist())
    ]


def _balanced(sizes: Sequence[int], count: int, rng: np.random.Generator) -> np.ndarray:
    return np.column_stack([rng.permutation(np.arange(count) % size) for size in sizes])


def _unevenness(rows: np.ndarray, sizes: Sequence[int]) -> float:
    """Return how far pairs of values are from being equally frequent: chi-squared, summed over pairs of axes."""
    total = 0.0
    for i, j in itertools.combinations(range(len(sizes)), 2):
        counts = np.bincount(rows[:, i] * sizes[j] + rows[:, j], minlength=sizes[i] * sizes[j])
        total += float(((counts - counts.mean()) ** 2).sum() / counts.mean())
    return total


def short_names(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the last parts of the paths of parameters; of those that end alike, all but the parts they begin with."""
    parts = [tuple(path.split(".")) for path in paths]
    return tuple(".".join(own[_shared([other for other in parts if other[-1] == own[-1]]) :]) for own in parts)


def _shared(alike: Sequence[tuple[str, ...]]) -> int:
    """Return how many parts all paths begin with; all but the last one of a path that ends like no other."""
    same = itertools.takewhile(lambda here: len(set(here)) == 1, zip(*alike, strict=False))
    return min(sum(1 for _ in same), min(map(len, alike)) - 1)


def corners(axes: Sequence[Axis]) -> list[dict[str, str]]:
    """Return the cells at the ends of all axes, in the order of `cells`."""
    return _product([Axis(axis.path, tuple(dict.fromkeys((axis.values[0], axis.values[-1])))) for axis in axes])


def _list(given: str) -> list[str]:
    return [value.strip() for value in given.split(";" if ";" in given else ",")]


def _range(text: str, given: str) -> list[str]:
    """Return the numbers of a range as text."""
    try:
        start, stop, count, *kind = (part.strip() for part in given.split(":"))
        first, last, number = float(start), float(stop), int(count)
    except ValueError as error:
        raise UserError(f"cannot read the range {text!r}: {_FORM}.") from error
    if kind not in ([], ["log"]) or number < 2 or first == last or not (math.isfinite(first) and math.isfinite(last)):
        raise UserError(f"cannot use the range {text!r}: expected two different numbers and a COUNT of 2 or more.")
    if number > MOST_CELLS:
        raise UserError(f"cannot use the range {text!r}: expected a COUNT of at most {MOST_CELLS:,}.")
    if kind and min(first, last) <= 0:
        raise UserError(f"cannot use the range {text!r}: numbers spaced by ratio are more than 0.")
    numbers = np.geomspace(first, last, number) if kind else np.linspace(first, last, number)
    return [f"{value:.{_DIGITS}g}" for value in numbers]
