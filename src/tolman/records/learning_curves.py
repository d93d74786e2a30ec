"""Learning curves of records, by the steps that the weights have been trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tolman.records.schema import Record


def accuracy_curve(record: Record, test: str) -> list[tuple[float, float]]:
    """Return steps and accuracies on a test, since the weights last began anew.

    They do at the first step, and at the beginning of a phase that keeps some weights only (`Phase.keep`); what such a
    model could before that says nothing about it.
    """
    curve, start = record.result["curves"], began_anew(record.config)
    accuracies = ((point["step"] - start, point["accuracy"].get(test)) for point in curve)
    return [(float(step), float(accuracy)) for step, accuracy in accuracies if step > 0 and accuracy is not None]


def first_reaching(curve: Sequence[tuple[float, float]], accuracy: float) -> float:
    """Return the steps at the first point of a learning curve that reaches an accuracy; infinite without one."""
    return next((step for step, value in curve if value >= accuracy), math.inf)


def began_anew(config: dict[str, Any]) -> int:
    """Return the step after which the weights last began anew, 0 where they never did, by a record's configuration."""
    training, start, passed = config.get("training") or {}, 0, 0
    for phase in training.get("phases", ()):
        start = start if phase.get("keep") is None else passed
        passed += -(-phase["steps"] // training["chunk"]) * training["chunk"]
    return start
