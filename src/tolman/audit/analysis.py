"""The numbers of an audit: every feature in every layer, and layers against each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tolman import measures
from tolman.audit.activations import Layer
from tolman.audit.files import refusal
from tolman.audit.findings import findings
from tolman.audit.labels import Feature
from tolman.audit.results import Audit, FeatureInLayer, FeatureSummary, LayerResult, IntervalEstimate
from tolman.audit.similarity import SIMILARITY_ROWS, compare, planned, sample

DECODED_ROWS = 2_000
"""Rows that decoders see, drawn at random: an accuracy is then known to about 1 %."""

COMPONENT_ROWS = 10_000
"""Rows that principal components are computed on."""

BOOTSTRAP_NUMBERS = 20_000_000
"""Largest rows × units × regressors that are resampled; an interval of more would be too narrow to matter."""

COMPONENTS = 10
LED = 0.01
"""Share of its variance that a feature must explain to lead a unit."""

MIN_ROWS = 20


@dataclasses.dataclass(frozen=True, eq=False)
class _Labels:
    """The features of all rows, in the forms that measures take."""

    features: Sequence[Feature]
    seed: int

    def columns(self, rows: Any = slice(None)) -> dict[str, np.ndarray]:
        return {f.name: f.values[rows] for f in self.features}

    @property
    def options(self) -> dict[str, Any]:
        return {"categorical": [f.name for f in self.features if f.classes], "seed": self.seed}

    def design(self, rows: Any) -> measures.Design:
        values = self.columns(rows)
        return measures.design(values, len(next(iter(values.values()))), categorical=self.options["categorical"])


def audit(
    layers: Sequence[Layer], features: Sequence[Feature], progress: Any, seed: int = 0, notes: Sequence[str] = ()
) -> Audit:
    """Measures every feature in every layer, and compares layers.

    Variance is of all rows, read in pieces; decoders, components and similarities take a random subsample where there
    are more rows than they need, and a note says so.

    Args:
        layers: arrays `[n, p]` with the same n.
        features: labels of the same n rows.
        progress: has `start(label, total)`, `update(label, step, text)` and `finish(label)`.
        seed: of folds, subsamples and bootstraps.
        notes: of the reading, to be passed on.

    Raises:
        UserError: rows do not match, there are too few, or a layer holds NaN or never varies.
    """
    rows = _checked_rows(layers, features)
    labels = _Labels(features, seed)
    pairs, pair_notes = planned([layer.name for layer in layers])
    steps = len(layers) * (3 + len(features)) + len(pairs)
    label, done = "audit", 0

    def step(text: str) -> None:
        nonlocal done
        progress.update(label, done, text)
        done += 1

    progress.start(label, steps)
    results = tuple(_layer(layer, labels, step) for layer in layers)
    alike = compare({layer.name: layer.values for layer in layers}, pairs, labels.design, results, seed, step)
    progress.finish(label)
    summaries = tuple(_summary(feature, labels) for feature in features)
    said = [*notes, *pair_notes, *_notes(rows, layers, results)]
    files = tuple(dict.fromkeys(layer.path for layer in layers))
    found = tuple(findings(results, summaries, alike))
    return Audit(files, rows, summaries, results, alike, found, tuple(said), seed)


def _checked_rows(layers: Sequence[Layer], features: Sequence[Feature]) -> int:
    rows = len(features[0].values)
    for layer in layers:
        if layer.values.shape[0] != rows:
            problem = f"layer {layer.name!r} has {layer.values.shape[0]:,} rows, but there are labels for {rows:,}"
            raise refusal(layer.path, problem, "Row i of every layer must be the stimulus of row i of the labels")
        if not layer.values.shape[1]:
            raise refusal(layer.path, f"layer {layer.name!r} has no units", "Save it again")
    if rows < MIN_ROWS:
        remedy = f"Give at least {MIN_ROWS} stimuli, better some hundreds"
        raise refusal(layers[0].path, f"{rows} rows are too few to hold any out", remedy)
    return rows


def _layer(layer: Layer, labels: _Labels, step: Any) -> LayerResult:
    step(f"{layer.name}: variance")
    X = layer.values
    try:
        found = measures.variance_explained(X, labels.columns(), **labels.options)
    except ValueError as error:
        remedy = "Remove these rows here and in the labels, or look for what produced them"
        raise refusal(layer.path, f"layer {layer.name!r}: {error}", remedy) from None
    if np.isnan(found.joint):
        raise refusal(layer.path, f"all rows of layer {layer.name!r} are equal", "Check how it was saved")
    by_unit = measures.variance_explained_by_unit(X, labels.columns(), **labels.options)
    low, high = _ends(X, labels, step)
    step(f"{layer.name}: principal components")
    rows = sample(X.shape[0], COMPONENT_ROWS, labels.seed)
    components = measures.component_variance(X[rows], labels.columns(rows), COMPONENTS, **labels.options)
    lead = _leads(by_unit)
    features = tuple(
        FeatureInLayer(
            feature=feature.name,
            alone=IntervalEstimate(float(found.alone[i]), *(_at(end, "alone", i) for end in (low, high))),
            unique=IntervalEstimate(float(found.unique[i]), *(_at(end, "unique", i) for end in (low, high))),
            **_decoded(layer, feature, labels.seed, step),
            classes=feature.classes,
            # Directions of noise count slightly negative, so that without them there can be more than all.
            carried=float(np.minimum(components.cumulative[-1, i], 1.0)),
            led=int(lead[i]),
        )
        for i, feature in enumerate(labels.features)
    )
    joint = IntervalEstimate(found.joint, *(None if end is None else end.joint for end in (low, high)))
    constant = int(np.isnan(by_unit[:, 0]).sum())
    r2 = tuple(tuple(map(float, row)) for row in components.r2)
    return LayerResult(
        layer.name,
        layer.path,
        X.shape[1],
        constant,
        joint,
        features,
        tuple(map(float, components.explained_variance_ratio)),
        r2,
    )


def _ends(X: Any, labels: _Labels, step: Any) -> tuple[Any, Any]:
    step("intervals")
    regressors = sum(len(np.unique(f.values)) if f.classes else 1 for f in labels.features)
    if X.shape[0] * X.shape[1] * regressors > BOOTSTRAP_NUMBERS:
        return None, None
    return measures.variance_explained_interval(X, labels.columns(), samples=200, **labels.options)


def _at(end: Any, which: str, i: int) -> float | None:
    return None if end is None else float(getattr(end, which)[i])


def _leads(by_unit: np.ndarray) -> np.ndarray:
    """How many units each feature leads, `[f]`."""
    known = np.nan_to_num(by_unit, nan=-1.0)
    best = known.argmax(axis=1)[known.max(axis=1) >= LED]
    return np.bincount(best, minlength=by_unit.shape[1])


def _decoded(layer: Layer, feature: Feature, seed: int, step: Any) -> Mapping[str, Any]:
    """Decodability by a linear decoder and by neighbours, and chance."""
    step(f"{layer.name}: decoding {feature.name}")
    rows = sample(len(feature.values), DECODED_ROWS, seed)
    X, y = np.asarray(layer.values[rows], dtype=np.float64), feature.values[rows]
    if not feature.classes:
        linear, knn = (IntervalEstimate(measures.decodability_r2(X, y, kind, seed=seed)) for kind in ("linear", "knn"))
        return {"linear": linear, "knn": knn, "chance": 0.0}
    sizes = np.sort(np.unique(y, return_counts=True)[1])[::-1]
    chance = float(sizes[0] / len(y))
    if len(sizes) < 2 or sizes[1] < 2:  # nothing can be held out of a class of one row
        return {"linear": IntervalEstimate(float("nan")), "knn": IntervalEstimate(float("nan")), "chance": chance}
    linear, knn = (_accuracy(X, y, kind, seed) for kind in ("linear", "knn"))
    return {"linear": linear, "knn": knn, "chance": chance}


def _accuracy(X: np.ndarray, y: np.ndarray, kind: Any, seed: int) -> IntervalEstimate:
    right = measures.decode(X, y, kind, seed=seed) == y
    return IntervalEstimate(float(right.mean()), *measures.accuracy_interval(right, seed=seed))


def _summary(feature: Feature, labels: _Labels) -> FeatureSummary:
    others = {name: values for name, values in labels.columns().items() if name != feature.name}
    shared = 0.0
    if others:
        coded = [feature.name] if feature.classes else []
        own = measures.design({feature.name: feature.values}, len(feature.values), categorical=coded)
        options = labels.options
        options["categorical"] = [name for name in options["categorical"] if name in others]
        shared = max(0.0, measures.variance_explained(own.columns, others, **options).joint)
    return FeatureSummary(feature.name, len(np.unique(feature.values)) if feature.classes else 0, shared)


def _notes(rows: int, layers: Sequence[Layer], results: Sequence[LayerResult]) -> list[str]:
    notes = []
    for layer, result in zip(layers, results, strict=True):
        if result.constant:
            notes.append(f"{layer.name}: {result.constant} of {result.units} units never vary; they change nothing")
        if result.units > rows:
            notes.append(f"{layer.name}: more units than rows, so that decoders lean on their penalty")
        if result.joint.low is None:
            notes.append(f"{layer.name}: too large for intervals of variance, which would be narrow")
    if rows > DECODED_ROWS:
        notes.append(f"decoders saw {DECODED_ROWS:,} of {rows:,} rows, drawn at random; variance is of all rows")
    if rows > COMPONENT_ROWS:
        notes.append(f"components are of {COMPONENT_ROWS:,} of {rows:,} rows, drawn at random")
    if rows > SIMILARITY_ROWS and len(layers) > 1:
        notes.append(f"similarities are of {SIMILARITY_ROWS:,} of {rows:,} rows, drawn at random")
    return notes
