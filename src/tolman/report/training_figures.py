"""Figures of quantities over training: lines with bands of their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from tolman.report.over_training import Quantity
from tolman.report.palette import colours
from tolman.report.vega import INK, count_axis, data, finish


def column_chart(quantity: Quantity) -> alt.LayerChart:
    """Draw several quantities of one condition, which are named below."""
    legend = alt.Legend(title=None, symbolType="stroke", symbolOpacity=1, labelLimit=320, columns=1)
    return _lines(quantity, colours(list(quantity.lines)), legend, 240)


def quantity_chart(quantity: Quantity, shades: Mapping[str, str]) -> alt.LayerChart:
    """Draw one quantity of several conditions in these colours, small and without a legend."""
    return _lines(quantity, shades, None, 150)


def _lines(quantity: Quantity, shades: Mapping[str, str], legend: alt.Legend | None, height: float) -> alt.LayerChart:
    names = list(quantity.lines)
    rows = [
        {"line": name, "step": step, "mean": x.mean, "low": x.low, "high": x.high}
        for name, points in quantity.lines.items()
        for step, x in points
    ]
    scale = alt.Scale(domain=names, range=[shades[name] for name in names])
    base = alt.Chart(data(rows)).encode(
        x=alt.X("step:Q", title="training steps", axis=count_axis()),
        color=alt.Color("line:N", scale=scale, legend=legend),
    )
    low, high = (alt.Y(f"{end}:Q", **_axis(quantity)) for end in ("low", "mean"))
    band = base.mark_area(opacity=0.14, clip=True).encode(y=low, y2="high:Q")
    line = base.mark_line(strokeWidth=2.2).encode(y=high)
    guess = alt.Chart(data([{"chance": quantity.chance}])).mark_rule(color=INK, strokeDash=[2, 3], opacity=0.7)
    layers = [band, line] if quantity.chance is None else [guess.encode(y="chance:Q"), band, line]
    return finish(layers, height=height)


def _axis(quantity: Quantity) -> dict[str, Any]:
    """Return scale and axis: from 0 to 100 % for fractions, as wide as the numbers for others."""
    values = [x.mean for points in quantity.lines.values() for _, x in points]
    if values and min(values) >= 0 and max(values) <= 1:
        return {"title": None, "scale": alt.Scale(domain=[0, 1], nice=False),
                "axis": alt.Axis(format="%", tickCount=5)}  # fmt: skip
    return {"title": None, "axis": alt.Axis(tickCount=5)}
