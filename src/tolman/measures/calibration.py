"""Calibration of a similarity: its excess over what unrelated representations of the same kind reach by chance."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from tolman.measures.registration import RIGID, NamedMeasure, measure, named_measures
from tolman.measures.resampling import extremeness, matchings
from tolman.measures.validation import matrix

__all__ = ["Calibration", "calibrated"]


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """A similarity against its distribution when stimuli are matched at random.

    Attributes:
        value: the similarity, or distance; of several layers that of the most similar pair.
        score: the calibrated similarity, from 0 (no more alike than unrelated representations) to 1.
        threshold: the value that a fraction `level` of unrelated representations exceed.
        p_value: (1 + permutations at least as similar) / (1 + permutations), never 0.
        null: the value for each permutation, `[permutations]`.
        layers: the most similar pair, as places in `X` and in `Y`; (0, 0) where neither is a sequence.
    """

    value: float
    score: float
    threshold: float
    p_value: float
    null: Float[np.ndarray, " permutations"]
    layers: tuple[int, int]


@measure(bounds=(0.0, 1.0), own=1.0, invariant=RIGID - {"stimuli"}, number="score")
def calibrated(
    X: ArrayLike | Sequence[ArrayLike],
    Y: ArrayLike | Sequence[ArrayLike],
    similarity: str | Callable[[np.ndarray, np.ndarray], float] = "cka_linear",
    *,
    permutations: int = 200,
    level: float = 0.05,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Calibration:
    """Calibrated similarity: the part of its range above what randomly matched stimuli reach.

    It is max(0, (s - t) / (s_max - t)), with s the similarity, s_max its value for equal representations, and t the
    ceil((1 - level) (K + 1))-th smallest of s and its K values under random matchings. In [0, 1]; 1 for X with itself;
    above 0 in at most a fraction `level` of unrelated pairs, whatever their widths, number of stimuli and bias.
    Invariances are those of the similarity, but for the order of stimuli and that of X and Y, on which the matchings
    depend. Of lists of layers, s is the largest similarity of any pair, and a random matching is one for all layers: so
    what is large only by choice is allowed for.

    Args:
        X: representation [n, p], or a list of such, the layers of one network.
        Y: representation [n, q] of the same stimuli, or a list.
        similarity: a registered measure such as `"rsa?compare=spearman"`, or a function that is 1 for equal arrays.
        permutations: number of random matchings; stimuli must be exchangeable.
        level: fraction of unrelated pairs whose score may be above 0.
        seed: of the matchings.
        groups: labels [n] of groups of stimuli, such as repeats; whole groups of the same size are then matched.

    Raises:
        ValueError: as in the similarity; too few permutations for the level; no two groups of the same size.
        UserError: the text names no measure, or one that is computed from something else.

    Source: Gröger, Wen & Brbić 2026, arXiv 2602.14486, algorithms 1 and 2: score, threshold, p-value and permutations
    that layers share are theirs; groups, distances (of which the negative is calibrated) and ties to rounding are ours.
    """
    _check_level(level, permutations)
    comparator = _registered(similarity) if isinstance(similarity, str) else _Comparator(similarity)
    first, second = _layers(X, "X"), _layers(Y, "Y")
    orders = matchings(len(second[0]), permutations, np.random.default_rng(seed), groups)
    return _calibration(comparator, first, second, orders, level)


@dataclasses.dataclass(frozen=True)
class _Comparator:
    """A similarity of two arrays; a distance with its sign changed, so that larger is more similar."""

    function: Callable[..., float]
    sign: int = 1
    largest: float = 1.0
    fast: Callable[..., np.ndarray] | None = None

    def __call__(self, X: np.ndarray, Y: np.ndarray) -> float:
        return self.sign * float(self.function(X, Y))

    def permuted(self, X: np.ndarray, Y: np.ndarray, orders: np.ndarray) -> np.ndarray:
        """Return the similarity of X and Y with the stimuli of Y in each order, `[permutations]`."""
        if self.fast is not None:
            return self.sign * self.fast(X, Y, orders)
        return np.array([self(X, Y[order]) for order in orders])


@functools.lru_cache(maxsize=32)  # to find a measure by its name takes longer than to calibrate it
def _registered(text: str) -> _Comparator:
    (named,) = named_measures([text], ("X", "Y")).values()
    if named.takes != ("X", "Y") or named.function is calibrated:
        raise ValueError(f"{text} cannot be calibrated: expected a similarity or a distance of X and Y")
    own, bounds = named.properties.own, named.properties.bounds
    sign = -1 if own is not None and own == bounds[0] else 1
    return _Comparator(_by_name(named), sign, sign * (bounds[1] if own is None else own), _fast(named))


def _by_name(named: NamedMeasure) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda X, Y: named(X=X, Y=Y)


def _fast(named: NamedMeasure) -> Callable[..., np.ndarray] | None:
    permuted = named.properties.permuted
    return None if permuted is None else lambda X, Y, orders: permuted(X, Y, orders, **named.options)


def _check_level(level: float, permutations: int) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}: expected a fraction between 0 and 1")
    least = math.ceil(1 / level - 1e-9) - 1
    if permutations < least:
        raise ValueError(f"{permutations} permutations can reject nothing at level {level}: expected {least} or more")


def _layers(X: Any, name: str) -> list[np.ndarray]:
    given = list(X) if isinstance(X, Sequence) else [X]
    if not given:
        raise ValueError(f"{name} has no layers: expected a representation [n, p], or a list of such")
    return [matrix(layer, name) for layer in given]


def _calibration(
    comparator: _Comparator, first: list[np.ndarray], second: list[np.ndarray], orders: np.ndarray, level: float
) -> Calibration:
    values = np.array([[comparator(a, b) for b in second] for a in first])
    null = np.max([comparator.permuted(a, b, orders) for a in first for b in second], axis=0)
    value, place = float(values.max()), np.unravel_index(int(values.argmax()), values.shape)
    ordered = np.sort(np.append(null, value))
    threshold = float(ordered[math.ceil((1 - level) * len(ordered) - 1e-9) - 1])
    above = (value - threshold) / max(comparator.largest - threshold, 1e-12)
    return Calibration(
        value=comparator.sign * value,
        score=float(np.clip(above, 0.0, 1.0)),
        threshold=comparator.sign * threshold,
        p_value=float(extremeness(value, null, "greater").p_value),
        null=comparator.sign * null,
        layers=(int(place[0]), int(place[1])),
    )
