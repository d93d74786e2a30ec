"""How consistently networks that compute the same thing represent it, and which coding of XOR they use."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.measures import cka_linear_debiased, linear_predictivity, rsa

Sites = Mapping[str, np.ndarray]


def predictivity(X: np.ndarray, Y: np.ndarray) -> float:
    """`linear_predictivity` in both directions, averaged, so that it is symmetric as the other measures are."""
    return (linear_predictivity(X, Y) + linear_predictivity(Y, X)) / 2


MEASURES = {"rsa": rsa, "cka": cka_linear_debiased}
"""RSA by correlation distance and Pearson correlation, and debiased linear CKA, at every layer."""

LAST_ONLY = {"predictivity": predictivity}
"""Cross-validated ridge regression, which takes too long in wide layers."""


@dataclasses.dataclass(frozen=True)
class Consistency(AbstractAnalysis):
    """Similarity of networks of one kind, and of two kinds, layer by layer.

    A network called `kind#3` is the replica 3 of its kind.

    Attributes:
        pairs: which kinds are compared; a kind with itself stands for all pairs of its replicas.
        bits: the input units that the hard feature is the XOR of.
        coded: kinds whose coding of these bits is measured.
    """

    version: ClassVar[int] = 1

    pairs: tuple[tuple[str, str], ...]
    bits: tuple[int, int]
    coded: tuple[str, ...]

    def measures(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        seen = {name: model.activations(stimuli.rows) for name, model in networks.items()}
        bits = stimuli.rows.steps["input"][:, 0, list(self.bits)] > 0
        return self._similarities(seen) | self._codings(seen, bits)

    def _similarities(self, seen: Mapping[str, Sites]) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for first, second in self.pairs:
            compared = pairs(list(seen), first, second)
            *sites, last = seen[compared[0][0]]
            asked = [*itertools.product(sites, MEASURES.items()), *((last, m) for m in (MEASURES | LAST_ONLY).items())]
            for site, (name, measure) in asked:
                values = [measure(seen[a][site], seen[b][site]) for a, b in compared]
                found[f"{name} {site}/{first} with {second}"] = float(np.mean(values))
        return found

    def _codings(self, seen: Mapping[str, Sites], bits: np.ndarray) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for kind in self.coded:
            mine = [sites for name, sites in seen.items() if kind_of(name) == kind]
            for site in mine[0]:
                contrasts = [coding_contrast(sites[site], bits) for sites in mine]
                found[f"coding {site}/{kind}"] = float(np.mean(contrasts))
                found[f"coding spread {site}/{kind}"] = float(np.std(contrasts, ddof=1))
        return found


def kind_of(network: str) -> str:
    """The kind of which a network is a replica."""
    return network.partition("#")[0]


def pairs(networks: Sequence[str], first: str, second: str) -> list[tuple[str, str]]:
    """All pairs of a network of the one kind with another of the other kind, each once."""
    ones, others = ([name for name in networks if kind_of(name) == kind] for kind in (first, second))
    return list(itertools.combinations(ones, 2) if first == second else itertools.product(ones, others))


def coding_contrast(X: np.ndarray, bits: np.ndarray) -> float:
    """Which inputs of equal XOR a representation `X[n, p]` tells apart, given the two `bits[n, 2]`.

    With the distance D0 between the mean patterns of 00 and 11, and D1 between those of 01 and 10, (D0 - D1) / (D0 +
    D1): 1 if only the former differ, as after AND and OR; -1 if only the latter do, as after the two "one without the
    other" terms; 0 if both differ alike, as in the bits themselves. 0 too where neither differ.
    """
    means = {pair: X[(bits == pair).all(axis=1)].mean(axis=0) for pair in itertools.product((False, True), repeat=2)}
    even = float(np.linalg.norm(means[False, False] - means[True, True]))
    odd = float(np.linalg.norm(means[False, True] - means[True, False]))
    return (even - odd) / (even + odd) if even + odd > 0 else 0.0
