"""Rows of activations and of labels, put together by a key or by their order."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.columns import is_number, value_of
from tolman.audit.feature_choice import check_unique
from tolman.audit.files import few, refusal
from tolman.audit.labels import Labels
from tolman.core.text import normalised
from tolman.report.words import count


def matched(layers: Sequence[Layer], labels: Labels, key: str = "") -> list[Layer]:
    """Return the layers with the rows that have labels, in the order of the labels.

    Args:
        layers: arrays `[n, p]`; they are not read where rows stand in the same order and none is left out.
        labels: the table.
        key: what names the rows of both; "" if they stand in the same order.

    Raises:
        UserError: the files differ in their rows; what they do not share is named.
    """
    ids = {layer.path: layer.ids for layer in layers if layer.ids is not None} if key else {}
    orders = {path: _order(path, found, labels, key) for path, found in ids.items()}
    return [_matched(layer, labels, orders.get(layer.path)) for layer in layers]


def _matched(layer: Layer, labels: Labels, order: np.ndarray | None) -> Layer:
    rows = len(labels.kept)
    if layer.values.shape[0] != rows:
        problem = f"layer {layer.name!r} has {layer.values.shape[0]:,} rows, but there are labels for {rows:,}"
        remedy = "Row i of every layer must be the stimulus of row i of the labels; --key NAME matches them by name"
        header = "; the first line of a CSV or TSV table is read as names of columns, not as labels"
        raise refusal(layer.path, problem, remedy + header * (layer.values.shape[0] == rows + 1))
    if labels.kept.all() and (order is None or bool((order == np.arange(rows)).all())):
        return layer
    wanted = np.flatnonzero(labels.kept) if order is None else order[labels.kept]
    return dataclasses.replace(layer, values=layer.values[wanted])


def _order(path: str, found: Sequence[str], labels: Labels, key: str) -> np.ndarray:
    """Return which row of the activations is that of each row of the labels, `[n]`."""
    wanted = labels.ids or []
    check_unique(path, key, found)
    at = {name: row for row, name in enumerate(found)}
    there = set(wanted)
    without_labels = [name for name in found if name not in there]
    without_activations = [name for name in wanted if name not in at]
    if without_labels or without_activations:
        sides = [(without_labels, labels.table.path), (without_activations, path)]
        said = "; ".join(f"{few(names)} {_is(names)} not in {other}" for names, other in sides if names)
        problem = f"the key {key!r} names {count(len(found), 'row')} here and {len(wanted):,} in the labels: {said}"
        raise refusal(path, problem, "Give both files the same rows, in any order, under the same names")
    return np.array([at[name] for name in wanted])


def without_labels(layers: Sequence[Layer], labels: Labels) -> tuple[list[Layer], list[str]]:
    """Return layers without the units that are features of the labels, under the same name, and notes about them.

    Args:
        layers: arrays `[n, p]`, whose rows are those of the features.
        labels: the table.
    """
    found, notes = [], []
    for layer in layers:
        same = [i for i, name in enumerate(layer.units) if _is_label(layer.values[:, i], name, labels)]
        if not same or len(same) == len(layer.units):
            found.append(layer)
            continue
        kept = [i for i in range(len(layer.units)) if i not in same]
        units = [layer.units[i] for i in kept]
        found.append(dataclasses.replace(layer, values=layer.values[:, kept], units=units))
        left_out = few([layer.units[i] for i in same])
        notes.append(f"{layer.path}: left out {left_out}, which {labels.table.path} holds as labels")
    return found, notes


def _is_label(values: np.ndarray, name: str, labels: Labels) -> bool:
    feature = next((feature for feature in labels.features if feature.name == normalised(name)), None)
    if feature is None or (feature.classes and not all(map(is_number, feature.values))):
        return False
    numbers = list(map(value_of, feature.values)) if feature.classes else feature.values
    return np.allclose(np.asarray(values, np.float64), numbers, rtol=1e-6, atol=0.0)


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
