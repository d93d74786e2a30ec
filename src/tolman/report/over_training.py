"""Quantities over training: accuracies on tests, and measures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval
from tolman.report.measures import average
from tolman.report.presentation import Presentation
from tolman.report.summary import LearnerSummary, Summary

Points = tuple[tuple[float, Interval], ...]
"""Training steps, and the mean over seeds there with its interval."""

_ACCURACY = "Accuracy"


@dataclasses.dataclass(frozen=True)
class Quantity:
    """The content of one figure over training: one quantity of several conditions, or several quantities of one.

    Attributes:
        heading: what it is, in words.
        chance: accuracy by guessing, where it is an accuracy.
        lines: by name, the course of each.
    """

    heading: str
    chance: float | None
    lines: Mapping[str, Points]


def quantities(summaries: Sequence[Summary]) -> tuple[Quantity, ...]:
    """Return every test's accuracy and every measure over training, with a line for each learner and condition."""
    single = all(len(summary.learners) == 1 for summary in summaries)
    courses = {
        summary.condition if single else f"{summary.condition}, {learner.label}": _courses(learner)
        for summary in summaries
        for learner in summary.learners
    }
    words, chance = summaries[0].presentation, _chances(summaries)
    names = dict.fromkeys(name for course in courses.values() for name in course)
    return tuple(
        Quantity(heading(n, words), chance.get(n), {line: c[n] for line, c in courses.items() if n in c}) for n in names
    )


def heading(name: str, words: Presentation) -> str:
    """Return the heading of a test, or of a measure: that of its column, with its row."""
    if name in words.quantities:
        return words.quantities[name]
    column, slash, row = name.partition("/")
    return f"{words.quantities.get(column, column)}{f', {row}' if slash else ''}"


def columns_of(learner: LearnerSummary, words: Presentation) -> tuple[Quantity, ...]:
    """Return a learner's accuracies over training as one quantity, and each column of its measures as another."""
    groups: dict[str, dict[str, Points]] = {}
    for name, points in _courses(learner).items():
        column, slash, row = name.partition("/")
        of_test = name in learner.tests
        title = _ACCURACY if of_test else words.quantities.get(column, column)
        line = words.quantities.get(name, name) if of_test else row if slash else column
        groups.setdefault(title, {})[line] = points
    levels = {score.chance.uniform for score in learner.tests.values()}
    chance = levels.pop() if len(levels) == 1 else None
    return tuple(Quantity(title, chance if title == _ACCURACY else None, lines) for title, lines in groups.items())


def _chances(summaries: Sequence[Summary]) -> dict[str, float]:
    tests = [item for summary in summaries for learner in summary.learners for item in learner.tests.items()]
    return {name: score.chance.uniform for name, score in tests}


def _courses(learner: LearnerSummary) -> dict[str, Points]:
    """Return accuracies and measures over training by name, at the points that all seeds have."""
    names = dict.fromkeys(name for record in learner.records for point in _curve(record) for name in point[1])
    found: dict[str, Points] = {}
    for name in names:
        at: dict[float, list[float]] = {}
        for record in learner.records:
            for step, values in _curve(record):
                value = values.get(name)
                if value is not None and np.isfinite(value):
                    at.setdefault(step, []).append(float(value))
        items = min(learner.tests[name].items) if name in learner.tests else None
        whole = sorted((step, values) for step, values in at.items() if len(values) == len(learner.records))
        found[name] = tuple((step, average(v) if items is None else mean_interval(v, items)) for step, v in whole)
    return {name: points for name, points in found.items() if len(points) > 1}


def _curve(record: Record) -> list[tuple[float, dict[str, Any]]]:
    return [(float(p["step"]), {**p["accuracy"], **(p.get("measures") or {})}) for p in record.result["curves"]]
