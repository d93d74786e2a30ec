"""Similarity of all pairs of networks, by any measures at once."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np

from tolman.core.ranges import Range
from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.measures.registration import NamedMeasure, named_measures
from tolman.models.base import Model
from tolman.studies.representation.analyses.feature_variance import FeatureVariance, hidden_sites

COLUMNS = {
    "rsa": "rsa-correlation",
    "rsa?compare=spearman": "rsa-spearman",
    "rsa?rdm=euclidean": "rsa-euclidean",
    "cka_linear": "cka-linear",
    "cka_linear_debiased": "cka-debiased",
    "cca_mean_squared": "cca-squared",
    "procrustes_similarity": "procrustes",
    "linear_predictivity_symmetric": "predictivity",
    "mutual_knn": "mutual-knn",
    "calibrated?similarity=cka_linear_debiased&permutations=99": "cka-calibrated",
    "partial_rsa": "partial-rsa",
    "cka_controlled": "cka-controlled",
}
"""The default's measures, and what records call them. Any other measure's column is called like itself."""


@dataclasses.dataclass(frozen=True)
class PairwiseSimilarity(AbstractAnalysis):
    """Similarity of the hidden layers of all pairs of networks; rows are pairs of groups, as `easy~hard`.

    Networks whose names differ by a number only form a group, and a row is the mean over all pairs of different
    networks from its two groups. There is a column for each measure, of the last hidden layer unless it names another,
    and for every group the variance that each feature explains in its first network.

    Attributes:
        control: the feature that measures with `F` take out.
        stimuli: how many of the test's stimuli are compared.
        measures: registered measures of `X, Y` or `X, Y, F`.
        layers: whether every hidden layer is compared, in columns such as `rsa layers.0`, or the last one only.
    """

    version: ClassVar[int] = 2

    control: str = "easy"
    stimuli: Annotated[int, Range(2)] = 512
    measures: tuple[str, ...] = tuple(COLUMNS)
    layers: bool = False

    def check_packages(self) -> None:
        self._named()

    def _named(self) -> dict[str, NamedMeasure]:
        return named_measures(self.measures, ("X", "Y", "F"))

    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        sites = {name: hidden_sites(network, stimuli) for name, network in networks.items()}
        *earlier, last = next(iter(sites.values()))
        found: dict[str, float | None] = {}
        for site in (*earlier, last) if self.layers else (last,):
            hidden = {name: values[site][: self.stimuli].astype(np.float64) for name, values in sites.items()}
            found |= self._similarities(hidden, stimuli, seed, f" {site}" if self.layers else "")
        return found | self._variance(networks, stimuli, seed)

    def _similarities(
        self, hidden: Mapping[str, np.ndarray], stimuli: Stimuli, seed: int, where: str
    ) -> dict[str, float | None]:
        """Return every measure of one layer, averaged over the pairs of a row; `where` follows its column's name."""
        F = stimuli.labels[: self.stimuli, [stimuli.names.index(self.control)]].astype(np.float64)
        found: dict[str, float | None] = {}
        for text, measure in self._named().items():
            rows: dict[str, list[float]] = {}
            for a, b in itertools.combinations(hidden, 2):
                rows.setdefault(pair_of(a, b), []).append(measure(X=hidden[a], Y=hidden[b], F=F, seed=seed))
            column = f"{COLUMNS.get(text, text)}{where}"
            found |= {f"{column}/{row}": float(np.mean(values)) for row, values in rows.items()}
        return found

    def _variance(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        first: dict[str, Model] = {}
        for name, network in networks.items():
            first.setdefault(group_of(name), network)
        every = FeatureVariance(measures=(), layers=False).analyse(first, stimuli, seed)
        return {name: value for name, value in every.items() if name.startswith("variance ")}


def group_of(network: str) -> str:
    """Return a network's group: `hard` for `hard`, `hard2` and `hard3`."""
    return network.rstrip("0123456789")


def pair_of(a: str, b: str) -> str:
    """Return the row of a pair of networks, whichever comes first."""
    return "~".join(sorted((group_of(a), group_of(b))))
