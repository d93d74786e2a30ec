"""Layers or models against each other, before and after features are taken out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman import measures
from tolman.audit.results import LayerResult, Pair

SIMILARITY_ROWS = 1_000
"""Rows that representational similarities are computed on: half a million pairs."""

ALL_PAIRS = 12
"""Up to this many layers every pair is compared, beyond only neighbours."""

NOTHING = "nothing"
EVERYTHING = "all features"


def planned(names: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The pairs of layers to compare, and a note if they are not all."""
    if len(names) <= ALL_PAIRS:
        return list(itertools.combinations(names, 2)), []
    note = f"with more than {ALL_PAIRS} layers, only neighbours are compared; --layer chooses others"
    return list(itertools.pairwise(names)), [note]


def compare(
    layers: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
    design: Callable[[Any], measures.Design],
    results: Sequence[LayerResult],
    seed: int,
    step: Callable[[str], None],
) -> tuple[Pair, ...]:
    """RSA and debiased linear CKA of every pair: as they are, without the strongest feature, and without any.

    Features leave RSA by partial correlation of RDMs, and CKA by regression of every unit on them.
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
        found += [_pair(a, b, held, name, F) for name, F in controls.items()]
    return tuple(found)


def sample(n: int, most: int, seed: int) -> Any:
    """Rows for a measure that needs no more than `most`: all, or that many at random, in order."""
    if n <= most:
        return slice(None)
    # A stream of its own, in case labels were shuffled with the same seed.
    return np.sort(np.random.default_rng((7, seed)).choice(n, most, replace=False))


def _controls(features: measures.Design, results: Sequence[LayerResult]) -> dict[str, np.ndarray | None]:
    """What is taken out, by name. The strongest feature is the one that explains most on average over layers."""
    out: dict[str, np.ndarray | None] = {NOTHING: None}
    if len(features.names) > 1:
        mean = np.mean([[f.alone.value for f in result.features] for result in results], axis=0)
        strongest = int(np.argmax(mean))
        out[features.names[strongest]] = features.columns[:, features.of == strongest]
    return out | {EVERYTHING: features.columns}


def _pair(a: str, b: str, held: Mapping[str, np.ndarray], control: str, F: np.ndarray | None) -> Pair:
    X, Y = held[a], held[b]
    if F is None:
        return Pair(
            a, b, control, *(_or_nan(lambda: measures.rsa(X, Y)), _or_nan(lambda: measures.cka_linear_debiased(X, Y)))
        )

    def residual() -> float:
        return measures.cka_linear_debiased(measures.remove_features(X, F), measures.remove_features(Y, F))

    return Pair(a, b, control, _or_nan(lambda: measures.partial_rsa(X, Y, F)), _or_nan(residual))


def _or_nan(measure: Callable[[], float]) -> float:
    """NaN where a measure has no answer: a row of zeros has no correlation, a feature may explain everything."""
    try:
        return float(measure())
    except ValueError:
        return float("nan")
