"""How alike networks look, by many measures at once."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.studies.representation.variance import FeatureVariance, hidden_sites

Similarity = Callable[[np.ndarray, np.ndarray], float]


def group_of(network: str) -> str:
    """`hard` for the networks `hard`, `hard2`, `hard3`: replicas are called alike but for a number."""
    return network.rstrip("0123456789")


@dataclasses.dataclass(frozen=True)
class PairwiseSimilarity(AbstractAnalysis):
    """Similarity of the last hidden layers of all pairs of networks; rows are pairs of groups, as `easy~hard`.

    Networks whose names differ by a number only are replicas, and a row is the mean over all pairs of different
    networks from its two groups. Columns: RSA with correlation distance and Pearson's or Spearman's correlation, RSA
    with Euclidean distance, linear CKA as it is and debiased, mean squared canonical correlation, angular Procrustes
    similarity (1 - angle / (pi / 2)), linear predictivity (mean of both directions); and with the control feature
    taken out, `partial-rsa` and `cka-controlled`. Also, for every network, what each feature takes of its variance.

    Attributes:
        control: the feature whose variance is taken out.
        stimuli: how many of the test's stimuli are compared.
    """

    version: ClassVar[int] = 1

    control: str = "easy"
    stimuli: int = 512

    def measures(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        hidden = {name: list(hidden_sites(net, stimuli).values())[-1] for name, net in networks.items()}
        hidden = {name: X[: self.stimuli].astype(np.float64) for name, X in hidden.items()}
        F = stimuli.labels[: self.stimuli, [stimuli.names.index(self.control)]].astype(np.float64)
        found: dict[str, float | None] = {}
        for column, similar in similarities(F).items():
            rows: dict[str, list[float]] = {}
            for a, b in itertools.combinations(hidden, 2):
                rows.setdefault(pair(a, b), []).append(similar(hidden[a], hidden[b]))
            found |= {f"{column}/{row}": float(np.mean(values)) for row, values in rows.items()}
        return found | self._variance(networks, stimuli, seed)

    def _variance(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        first: dict[str, Any] = {}
        for name, network in networks.items():
            first.setdefault(group_of(name), network)
        every = FeatureVariance(decode=False, layers=False).measures(first, stimuli, seed)
        return {name: value for name, value in every.items() if name.startswith("variance ")}


def pair(a: str, b: str) -> str:
    """The row of a pair of networks, whichever comes first."""
    return "~".join(sorted((group_of(a), group_of(b))))


def similarities(F: np.ndarray) -> dict[str, Similarity]:
    """The measures of similarity, by column; `F[n, f]` is what the controlled ones take out."""
    from tolman import measures

    return {
        "rsa-correlation": measures.rsa,
        "rsa-spearman": functools.partial(measures.rsa, compare="spearman"),
        "rsa-euclidean": functools.partial(measures.rsa, rdm="euclidean"),
        "cka-linear": measures.cka_linear,
        "cka-debiased": measures.cka_linear_debiased,
        "cca-squared": measures.cca_mean_squared,
        "procrustes": lambda X, Y: 1 - measures.procrustes_angular(X, Y) / (np.pi / 2),
        "predictivity": lambda X, Y: (measures.linear_predictivity(X, Y) + measures.linear_predictivity(Y, X)) / 2,
        "partial-rsa": lambda X, Y: measures.partial_rsa(X, Y, F),
        "cka-controlled": lambda X, Y: measures.cka_controlled(X, Y, F),
    }
