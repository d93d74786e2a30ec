"""An audit: every feature in every layer, and layers against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.adequacy import beyond_range, crowded, crowding
from tolman.audit.files import refusal
from tolman.audit.findings import findings
from tolman.audit.labels import Feature
from tolman.audit.layer_analysis import (
    COMPONENT_ROWS,
    DECODED_ROWS,
    DRAWN_GROUPS,
    FeatureLabels,
    analyse_layer,
    can_be_held_out,
    too_few_to_draw,
)
from tolman.audit.repeats import repeated
from tolman.audit.results import Audit, FeatureSummary, LayerPair, LayerResult
from tolman.audit.similarity import CALIBRATED_ROWS, SIMILARITY_ROWS, compare, planned
from tolman.audit.undefined import reasons
from tolman.core.errors import UserError
from tolman.measures.design_matrix import design
from tolman.measures.variance import variance_explained

MIN_ROWS = 20

FEW_GROUPS = 10
"""With fewer groups, intervals that draw them cover less than they should."""


def audit(
    layers: Sequence[Layer],
    features: Sequence[Feature],
    progress: Any,
    *,
    seed: int = 0,
    groups: np.ndarray | None = None,
    notes: Sequence[str] = (),
) -> Audit:
    """Measure every feature in every layer, and compare layers.

    Variance is of all rows, read in pieces; notes say what is computed on a random subsample.

    Args:
        layers: arrays `[n, p]` with the same n.
        features: labels of the same n rows.
        progress: has `start(label, total)`, `update(label, step, text)` and `finish(label)`.
        seed: of folds, subsamples and bootstraps.
        groups: labels `[n]` of groups of rows that stay together in every split and draw, such as repeats.
        notes: about the reading of the files, to be passed on.

    Raises:
        UserError: rows do not match, there are too few, all are of one group, or a layer holds NaN or never varies.
    """
    rows, number = _checked_rows(layers, features), _checked_groups(groups)
    labels = FeatureLabels(features, seed, groups)
    pairs, pair_notes = planned([layer.name for layer in layers])
    results, similarities = _measured(layers, labels, pairs, progress)
    summaries = tuple(_summary(feature, labels) for feature in features)
    return Audit(
        files=tuple(dict.fromkeys(layer.path for layer in layers)),
        rows=rows,
        features=summaries,
        layers=results,
        pairs=similarities,
        findings=(*crowding(features, summaries, groups), *findings(results, summaries, similarities)),
        notes=(*notes, *pair_notes, *reasons(similarities), *_notes(layers, labels, results)),
        seed=seed,
        groups=number,
    )


def _checked_groups(groups: np.ndarray | None) -> int:
    """Return the number of groups, 0 if rows are taken one by one."""
    number = 0 if groups is None else len(np.unique(groups))
    if number == 1:
        raise UserError("all rows are of one group, so that none can be held out. Group by a column with more values.")
    return number


def _group_notes(layers: Sequence[Layer], labels: FeatureLabels) -> list[str]:
    unit = "rows" if labels.groups is None else "groups"
    notes = [
        f"{feature.name} is not decoded: fewer than two of its classes are in two {unit} or more"
        for feature in labels.features
        if feature.classes and not can_be_held_out(feature.values, labels.groups)
    ]
    if labels.groups is None:
        return [*notes, *repeated(layers, labels.seed)]
    number = len(np.unique(labels.groups))
    rough = "; intervals over so few are rough" if number < FEW_GROUPS else ""
    if too_few_to_draw(labels.groups):
        rough = f"; there are no intervals over fewer than {DRAWN_GROUPS}"
    return [*notes, f"rows of a group stay together in every split and draw: {number:,} groups{rough}"]


def _steps(progress: Any) -> Callable[[str], None]:
    """Return a function that reports the next step of an audit."""
    done = 0

    def step(text: str) -> None:
        nonlocal done
        progress.update("audit", done, text)
        done += 1

    return step


def _measured(
    layers: Sequence[Layer], labels: FeatureLabels, pairs: Sequence[tuple[str, str]], progress: Any
) -> tuple[tuple[LayerResult, ...], tuple[LayerPair, ...]]:
    progress.start("audit", len(layers) * (3 + len(labels.features)) + len(pairs))
    step = _steps(progress)
    results = tuple(analyse_layer(layer, labels, step) for layer in layers)
    values = {layer.name: layer.values for layer in layers}
    alike = compare(
        values, pairs, design=labels.design, results=results, seed=labels.seed, step=step, groups=labels.groups
    )
    progress.finish("audit")
    return results, alike


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
        options = labels.options()
        options["categorical"] = [name for name in options["categorical"] if name in others]
        shared = max(0.0, variance_explained(own.columns, others, **options).joint)
    classes = len(np.unique(feature.values)) if feature.classes else 0
    return FeatureSummary(feature.name, classes, shared, feature.classes and crowded([feature], labels.groups))


def _notes(layers: Sequence[Layer], labels: FeatureLabels, results: Sequence[LayerResult]) -> list[str]:
    notes, rows = _group_notes(layers, labels), len(labels.features[0].values)
    for layer, result in zip(layers, results, strict=True):
        if result.constant:
            notes.append(f"{layer.name}: {result.constant} of {result.units} units never vary; they change nothing")
        if result.units > rows:
            notes.append(f"{layer.name}: more units than rows, so that probes depend on their penalty")
        if result.joint.low is None and not too_few_to_draw(labels.groups):
            notes.append(f"{layer.name}: too large for intervals of variance, which would be narrow")
    notes += beyond_range(results)
    if rows > DECODED_ROWS:
        notes.append(f"probes saw {DECODED_ROWS:,} of {rows:,} rows, drawn at random; variance is of all rows")
    if rows > COMPONENT_ROWS:
        notes.append(f"components are of {COMPONENT_ROWS:,} of {rows:,} rows, drawn at random")
    if rows > SIMILARITY_ROWS and len(layers) > 1:
        notes.append(f"similarities are of {SIMILARITY_ROWS:,} of {rows:,} rows, drawn at random")
    if rows > CALIBRATED_ROWS and len(layers) > 1:
        notes.append(f"calibrated CKA is of {CALIBRATED_ROWS:,} of {rows:,} rows, drawn at random")
    return notes
