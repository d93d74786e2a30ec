"""Steps until a test is solved, over one axis of a sweep: medians over seeds, of which some may never solve it."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from tolman.records.learning_curves import accuracy_curve, first_reaching
from tolman.records.schema import Record
from tolman.report.criterion import median
from tolman.report.vega import count_axis, data, finish, tooltip
from tolman.report.words import steps_text
from tolman.sweeps.outcomes import SOLVED, Sweep

CAPTION = (
    "Median over seeds of the training steps until the accuracy first reaches {solved}, with its 95 % interval, cut "
    "off at the end of training. Triangles there: most seeds never reach it."
)


def steps_rows(sweep: Sweep, outcome: str) -> list[dict[str, Any]]:
    """Return a row per learner and cell of a sweep over one axis: the median of the steps with its ends.

    Nothing where the outcome is no single test, where curves have fewer than two points, or no seed solves it.
    """
    rows, solved = [], False
    for (x,), learners in sweep.records.items():
        for learner, records in learners.items():
            curves = [curve for each in records if len(curve := _curve(each, outcome)) > 1]
            if not curves:
                continue
            steps = [first_reaching(curve, SOLVED) for curve in curves]
            solved |= not all(map(math.isinf, steps))
            rows.append({"learner": learner, "x": x, **_ends(steps, max(curve[-1][0] for curve in curves))})
    return rows if solved else []


def _curve(record: Record, outcome: str) -> list[tuple[float, float]]:
    """Return the learning curve of a test: that of the name, or the only one of the kind."""
    of_kind = [name for name, test in record.tests.items() if test["role"] == outcome]
    names = [outcome] if outcome in record.tests else of_kind
    return accuracy_curve(record, names[0]) if len(names) == 1 else []


def _ends(steps: list[float], end: float) -> dict[str, Any]:
    found, done = median(steps), sum(not math.isinf(step) for step in steps)
    said = f"{steps_text(found.value)}, {done} of {len(steps)} seeds"
    ends = {"steps": found.value, "low": found.low, "high": found.high}
    return {name: min(value, end) for name, value in ends.items()} | {"never": math.isinf(found.value), "value": said}


def steps_chart(rows: list[dict[str, Any]], x: alt.X, color: alt.Color, numeric: bool) -> alt.LayerChart:
    """Draw the medians with their intervals; triangles stand for those beyond the end of training."""
    y = {"title": "training steps", "axis": count_axis(), "scale": alt.Scale(zero=True)}
    base = alt.Chart(data(rows)).encode(x=x, color=color, tooltip=tooltip("learner", "x", "value"))
    rule = base.mark_rule(strokeWidth=1.6).encode(y=alt.Y("low:Q", **y), y2="high:Q")
    known = base.transform_filter("!datum.never").mark_point(filled=True, size=45, opacity=1)
    never = base.transform_filter("datum.never").mark_point(shape="triangle-up", size=70)
    layers = [rule, known.encode(y=alt.Y("steps:Q", **y)), never.encode(y=alt.Y("steps:Q", **y))]
    line = base.mark_line(strokeWidth=1.6, opacity=0.5).encode(y=alt.Y("steps:Q", **y))
    return finish([line, *layers] if numeric else layers, height=220)
