"""Learning curves of several seeds brought onto one grid of query-target tokens."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval

_POINTS = 80


@dataclasses.dataclass(frozen=True)
class Point:
    """Accuracy after a number of query-target tokens; `Interval.n` counts the seeds."""

    targets: float
    accuracy: Interval


@dataclasses.dataclass(frozen=True)
class Curve:
    """Accuracy on the tests of one role (`"explicit"`, `"latent"`, `"control"`) over training."""

    role: str
    points: tuple[Point, ...]


def seed_curves(records: Sequence[Record], roles: Mapping[str, str]) -> tuple[Curve, ...]:
    """Return one curve per role that was evaluated during training.

    Seeds are interpolated onto common positions. A seed that stopped early keeps its last value, since its weights no
    longer change; none is extended to before its first evaluation.
    """
    found = []
    for role in ("explicit", "latent", "control"):
        lines = [line for record in records if (line := _line(record, roles, role)) is not None]
        if lines:
            items = _items(records, roles, role)
            found.append(Curve(role, _band(lines, items)))
    return tuple(found)


def _line(record: Record, roles: Mapping[str, str], role: str) -> np.ndarray | None:
    """Return positions and accuracies `[points, 2]` of one seed, by position; None if it has none."""
    rows = []
    for point in record.result["curves"]:
        values = [v for test, v in point["accuracy"].items() if roles.get(test) == role and v is not None]
        if values:
            rows.append((float(point["targets"]), float(np.mean(values))))
    return np.array(sorted(dict(rows).items())) if rows else None


def _band(lines: Sequence[np.ndarray], items: int) -> tuple[Point, ...]:
    grid = _grid(lines)
    values = np.stack([np.interp(grid, line[:, 0], line[:, 1]) for line in lines])
    return tuple(
        Point(float(x), mean_interval([float(v) for v in column], items))
        for x, column in zip(grid, values.T, strict=True)
    )


def _grid(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Return the seeds' own positions while there are few, an even grid otherwise."""
    start, stop = max(line[0, 0] for line in lines), max(line[-1, 0] for line in lines)
    own = np.unique(np.concatenate([line[:, 0] for line in lines]))
    own = own[own >= start]
    return own if len(own) <= _POINTS else np.linspace(start, stop, _POINTS)


def _items(records: Sequence[Record], roles: Mapping[str, str], role: str) -> int:
    """Return the number of questions behind a seed's point: those of the final tests, which are the same."""
    counts: list[Any] = [
        sum(test["n"] for name, test in record.tests.items() if roles.get(name) == role) for record in records
    ]
    return max(1, min(counts))
