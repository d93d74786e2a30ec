"""The numbers of one layer: variance, decodability and principal components of every feature."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.files import refusal
from tolman.audit.labels import Feature
from tolman.audit.nonfinite import refused
from tolman.audit.results import FeatureInLayer, IntervalEstimate, LayerResult
from tolman.audit.sampling import sample
from tolman.measures.components import ComponentVariance, component_variance
from tolman.measures.decoding import Kind, accuracy_interval, decodability_r2, decode
from tolman.measures.design_matrix import Design, design
from tolman.measures.variance import VarianceExplained, variance_explained, variance_explained_by_unit
from tolman.measures.variance_inference import variance_explained_interval

DECODED_ROWS = 2_000
"""Rows that probes are fitted and tested on, drawn at random: an accuracy is then known to about 1 %."""

COMPONENT_ROWS = 10_000
"""Rows that principal components are computed on."""

BOOTSTRAP_NUMBERS = 20_000_000
"""Largest rows × units × regressors that are resampled; an interval of more would be too narrow to matter."""

COMPONENTS = 10
LED = 0.01
"""Fraction of its variance that a feature must explain to lead a unit."""

Step = Callable[[str], None]


DRAWN_GROUPS = 5
"""Fewest groups whose draws give an interval."""


@dataclasses.dataclass(frozen=True, eq=False)
class FeatureLabels:
    """The features of all rows, in the forms that measures take.

    Attributes:
        features: labels of each feature.
        seed: of folds, subsamples and bootstraps.
        groups: labels `[n]` of groups of rows that stay together in every split and draw, if there are any.
    """

    features: Sequence[Feature]
    seed: int
    groups: np.ndarray | None = None

    def columns(self, rows: Any = slice(None)) -> dict[str, np.ndarray]:
        """Return the labels of some rows, by feature."""
        return {f.name: f.values[rows] for f in self.features}

    def group(self, rows: Any = slice(None)) -> np.ndarray | None:
        """Return the groups of some rows."""
        return None if self.groups is None else self.groups[rows]

    def options(self, rows: Any = slice(None)) -> dict[str, Any]:
        """Return keyword arguments of measures of variance of some rows."""
        return {
            "categorical": [f.name for f in self.features if f.classes],
            "seed": self.seed,
            "groups": self.group(rows),
        }

    def design(self, rows: Any) -> Design:
        """Return the regressors of some rows."""
        values = self.columns(rows)
        return design(values, len(next(iter(values.values()))), categorical=self.options()["categorical"])


def analyse_layer(layer: Layer, labels: FeatureLabels, step: Step) -> LayerResult:
    """Return the results of one layer; `step` is called with what is computed next.

    Raises:
        UserError: the layer holds NaN or never varies.
    """
    step(f"{layer.name}: variance")
    explained = _explained(layer, labels)
    by_unit = variance_explained_by_unit(layer.values, labels.columns(), **labels.options())
    step("intervals")
    ends = _interval_ends(layer.values, labels)
    step(f"{layer.name}: principal components")
    rows = sample(layer.values.shape[0], COMPONENT_ROWS, labels.seed)
    components = component_variance(layer.values[rows], labels.columns(rows), COMPONENTS, **labels.options(rows))
    return LayerResult(
        name=layer.name,
        path=layer.path,
        units=layer.values.shape[1],
        constant=int(np.isnan(by_unit[:, 0]).sum()),
        joint=IntervalEstimate(explained.joint, *(None if end is None else end.joint for end in ends)),
        features=_features(layer, labels, step, explained=explained, ends=ends, components=components, by_unit=by_unit),
        components=tuple(map(float, components.explained_variance_ratio)),
        component_r2=tuple(tuple(map(float, row)) for row in components.r2),
    )


def _features(
    layer: Layer,
    labels: FeatureLabels,
    step: Step,
    *,
    explained: VarianceExplained,
    ends: Sequence[VarianceExplained | None],
    components: ComponentVariance,
    by_unit: np.ndarray,
) -> tuple[FeatureInLayer, ...]:
    led = _led_units(by_unit)
    return tuple(
        FeatureInLayer(
            feature=feature.name,
            alone=IntervalEstimate(float(explained.alone[i]), *(_at(end, "alone", i) for end in ends)),
            unique=IntervalEstimate(float(explained.unique[i]), *(_at(end, "unique", i) for end in ends)),
            **_decoded(layer, feature, labels, step),
            classes=feature.classes,
            # Directions of noise count slightly negative, so that without them there can be more than all.
            carried=float(np.minimum(components.cumulative[-1, i], 1.0)),
            led=int(led[i]),
        )
        for i, feature in enumerate(labels.features)
    )


def _explained(layer: Layer, labels: FeatureLabels) -> VarianceExplained:
    try:
        found = variance_explained(layer.values, labels.columns(), **labels.options())
    except ValueError as error:
        raise refused(layer, error) from None
    if np.isnan(found.joint):
        raise refusal(layer.path, f"all rows of layer {layer.name!r} are equal", "Check how it was saved")
    return found


def _interval_ends(X: Any, labels: FeatureLabels) -> Sequence[VarianceExplained | None]:
    if too_few_to_draw(labels.groups):
        return None, None
    regressors = sum(len(np.unique(f.values)) if f.classes else 1 for f in labels.features)
    if X.shape[0] * X.shape[1] * regressors > BOOTSTRAP_NUMBERS:
        return None, None
    return variance_explained_interval(X, labels.columns(), samples=200, **labels.options())


def _at(end: VarianceExplained | None, which: str, i: int) -> float | None:
    return None if end is None else float(getattr(end, which)[i])


def _led_units(by_unit: np.ndarray) -> np.ndarray:
    """Return the number of units that each feature leads, `[f]`."""
    known = np.nan_to_num(by_unit, nan=-1.0)
    best = known.argmax(axis=1)[known.max(axis=1) >= LED]
    return np.bincount(best, minlength=by_unit.shape[1])


def _decoded(layer: Layer, feature: Feature, labels: FeatureLabels, step: Step) -> Mapping[str, Any]:
    """Return decodability by a linear probe and by neighbours, and chance."""
    step(f"{layer.name}: decoding {feature.name}")
    rows = sample(len(feature.values), DECODED_ROWS, labels.seed)
    X, y = np.asarray(layer.values[rows], dtype=np.float64), feature.values[rows]
    options: dict[str, Any] = {"seed": labels.seed, "groups": labels.group(rows)}
    if not feature.classes:
        linear, knn = (IntervalEstimate(decodability_r2(X, y, kind, **options)) for kind in ("linear", "knn"))
        return {"linear": linear, "knn": knn, "chance": 0.0}
    chance = float(np.unique(y, return_counts=True)[1].max() / len(y))
    if not can_be_held_out(y, options["groups"]):
        return {"linear": IntervalEstimate(float("nan")), "knn": IntervalEstimate(float("nan")), "chance": chance}
    return {"linear": _accuracy(X, y, "linear", options), "knn": _accuracy(X, y, "knn", options), "chance": chance}


def can_be_held_out(y: np.ndarray, groups: np.ndarray | None) -> bool:
    """Return whether two classes have two rows or, with groups, are in two groups: one to fit on and one to test on."""
    group = np.arange(len(y)) if groups is None else np.unique(groups, return_inverse=True)[1]
    of_classes = np.unique(np.stack([np.unique(y, return_inverse=True)[1], group]), axis=1)[0]
    return int((np.bincount(of_classes) > 1).sum()) > 1


def too_few_to_draw(groups: np.ndarray | None) -> bool:
    """Return whether a bootstrap over so few groups says nothing: of two, every other draw is one of them twice."""
    return groups is not None and len(np.unique(groups)) < DRAWN_GROUPS


def _accuracy(X: np.ndarray, y: np.ndarray, kind: Kind, options: Mapping[str, Any]) -> IntervalEstimate:
    right = decode(X, y, kind, **options) == y
    if too_few_to_draw(options["groups"]):
        return IntervalEstimate(float(right.mean()))
    return IntervalEstimate(float(right.mean()), *accuracy_interval(right, **options))
