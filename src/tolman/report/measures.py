"""Measures, numbers other than accuracies, as tables: the name `COLUMN/ROW` is a cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tolman.records.schema import Record
from tolman.records.statistics import Interval, over_seeds
from tolman.report.words import quantity

ACCURACY = "accuracy"
_SINGLE = "value"


@dataclasses.dataclass(frozen=True)
class MeasureTable:
    """Columns of measures with the same rows; cells that were not measured are absent."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: Mapping[tuple[str, str], Interval]

    def text(self, row: str, column: str) -> str:
        """Return a cell's mean and interval, or a dash."""
        return number(self.cells.get((row, column)))


def number(interval: Interval | None) -> str:
    """Return `0.553 [0.512, 0.594]`, without brackets for a single seed, or a dash for None."""
    if interval is None:
        return "–"
    mean = quantity(interval.mean, "number")
    if interval.n == 1:
        return mean
    return f"{mean} [{quantity(interval.low, 'number')}, {quantity(interval.high, 'number')}]"


def averages(records: Sequence[Record]) -> dict[str, Interval]:
    """Return every measure's mean over the seeds at which it is defined, with its interval."""
    names = dict.fromkeys(name for record in records for name in record.measures)
    values = {name: [v for r in records if (v := r.measures.get(name)) is not None] for name in names}
    return {name: average(found) for name, found in values.items() if found}


def average(values: Sequence[float]) -> Interval:
    """Return the mean over seeds with its interval, which has no width for a single seed."""
    return over_seeds(values, None) if len(values) > 1 else Interval(values[0], values[0], values[0], 1)


def tables(measures: Mapping[str, Interval], accuracies: Mapping[str, Interval]) -> tuple[MeasureTable, ...]:
    """Return measures as tables; columns with the same rows share one, as do columns that lack some of the rows.

    Tests that are named like a table's rows add their accuracy. The longer side of a table is its rows.
    """
    columns: dict[str, dict[str, Interval]] = {}
    for name, interval in measures.items():
        column, slash, row = name.partition("/")
        columns.setdefault(column if slash else _SINGLE, {})[row if slash else column] = interval
    together: list[dict[str, dict[str, Interval]]] = []
    for column, rows in sorted(columns.items(), key=lambda item: -len(item[1])):
        home = next((found for found in together if _within(rows, found)), None)
        if home is None:
            together.append(home := {})
        home[column] = rows
    order = list(columns)
    return tuple(_table(dict(sorted(t.items(), key=lambda c: order.index(c[0]))), accuracies) for t in together)


def _within(rows: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(set(rows) <= set(known) for known in columns.values())


def _table(columns: Mapping[str, Mapping[str, Interval]], accuracies: Mapping[str, Interval]) -> MeasureTable:
    rows = tuple(max(columns.values(), key=len))
    if all(row in accuracies for row in rows):
        columns = {ACCURACY: {row: accuracies[row] for row in rows}, **columns}
    cells = {(row, name): interval for name, found in columns.items() for row, interval in found.items()}
    if len(columns) > len(rows):
        return MeasureTable(rows, tuple(columns), {(name, row): value for (row, name), value in cells.items()})
    return MeasureTable(tuple(columns), rows, cells)
