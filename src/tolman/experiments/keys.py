"""Everything that enters a result, as the configuration that a record is stored under."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from tolman.core.config import canonical, digest
from tolman.core.registry import named
from tolman.core.world import AbstractWorld, Instance
from tolman.learners.learner import Learner
from tolman.retrieval.retriever import Retrieval
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.devices import resolved

EVALUATION_VERSION = 1
"""Rises whenever the same model and tests would be scored otherwise."""


def evaluation_config() -> dict[str, Any]:
    """How tests are scored."""
    return {"version": EVALUATION_VERSION}


def retrieval(how: Retrieval | None) -> dict[str, Any] | None:
    """How memory enters the context, with the retriever's own configuration and version."""
    if how is None:
        return None
    return {"k": how.k, "retriever": named("retrievers", how.retriever)}


def training_config(spec: TrainingSpec, seeds: Seeds) -> dict[str, Any]:
    """Everything that enters a model's weights and its learning curve."""
    training = canonical(spec.training)
    return {
        "world": named("worlds", spec.world),
        "model": named("models", spec.model),
        "training": {
            **training,
            "precision": resolved(spec.training.precision),
            "phases": canonical(spec.phases),
            "retrieval": retrieval(spec.retrieval),
            **({"metric": canonical(spec.metric)} if spec.metric else {}),
            **({"ppo": canonical(spec.ppo)} if spec.ppo else {}),
        },
        "world_seed": seeds.world,
        "model_seed": seeds.model,
    }


def training_key(spec: TrainingSpec, seeds: Seeds) -> str:
    """The name of the trained weights."""
    return digest(training_config(spec, seeds))


def learner_config(learner: Learner) -> dict[str, Any]:
    """Return a learner's configuration, its retrievers' included."""
    steps = [
        canonical(step) | {name: retrieval(how) for name, how in vars(step).items() if isinstance(how, Retrieval)}
        for step in learner.steps
    ]
    return canonical(learner) | {"steps": steps, "context": retrieval(learner.context)}


def world_hash(world: AbstractWorld, instance: Instance) -> str:
    """A digest of the arrays that were drawn: equal exactly if the material was."""
    total = hashlib.sha256(type(world).__name__.encode())
    for rows in (instance.corpus.experiences, *(test.prompts for test in instance.tests)):
        for leaf in (*(rows.steps[name] for name in sorted(rows.steps)), rows.weight, rows.valid):
            total.update(np.ascontiguousarray(leaf).tobytes())
    return total.hexdigest()[:24]
