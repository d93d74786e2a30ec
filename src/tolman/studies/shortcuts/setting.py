"""The setting that the studies of shortcuts share: decoder, training and conditions.

It was found on exploration seeds and fixed before anything was judged; `docs/log.md` says what was tried.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tolman.claims.runs import RunGroup
from tolman.experiments.condition import Condition
from tolman.learners.parametric import parametric
from tolman.models.decoder import DecoderConfig
from tolman.studies.shortcuts.mechanism import AgreementMetric
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.agreement import Agreement

OURS = "our own"
EXPLORED = (range(100),)
SPOT = 0.75
"""The predictivity of the spot that claims are about."""

BATCH, CHUNK = 64, 50
OPTIMISER = OptimiserConfig(kind="adamw", learning_rate=3e-3, weight_decay=0.01, final=0.1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a preset.

    Attributes:
        seeds: number of seeds.
        parallel_seeds: seeds that are trained in parallel, as one program.
        steps: optimiser steps.
        first: of these, steps on something easier, where a study takes it away again.
        width: of the decoder.
        world: parameters of the world in all conditions.
        points: of a learning curve.
    """

    seeds: int
    parallel_seeds: int
    steps: int
    first: int
    width: int = 32
    world: dict[str, Any] = dataclasses.field(default_factory=dict)
    points: int = 30


SMOKE = Size(seeds=2, parallel_seeds=2, steps=100, first=50, world={"length": 8, "test_items": 64}, points=2)
QUICK = Size(seeds=20, parallel_seeds=4, steps=3000, first=1000, world={"length": 16})
FULL = Size(seeds=20, parallel_seeds=20, steps=10_000, first=2500, width=64, points=100)


def condition(
    name: str, size: Size, *, phases: tuple[Phase, ...] = (), metric: bool = False, **world: Any
) -> Condition:
    """Return a condition on fresh sequences: without phases, one of all steps.

    Args:
        name: of the condition.
        size: of the preset.
        phases: of the curriculum.
        metric: whether attention and probes are measured along training.
        world: parameters of the world.
    """
    return Condition(
        name=name,
        world=Agreement(**{**size.world, **world}),
        model=DecoderConfig(width=size.width, layers=2, heads=2, conv=0),
        training=TrainingConfig(
            optimiser=OPTIMISER,
            batch=BATCH,
            chunk=CHUNK,
            fresh=BATCH * CHUNK,
            parallel_seeds=size.parallel_seeds,
            curve_points=size.points,
            precision="float32",
        ),
        phases=phases or (Phase(size.steps, {"fresh": 1.0}),),
        learners=(parametric(),),
        metric=AgreementMetric() if metric else None,
    )


def runs_of(name: str) -> RunGroup:
    """Return the group of a condition's runs."""
    return RunGroup(name, "parametric")
