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

EXPLORED = (range(100),)
SPOT = 0.75
"""The predictivity of the spot that claims are about."""

BATCH, CHUNK = 64, 50


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a preset.

    Attributes:
        seeds: number of seeds.
        parallel_seeds: seeds that are trained in parallel, as one program.
        budget: optimiser steps within which the relation must be learned to count as learned.
        steps: optimiser steps in all, so that one sees when it is learned that comes later.
        first: steps on something easier, where a study takes it away again.
        width: of the decoder.
        learning_rate: the rate, constant after 100 steps of warm-up: what is learned at a step depends on no budget.
        world: parameters of the world in all conditions.
        points: of a learning curve.
    """

    seeds: int
    parallel_seeds: int
    budget: int
    steps: int
    first: int
    width: int = 32
    learning_rate: float = 1.5e-3
    world: dict[str, Any] = dataclasses.field(default_factory=dict)
    points: int = 40


SMOKE = Size(seeds=2, parallel_seeds=2, budget=50, steps=100, first=50, world={"length": 8, "test_items": 64}, points=2)
QUICK = Size(seeds=20, parallel_seeds=4, budget=2000, steps=4000, first=600, world={"length": 12})
FULL = Size(
    seeds=20, parallel_seeds=20, budget=4000, steps=12_000, first=1200, width=64, learning_rate=1e-3, points=120
)
PRESETS = {"smoke": SMOKE, "quick": QUICK, "full": FULL}


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
            optimiser=OptimiserConfig(learning_rate=size.learning_rate, final=1.0),
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
