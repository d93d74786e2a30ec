"""What the studies of representations share: how networks are trained, and how their claims are put."""

from __future__ import annotations

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Ratio
from tolman.claims.effects import AbstractEffect, MeasureValue
from tolman.claims.runs import RunGroup
from tolman.experiments.network_set import LEARNER
from tolman.learners.learner import Phase
from tolman.training.config import TrainingConfig
from tolman.training.optim import OptimiserConfig

BIASES = "Lampinen, Chan and Hermann 2024 (arXiv 2405.05847)"
PROXY = "Lampinen, Chan, Li and Hermann 2025 (arXiv 2507.22216)"
SHAPES = "Hermann and Lampinen 2020 (arXiv 2006.12433)"
OURS = "our own"
COMPUTED = 0.95

LABELLED = {"labelled": 1.0}


def network(condition: str) -> RunGroup:
    """A condition's networks."""
    return RunGroup(condition, LEARNER)


def constant(kind: str, rate: float, momentum: float = 0.9) -> OptimiserConfig:
    """An optimiser of constant rate, without decay or clipping, as the published ones are."""
    return OptimiserConfig(kind, rate, 0.0, momentum, 0.999, 1e6, 1, 1.0)  # pyright: ignore[reportArgumentType]


def training(optimiser: OptimiserConfig, parallel_seeds: int, batch: int = 128, points: int = 20) -> TrainingConfig:
    """Networks of all seeds side by side."""
    return TrainingConfig(
        optimiser,
        batch=batch,
        chunk=100,
        fresh=1,
        parallel_seeds=parallel_seeds,
        curve_points=points,
        precision="float32",
    )


def labelled(steps: int) -> tuple[Phase, ...]:
    """All features at once."""
    return (Phase(steps, LABELLED),)


def computed(cell: RunGroup, *features: str, at_least: float = COMPUTED) -> tuple[Learned, ...]:
    """That the networks compute these features."""
    return tuple(Learned(cell, feature, at_least) for feature in features)


def gap(condition: str, column: str = "variance", rows: tuple[str, str] = ("easy", "hard")) -> Ratio:
    """How many times the one feature's number is the other's."""
    more, less = (MeasureValue(network(condition), f"{column}/{row}") for row in rows)
    return Ratio(more, less, least=0.005)


def claim(
    name: str, statement: str, source: str, effect: AbstractEffect, bound: float, requires: tuple[Learned, ...] = ()
) -> Claim:
    """A claim that an effect is at least as large as a bound."""
    return Claim(name, statement, source, effect, bound, ">=", requires)
