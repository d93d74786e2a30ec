"""Joint distributions of the values of features: set by parameters in training, independent in tests."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import NamedTuple

import numpy as np

from tolman.core.experience import NONE


class Values(NamedTuple):
    """The content of `n` stimuli: `features[n, f]`, whether each is `present[n, f]`, and the `target[n]`."""

    features: np.ndarray
    present: np.ndarray
    target: np.ndarray

    def labels(self, with_target: bool) -> np.ndarray:
        """Return the values `[n, f]` of the features present, `NONE` for the others; the target is a last column."""
        features = np.where(self.present, self.features, NONE)
        columns = (features, self.target[:, None]) if with_target else (features,)
        return np.concatenate(columns, axis=1).astype(np.int32)


@dataclasses.dataclass(frozen=True)
class Joint:
    """The joint distribution of features in training: they are independent given a target that each may agree with.

    Attributes:
        counts: values of each feature.
        agreement: P(a feature has the target's value); 1 / values makes it independent of the target. Where it
            disagrees, all other values are equally likely. Features that differ from 1 / values share one number
            of values, the target's.
        prevalence: P(a feature is present), independently of everything else.
        pairing: which value of each feature a value of the target stands for.
    """

    counts: tuple[int, ...]
    agreement: tuple[float, ...]
    prevalence: tuple[float, ...]
    pairing: tuple[tuple[int, ...], ...]

    def draw(self, rng: np.random.Generator, n: int) -> Values:
        """Draw training stimuli's values. The target is uniform, and with it every feature."""
        target = rng.integers(0, max(self.counts), n)
        features = [self._feature(k, target, rng) for k in range(len(self.counts))]
        present = rng.random((n, len(self.counts))) < np.array(self.prevalence)
        return Values(np.stack(features, axis=1), present, target)

    def _feature(self, k: int, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        count = self.counts[k]
        agrees = rng.random(len(target)) < self.agreement[k]
        shift = np.where(agrees, 0, rng.integers(1, count, len(target)))
        if math.isclose(self.agreement[k], 1 / count):
            return rng.integers(0, count, len(target))
        return np.array(self.pairing[k])[(target + shift) % count]

    def follows(self, k: int, values: np.ndarray) -> np.ndarray:
        """Return the target's values that values of feature k stand for."""
        return np.argsort(self.pairing[k])[values]


def agreement_of(correlation: float, values: int) -> float:
    """Return P(agreement with a common target) at which any two features have that correlation.

    A feature copies the target with probability sqrt(correlation) and is uniform otherwise; the indicators of two
    features' paired values then correlate at `correlation`, however many values there are.
    """
    copied = math.sqrt(correlation)
    return copied + (1 - copied) / values


def independent(counts: tuple[int, ...], rng: np.random.Generator, n: int) -> Values:
    """Draw test stimuli's values: every feature present, all values equally frequent, no two features related.

    Where `n` suffices, every combination of values occurs equally often (up to one), so that the features are
    uncorrelated in the sample as well as in expectation. Otherwise each feature's values are balanced and shuffled.
    """
    combinations = math.prod(counts)
    whole = n // combinations * combinations
    table = np.array(list(itertools.product(*map(range, counts)))) if whole else np.zeros((0, len(counts)), int)
    crossed = np.tile(table, (whole // combinations, 1))
    rest = np.stack([rng.permutation(np.arange(n - whole) % count) for count in counts], axis=1)
    features = rng.permutation(np.concatenate([crossed, rest]))
    return Values(features, np.ones(features.shape, bool), np.full(n, NONE))
