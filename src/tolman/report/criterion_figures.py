"""Figures of how soon conditions reach a criterion: every seed, the median, and the seeds that have reached it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from tolman.report.criterion import Timing, reached_by
from tolman.report.palette import colours
from tolman.report.vega import INK, count_axis, data, finish, tooltip
from tolman.report.words import steps_text

STEPS = (
    "Steps until it is learned: a dot for each seed, a triangle at the end of training for one that never learns it. "
    "The tick is the median, the line its 95 % interval, cut off at the end; the dashed line is the budget."
)
REACHED = "The fraction of seeds that have reached the criterion. Flat ends are seeds that never do."
_STEPS = "training steps"


def steps_figure(timings: Sequence[Timing]) -> alt.LayerChart:
    """Draw the steps of every seed, with the median and its interval; triangles mark seeds that never get there."""
    names, end = [timing.name for timing in timings], max(max(timing.taken) for timing in timings)
    seeds = [row for timing in timings for row in _seeds(timing)]
    middle = [_middle(timing, end) for timing in timings]
    y = alt.Y("condition:N", sort=names, title=None, axis=_names_axis())
    x = {"title": _STEPS, "scale": alt.Scale(domain=[0, 1.04 * end], nice=False), "axis": count_axis()}
    base = alt.Chart(data(seeds)).encode(
        x=alt.X("steps:Q", **x), y=y, yOffset=alt.YOffset("at:Q", scale=alt.Scale(domain=[-1, 1])),
        color=_colour(names, None), tooltip=tooltip("condition", "said"),
    )  # fmt: skip
    there = base.transform_filter("!datum.never").mark_point(filled=True, size=30, opacity=0.55)
    never = base.transform_filter("datum.never").mark_point(shape="triangle-right", size=45, filled=False, opacity=0.8)
    spread = alt.Chart(data(middle)).encode(x=alt.X("low:Q", **x), x2="high:Q", y=y, tooltip=tooltip("said"))
    known = alt.Chart(data(middle)).transform_filter("datum.known").encode(x=alt.X("median:Q", **x), y=y)
    budget = alt.Chart(data([{"budget": timings[0].budget}])).mark_rule(color=INK, strokeDash=[4, 3], opacity=0.7)
    layers = [
        budget.encode(x=alt.X("budget:Q", **x)),
        spread.mark_rule(color=INK, strokeWidth=2), there, never,
        known.mark_tick(color=INK, thickness=3, size=24, opacity=1),
    ]  # fmt: skip
    return finish(layers, height=46 * len(names))


def reached_figure(timings: Sequence[Timing]) -> alt.LayerChart:
    """Draw the fraction of seeds that have reached the criterion, over training; the dashed line is the budget."""
    names = [timing.name for timing in timings]
    rows = [{"condition": t.name, "steps": step, "share": share} for t in timings for step, share in reached_by(t)]
    share = alt.Y("share:Q", title="seeds that have reached it", scale=alt.Scale(domain=[0, 1], nice=False),
                  axis=alt.Axis(format="%", tickCount=5))  # fmt: skip
    x = alt.X("steps:Q", title=_STEPS, axis=count_axis())
    legend = alt.Legend(title=None, symbolType="stroke", symbolOpacity=1, columns=0)
    lines = alt.Chart(data(rows)).mark_line(strokeWidth=2.4, interpolate="step-after", opacity=0.9)
    budget = alt.Chart(data([{"budget": timings[0].budget}])).mark_rule(color=INK, strokeDash=[4, 3], opacity=0.7)
    return finish([budget.encode(x="budget:Q"), lines.encode(x=x, y=share, color=_colour(names, legend))], height=260)


def _seeds(timing: Timing) -> list[dict[str, Any]]:
    rows = []
    for i, (step, taken) in enumerate(zip(timing.steps, timing.taken, strict=True)):
        never = math.isinf(step)
        said = f"not within {taken:,.0f} steps" if never else f"{step:,.0f} steps"
        rows.append({"condition": timing.name, "steps": taken if never else step, "never": never, "said": said,
                     "at": ((7 * i) % 11 - 5) / 8})  # fmt: skip
    return rows


def _middle(timing: Timing, end: float) -> dict[str, Any]:
    median = timing.median
    return {
        "condition": timing.name,
        "median": min(median.value, end),
        "known": not math.isinf(median.value),
        "low": min(median.low, end),
        "high": min(median.high, end),
        "said": f"median {steps_text(median.value)}",
    }


def _names_axis() -> alt.Axis:
    return alt.Axis(labelLimit=200, labelPadding=8, ticks=False, domain=False)


def _colour(names: Sequence[str], legend: alt.Legend | None) -> alt.Color:
    shades = colours(names)
    scale = alt.Scale(domain=list(names), range=[shades[name] for name in names])
    return alt.Color("condition:N", scale=scale, legend=legend)
