"""Common parts of the studies of representations: sizes, the training of networks, and the usual claims."""

from __future__ import annotations

import dataclasses

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Ratio
from tolman.claims.effects import AbstractEffect, MeasureValue
from tolman.claims.published import Cause, Published
from tolman.claims.runs import RunGroup
from tolman.experiments.network_set import LEARNER
from tolman.training.config import OptimiserConfig, OptimiserKind, Phase, TrainingConfig

BIASES = Published("Lampinen, Chan and Hermann 2024 (arXiv 2405.05847)")
PROXY = Published("Lampinen, Chan, Li and Hermann 2025 (arXiv 2507.22216)")
SHAPES = Published("Hermann and Lampinen 2020 (arXiv 2006.12433)")
COMPUTED = 0.95
"""Accuracy from which on a network counts as computing a feature."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkPreset:
    """The size of a study of networks.

    Attributes:
        seeds: number of seeds.
        parallel_seeds: seeds that are trained in parallel, as one program.
        steps: optimiser steps of every network.
    """

    seeds: int
    parallel_seeds: int
    steps: int


def constant(kind: OptimiserKind, learning_rate: float, momentum: float = 0.9) -> OptimiserConfig:
    """Return an optimiser of constant rate, without weight decay or clipping, as the published ones are."""
    return OptimiserConfig(
        kind=kind,
        learning_rate=learning_rate,
        weight_decay=0.0,
        beta1=momentum,
        beta2=0.999,
        clip=1e6,
        warmup=1,
        final=1.0,
    )


def training(
    optimiser: OptimiserConfig, parallel_seeds: int, batch: int = 128, curve_points: int = 20
) -> TrainingConfig:
    """Return the training of networks whose seeds run in parallel, in float32."""
    return TrainingConfig(
        optimiser=optimiser,
        batch=batch,
        chunk=100,
        fresh=1,
        parallel_seeds=parallel_seeds,
        curve_points=curve_points,
        precision="float32",
    )


def on_all_features(steps: int) -> tuple[Phase, ...]:
    """Return a curriculum of one phase that asks for every feature."""
    return (Phase(steps, {"labelled": 1.0}),)


def on_one_feature(steps: int, feature: str) -> tuple[Phase, ...]:
    """Return a curriculum of one phase that asks for one feature."""
    return (Phase(steps, {f"only-{feature}": 1.0}),)


def runs_of(condition: str) -> RunGroup:
    """Return the group of a condition's runs."""
    return RunGroup(condition, LEARNER)


def computed(runs: RunGroup, *features: str, at_least: float = COMPUTED) -> tuple[Learned, ...]:
    """Return the requirements that the networks compute these features."""
    return tuple(Learned(runs, feature, at_least) for feature in features)


def ratio(condition: str, larger: str = "easy", smaller: str = "hard", *, column: str = "variance") -> Ratio:
    """Return the ratio of two features' numbers in a column of a condition's measures."""
    numbers = (MeasureValue(runs_of(condition), f"{column}/{feature}") for feature in (larger, smaller))
    return Ratio(*numbers, least=0.005)


def at_least(
    name: str,
    statement: str,
    *,
    source: Published | str,
    effect: AbstractEffect,
    bound: float,
    requires: tuple[Learned, ...] = (),
    cause: Cause | None = None,
) -> Claim:
    """Return the claim that an effect is at least as large as a bound; `cause` as of `Claim`."""
    return Claim(name, statement, source, effect, bound, direction=">=", requires=requires, cause=cause)
