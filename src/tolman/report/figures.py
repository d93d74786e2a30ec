"""Figures of learners: bars and learning curves, as Vega-Lite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from tolman.report.palette import colours
from tolman.report.presentation import LearnerStyle
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.vega import INK, count_axis, data, finish, tooltip
from tolman.report.words import estimate, percent

ROLES = ("explicit", "latent")

_FRACTION = alt.Scale(domain=[0, 1], nice=False)


def bars(summary: Summary) -> alt.LayerChart:
    """Draw explicit and latent accuracy of every learner, with intervals and a tick at chance."""
    rows = [row for learner in summary.learners for row in _bar_rows(learner)]
    names, styles = [learner.label for learner in summary.learners], summary.presentation.learners
    channels = {
        "y": alt.Y(
            "learner:N",
            sort=names,
            title=None,
            axis=alt.Axis(labelLimit=240, labelPadding=8, ticks=False, domain=False),
        ),
        "yOffset": alt.YOffset("role:N", sort=list(ROLES)),
    }
    base = alt.Chart(data(rows)).encode(**channels, tooltip=tooltip("learner", "role", "accuracy", "chance level"))
    shown = base.mark_bar(cornerRadiusEnd=2, height=alt.RelativeBandSize(0.86)).encode(
        x=_fraction("mean", "accuracy"), color=_learner_colour(names, styles, None), opacity=_role_opacity()
    )
    interval = base.mark_rule(color=INK, strokeWidth=1.4).encode(x="low:Q", x2="high:Q")
    chance = base.mark_tick(color=INK, thickness=2.5, size=17, opacity=0.9).encode(x="chance:Q")
    return finish([shown, interval, chance], height=46 * len(names))


def curves(summary: Summary) -> alt.LayerChart | None:
    """Draw accuracy over training: colour is the learner, dashes mark latent tests, bands are 95 % intervals.

    None if nothing was evaluated during training, but only at its end.
    """
    learners = own_curves(summary)
    rows = [row for learner in learners for row in _curve_rows(learner)]
    if not any(len(curve.points) > 1 for learner in learners for curve in learner.curves):
        return None
    names, styles = [learner.label for learner in learners], summary.presentation.learners
    base = alt.Chart(data(rows)).encode(
        x=alt.X("targets:Q", title="query-target tokens", axis=count_axis()),
        color=_learner_colour(names, styles, alt.Legend(title=None, symbolOpacity=1, symbolType="circle")),
        detail="line:N",
    )
    band = base.mark_area(opacity=0.16).encode(y=_fraction("low", "accuracy", alt.Y), y2="high:Q")
    line = base.mark_line(strokeWidth=2.2).encode(y=_fraction("mean", "accuracy", alt.Y), strokeDash=_role_dash())
    dots = base.mark_point(size=22, filled=True, opacity=0.9).encode(
        y="mean:Q", tooltip=tooltip("learner", "role", "accuracy", "targets")
    )
    level = next((learner.latent.chance.uniform for learner in learners if learner.latent), None)
    chance = alt.Chart(data([{"chance": level}])).mark_rule(color=INK, strokeDash=[2, 3], opacity=0.7)
    layers = [band, line, dots, *([] if level is None else [chance.encode(y="chance:Q")])]
    return finish(layers, height=300)


def own_curves(summary: Summary) -> list[LearnerSummary]:
    """Return the learners to draw: those that share weights share the curve of the first of them."""
    first = {learner.training: learner for learner in reversed(summary.learners)}
    return [learner for learner in summary.learners if learner.curves and first[learner.training] is learner]


def _bar_rows(learner: LearnerSummary) -> list[dict[str, Any]]:
    scores = {"explicit": learner.explicit, "latent": learner.latent}
    return [
        {
            "learner": learner.label,
            "role": role,
            **_values(score.accuracy),
            "chance": score.chance.uniform,
            "chance level": percent(score.chance.uniform),
        }
        for role, score in scores.items()
        if score is not None
    ]


def _curve_rows(learner: LearnerSummary) -> list[dict[str, Any]]:
    return [
        {
            "learner": learner.label,
            "role": curve.role,
            "line": f"{learner.label} {curve.role}",
            "targets": point.targets,
            **_values(point.accuracy),
        }
        for curve in learner.curves
        if curve.role in ROLES
        for point in curve.points
    ]


def _values(accuracy: Any) -> dict[str, Any]:
    return {"mean": accuracy.mean, "low": accuracy.low, "high": accuracy.high, "accuracy": estimate(accuracy)}


def _fraction(field: str, title: str, channel: Any = alt.X) -> Any:
    return channel(f"{field}:Q", title=title, scale=_FRACTION, axis=alt.Axis(format="%", tickCount=5))


def _learner_colour(names: list[str], styles: Mapping[str, LearnerStyle], legend: alt.Legend | None) -> alt.Color:
    of = colours(names, styles)
    scale = alt.Scale(domain=names, range=[of[name] for name in names])
    return alt.Color("learner:N", scale=scale, legend=legend)


def _role_opacity() -> alt.Opacity:
    legend = alt.Legend(title=None, symbolType="square", symbolFillColor=INK, symbolStrokeWidth=0, symbolSize=140)
    return alt.Opacity("role:O", scale=alt.Scale(domain=list(ROLES), range=[0.38, 1.0]), legend=legend)


def _role_dash() -> alt.StrokeDash:
    legend = alt.Legend(title=None, symbolType="stroke", symbolSize=350, symbolStrokeColor=INK)
    return alt.StrokeDash("role:N", scale=alt.Scale(domain=list(ROLES), range=[[1, 0], [6, 4]]), legend=legend)
