"""Consistency: the similarity of networks that compute the same thing, and the coding of XOR that they use."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from tolman.core.ranges import NonNegativeInt
from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.measures.decoding import decodability
from tolman.measures.registration import NamedMeasure, named_measures
from tolman.models.base import Model

Sites = Mapping[str, np.ndarray]

COLUMNS = {"cka_linear_debiased": "cka", "linear_predictivity_symmetric": "predictivity"}
"""Measures that records call otherwise than they are called."""


@dataclasses.dataclass(frozen=True)
class Consistency(AbstractAnalysis):
    """Similarity of networks of one kind, and of two kinds, layer by layer.

    The network `kind#3` is of that kind and has the seed 3.

    Attributes:
        pairs: the kinds that are compared; a kind with itself stands for all pairs of its seeds.
        bits: the input units that the hard feature is the XOR of.
        coded: kinds whose coding of these bits is measured.
        feature: the feature that is their XOR; how well a linear probe reads it from the first layer is measured of the
            same kinds, in the column `linear`. Empty: not measured.
        measures: registered measures of `X, Y` at every layer.
        last_layer_measures: the same at the last layer only, for those that take too long in wide layers.
    """

    version: ClassVar[int] = 2

    pairs: tuple[tuple[str, str], ...]
    bits: tuple[NonNegativeInt, NonNegativeInt]
    coded: tuple[str, ...]
    measures: tuple[str, ...] = ("rsa", "cka_linear_debiased")
    last_layer_measures: tuple[str, ...] = ("linear_predictivity_symmetric",)
    feature: str = ""

    def check_packages(self) -> None:
        self._named()

    def _named(self) -> dict[str, NamedMeasure]:
        return named_measures((*self.measures, *self.last_layer_measures), ("X", "Y"))

    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        activations = {name: model.activations(stimuli.rows) for name, model in networks.items()}
        bits = stimuli.rows.steps["input"][:, 0, list(self.bits)] > 0
        found = self._similarities(activations) | self._codings(activations, bits)
        return found | (self._linearity(activations, stimuli, seed) if self.feature else {})

    def _similarities(self, activations: Mapping[str, Sites]) -> dict[str, float | None]:
        named, found = self._named(), {}
        for first, second in self.pairs:
            compared = pairs_of(list(activations), first, second)
            *sites, last = activations[compared[0][0]]
            for site in (*sites, last):
                for text, measure in named.items():
                    if site == last or text in self.measures:
                        values = [measure(X=activations[a][site], Y=activations[b][site]) for a, b in compared]
                        name = COLUMNS.get(text, text)
                        found[f"{name} {site}/{first} with {second}"] = float(np.mean(values))
        return found

    def _codings(self, activations: Mapping[str, Sites], bits: np.ndarray) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for kind in self.coded:
            mine = [sites for name, sites in activations.items() if kind_of(name) == kind]
            for site in mine[0]:
                contrasts = [coding_contrast(sites[site], bits) for sites in mine]
                found[f"coding {site}/{kind}"] = float(np.mean(contrasts))
                found[f"coding spread {site}/{kind}"] = float(np.std(contrasts, ddof=1))
        return found

    def _linearity(self, activations: Mapping[str, Sites], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        """Return the accuracy of linear probes of the feature at the first layer, averaged over a kind's networks."""
        y = stimuli.labels[:, stimuli.names.index(self.feature)]
        found: dict[str, list[float]] = {}
        for name, sites in activations.items():
            if kind_of(name) in self.coded:
                site, X = next(iter(sites.items()))
                found.setdefault(f"linear {site}/{kind_of(name)}", []).append(decodability(X, y, seed=seed))
        return {column: float(np.mean(values)) for column, values in found.items()}


def kind_of(network: str) -> str:
    """Return a network's kind."""
    return network.partition("#")[0]


def pairs_of(networks: Sequence[str], first: str, second: str) -> list[tuple[str, str]]:
    """Return all pairs of a network of the one kind with another of the other kind, each once."""
    ones, others = ([name for name in networks if kind_of(name) == kind] for kind in (first, second))
    return list(itertools.combinations(ones, 2) if first == second else itertools.product(ones, others))


def coding_contrast(X: np.ndarray, bits: np.ndarray) -> float:
    """Contrast of the two ways to code XOR in a representation `X[n, p]` of inputs with the two `bits[n, 2]`.

        (D0 - D1) / (D0 + D1)

    with D0 the distance between the mean patterns of 00 and 11, and D1 that between those of 01 and 10: 1 if the
    representation tells apart only the former, as after AND and OR; -1 if only the latter, as after the two "one
    without the other" terms; 0 if both differ alike, as in the bits themselves, or if neither do.
    """
    means = {pair: X[(bits == pair).all(axis=1)].mean(axis=0) for pair in itertools.product((False, True), repeat=2)}
    even = float(np.linalg.norm(means[False, False] - means[True, True]))
    odd = float(np.linalg.norm(means[False, True] - means[True, False]))
    return (even - odd) / (even + odd) if even + odd > 0 else 0.0
