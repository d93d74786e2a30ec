"""Sweeps as rows: every cell's outcomes, for the terminal and for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from rich.table import Table

from tolman.records.statistics import Interval
from tolman.report.fitting import FittingTable
from tolman.report.words import estimate, percent, ratio
from tolman.sweeps.outcomes import OutcomeTable, Sweep


def as_rows(sweep: Sweep, solved: float) -> list[dict[str, Any]]:
    """Return a row per cell, learner and outcome, with its interval; of accuracies also how many seeds solve it."""
    head = {"study": sweep.study, "preset": sweep.preset, "condition": sweep.condition, **sweep.fixed}
    rows = []
    for learner in sweep.learners:
        for outcome in sweep.outcomes:
            table = sweep.table(learner, outcome)
            rows += [
                {**head, **_values(table, i), "learner": learner, "outcome": outcome, **_numbers(table, i, solved)}
                for i in range(len(table.cells))
            ]
    return rows


def _values(table: OutcomeTable, i: int) -> dict[str, Any]:
    cell = (list(value) if isinstance(value, tuple) else value for value in table.cells[i])
    return {axis.path: value for axis, value in zip(table.axes, cell, strict=True)}


def _numbers(table: OutcomeTable, i: int, solved: float) -> dict[str, Any]:
    found = table.mean(i)._asdict()
    return found | {"solved": table.solved(i, solved)._asdict()} if table.is_accuracy else found


class _CellTable(FittingTable):
    """A table whose rows begin with a value of each axis, none of which names the row alone."""

    names_rows: ClassVar[bool] = False


def cell_table(sweep: Sweep, solved: float, most: int) -> Iterator[Table]:
    """Yield a table per learner: a row per cell, a column per kind of test or measure.

    Beside an accuracy stands the number of seeds that reach `solved`. After `most` rows a line says how many are left.
    """
    for learner in sweep.learners:
        tables = {outcome: sweep.table(learner, outcome) for outcome in sweep.outcomes}
        tables = {outcome: table for outcome, table in tables.items() if table.cells}
        cells = list(dict.fromkeys(cell for table in tables.values() for cell in table.cells))
        title = f"{sweep.study} · {sweep.preset} · {sweep.condition} · {learner}"
        left = len(cells) - most
        said = f"Accuracies with 95 % intervals, and seeds that reach {percent(solved)}."
        caption = said + (f" {left} more cells: see --json or the report." if left > 0 else "")
        made = _CellTable(title=title, caption=caption)
        for heading in (*(axis.name for axis in sweep.axes), *tables):
            made.add_column(heading)
        for cell in cells[:most]:
            made.add_row(*map(str, cell), *(_cell(table, cell, solved) for table in tables.values()))
        yield made


def _cell(table: OutcomeTable, cell: tuple[Any, ...], solved: float) -> str:
    if cell not in table.cells:
        return "–"
    i = table.cells.index(cell)
    mean: Interval = table.mean(i)
    if not table.is_accuracy:
        return ratio(mean)
    found = table.solved(i, solved)
    return f"{estimate(mean)} {round(found.mean * found.n)}/{found.n}"
