"""The reports of studies of shortcuts: accuracy where the shortcut is as in training, says nothing, and is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tolman.report.finding import seeds_of
from tolman.report.presentation import Criterion, LearnerStyle, Presentation
from tolman.report.words import limits, listed, percent
from tolman.studies.shortcuts.mechanism import ATTENTION, CLASS, CLASS_VARIANCE, RELATION, RELATION_VARIANCE
from tolman.studies.shortcuts.setting import PRESETS

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
    return " ".join(_sentence(learner, summary.condition) for learner in summary.learners)


def _sentence(learner: LearnerSummary, condition: str) -> str:
    found = {name: learner.tests[name].accuracy for name in WHERE if name in learner.tests}
    answers = [f"{percent(accuracy.mean)} {limits(accuracy)} {WHERE[name]}" for name, accuracy in found.items()]
    trained = f"In the condition {condition} ({seeds_of(learner)})"
    return f"{trained} the model answers at the end {listed(answers)}; chance is 50 %."


OVER_TRAINING = (
    "Each small figure follows one quantity; colours are conditions. Where the shortcut is wrong, an accuracy below "
    "50 % says that models follow it. To follow it they must find a cued token: see whether attention to these tokens "
    "rises then, and whether a probe reads their class. Where the shortcut says nothing, accuracy rises with the "
    "relation: see whether that comes before, with or after attention. A probe that reads nothing is right in 50 %."
)
"""How to read the figures over training: what to look at, in which order."""

SHORTCUTS = Presentation(
    learners={"parametric": LearnerStyle(colour="#D55E00")},
    explicit="sequences",
    finding=shortcut_finding,
    criterion=Criterion("unbiased", 0.9, {preset: size.budget for preset, size in PRESETS.items()}),
    over_training=OVER_TRAINING,
    quantities={
        "standard": "Accuracy on sequences as in training",
        "unbiased": "Accuracy where the shortcut says nothing",
        "conflicting": "Accuracy where the shortcut is wrong",
        ATTENTION: "Attention to the cued tokens",
        CLASS: "A probe reads the class (the shortcut)",
        RELATION: "A probe reads the relation (the answer)",
        CLASS_VARIANCE: "Variance that the class explains",
        RELATION_VARIANCE: "Variance that the relation explains",
    },
    glossary={
        "unbiased": "Sequences whose shortcut agrees with the answer in half of the cases.",
        "conflicting": "Sequences whose shortcut is always wrong: below 50 %, the model follows the shortcut.",
    },
)
"""Models that answer whether two cued tokens are the same."""
