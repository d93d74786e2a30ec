"""The reports of studies of representations: a finding on what networks compute and represent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tolman.report.finding import seeds_of
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.report.words import count, percent

if TYPE_CHECKING:
    from tolman.report.summary import LearnerSummary, Summary

VARIANCE = "variance"
"""Measures called `variance/FEATURE` are the fraction of variance that a feature explains."""


def network_finding(summary: Summary) -> str:
    """Return a sentence per learner: what its networks compute, and the variance that features explain."""
    return " ".join(_sentence(learner) for learner in summary.learners)


def _sentence(learner: LearnerSummary) -> str:
    tests = [name for name, role in learner.roles.items() if role == "explicit" and name in learner.tests]
    if not tests:
        return "No test was measured here that the networks were trained for."
    worst = min(tests, key=lambda name: learner.tests[name].accuracy.mean)
    said = f"Trained on {count(len(tests), 'task')} ({seeds_of(learner)}), the networks compute each with an accuracy "
    said += f"of at least {percent(learner.tests[worst].accuracy.mean)}"
    explained = {
        name: learner.measures[f"{VARIANCE}/{name}"] for name in tests if f"{VARIANCE}/{name}" in learner.measures
    }
    if len(explained) < 2:
        return f"{said}."
    most = max(explained, key=lambda name: explained[name].mean)
    least = min(explained, key=lambda name: explained[name].mean)
    return (
        f"{said}; of the variance of their last hidden layer {most!r} explains {percent(explained[most].mean)} and "
        f"{least!r} {percent(explained[least].mean)}."
    )


NETWORKS = Presentation(learners={"parametric": LearnerStyle(colour="#D55E00")}, finding=network_finding)
"""Networks whose hidden layers are measured."""
