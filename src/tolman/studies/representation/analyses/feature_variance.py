"""The variance of a representation that each feature explains, after training and along it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from tolman.core.ranges import NonNegativeInt
from tolman.core.world import Instance
from tolman.experiments.network_set import AbstractAnalysis, Stimuli, stimuli_of
from tolman.measures.components import component_variance
from tolman.measures.registration import NamedMeasure, named_measures
from tolman.measures.steering import steer
from tolman.measures.variance import total_variance, variance_explained, variance_explained_by_unit
from tolman.models.base import Model
from tolman.models.convnet import Convnet
from tolman.models.mlp import MLP
from tolman.training.config import AbstractMetric

EXPLAINED = "explained"

DOSES = tuple(round(0.1 * i, 1) for i in range(1, 21))
"""Shifts of a representation, in units of the distance between the means of a feature's classes."""

Columns = dict[str, dict[str, Any]]
"""Numbers by column and feature."""


@dataclasses.dataclass(frozen=True)
class FeatureVariance(AbstractAnalysis):
    """The variance that each feature explains in a network's layers; rows are features.

    Columns, of the last hidden layer unless a layer is named: `variance` (pooled held-out R2 of the representation
    regressed on the feature; Lampinen et al., arXiv 2405.05847), `unique` (what the feature adds to all others),
    `pc1` and `pc2` (R2 on the scores of the first components), `units` (the fraction of units of which the feature
    explains more than any other does), what steering along the feature does (see `steering`), the variance at every
    layer, and a column for each of `measures`.

    Attributes:
        position: the step of a decoder that is analysed, counted from the end of the input (0 is the last one).
        measures: registered measures of `X, y`, computed for every feature.
        layers: whether every layer is analysed, or the last hidden one only.
    """

    version: ClassVar[int] = 2

    position: NonNegativeInt = 0
    measures: tuple[str, ...] = ("decodability",)
    layers: bool = True

    def check_packages(self) -> None:
        self._named()

    def _named(self) -> dict[str, NamedMeasure]:
        return named_measures(self.measures, ("X", "y"))

    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, network in networks.items():
            suffix = "" if len(networks) == 1 else f" {name}"
            for column, values in self._columns(network, stimuli, seed).items():
                found |= {f"{column}{suffix}/{row}": _finite(value) for row, value in values.items()}
        return found

    def _columns(self, network: Model, stimuli: Stimuli, seed: int) -> Columns:
        *earlier, (_, last) = hidden_sites(network, stimuli, self.position).items()
        columns = _explained(last, stimuli, seed)
        for text, measure in self._named().items():
            labels = zip(stimuli.names, stimuli.labels.T, strict=True)
            columns[text] = {name: measure(X=last, y=y, seed=seed) for name, y in labels}
        columns |= steering(network, last, stimuli, seed)
        for site, X in earlier if self.layers else ():
            alone = variance_explained(X, stimuli.labels, **_options(stimuli), seed=seed).alone
            columns[site] = dict(zip(stimuli.names, alone, strict=True))
        return {column: values for column, values in columns.items() if values}


def _explained(X: np.ndarray, stimuli: Stimuli, seed: int) -> Columns:
    """Return what each feature explains of `X[n, p]`: of its variance, its first two components and its units."""
    F, names, options = stimuli.labels, stimuli.names, {**_options(stimuli), "seed": seed}
    whole = variance_explained(X, F, **options)
    components = component_variance(X, F, 2, **options)
    by_unit = variance_explained_by_unit(X, F, **options)
    columns = {"variance": whole.alone, "unique": whole.unique}
    columns |= {f"pc{i}": r2 for i, r2 in enumerate(components.r2, start=1)}
    columns |= {"units": np.mean(by_unit.argmax(axis=1)[:, None] == np.arange(len(names)), axis=0)}
    return {column: dict(zip(names, values, strict=True)) for column, values in columns.items()}


@dataclasses.dataclass(frozen=True)
class VarianceMetric(AbstractMetric):
    """The variance of the last hidden layer that each feature explains, in absolute terms: `explained/FEATURE`.

    In absolute terms all points of one network share a scale (arXiv 2405.05847 divides by the variance of the final
    representation).

    Attributes:
        position: see `FeatureVariance`.
    """

    version: ClassVar[int] = 1

    position: NonNegativeInt = 0

    def measures(self, model: Model, instance: Instance) -> dict[str, float]:
        stimuli = stimuli_of(instance)
        X = list(hidden_sites(model, stimuli, self.position).values())[-1]
        alone = variance_explained(X, stimuli.labels, categorical=_categorical(stimuli)).alone
        total = total_variance(X)
        return {f"{EXPLAINED}/{name}": float(a * total) for name, a in zip(stimuli.names, alone, strict=True)}


def hidden_sites(network: Model, stimuli: Stimuli, position: int = 0) -> dict[str, np.ndarray]:
    """Return hidden activations `[n, p]` of every layer: of a decoder at one step, of a convnet the spatial mean."""
    found = {}
    for site, value in network.activations(stimuli.rows).items():
        if "token" in stimuli.rows.steps:
            last = stimuli.rows.valid.sum(axis=1) - 1 - position
            if site.endswith("residual") or site == "final":
                found[site] = np.take_along_axis(value, last[:, None, None], axis=1)[:, 0]
        else:
            found[site] = value.mean(axis=tuple(range(1, value.ndim - 1)))
    return found


def steering(network: Model, X: np.ndarray, stimuli: Stimuli, seed: int) -> Columns:
    """Return what shifts of the last hidden layer `X[n, p]` along each feature's difference of class means do.

    Columns: `dose`, the distance in units of that between the class means at which half of the feature's answers flip;
    and of shifts by that whole distance `flips`, the fraction of the feature's answers that flip, `cross flips`, the
    same of the other feature whose answers flip most, and `random flips`, that of its own answers where the shift has a
    random direction. (In units of the representation's standard deviation half of the distance between class means is
    the square root of the variance that the feature explains: such a dose would say the same as R2.)

    Empty for networks other than classifiers of two values per feature that read `X` by one linear layer.
    """
    if not isinstance(network, MLP | Convnet) or X.shape[1] != network.head.weight.shape[0]:
        return {}
    if network.groups != (2,) * len(stimuli.names):
        return {}
    weight, bias = np.asarray(network.head.weight), np.asarray(network.head.bias)
    columns: Columns = {column: {} for column in ("dose", "flips", "cross flips", "random flips")}
    for k, name in enumerate(stimuli.names):
        found = steer(X, stimuli.labels[:, k], lambda x: np.diff(x @ weight + bias)[:, ::2], DOSES, seed=seed)
        columns["dose"][name] = float(found.dose()[k])
        whole = DOSES.index(1.0)
        columns["flips"][name] = float(found.flipped[whole, k])
        columns["cross flips"][name] = float(np.delete(found.flipped[whole], k).max(initial=0.0))
        columns["random flips"][name] = float(found.control[whole, k])
    return columns


def _options(stimuli: Stimuli) -> dict[str, Any]:
    return {"names": stimuli.names, "categorical": _categorical(stimuli)}


def _categorical(stimuli: Stimuli) -> tuple[str, ...]:
    """Return the features of more than two values: they have no order, and are regressed on as categories."""
    return tuple(name for k, name in enumerate(stimuli.names) if stimuli.labels[:, k].max() > 1)


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
