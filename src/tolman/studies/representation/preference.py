"""Decoders of a label that an easy and a hard feature both predict, trained on frozen representations.

After Lampinen, Chan and Hermann (arXiv 2405.05847, Fig. 16). Which predictivities they used, on how many stimuli and
with which decoder is not public: all of these are our own choices. Labels are made as in Hermann and Lampinen (arXiv
2006.12433, supplement B): a balanced label, and each feature agrees with it at its predictivity, independently.
"""

from __future__ import annotations

import dataclasses
import itertools
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tolman.experiments.network_set import AbstractAnalysis, Stimuli

RANDOM = "random labels"


class Reliance(NamedTuple):
    """Shares of decorrelated stimuli at which a decoder says what each feature says; 0.5 is chance."""

    easy: float
    hard: float


@dataclasses.dataclass(frozen=True)
class Preference(AbstractAnalysis):
    """Reliance of decoders on two features, over a grid of predictivities, at the last hidden layer.

    Attributes:
        easy: P(the label is the easy feature's value), from 0.5 to 1.
        hard: the same for the hard feature.
        decoders: `linear` is logistic regression, trained to convergence with an L2 penalty (scikit-learn's default
            strength); `centroid` says which class's mean pattern is nearer, which is also what logistic regression
            comes to under a strong penalty or after few steps; `mlp` has one hidden layer of 64 rectified units. All
            read activations as they are: what is frozen is the geometry.
        rows: stimuli that each decoder is trained on, none of which it is tested on.
        draws: training sets at each pair of predictivities, over which reliance is averaged.
    """

    version: ClassVar[int] = 1

    easy: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    hard: tuple[float, ...] = (0.7, 0.8, 0.9, 1.0)
    decoders: tuple[str, ...] = ("linear",)
    rows: int = 512
    draws: int = 16

    def measures(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        (model,) = networks.values()
        rng = np.random.default_rng([seed, 5])
        fresh = stimuli.instance.samplers["fresh-labelled"](rng, 4 * self.rows + 256).experiences
        values, pool, test = fresh.steps["label"][:, 0], model.embed(fresh), model.embed(stimuli.rows)
        found: dict[str, float | None] = {}
        for name, predictivity in self._grid():
            drawn = [draw(values, predictivity, self.rows, rng) for _ in range(self.draws)]
            for decoder in self.decoders:
                answers = [answered(decoder, pool[mine], label, test, seed) for mine, label in drawn]
                easy, hard = np.mean([reliance(each, stimuli.labels) for each in answers], axis=0)
                found[f"{decoder} follows easy/{name}"] = float(easy)
                found[f"{decoder} follows hard/{name}"] = float(hard)
        return found

    def _grid(self) -> list[tuple[str, tuple[float, float]]]:
        pairs = list(itertools.product(self.easy, self.hard))
        return [(cell(*pair), pair) for pair in pairs] + [(RANDOM, (0.5, 0.5))]


def cell(easy: float, hard: float) -> str:
    """The name of a grid's cell, for example `easy 0.8, hard 0.9`."""
    return f"easy {easy:g}, hard {hard:g}"


def draw(
    values: np.ndarray, predictivity: tuple[float, float], rows: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Which stimuli, of these features' `values[n, 2]`, show a balanced label at these predictivities.

    Returns:
        Indices `[rows]`, none of them twice, and the label `[rows]`.

    Raises:
        ValueError: too few stimuli with some combination of values.
    """
    label = rng.permutation(np.arange(rows) % 2)
    wanted = label[:, None] ^ (rng.random((rows, 2)) >= predictivity)
    chosen = np.empty(rows, int)
    for combination in itertools.product((0, 1), repeat=2):
        mine = np.flatnonzero((wanted == combination).all(axis=1))
        there = np.flatnonzero((values == combination).all(axis=1))
        if len(there) < len(mine):
            raise ValueError(f"{len(there)} stimuli have the values {combination}; expected {len(mine)} or more")
        chosen[mine] = rng.permutation(there)[: len(mine)]
    return chosen, label


def answered(decoder: str, X: np.ndarray, label: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """What a decoder trained on `X[n, p]` and `label[n]` says of `test[m, p]`: `[m]`."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestCentroid
    from sklearn.neural_network import MLPClassifier

    makes = {
        "linear": lambda: LogisticRegression(max_iter=1000),
        "centroid": NearestCentroid,
        "mlp": lambda: MLPClassifier((64,), max_iter=200, random_state=seed),
    }
    if decoder not in makes:
        raise ValueError(f"decoder is {decoder!r}; expected one of {', '.join(makes)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed budget is part of the definition
        return makes[decoder]().fit(X, label).predict(test)


def reliance(answers: np.ndarray, labels: np.ndarray) -> Reliance:
    """How often `answers[m]` are the value of each of the features `labels[m, 2]`."""
    easy, hard = (answers[:, None] == labels).mean(axis=0)
    return Reliance(float(easy), float(hard))
