"""Everything that enters a result, as the configuration that a record is stored under."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.config import canonical, digest
from ..core.learning import AbstractLearner, Reinstatement
from ..core.registry import Found, find, load
from ..core.world import AbstractWorld, Instance
from ..training.spec import Seeds, TrainingSpec
from ._study import Condition

EVALUATION_VERSION = 1
"""Rises whenever the same model and tests would be scored otherwise."""


def named(noun: str, component: Any) -> dict[str, Any]:
    """A component's configuration with the name it is registered under (its class's, if it is not)."""
    kind = type(component)
    names = [name for name, found in find(noun).items() if _imported(found) and found.load() is kind]
    return {"name": names[0] if names else kind.__name__, **canonical(component)}


def _imported(found: Found) -> bool:
    """Whether a component's module is there already, as it is for whatever has been made."""
    return found.target.partition(":")[0] in sys.modules


def reinstatement(how: Reinstatement | None) -> dict[str, Any] | None:
    """How memory enters the context, with the retriever's own configuration and version."""
    if how is None:
        return None
    return {"slots": how.slots, "retriever": {"name": how.retriever, **canonical(load("retrievers", how.retriever)())}}


def training_config(spec: TrainingSpec, seeds: Seeds) -> dict[str, Any]:
    """Everything that enters a model's weights."""
    return {
        "world": named("worlds", spec.world),
        "model": canonical(spec.model),
        "training": {
            **canonical(spec.training),
            "phases": canonical(spec.phases),
            "reinstatement": reinstatement(spec.reinstatement),
        },
        "world_seed": seeds.world,
        "model_seed": seeds.model,
    }


def training_key(spec: TrainingSpec, seeds: Seeds) -> str:
    """The name of the trained weights."""
    return digest(training_config(spec, seeds))


def record_config(
    study: tuple[str, int], preset: str, overrides: Mapping[str, Any], condition: Condition, name: str, seeds: Seeds
) -> dict[str, Any]:
    """Everything that enters a record's result."""
    learner: AbstractLearner = dict(condition.learners)[name]
    return {
        "study": study[0],
        "study_version": study[1],
        "preset": preset,
        "overrides": dict(overrides),
        "condition": condition.name,
        "learner": {
            **canonical(learner),
            "name": name,
            "kind": named("learners", learner)["name"],
            "testing": reinstatement(learner.testing),
        },
        "evaluation": {"version": EVALUATION_VERSION},
        **training_config(condition.spec(learner), seeds),
    }


def world_hash(world: AbstractWorld, instance: Instance) -> str:
    """A digest of the arrays that were drawn: equal exactly if the material was."""
    total = hashlib.sha256(type(world).__name__.encode())
    for rows in (instance.corpus.experiences, *(test.prompts for test in instance.tests)):
        for leaf in (rows.steps["token"], rows.weight, rows.valid):
            total.update(np.ascontiguousarray(leaf).tobytes())
    return total.hexdigest()[:24]
