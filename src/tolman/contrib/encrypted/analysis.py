"""Probes and RSA on the ciphertexts of a network that runs on encrypted inputs."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tolman.contrib.encrypted.ckks import CKKS, EncryptedRun, evaluate_encrypted
from tolman.contrib.encrypted.seal import seal
from tolman.contrib.encrypted.squares import Layers
from tolman.core.ranges import PositiveInt, Range
from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.measures.decoding import Kind, decodability
from tolman.measures.representational_similarity import rsa
from tolman.models.base import Model
from tolman.models.mlp import MLP

PROBES: tuple[Kind, ...] = ("linear", "knn", "mlp")


@dataclasses.dataclass(frozen=True)
class Encryption(AbstractAnalysis):
    """Decisions, probes and RSA of one network, evaluated under encryption and in the clear.

    Keys and ciphertexts come from the operating system's randomness, as they must. A second run gives the same numbers
    only up to noise: alone among the results of the laboratory, these are not repeated bit by bit.

    Attributes:
        ckks: parameters of the scheme.
        control_rows: stimuli of the control whose encryption reuses its randomness.
        folds: of cross-validation; probes are fitted on all stimuli but one fold.
        randomness: the source of keys and ciphertexts; records show by it that they are no function of the seeds.
    """

    version: ClassVar[int] = 1

    ckks: CKKS
    control_rows: PositiveInt = 200
    folds: Annotated[int, Range(2)] = 4
    randomness: Literal["operating system"] = "operating system"

    def check_packages(self) -> None:
        seal()

    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        (model,) = networks.values()
        if not isinstance(model, MLP):
            raise TypeError(f"the network is a {type(model).__name__}; expected an MLP of squares")
        layers, inputs = layers_of(model), stimuli.rows.steps["input"][:, 0]
        run = evaluate_encrypted(self.ckks, layers, inputs)
        reusing = dataclasses.replace(self.ckks, reuse_randomness=True)
        broken = evaluate_encrypted(reusing, layers, inputs[: self.control_rows])
        labels = dict(zip(stimuli.names, stimuli.labels.T, strict=True))
        errors = {"outputs": run.outputs - run.plain_outputs}
        return {
            "agreement": agreement(run, model.groups),
            **self._decoded("", run.sites, labels),
            **self._decoded("plain ", run.plain_coefficients, labels),
            **self._decoded("reused ", broken.sites, labels, ("linear",)),
            **self._decoded("error ", errors, labels, ("linear",)),
            **{f"rsa/{site}": similarity(run.sites[site], s) for site, s in run.plain_slots.items()},
            **{f"plain rsa/{site}": similarity(run.plain_coefficients[site], s) for site, s in run.plain_slots.items()},
        }

    def _decoded(
        self,
        prefix: str,
        sites: Mapping[str, np.ndarray],
        labels: Mapping[str, np.ndarray],
        probes: tuple[Kind, ...] = PROBES,
    ) -> dict[str, float]:
        """Return the held-out accuracy of each probe of each label at each site, by name."""
        return {
            f"{prefix}{name} {probe}/{site}": decodability(X, labels[name][: len(X)], probe, folds=self.folds)
            for (site, X), name, probe in itertools.product(sites.items(), labels, probes)
        }


def layers_of(model: MLP) -> Layers:
    """Return weights and biases of an MLP whose activation is the square."""
    if model.activation != "square" or model.coding.units:
        raise ValueError(f"the network's activation is {model.activation!r}; expected 'square', and no coding units")
    return [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in (*model.layers, model.head)]


def agreement(run: EncryptedRun, groups: tuple[int, ...]) -> float:
    """Return the fraction of decisions, one per stimulus and label, in which decrypted and plain outputs agree."""
    edges = np.cumsum(groups)[:-1]
    pairs = (np.split(outputs, edges, axis=1) for outputs in (run.outputs, run.plain_outputs))
    return float(np.mean([a.argmax(axis=1) == b.argmax(axis=1) for a, b in zip(*pairs, strict=True)]))


def similarity(coefficients: np.ndarray, activations: np.ndarray) -> float:
    """Return RSA by squared Euclidean distance and Pearson correlation; 0 is chance.

    Encoding preserves distances up to a factor, which this variant does not depend on.
    """
    return rsa(coefficients, activations, rdm="sqeuclidean")
