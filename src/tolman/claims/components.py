"""Components of variance: how much of an effect's spread is the world's, and how much the model's."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tolman.claims.effects import AbstractEffect
from tolman.claims.runs import Runs, SeedPair


@dataclasses.dataclass(frozen=True)
class Components:
    """Standard deviations of an effect between worlds and between models, and what is left.

    Attributes:
        world: between world seeds: another world, other questions and another order of documents.
        model: between model seeds: other initial weights.
        residual: what neither explains: that a model suits a world, and chance in acting or measuring.
        worlds: number of world seeds.
        models: number of model seeds, each run in every world.
        logarithmic: whether they are of the effect's logarithm.
    """

    world: float
    model: float
    residual: float
    worlds: int
    models: int
    logarithmic: bool = False


def components(effect: AbstractEffect, runs: Runs, pairs: Sequence[SeedPair]) -> Components | None:
    """Return the components of an effect's variance, or None without two worlds that share two model seeds.

    Worlds without a run of each model seed are left out, and so are model seeds that only one world has. Whether
    requirements are met does not matter: a table with holes has no such components. A ratio is taken by its logarithm.
    """
    table = crossed(dict(zip(pairs, effect.values(runs, pairs), strict=True)))
    if min(table.shape) < 2:
        return None
    world, model, residual = np.sqrt(variances(table))
    worlds, models = table.shape
    return Components(
        world=float(world),
        model=float(model),
        residual=float(residual),
        worlds=worlds,
        models=models,
        logarithmic=effect.logarithmic,
    )


def crossed(values: dict[SeedPair, float]) -> np.ndarray:
    """Return the values as a table of worlds by model seeds, without holes."""
    seeds: dict[int, set[int]] = {}
    for world, model in values:
        seeds.setdefault(model, set()).add(world)
    models = sorted(model for model, worlds in seeds.items() if len(worlds) > 1)
    worlds = sorted(set.intersection(*(seeds[model] for model in models))) if models else []
    return np.array([[values[world, model] for model in models] for world in worlds]).reshape(len(worlds), len(models))


def variances(table: np.ndarray) -> tuple[float, float, float]:
    """Return the variance between the rows of `table[n, m]`, that between its columns, and the residual.

    The analysis of variance's estimator for two crossed random factors without replication (Searle, Casella and
    McCulloch 1992, Variance Components, ch. 4): mean squares set equal to their expectations. Negative ones are 0.
    """
    n, m = table.shape
    rows, columns, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    left = table - rows[:, None] - columns[None, :] + mean
    residual = float((left**2).sum() / ((n - 1) * (m - 1)))
    between_rows = float(m * ((rows - mean) ** 2).sum() / (n - 1))
    between_columns = float(n * ((columns - mean) ** 2).sum() / (m - 1))
    return max(0.0, (between_rows - residual) / m), max(0.0, (between_columns - residual) / n), residual
