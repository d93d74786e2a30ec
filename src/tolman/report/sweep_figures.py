"""Figures of sweeps: response curves for one axis, heat maps for two, small multiples of these for three."""

from __future__ import annotations

import itertools
import json
from typing import Any, NamedTuple

import altair as alt
import numpy as np

from tolman.report.palette import colours
from tolman.report.sweep_steps import CAPTION, steps_chart, steps_rows
from tolman.report.vega import INK, data, finish, tooltip
from tolman.report.words import estimate, percent, ratio
from tolman.sweeps.boundary import LEVEL, surface_of
from tolman.sweeps.outcomes import SOLVED, OutcomeTable, Sweep, SweptAxis

_FRACTION = alt.Scale(domain=[0, 1], nice=False)


class SweepFigure(NamedTuple):
    """A chart with its heading and caption."""

    heading: str
    chart: Any
    caption: str


def sweep_figures(sweep: Sweep) -> list[SweepFigure]:
    """Return the figures of every kind of test and measure; none for more than three axes."""
    draw = {1: _curves, 2: _maps, 3: _multiples}.get(len(sweep.axes))
    return [] if draw is None else [figure for outcome in sweep.outcomes for figure in draw(sweep, outcome)]


def _curves(sweep: Sweep, outcome: str) -> list[SweepFigure]:
    tables = {learner: sweep.table(learner, outcome) for learner in sweep.learners}
    rows = [row for learner, table in tables.items() for row in _curve_rows(learner, table)]
    if not rows:
        return []
    bands = "Lines are means over seeds, bands 95 % intervals."
    seeds = bands if sweep.axes[0].is_numeric else "Dots are means over seeds, lines 95 % intervals."
    found = [SweepFigure(outcome, _response(sweep, rows, ("mean", "low", "high"), _title(tables)), seeds)]
    if _is_accuracy(tables):
        said = f"Fraction of seeds that reach {percent(SOLVED)}, with Wilson's 95 % interval."
        chart = _response(sweep, rows, ("solved", "solved_low", "solved_high"), f"P(accuracy ≥ {SOLVED:g})")
        found.append(SweepFigure(f"{outcome}, solved", chart, said))
        found += _steps(sweep, outcome)
    return found


def _steps(sweep: Sweep, outcome: str) -> list[SweepFigure]:
    rows = [{**row, "x": _plain(row["x"])} for row in steps_rows(sweep, outcome)]
    if not rows:
        return []
    chart = steps_chart(rows, _along(sweep.axes[0]), _colour(sweep), sweep.axes[0].is_numeric)
    return [SweepFigure(f"{outcome}, steps until solved", chart, CAPTION.format(solved=percent(SOLVED)))]


def _colour(sweep: Sweep) -> alt.Color:
    shades = colours(sweep.learners)
    scale = alt.Scale(domain=sweep.learners, range=[shades[name] for name in sweep.learners])
    return alt.Color("learner:N", scale=scale, legend=alt.Legend(title=None, symbolType="circle", symbolOpacity=1))


def _is_accuracy(tables: dict[str, OutcomeTable]) -> bool:
    return any(table.is_accuracy for table in tables.values())


def _title(tables: dict[str, OutcomeTable]) -> str:
    return "accuracy" if _is_accuracy(tables) else "value"


def _curve_rows(learner: str, table: OutcomeTable) -> list[dict[str, Any]]:
    return [{"learner": learner, "x": _plain(cell[0]), **_numbers(table, i)} for i, cell in enumerate(table.cells)]


def _numbers(table: OutcomeTable, i: int) -> dict[str, Any]:
    """Return a cell's mean and solved fraction with their ends, and as text."""
    mean = table.mean(i)
    found = {"mean": mean.mean, "low": mean.low, "high": mean.high, "seeds": mean.n, "value": ratio(mean)}
    if not table.is_accuracy:
        return found
    solved = table.solved(i)
    ends = {"solved": solved.mean, "solved_low": solved.low, "solved_high": solved.high}
    return found | ends | {"value": estimate(mean), "reach": f"{round(solved.mean * solved.n)} of {solved.n}"}


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _response(sweep: Sweep, rows: list[dict[str, Any]], fields: tuple[str, str, str], title: str) -> alt.LayerChart:
    """Draw a number with its band over one axis; a parameter that is no number has points with lines."""
    (axis,), (mid, low, high) = sweep.axes, fields
    accuracy = "solved" in rows[0]
    kind = {"scale": _FRACTION, "axis": alt.Axis(format="%", tickCount=5)} if accuracy else {}
    base = alt.Chart(data(rows)).encode(
        x=_along(axis),
        color=_colour(sweep),
        tooltip=tooltip("learner", "x", "value", *(["reach"] if accuracy else [])),
    )
    line = base.mark_line(strokeWidth=2.2).encode(y=alt.Y(f"{mid}:Q", title=title, **kind))
    points = base.mark_point(filled=True, size=40, opacity=1).encode(y=alt.Y(f"{mid}:Q", title=title, **kind))
    if axis.is_numeric:
        band = base.mark_area(opacity=0.16).encode(y=alt.Y(f"{low}:Q", title=title, **kind), y2=f"{high}:Q")
        return finish([band, line, points], height=260)
    base = base.encode(xOffset=alt.XOffset("learner:N", sort=sweep.learners))
    rule = base.mark_rule(strokeWidth=1.6).encode(y=alt.Y(f"{low}:Q", title=title, **kind), y2=f"{high}:Q")
    return finish([rule, points], height=260)


def _along(axis: SweptAxis) -> alt.X:
    if not axis.is_numeric:
        order = [_text(value) for value in axis.values]
        return alt.X("x:N", title=axis.path, sort=order, axis=alt.Axis(labelAngle=0, grid=False))
    ends = axis.values[0], axis.values[-1]
    if ends[0] > 0 and ends[1] / ends[0] >= 16:
        return alt.X("x:Q", title=axis.path, scale=alt.Scale(type="log", nice=False), axis=alt.Axis(grid=False))
    scale = alt.Scale(zero=False, nice=False)
    return alt.X("x:Q", title=axis.path, scale=scale, axis=alt.Axis(grid=False))


def _maps(sweep: Sweep, outcome: str) -> list[SweepFigure]:
    tables = {learner: sweep.table(learner, outcome) for learner in sweep.learners}
    return [_map(f"{outcome}, {learner}", table) for learner, table in tables.items() if table.cells]


def _multiples(sweep: Sweep, outcome: str) -> list[SweepFigure]:
    """Return a heat map of two axes for every value of the one with the fewest values."""
    split = min(range(3), key=lambda i: len(sweep.axes[i].values))
    found = []
    for learner, value in itertools.product(sweep.learners, sweep.axes[split].values):
        table = _at(sweep.table(learner, outcome), split, value)
        if table.cells:
            found.append(_map(f"{outcome}, {learner}, {sweep.axes[split].name} = {_text(value)}", table))
    return found


def _at(table: OutcomeTable, split: int, value: Any) -> OutcomeTable:
    """Return the part of a table at one value of an axis, without that axis."""
    kept = [i for i, cell in enumerate(table.cells) if cell[split] == value]
    less = lambda full: tuple(part for j, part in enumerate(full) if j != split)  # noqa: E731
    cells = tuple(less(table.cells[i]) for i in kept)
    return OutcomeTable(less(table.axes), cells, table.values[kept], table.items[kept])


def _map(heading: str, table: OutcomeTable) -> SweepFigure:
    """Draw a table over two axes as a heat map, with the fitted boundary of P(solved) where there is one."""
    across, up = table.axes
    rows = [_tile(table, i) for i in range(len(table.cells))]
    accuracy = table.is_accuracy
    scale = alt.Scale(scheme="viridis", domain=[0, 1]) if accuracy else alt.Scale(scheme="viridis")
    legend = alt.Legend(title=None, format="%" if accuracy else "", orient="right", columns=1)
    base = alt.Chart(data(rows))
    # Not fields of the axes' names: Vega takes a dot in those for a field within a field.
    titled = [alt.Tooltip(field, type="nominal", title=axis.name) for field, axis in (("across", across), ("up", up))]
    tiles = base.mark_rect().encode(
        x=_place("x0", across), x2="x1", y=_place("y0", up), y2="y1",
        color=alt.Color("mean:Q", scale=scale, legend=legend),
        tooltip=[*titled, *tooltip("value", *(["reach"] if accuracy else []))],
    )  # fmt: skip
    lines = _boundary(table) if accuracy else []
    caption = "Colour is the mean over seeds."
    if lines:
        caption += f" The line is where P(accuracy ≥ {SOLVED:g}) = {LEVEL:g}, by a Gaussian-process classifier."
    under = {"detail": "part:N", "order": "step:Q"}
    drawn = [
        alt.Chart(data(lines)).mark_line(strokeWidth=width, color=colour).encode(x="x:Q", y="y:Q", **under)
        for width, colour in ((5, "black"), (2.5, "white"))
        if lines
    ]
    return SweepFigure(heading, finish([tiles, *drawn], height=max(140, 34 * len(up.values))), caption)


def _tile(table: OutcomeTable, i: int) -> dict[str, Any]:
    (across, up), (a, b) = table.axes, table.cells[i]
    x, y = across.values.index(a), up.values.index(b)
    sides = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
    return {"across": _text(a), "up": _text(b), **sides, **_numbers(table, i)}


def _place(field: str, axis: SweptAxis) -> Any:
    """Return a channel whose ticks are the values of an axis, evenly spaced."""
    values = [_text(value) for value in axis.values]
    channel = alt.X if field == "x0" else alt.Y
    scale = alt.Scale(domain=[-0.5, len(values) - 0.5], nice=False)
    shown = range(0, len(values), max(1, len(values) // 12))
    label = alt.Axis(values=list(shown), labelExpr=f"{json.dumps(values)}[datum.value]", grid=False, titleColor=INK)
    return channel(f"{field}:Q", title=axis.name, scale=scale, axis=label)


def _boundary(table: OutcomeTable, fine: int = 60) -> list[dict[str, Any]]:
    """Return the line on which the fitted P(solved) is `LEVEL`, as points; nothing where it is not crossed."""
    solved = table.values[~np.isnan(table.values)] >= SOLVED
    sizes = [len(axis.values) for axis in table.axes]
    numeric = all(axis.is_numeric for axis in table.axes)
    if solved.all() or not solved.any() or min(sizes) < 2 or not numeric:
        return []
    from contourpy import contour_generator

    line = np.linspace(0, 1, fine)
    at = np.column_stack([part.ravel() for part in np.meshgrid(line, line)])
    surface = surface_of(table, SOLVED, at).probability.reshape(fine, fine)
    parts: Any = contour_generator(line * (sizes[0] - 1), line * (sizes[1] - 1), surface).lines(LEVEL)
    return [
        {"part": number, "step": step, "x": float(point[0]), "y": float(point[1])}
        for number, part in enumerate(parts)
        for step, point in enumerate(part)
    ]
