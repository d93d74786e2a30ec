"""Learning curves: their points, what is measured there, and when training stops."""

from __future__ import annotations

from typing import Any

import numpy as np

from tolman.core.world import Instance
from tolman.models.base import ContinuationModel, Model
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.evaluate import evaluate

Curve = list[dict[str, Any]]
"""The points of one seed's learning curve, as records keep them."""


def curve_points(spec: TrainingSpec) -> set[int]:
    """Return the numbers of the chunks after which there is a point of the learning curve; the last always is one."""
    count = sum(spec.chunks(phase) for phase in spec.phases)
    every = max(1, count // max(1, spec.training.curve_points))
    return {number for number in range(count) if (number + 1) % every == 0} | {count - 1}


def accuracies(
    spec: TrainingSpec, model: Model | ContinuationModel, instance: Instance, seeds: Seeds
) -> dict[str, float]:
    """Return a model's accuracy on each test of the instance, put as it is trained."""
    tests, memory = instance.tests, instance.memory
    results = evaluate(model, tests, memory=memory, retrieval=spec.retrieval, seed=seeds.world)
    return {result.test: result.accuracy for result in results}


def stops(spec: TrainingSpec, instance: Instance, accuracy: dict[str, float]) -> bool:
    """Return whether the accuracies meet the stopping criterion."""
    explicit = [accuracy[test.name] for test in instance.tests if test.role == "explicit"]
    return spec.training.stop is not None and min(explicit) >= spec.training.stop


def check_finite(losses: np.ndarray, step: int) -> None:
    """Raise `FloatingPointError` where a loss is infinite or NaN."""
    if not np.isfinite(losses).all():
        raise FloatingPointError(f"the loss is not finite after step {step}; lower training.optimiser.learning_rate")
