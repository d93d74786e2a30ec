"""The interactive figures: bars, learning curves and claims, as Vega-Lite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from tolman.report.measures import MeasureCurve, MeasureTable
from tolman.report.palette import STATUSES, colours
from tolman.report.summary import Arm, Summary
from tolman.report.vega import INK, data, finish, tooltip
from tolman.report.words import bound_text, effect_text, measured, percent

if TYPE_CHECKING:
    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Verdict
    from tolman.records.statistics import Interval

ROLES = ("explicit", "latent")

_FORMATS = {"fraction": "%", "number": "~g", "ratio": "~g"}
_TITLES = {
    "fraction": "effect: a fraction, or a difference of two",
    "number": "effect: a similarity or another number, or a difference of two",
    "ratio": "effect: a ratio",
}
_SHARE = alt.Scale(domain=[0, 1], nice=False)


def bars(summary: Summary) -> alt.LayerChart:
    """Explicit against latent accuracy of every learner, with intervals and a tick at chance."""
    rows = [row for arm in summary.arms for row in _bar_rows(arm)]
    names = [arm.label for arm in summary.arms]
    place = {
        "y": alt.Y(
            "learner:N",
            sort=names,
            title=None,
            axis=alt.Axis(labelLimit=200, labelPadding=8, ticks=False, domain=False),
        ),
        "yOffset": alt.YOffset("role:N", sort=list(ROLES)),
    }
    base = alt.Chart(data(rows)).encode(**place, tooltip=tooltip("learner", "role", "accuracy", "chance level"))
    shown = base.mark_bar(cornerRadiusEnd=2, height=alt.RelativeBandSize(0.86)).encode(
        x=_share("mean", "accuracy"), color=_learner_colour(names, None), opacity=_role_opacity()
    )
    interval = base.mark_rule(color=INK, strokeWidth=1.4).encode(x="low:Q", x2="high:Q")
    chance = base.mark_tick(color=INK, thickness=2.5, size=17, opacity=0.9).encode(x="chance:Q")
    return finish([shown, interval, chance], height=alt.Step(46, **{"for": "position"}))


def curves(summary: Summary) -> alt.LayerChart | None:
    """Accuracy over training: colour is the learner, dashes mark latent tests, bands are 95 % intervals.

    None where nothing was evaluated during training.
    """
    arms = own_curves(summary)
    rows = [row for arm in arms for row in _curve_rows(arm)]
    if not rows:
        return None
    names = [arm.label for arm in arms]
    base = alt.Chart(data(rows)).encode(
        x=alt.X("targets:Q", title="query-target tokens", axis=_count_axis()),
        color=_learner_colour(names, alt.Legend(title=None, symbolOpacity=1, symbolType="circle")),
        detail="line:N",
    )
    band = base.mark_area(opacity=0.16).encode(y=_share("low", "accuracy", alt.Y), y2="high:Q")
    line = base.mark_line(strokeWidth=2.2).encode(y=_share("mean", "accuracy", alt.Y), strokeDash=_role_dash())
    dots = base.mark_point(size=22, filled=True, opacity=0.9).encode(
        y="mean:Q", tooltip=tooltip("learner", "role", "accuracy", "targets")
    )
    level = next((arm.latent.chance.uniform for arm in arms if arm.latent), None)
    chance = alt.Chart(data([{"chance": level}])).mark_rule(color=INK, strokeDash=[2, 3], opacity=0.7)
    layers = [band, line, dots, *([] if level is None else [chance.encode(y="chance:Q")])]
    return finish(layers, height=300)


def own_curves(summary: Summary) -> list[Arm]:
    """Arms with a training of their own: learners that share weights share the curve of the first of them."""
    first = {arm.training: arm for arm in reversed(summary.arms)}
    return [arm for arm in summary.arms if arm.curves and first[arm.training] is arm]


def measured_dots(table: MeasureTable) -> alt.LayerChart:
    """Every number of a table with its interval; colour is the column."""
    rows = [
        {"row": row, "column": column, **_ends(interval), "value": table.cell(row, column)}
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
    return finish([rule, dots], height=alt.Step(max(24, 11 * len(table.columns)), **{"for": "position"}))


def measured_lines(lines: Sequence[MeasureCurve]) -> alt.LayerChart:
    """Hyperparameters over training, with bands of their intervals."""
    rows = [{"name": line.name, "targets": x, **_ends(interval)} for line in lines for x, interval in line.points]
    names = [line.name for line in lines]
    shades = colours(names)
    scale = alt.Scale(domain=names, range=[shades[name] for name in names])
    base = alt.Chart(data(rows)).encode(
        x=alt.X("targets:Q", title="labelled inputs seen", axis=_count_axis()),
        color=alt.Color("name:N", scale=scale, legend=alt.Legend(title=None, symbolType="circle", symbolOpacity=1)),
    )
    band = base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(strokeWidth=2.2, point=True).encode(y=alt.Y("mean:Q", title=None))
    return finish([band, line], height=280)


def _ends(interval: Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def claims(verdicts: Sequence[Verdict], unit: Unit = "fraction") -> alt.LayerChart | None:
    """The claims of a unit: effects with their intervals over the range in which each holds; None if there are none."""
    judged = [verdict for verdict in verdicts if verdict.effect is not None and verdict.unit == unit]
    if not judged:
        return None
    span = _span(judged)
    rows = [{"id": i} | _claim_row(verdict, span) for i, verdict in enumerate(judged)]
    status = _status_colour(judged)
    y = alt.Y("id:O", title=None, axis=None)
    base = alt.Chart(data(rows)).encode(y=y, tooltip=tooltip("claim", "status", "effect", "bound"))
    x = {"scale": alt.Scale(domain=list(span), nice=False), "axis": alt.Axis(format=_FORMATS[unit], tickCount=6),
         "title": _TITLES[unit]}  # fmt: skip
    allowed = base.mark_bar(color=INK, opacity=0.12, height=16).encode(x=alt.X("from:Q", **x), x2="to:Q")
    interval = base.mark_rule(strokeWidth=3).encode(x=alt.X("low:Q", **x), x2="high:Q", color=status)
    dot = base.mark_point(filled=True, size=80, opacity=1).encode(x=alt.X("value:Q", **x), color=status)
    name = base.mark_text(align="left", color=INK, dy=-17, fontSize=12).encode(x=alt.value(1), text="claim:N")
    return finish([allowed, interval, dot, name], height=alt.Step(44))


def _bar_rows(arm: Arm) -> list[dict[str, Any]]:
    scores = {"explicit": arm.explicit, "latent": arm.latent}
    return [
        {
            "learner": arm.label,
            "role": role,
            **_values(score.accuracy),
            "chance": score.chance.uniform,
            "chance level": percent(score.chance.uniform),
        }
        for role, score in scores.items()
        if score is not None
    ]


def _curve_rows(arm: Arm) -> list[dict[str, Any]]:
    return [
        {
            "learner": arm.label,
            "role": curve.role,
            "line": f"{arm.label} {curve.role}",
            "targets": point.targets,
            **_values(point.accuracy),
        }
        for curve in arm.curves
        if curve.role in ROLES
        for point in curve.points
    ]


def _values(accuracy: Any) -> dict[str, Any]:
    return {"mean": accuracy.mean, "low": accuracy.low, "high": accuracy.high, "accuracy": measured(accuracy)}


def _span(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """From the lowest to the highest thing to show, with a margin so that every bound has two sides."""
    ends = [0.0]
    for verdict in verdicts:
        sides = (-1, 1) if verdict.direction == "within" else (1,)
        shown = (verdict.effect, verdict.low, verdict.high, *(side * verdict.bound for side in sides))
        ends += [value for value in shown if value is not None]
    margin = 0.05 * max(max(ends) - min(ends), 0.1)
    return min(ends) - margin, max(ends) + margin


def _claim_row(verdict: Verdict, span: tuple[float, float]) -> dict[str, Any]:
    low, high = (verdict.effect if end is None else end for end in (verdict.low, verdict.high))
    start, stop = {">=": (verdict.bound, span[1]), "<=": (span[0], verdict.bound)}.get(
        verdict.direction, (-verdict.bound, verdict.bound)
    )
    return {
        "claim": f"{verdict.study}: {verdict.claim}",
        "status": verdict.status,
        "value": verdict.effect,
        "low": low,
        "high": high,
        "from": start,
        "to": stop,
        "effect": effect_text(verdict),
        "bound": bound_text(verdict),
    }


def _status_colour(verdicts: Sequence[Verdict]) -> alt.Color:
    shown = [status for status in STATUSES if any(verdict.status == status for verdict in verdicts)]
    scale = alt.Scale(domain=shown, range=[STATUSES[status] for status in shown])
    return alt.Color("status:N", scale=scale, legend=alt.Legend(title=None))


def _share(field: str, title: str, channel: Any = alt.X) -> Any:
    return channel(f"{field}:Q", title=title, scale=_SHARE, axis=alt.Axis(format="%", tickCount=5))


def _count_axis() -> alt.Axis:
    """`4k` for 4,000, and plain 0."""
    return alt.Axis(labelExpr="format(datum.value, '~s')", grid=False, tickCount=6)


def _learner_colour(names: list[str], legend: alt.Legend | None) -> alt.Color:
    of = colours(names)
    scale = alt.Scale(domain=names, range=[of[name] for name in names])
    return alt.Color("learner:N", scale=scale, legend=legend)


def _role_opacity() -> alt.Opacity:
    legend = alt.Legend(title=None, symbolType="square", symbolFillColor=INK, symbolStrokeWidth=0, symbolSize=140)
    return alt.Opacity("role:O", scale=alt.Scale(domain=list(ROLES), range=[0.38, 1.0]), legend=legend)


def _role_dash() -> alt.StrokeDash:
    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=350, symbolStrokeColor=INK, orient="bottom")
    return alt.StrokeDash("role:N", scale=alt.Scale(domain=list(ROLES), range=[[1, 0], [6, 4]]), legend=legend)
