"""Similarity of layers or models, before and after features are taken out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.audit.results import LayerPair, LayerResult, Undefined
from tolman.audit.sampling import sample
from tolman.audit.undefined import measured, uncorrelated_rows
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

    Where one is undefined it is NaN, with the reason. Features are taken out of RSA by partial correlation of RDMs, and
    of CKA by regression of every unit on them.

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
    n = next(iter(layers.values())).shape[0]
    rows = sample(n, SIMILARITY_ROWS, seed)
    held = {name: np.asarray(values[rows], dtype=np.float64) for name, values in layers.items()}
    dead = {name: uncorrelated_rows(name, X, np.arange(n)[rows]) for name, X in held.items()}
    features = design(rows)
    controls = _controls(features, results)
    found = []
    for a, b in pairs:
        step(f"{a} against {b}")
        found += [_pair(a, b, held, control=name, F=F, dead=dead) for name, F in controls.items()]
    return tuple(found)


def _controls(features: Design, results: Sequence[LayerResult]) -> dict[str, np.ndarray | None]:
    """Return the regressors to take out, by name: of the strongest feature on average over layers, and of all."""
    out: dict[str, np.ndarray | None] = {NOTHING: None}
    if len(features.names) > 1:
        mean = np.mean([[f.alone.value for f in result.features] for result in results], axis=0)
        strongest = int(np.argmax(mean))
        out[features.names[strongest]] = features.columns[:, features.of == strongest]
    return out | {EVERYTHING: features.columns}


def _pair(
    a: str,
    b: str,
    held: Mapping[str, np.ndarray],
    *,
    control: str,
    F: np.ndarray | None,
    dead: Mapping[str, tuple[Undefined, ...]],
) -> LayerPair:
    X, Y = held[a], held[b]
    if F is None:
        by_rows, by_units = (lambda: rsa(X, Y)), (lambda: cka_linear_debiased(X, Y))
    else:
        residuals = (lambda: remove_features(X, F)), (lambda: remove_features(Y, F))
        by_rows = lambda: partial_rsa(X, Y, F)  # noqa: E731
        by_units = lambda: cka_linear_debiased(*(r() for r in residuals))  # noqa: E731
    why = dead[a] + dead[b]
    of_rows, why = (float("nan"), why) if why else measured(by_rows, a, b)
    of_units, why_not = measured(by_units, a, b)
    return LayerPair(a, b, control, of_rows, of_units, rsa_undefined=why, cka_undefined=why_not)
