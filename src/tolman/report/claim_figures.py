"""The figure of claims: effects with their intervals over the range in which each claim holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from tolman.report.palette import STATUSES
from tolman.report.vega import INK, data, finish, tooltip
from tolman.report.words import bound_text, effect_text

if TYPE_CHECKING:
    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Verdict

_FORMATS = {"fraction": "%", "number": "~g", "ratio": "~g"}
_TITLES = {
    "fraction": "effect: a fraction, or a difference of two",
    "number": "effect: a similarity or another number, or a difference of two",
    "ratio": "effect: a ratio",
}


def claims_figure(verdicts: Sequence[Verdict], unit: Unit = "fraction") -> alt.LayerChart | None:
    """Draw the judged claims of a unit; None if there are none."""
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
    return finish([allowed, interval, dot, name], height=44 * len(rows))


def _span(verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """Return the lowest and the highest number to show, with a margin so that every bound has two sides."""
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
