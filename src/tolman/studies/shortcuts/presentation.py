"""The reports of studies of shortcuts: accuracy where the shortcut is as in training, says nothing, and is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tolman.report.finding import seeds_of
from tolman.report.presentation import LearnerStyle, Presentation
from tolman.report.words import limits, listed, percent

if TYPE_CHECKING:
    from tolman.report.summary import LearnerSummary, Summary

WHERE = {
    "standard": "of sequences as in training",
    "unbiased": "where the shortcut says nothing",
    "conflicting": "where it is wrong",
}
"""How a sentence puts the tests."""


def shortcut_finding(summary: Summary) -> str:
    """Return a sentence per learner: its accuracy on each of the tests."""
    return " ".join(_sentence(learner) for learner in summary.learners)


def _sentence(learner: LearnerSummary) -> str:
    found = {name: learner.tests[name].accuracy for name in WHERE if name in learner.tests}
    answers = [f"{percent(accuracy.mean)} {limits(accuracy)} {WHERE[name]}" for name, accuracy in found.items()]
    return f"At the end of training ({seeds_of(learner)}) the model answers {listed(answers)}; chance is 50 %."


SHORTCUTS = Presentation(
    learners={"parametric": LearnerStyle(colour="#D55E00")},
    explicit="sequences",
    finding=shortcut_finding,
    glossary={
        "unbiased": "Sequences whose shortcut agrees with the answer in half of the cases.",
        "conflicting": "Sequences whose shortcut is always wrong: below 50 %, the model follows the shortcut.",
    },
)
"""Models that answer whether two cued tokens are the same."""
