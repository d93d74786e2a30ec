"""Probes of a label that an easy and a hard feature both predict, trained on frozen representations.

Neuroscience calls such probes decoders. After Lampinen, Chan and Hermann (arXiv 2405.05847, Fig. 16). Their
predictivities, number of stimuli and probe are not public: all of these are our own choices. Labels are made as in
Hermann and Lampinen (arXiv 2006.12433, supplement B): a balanced label, and each feature agrees with it at its
predictivity, independently.
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from tolman.core.ranges import Fraction, PositiveInt
from tolman.experiments.network_set import AbstractAnalysis, Stimuli
from tolman.models.base import Model

RANDOM = "random labels"


class Reliance(NamedTuple):
    """Fractions of decorrelated stimuli at which a probe agrees with each feature; 0.5 is chance."""

    easy: float
    hard: float


@dataclasses.dataclass(frozen=True)
class ProbePreference(AbstractAnalysis):
    """Reliance of probes on two features, over a grid of predictivities, at the last hidden layer.

    Attributes:
        easy: P(the label is the easy feature's value), from 0.5 to 1.
        hard: the same for the hard feature.
        probes: `linear` is logistic regression, trained to convergence with an L2 penalty (scikit-learn's default
            strength); `centroid` chooses the class with the nearer mean pattern, which is also the limit of logistic
            regression under a strong penalty or after few steps; `mlp` has one hidden layer of 64 rectified units. All
            read activations as they are: what is frozen is the geometry.
        rows: stimuli that each probe is trained on, none of which it is tested on.
        draws: training sets at each pair of predictivities, over which reliance is averaged.
    """

    version: ClassVar[int] = 1

    easy: tuple[Fraction, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    hard: tuple[Fraction, ...] = (0.7, 0.8, 0.9, 1.0)
    probes: tuple[str, ...] = ("linear",)
    rows: PositiveInt = 512
    draws: PositiveInt = 16

    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        (model,) = networks.values()
        rng = np.random.default_rng([seed, 5])
        fresh = stimuli.instance.samplers["fresh-labelled"](rng, 4 * self.rows + 256).experiences
        values, pool, test = fresh.steps["label"][:, 0], model.embed(fresh), model.embed(stimuli.rows)
        found: dict[str, float | None] = {}
        for name, predictivity in self._grid():
            drawn = [draw(values, predictivity, self.rows, rng) for _ in range(self.draws)]
            for probe in self.probes:
                answers = [predicted(probe, pool[chosen], label, test, seed=seed) for chosen, label in drawn]
                easy, hard = np.mean([reliance(each, stimuli.labels) for each in answers], axis=0)
                found[f"{probe} follows easy/{name}"] = float(easy)
                found[f"{probe} follows hard/{name}"] = float(hard)
        return found

    def _grid(self) -> list[tuple[str, tuple[float, float]]]:
        pairs = list(itertools.product(self.easy, self.hard))
        return [(row_of(*pair), pair) for pair in pairs] + [(RANDOM, (0.5, 0.5))]


def row_of(easy: float, hard: float) -> str:
    """Return the name of a point of the grid, for example `easy 0.8, hard 0.9`."""
    return f"easy {easy:g}, hard {hard:g}"


def draw(
    values: np.ndarray, predictivity: tuple[float, float], rows: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw stimuli that show a balanced label at these predictivities, from features' `values[n, 2]`.

    Returns:
        Indices `[rows]`, none of them twice, and the label `[rows]`.

    Raises:
        ValueError: too few stimuli with some combination of values.
    """
    label = rng.permutation(np.arange(rows) % 2)
    wanted = label[:, None] ^ (rng.random((rows, 2)) >= predictivity)
    chosen = np.empty(rows, int)
    for combination in itertools.product((0, 1), repeat=2):
        needed = np.flatnonzero((wanted == combination).all(axis=1))
        there = np.flatnonzero((values == combination).all(axis=1))
        if len(there) < len(needed):
            raise ValueError(f"{len(there)} stimuli have the values {combination}; expected {len(needed)} or more")
        chosen[needed] = rng.permutation(there)[: len(needed)]
    return chosen, label


def predicted(probe: str, X: np.ndarray, label: np.ndarray, test: np.ndarray, *, seed: int) -> np.ndarray:
    """Return the labels `[m]` that a probe trained on `X[n, p]` and `label[n]` predicts for `test[m, p]`."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestCentroid
    from sklearn.neural_network import MLPClassifier

    makes = {
        "linear": lambda: LogisticRegression(max_iter=1000),
        "centroid": NearestCentroid,
        "mlp": lambda: MLPClassifier((64,), max_iter=200, random_state=seed),
    }
    if probe not in makes:
        raise ValueError(f"probe is {probe!r}; expected one of {', '.join(makes)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed budget is part of the definition
        return makes[probe]().fit(X, label).predict(test)


def reliance(answers: np.ndarray, labels: np.ndarray) -> Reliance:
    """Return how often `answers[m]` are the value of each of the features `labels[m, 2]`."""
    easy, hard = (answers[:, None] == labels).mean(axis=0)
    return Reliance(float(easy), float(hard))
