"""An audit: every feature in every layer, and layers against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.files import refusal
from tolman.audit.findings import findings
from tolman.audit.labels import Feature
from tolman.audit.layer_analysis import COMPONENT_ROWS, DECODED_ROWS, FeatureLabels, analyse_layer
from tolman.audit.results import Audit, FeatureSummary, LayerPair, LayerResult
from tolman.audit.similarity import SIMILARITY_ROWS, compare, planned
from tolman.measures.design_matrix import design
from tolman.measures.variance import variance_explained

MIN_ROWS = 20


def audit(
    layers: Sequence[Layer], features: Sequence[Feature], progress: Any, *, seed: int = 0, notes: Sequence[str] = ()
) -> Audit:
    """Measure every feature in every layer, and compare layers.

    Variance is of all rows, read in pieces; probes, components and similarities take a random subsample where there
    are more rows than they need, and a note says so.

    Args:
        layers: arrays `[n, p]` with the same n.
        features: labels of the same n rows.
        progress: has `start(label, total)`, `update(label, step, text)` and `finish(label)`.
        seed: of folds, subsamples and bootstraps.
        notes: about the reading of the files, to be passed on.

    Raises:
        UserError: rows do not match, there are too few, or a layer holds NaN or never varies.
    """
    rows = _checked_rows(layers, features)
    labels = FeatureLabels(features, seed)
    pairs, pair_notes = planned([layer.name for layer in layers])
    progress.start("audit", len(layers) * (3 + len(features)) + len(pairs))
    results, similarities = _measured(layers, labels, pairs, _steps(progress))
    progress.finish("audit")
    summaries = tuple(_summary(feature, labels) for feature in features)
    return Audit(
        files=tuple(dict.fromkeys(layer.path for layer in layers)),
        rows=rows,
        features=summaries,
        layers=results,
        pairs=similarities,
        findings=tuple(findings(results, summaries, similarities)),
        notes=(*notes, *pair_notes, *_notes(rows, layers, results)),
        seed=seed,
    )


def _steps(progress: Any) -> Callable[[str], None]:
    """Return a function that reports the next step of an audit."""
    done = 0

    def step(text: str) -> None:
        nonlocal done
        progress.update("audit", done, text)
        done += 1

    return step


def _measured(
    layers: Sequence[Layer], labels: FeatureLabels, pairs: Sequence[tuple[str, str]], step: Callable[[str], None]
) -> tuple[tuple[LayerResult, ...], tuple[LayerPair, ...]]:
    results = tuple(analyse_layer(layer, labels, step) for layer in layers)
    values = {layer.name: layer.values for layer in layers}
    return results, compare(values, pairs, design=labels.design, results=results, seed=labels.seed, step=step)


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


def _summary(feature: Feature, labels: FeatureLabels) -> FeatureSummary:
    others = {name: values for name, values in labels.columns().items() if name != feature.name}
    shared = 0.0
    if others:
        coded = [feature.name] if feature.classes else []
        own = design({feature.name: feature.values}, len(feature.values), categorical=coded)
        options = labels.options
        options["categorical"] = [name for name in options["categorical"] if name in others]
        shared = max(0.0, variance_explained(own.columns, others, **options).joint)
    return FeatureSummary(feature.name, len(np.unique(feature.values)) if feature.classes else 0, shared)


def _notes(rows: int, layers: Sequence[Layer], results: Sequence[LayerResult]) -> list[str]:
    notes = []
    for layer, result in zip(layers, results, strict=True):
        if result.constant:
            notes.append(f"{layer.name}: {result.constant} of {result.units} units never vary; they change nothing")
        if result.units > rows:
            notes.append(f"{layer.name}: more units than rows, so that probes depend on their penalty")
        if result.joint.low is None:
            notes.append(f"{layer.name}: too large for intervals of variance, which would be narrow")
    if rows > DECODED_ROWS:
        notes.append(f"probes saw {DECODED_ROWS:,} of {rows:,} rows, drawn at random; variance is of all rows")
    if rows > COMPONENT_ROWS:
        notes.append(f"components are of {COMPONENT_ROWS:,} of {rows:,} rows, drawn at random")
    if rows > SIMILARITY_ROWS and len(layers) > 1:
        notes.append(f"similarities are of {SIMILARITY_ROWS:,} of {rows:,} rows, drawn at random")
    return notes
