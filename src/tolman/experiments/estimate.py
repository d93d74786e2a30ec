"""Estimates of the time and the memory that a plan takes on this machine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from tolman.core.errors import UserError
from tolman.experiments.runner import PlannedRun
from tolman.experiments.weights import SeedBatch
from tolman.records.schema import Record
from tolman.training.augment import augmented
from tolman.training.config import Phase
from tolman.training.trainer import Trainer

TIMED_BATCH, TIMED_STEPS = 32, 2
"""Steps are timed with at most so many documents, so many steps a call, and scaled up."""


class CostEstimate(NamedTuple):
    """The expected cost of a plan.

    Attributes:
        seconds: until every record exists, tests not included unless earlier records tell.
        source: `"records"` of the same conditions, or `"timing"` of a few compiled steps.
        memory: bytes of weights, optimiser states and data of the largest batch of seeds; activations come on top.
    """

    seconds: float
    source: str
    memory: int


def from_records(runs: Sequence[PlannedRun], records: Sequence[Record]) -> float | None:
    """Return the seconds of a plan by earlier records of all of its conditions and learners; None without these.

    A batch of seeds counts once and as a whole, whichever of its seeds are asked for: that is how it is trained.
    """
    spent: dict[tuple[str, str], list[dict[str, float]]] = {}
    for record in records:
        spent.setdefault((record.condition, record.learner), []).append(record.provenance["seconds"])
    total, trained = 0.0, set[SeedBatch]()
    for run in runs:
        known = spent.get((run.condition.name, run.learner))
        if known is None:
            return None
        mean = {part: float(np.mean([seconds.get(part, 0.0) for seconds in known])) for part in known[0]}
        total += mean.pop("measure", 0.0)
        new = set(run.batches) - trained
        total += sum(mean.values()) * sum(len(batch.seeds) for batch in new) / max(1, len(run.batches))
        trained |= new
    return total


def by_timing(runs: Sequence[PlannedRun], *, scaled: bool = True) -> CostEstimate:
    """Time a few steps of every program of a plan and add them up.

    With `scaled`, batches are smaller and chunks shorter; without it, the programs are those that training will use.

    Raises:
        UserError: its model is trained in torch, where nothing is timed.
    """
    batches = list(dict.fromkeys(batch for run in runs for batch in run.batches))
    if any(batch.spec.model.backend != "jax" for batch in batches):
        raise UserError("how long this model takes is known from records alone: run it with --seeds 1, and ask again")
    known: dict[tuple[object, ...], tuple[float, int]] = {}
    seconds, memory = 0.0, 0
    for batch in batches:
        for phase in batch.spec.phases:
            program = _program(batch, phase)
            if program not in known:
                known[program] = _time(batch, phase, scaled)
            per_chunk, size = known[program]
            seconds += per_chunk * batch.spec.chunks(phase)
            memory = max(memory, size)
    return CostEstimate(seconds, "timing", memory)


def _program(batch: SeedBatch, phase: Phase) -> tuple[object, ...]:
    """Return all that the duration of a chunk depends on: not the seeds, and not the optimiser's numbers."""
    spec = batch.spec
    training = dataclasses.replace(spec.training, optimiser=type(spec.training.optimiser)())
    return (
        spec.world,
        spec.model,
        training,
        spec.retrieval,
        spec.augmentation,
        spec.ppo,
        phase.retrieve,
        tuple(phase.mixture),
    )


def _time(batch: SeedBatch, phase: Phase, scaled: bool) -> tuple[float, int]:
    """Return the seconds of one chunk of a phase, and the bytes of states and data."""
    spec, full = batch.spec, batch.spec.training
    fewer = dataclasses.replace(full, batch=min(full.batch, TIMED_BATCH), chunk=TIMED_STEPS) if scaled else full
    instances, _ = augmented(spec, batch.seeds, [spec.world.draw(seeds.world) for seeds in batch.seeds])
    trainer = Trainer(dataclasses.replace(spec, training=fewer), batch.seeds, instances)
    states, source = trainer.initial(), trainer.source(phase)
    started = time.monotonic()
    data = source.load(0)
    load = time.monotonic() - started
    size = _bytes(states) + _bytes(data)
    states, _ = jax.block_until_ready(source.learn(states, data))  # compiles
    started = time.monotonic()
    jax.block_until_ready(source.learn(states, source.load(1) if spec.ppo else data))
    step = (time.monotonic() - started) / fewer.chunk
    return load + step * full.chunk * full.batch / fewer.batch, size


def _bytes(tree: object) -> int:
    leaves = jax.tree.leaves(tree)
    return sum(int(np.prod(np.shape(leaf))) * np.dtype(getattr(leaf, "dtype", float)).itemsize for leaf in leaves)
