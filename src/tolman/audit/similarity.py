"""Similarity of layers or models, before and after features are taken out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.audit.results import LayerPair, LayerResult
from tolman.measures.control import partial_rsa, remove_features
from tolman.measures.design_matrix import Design
from tolman.measures.kernel_alignment import cka_linear_debiased
from tolman.measures.representational_similarity import rsa

SIMILARITY_ROWS = 1_000
"""Rows that similarities are computed on: half a million pairs."""

ALL_PAIRS = 12
"""Up to this many layers every pair is compared, beyond only neighbours."""

NOTHING = "nothing"
EVERYTHING = "all features"


def planned(names: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the pairs of layers to compare, and a note if they are not all."""
    if len(names) <= ALL_PAIRS:
        return list(itertools.combinations(names, 2)), []
    note = f"with more than {ALL_PAIRS} layers, only neighbours are compared; --layer chooses others"
    return list(itertools.pairwise(names)), [note]


def compare(
    layers: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
    *,
    design: Callable[[Any], Design],
    results: Sequence[LayerResult],
    seed: int,
    step: Callable[[str], None],
) -> tuple[LayerPair, ...]:
    """Return RSA and debiased linear CKA of every pair: as they are, without the strongest feature, and without any.

    Features are taken out of RSA by partial correlation of RDMs, and of CKA by regression of every unit on them.

    Args:
        layers: activations `[n, p]` by name.
        pairs: the layers to compare.
        design: makes the regressors of some rows.
        results: the layers' results, which say which feature is strongest.
        seed: of the subsample of rows.
        step: called with what is computed next.
    """
    if not pairs:
        return ()
    rows = sample(next(iter(layers.values())).shape[0], SIMILARITY_ROWS, seed)
    held = {name: np.asarray(values[rows], dtype=np.float64) for name, values in layers.items()}
    features = design(rows)
    controls = _controls(features, results)
    found = []
    for a, b in pairs:
        step(f"{a} against {b}")
        found += [_pair(a, b, held, control=name, F=F) for name, F in controls.items()]
    return tuple(found)


def sample(n: int, size: int, seed: int) -> Any:
    """Return rows for a measure that needs no more than `size`: all, or that many at random, in order."""
    if n <= size:
        return slice(None)
    # A generator of its own, in case labels were shuffled with the same seed.
    return np.sort(np.random.default_rng((7, seed)).choice(n, size, replace=False))


def _controls(features: Design, results: Sequence[LayerResult]) -> dict[str, np.ndarray | None]:
    """Return the regressors to take out, by name: of the strongest feature on average over layers, and of all."""
    out: dict[str, np.ndarray | None] = {NOTHING: None}
    if len(features.names) > 1:
        mean = np.mean([[f.alone.value for f in result.features] for result in results], axis=0)
        strongest = int(np.argmax(mean))
        out[features.names[strongest]] = features.columns[:, features.of == strongest]
    return out | {EVERYTHING: features.columns}


def _pair(a: str, b: str, held: Mapping[str, np.ndarray], *, control: str, F: np.ndarray | None) -> LayerPair:
    X, Y = held[a], held[b]
    if F is None:
        alike = _or_nan(lambda: rsa(X, Y)), _or_nan(lambda: cka_linear_debiased(X, Y))
    else:
        residuals = (lambda: remove_features(X, F)), (lambda: remove_features(Y, F))
        alike = _or_nan(lambda: partial_rsa(X, Y, F)), _or_nan(lambda: cka_linear_debiased(*(r() for r in residuals)))
    return LayerPair(a, b, control, rsa=alike[0], cka=alike[1])


def _or_nan(measure: Callable[[], float]) -> float:
    """Return NaN where a measure is undefined: a row of zeros has no correlation, a feature may explain everything."""
    try:
        return float(measure())
    except ValueError:
        return float("nan")
