"""Similarity of layers or models, before and after features are taken out."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.audit.results import LayerPair, LayerResult, Undefined
from tolman.audit.sampling import sample
from tolman.audit.undefined import measured, uncorrelated_rows
from tolman.measures.calibration import Calibration, calibrated
from tolman.measures.control import partial_rsa, remove_features
from tolman.measures.design_matrix import Design
from tolman.measures.kernel_alignment import cka_linear_debiased
from tolman.measures.neighbours import mutual_knn
from tolman.measures.representational_similarity import rsa

SIMILARITY_ROWS = 1_000
"""Rows that similarities are computed on: half a million pairs."""

CALIBRATED_ROWS = 300
"""Rows that calibrated similarities are computed on, once for each of `PERMUTATIONS`."""

PERMUTATIONS = 199
NEIGHBOURS = 10

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
    groups: np.ndarray | None = None,
) -> tuple[LayerPair, ...]:
    """Return the similarities of every pair: as they are, without the strongest feature, and without any.

    They are RSA, debiased linear CKA, the same calibrated, and the nearest neighbours that both share. Where one is
    undefined it is NaN, with the reason. Features are taken out of RSA by partial correlation of RDMs, and of the
    others by regression of every unit on them.

    Args:
        layers: activations `[n, p]` by name.
        pairs: the layers to compare.
        design: makes the regressors of some rows.
        results: the layers' results, which say which feature is strongest.
        seed: of the subsample of rows.
        step: called with what is computed next.
        groups: labels `[n]` of groups of rows that are matched as a whole.
    """
    if not pairs:
        return ()
    n = next(iter(layers.values())).shape[0]
    rows = sample(n, SIMILARITY_ROWS, seed)
    held = {name: np.asarray(values[rows], dtype=np.float64) for name, values in layers.items()}
    dead = {name: uncorrelated_rows(name, X, np.arange(n)[rows]) for name, X in held.items()}
    features = design(rows)
    controls = _controls(features, results)
    chance = _Chance(seed, None if groups is None else groups[rows])
    found = []
    for a, b in pairs:
        step(f"{a} against {b}")
        found += [_pair(a, b, held, control=name, F=F, dead=dead, chance=chance) for name, F in controls.items()]
    return tuple(found)


def _controls(features: Design, results: Sequence[LayerResult]) -> dict[str, np.ndarray | None]:
    """Return the regressors to take out, by name: of the strongest feature on average over layers, and of all."""
    out: dict[str, np.ndarray | None] = {NOTHING: None}
    if len(features.names) > 1:
        mean = np.mean([[f.alone.value for f in result.features] for result in results], axis=0)
        strongest = int(np.argmax(mean))
        out[features.names[strongest]] = features.columns[:, features.of == strongest]
    return out | {EVERYTHING: features.columns}


@dataclasses.dataclass(frozen=True)
class _Chance:
    """Random matchings of rows: their seed, and the groups that are matched as a whole, if there are any."""

    seed: int
    groups: np.ndarray | None

    def calibrated(
        self, X: np.ndarray, Y: np.ndarray, a: str, b: str
    ) -> tuple[tuple[float, float], tuple[Undefined, ...]]:
        """Return calibrated CKA of a sample of rows with its p-value; NaN and why where there is none."""
        rows = sample(len(X), CALIBRATED_ROWS, self.seed)
        groups = None if self.groups is None else self.groups[rows]
        options = {"permutations": PERMUTATIONS, "seed": self.seed, "groups": groups}
        found: list[Calibration] = []

        def p_value() -> float:
            found.append(calibrated(X[rows], Y[rows], "cka_linear_debiased", **options))
            return found[0].p_value

        p, why = measured(p_value, a, b)
        return (found[0].score if found else math.nan, p), why


def _pair(
    a: str,
    b: str,
    held: Mapping[str, np.ndarray],
    *,
    control: str,
    F: np.ndarray | None,
    dead: Mapping[str, tuple[Undefined, ...]],
    chance: _Chance,
) -> LayerPair:
    X, Y = held[a], held[b]
    residuals = functools.cache(lambda: (X, Y) if F is None else (remove_features(X, F), remove_features(Y, F)))
    why = dead[a] + dead[b]
    of_rows, why = (math.nan, why) if why else measured(lambda: rsa(X, Y) if F is None else partial_rsa(X, Y, F), a, b)
    of_units, why_not = measured(lambda: cka_linear_debiased(*residuals()), a, b)
    shared, no_neighbours = measured(lambda: mutual_knn(*residuals(), NEIGHBOURS, "euclidean"), a, b)
    (score, p_value), no_chance = ((math.nan, math.nan), why_not) if why_not else chance.calibrated(*residuals(), a, b)
    return LayerPair(
        *(a, b, control, of_rows, of_units, score, p_value, shared),
        rsa_undefined=why,
        cka_undefined=why_not,
        calibrated_undefined=no_chance,
        knn_undefined=no_neighbours,
    )
