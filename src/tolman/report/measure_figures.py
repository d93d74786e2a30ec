"""Figures of measures: dots of their means, and lines over training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt

from tolman.report.measures import MeasureCurve, MeasureTable
from tolman.report.palette import colours
from tolman.report.vega import count_axis, data, finish, tooltip

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


def measure_lines(lines: Sequence[MeasureCurve]) -> alt.LayerChart:
    """Draw measures over training, with bands of their intervals."""
    rows = [{"name": line.name, "targets": x, **_ends(interval)} for line in lines for x, interval in line.points]
    names = [line.name for line in lines]
    shades = colours(names)
    scale = alt.Scale(domain=names, range=[shades[name] for name in names])
    base = alt.Chart(data(rows)).encode(
        x=alt.X("targets:Q", title="labelled inputs seen", axis=count_axis()),
        color=alt.Color("name:N", scale=scale, legend=alt.Legend(title=None, symbolType="circle", symbolOpacity=1)),
    )
    band = base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(strokeWidth=2.2, point=True).encode(y=alt.Y("mean:Q", title=None))
    return finish([band, line], height=280)


def _ends(interval: Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}
