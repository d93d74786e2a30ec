"""The figure of measures: dots of their means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from tolman.report.measures import MeasureTable
from tolman.report.palette import colours
from tolman.report.vega import data, finish, tooltip

if TYPE_CHECKING:
    from tolman.records.statistics import Interval


def measure_dots(table: MeasureTable) -> alt.LayerChart:
    """Draw every measure of a table with its interval; colour is the column."""
    rows = [
        {"row": row, "column": column, **_ends(interval), "value": table.text(row, column)}
        for (row, column), interval in table.cells.items()
    ]
    shades = colours(list(table.columns))
    scale = alt.Scale(domain=list(table.columns), range=[shades[column] for column in table.columns])
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("row:N", sort=list(table.rows), title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)),
        yOffset=alt.YOffset("column:N", sort=list(table.columns)),
        color=alt.Color("column:N", scale=scale, legend=alt.Legend(title=None, symbolType="circle")),
        tooltip=tooltip("row", "column", "value"),
    )
    rule = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=None), x2="high:Q")
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("mean:Q", title=None))
    return finish([rule, dots], height=max(24, 11 * len(table.columns)) * len(table.rows))


def _ends(interval: Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}
