"""What a learner costs: tokens that it reads for each question, against what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import altair as alt

from tolman.records.schema import Record
from tolman.report.palette import colours
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.vega import INK, data, finish, tooltip
from tolman.report.words import estimate

_MANY = 1.5
"""Costs are drawn where the learner that reads most reads this many times as much as the one that reads least."""


def prompt_tokens(records: Sequence[Record]) -> float | None:
    """Return the mean number of tokens that a latent question is put in, its context included; None if not recorded."""
    tests = [test for record in records for test in record.tests.values() if test["role"] == "latent"]
    lengths = [test["prompt_tokens"] for test in tests if test.get("prompt_tokens") is not None]
    return fmean(lengths) if lengths else None


def costs(summary: Summary) -> alt.LayerChart | None:
    """Draw latent accuracy against the tokens that are read for each question; None where learners hardly differ."""
    rows = [row for learner in summary.learners for row in _rows(learner)]
    read = [row["tokens"] for row in rows]
    if not read or max(read) < _MANY * min(read):
        return None
    names = [row["learner"] for row in rows]
    of = colours(names, summary.presentation.learners)
    scale = alt.Scale(domain=names, range=[of[name] for name in names])
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "tokens:Q",
            title="tokens read for each question",
            scale=alt.Scale(type="log", nice=False, padding=20),
        ),
        color=alt.Color("learner:N", scale=scale, legend=alt.Legend(title=None, symbolOpacity=1)),
        tooltip=tooltip("learner", "accuracy", "tokens", "trained on", "written"),
    )
    interval = base.mark_rule(strokeWidth=1.6, opacity=0.7).encode(
        y=alt.Y("low:Q", title="latent accuracy", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        y2="high:Q",
    )
    dots = base.mark_point(size=90, filled=True, opacity=1, stroke=INK, strokeWidth=0.5).encode(y="mean:Q")
    return finish([interval, dots], height=300)


def _rows(learner: LearnerSummary) -> list[dict[str, Any]]:
    tokens = prompt_tokens(learner.records)
    if tokens is None or learner.latent is None:
        return []
    accuracy, budget = learner.latent.accuracy, learner.records[0].result["budget"]
    written = budget.get("augmentation", {}).get("documents")
    return [
        {
            "learner": learner.label,
            "tokens": round(tokens, 1),
            "mean": accuracy.mean,
            "low": accuracy.low,
            "high": accuracy.high,
            "accuracy": estimate(accuracy),
            "trained on": f"{budget['tokens']:,} tokens",
            "written": f"{written:,} documents" if written else "none",
        }
    ]
