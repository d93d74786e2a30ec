"""How much of a representation each feature takes, once and over training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from tolman.core.world import Instance
from tolman.experiments.network_set import AbstractAnalysis, Stimuli, stimuli_of
from tolman.training.config import AbstractMetric

EXPLAINED = "explained"


@dataclasses.dataclass(frozen=True)
class FeatureVariance(AbstractAnalysis):
    """What each feature takes of a network's layers; rows are features.

    Columns, of the last hidden layer unless a layer is named: `variance` (pooled held-out R2 of the representation
    regressed on the feature; Lampinen et al., arXiv 2405.05847), `unique` (what the feature adds to all others),
    `pc1` and `pc2` (R2 on the scores of the first components), `units` (the share of units of which the feature
    explains more than any other does), `decodability` (linear, held out), `dose` (for features of two values of a
    classifier: how far, in units of the representation's standard deviation, stimuli must be moved along the
    feature's difference of means until half of its answers flip), and the variance at every layer.

    Attributes:
        position: which of a decoder's steps is looked at, counted from the end of the input (0 is the last one).
        decode: whether features are decoded as well.
        layers: whether every layer is looked at, or the last hidden one only.
    """

    version: ClassVar[int] = 1

    position: int = 0
    decode: bool = True
    layers: bool = True

    def measures(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for name, network in networks.items():
            suffix = "" if len(networks) == 1 else f" {name}"
            for column, values in self._columns(network, stimuli, seed).items():
                found |= {f"{column}{suffix}/{row}": _finite(value) for row, value in values.items()}
        return found

    def _columns(self, network: Any, stimuli: Stimuli, seed: int) -> dict[str, dict[str, Any]]:
        from tolman.measures import component_variance, decodability, variance_explained, variance_explained_by_unit

        sites = hidden_sites(network, stimuli, self.position)
        last, F, names = list(sites.values())[-1], stimuli.labels, stimuli.names
        options: dict[str, Any] = {"names": names, "categorical": _categorical(stimuli), "seed": seed}
        whole = variance_explained(last, F, **options)
        columns = {
            "variance": dict(zip(names, whole.alone, strict=True)),
            "unique": dict(zip(names, whole.unique, strict=True)),
        }
        components = component_variance(last, F, 2, **options)
        for i, r2 in enumerate(components.r2, start=1):
            columns[f"pc{i}"] = dict(zip(names, r2, strict=True))
        leads = variance_explained_by_unit(last, F, **options)
        columns["units"] = _led(leads, names)
        if self.decode:
            columns["decodability"] = {n: decodability(last, F[:, k], seed=seed) for k, n in enumerate(names)}
        columns["dose"] = doses(network, last, stimuli, seed)
        for site, X in list(sites.items())[:-1] if self.layers else []:
            layer = variance_explained(X, F, **options)
            columns[site] = dict(zip(names, layer.alone, strict=True))
        return {column: values for column, values in columns.items() if values}


@dataclasses.dataclass(frozen=True)
class VarianceMetric(AbstractMetric):
    """The variance of the last hidden layer that each feature explains, in absolute terms: `explained/FEATURE`.

    Absolute, so that points of one network share a scale: whatever divides them, divides all (arXiv 2405.05847
    divides by the variance of the final representation).
    """

    version: ClassVar[int] = 1

    position: int = 0

    def measures(self, model: Any, instance: Instance) -> dict[str, float]:
        from tolman.measures import total_variance, variance_explained

        stimuli = stimuli_of(instance)
        X = list(hidden_sites(model, stimuli, self.position).values())[-1]
        alone = variance_explained(X, stimuli.labels, categorical=_categorical(stimuli)).alone
        total = total_variance(X)
        return {f"{EXPLAINED}/{name}": float(a * total) for name, a in zip(stimuli.names, alone, strict=True)}


def hidden_sites(network: Any, stimuli: Stimuli, position: int = 0) -> dict[str, np.ndarray]:
    """Hidden activations `[n, p]` of every layer; of a decoder those at one step, of a map of places their mean."""
    found = {}
    for site, value in network.activations(stimuli.rows).items():
        if "token" in stimuli.rows.steps:
            last = stimuli.rows.valid.sum(axis=1) - 1 - position
            if site.endswith("residual") or site == "final":
                found[site] = np.take_along_axis(value, last[:, None, None], axis=1)[:, 0]
        else:
            found[site] = value.mean(axis=tuple(range(1, value.ndim - 1)))
    return found


def doses(network: Any, X: np.ndarray, stimuli: Stimuli, seed: int) -> dict[str, float]:
    """Shifts of the last hidden layer `X[n, p]` that flip half of each feature's answers; empty for other models."""
    from tolman.measures import steer, total_variance

    groups = getattr(network, "groups", ())
    if len(groups) != len(stimuli.names) or set(groups) != {2} or X.shape[1] != network.head.weight.shape[0]:
        return {}
    weight, bias, found = np.asarray(network.head.weight), np.asarray(network.head.bias), {}
    for k, name in enumerate(stimuli.names):
        answer = slice(2 * k, 2 * k + 2)
        done = steer(
            X, stimuli.labels[:, k], lambda x, at=answer: np.diff(x @ weight[:, at] + bias[at])[:, 0], seed=seed
        )
        found[name] = float(done.dose()[0]) * done.length / total_variance(X) ** 0.5
    return found


def _led(by_unit: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """The share of units `[p, f]` that each feature explains best."""
    best = by_unit.argmax(axis=1)
    return {name: float((best == k).mean()) for k, name in enumerate(names)}


def _categorical(stimuli: Stimuli) -> tuple[str, ...]:
    """Features of more than two values have no order: they are regressed on as categories."""
    return tuple(name for k, name in enumerate(stimuli.names) if stimuli.labels[:, k].max() > 1)


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
