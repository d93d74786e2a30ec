"""Steering: the change of a network's decisions when a representation is moved along a feature.

The causal check beside variance and decodability. A difference-of-means vector, scaled and added at a layer, flips
the output about the feature and not the others, and it may flip a feature that takes little variance with a smaller
shift than one that takes much (Lampinen, Chan and Hermann 2024, arXiv 2405.05847).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from tolman.measures.resampling import mean_interval
from tolman.measures.scaling import in_range, multiplied
from tolman.measures.validation import doubles, labels

__all__ = ["Steering", "steer", "steer_interval"]


@dataclasses.dataclass(frozen=True, eq=False)
class Steering:
    """The decisions that changed, at each strength.

    Attributes:
        strengths: multiples of the difference of means, `[s]`.
        flips: whether each output's decision about each shifted stimulus changed, `[s, m, o]`.
        control_flips: likewise for shifts of equal length in a random direction, which also leave the range of
            training, `[s, m, o]`.
        length: Euclidean length of the difference of means, the unit of `strengths`.
        rows: the stimuli that were shifted, `[m]`: those that the difference was not fitted on.
    """

    strengths: Float[np.ndarray, " s"]
    flips: Bool[np.ndarray, "s m o"]
    control_flips: Bool[np.ndarray, "s m o"]
    length: float
    rows: Int[np.ndarray, " m"]

    @property
    def flipped(self) -> np.ndarray:
        """Fraction of stimuli whose decision changed, `[s, o]`: the dose-response curve of every output."""
        return self.flips.mean(axis=1)

    @property
    def control(self) -> np.ndarray:
        """Fraction of stimuli whose decision changed by shifts in the random direction, `[s, o]`."""
        return self.control_flips.mean(axis=1)

    def dose(self, fraction: float = 0.5) -> np.ndarray:
        """Return the strength at which a fraction of the decisions have changed, `[o]`, interpolated; NaN if never."""
        curves = np.vstack([np.zeros(self.flips.shape[2]), self.flipped])
        at = np.concatenate([[0.0], self.strengths])
        return np.array([_crossing(at, curve, fraction) for curve in curves.T])


def steer(
    X: Any,
    y: Any,
    read_out: Callable[[np.ndarray], Any],
    strengths: Sequence[float] = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
    *,
    threshold: float = 0.0,
    seed: int = 0,
) -> Steering:
    """Shift stimuli of either class towards the other and record which outputs flip.

    The difference of the two classes' means is fitted on one half of the rows, drawn at random within each class, and
    applied to the other half: added to stimuli of the lower class and subtracted from those of the higher. Invariant
    to translation and rotation of `X` if `read_out` follows.

    Args:
        X: representation `[n, p]`.
        y: labels `[n]` of exactly two values.
        read_out: the rest of the network, from `[m, p]` to outputs `[m, o]` or `[m]`. Whole numbers and booleans are
            decisions; other outputs decide by being above `threshold`.
        strengths: positive, increasing; at 1 the shift puts one class's mean on the other's.
        threshold: 0 for logits, 0.5 for probabilities.
        seed: of the halves and the random direction.

    Raises:
        ValueError: labels of more or fewer than two classes, strengths out of order, or outputs of another shape.
    """
    X = doubles(X)
    y, doses = labels(y, len(X)), _increasing(strengths)
    rng = np.random.default_rng(seed)
    fit, high = _halves(y, rng)
    shift = X[fit & high].mean(axis=0) - X[fit & ~high].mean(axis=0)
    random = _random_direction(rng, like=shift)
    towards = np.where(high[~fit], -1.0, 1.0)[:, None]

    def decide(Z: np.ndarray) -> np.ndarray:
        return _decisions(read_out(Z), len(Z), threshold)

    flips, control = (_flips(X[~fit], doses, towards * direction, decide) for direction in (shift, random))
    return Steering(doses, flips, control, length=_length(shift), rows=np.flatnonzero(~fit))


def _random_direction(rng: np.random.Generator, like: np.ndarray) -> np.ndarray:
    """Return a random vector `[p]` as long as another."""
    random = rng.standard_normal(len(like))
    random *= _length(like) / np.linalg.norm(random)
    return random


def _length(vector: np.ndarray) -> float:
    scaled, e = in_range(vector)
    return float(multiplied(np.linalg.norm(scaled), e, "lengths"))


def _increasing(strengths: Sequence[float]) -> np.ndarray:
    doses = np.asarray(strengths, dtype=np.float64)
    if doses.ndim != 1 or not len(doses) or (np.diff(doses, prepend=0.0) <= 0).any():
        raise ValueError(f"strengths are {list(strengths)}; expected positive numbers in increasing order")
    return doses


def _flips(
    X: np.ndarray, doses: np.ndarray, shifts: np.ndarray, decide: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Return whether each decision about `X[m, p]` changes with `shifts[m, p]` times each dose, `[s, m, o]`."""
    before = decide(X)
    return np.stack([before != decide(X + dose * shifts) for dose in doses])


def steer_interval(
    steering: Steering, *, samples: int = 1000, level: float = 0.95, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bootstrap intervals of `steering.flipped` over the shifted stimuli: lower and upper ends, `[s, o]`."""
    return mean_interval(np.moveaxis(steering.flips, 1, 0), samples, level, seed=seed)


def _halves(y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each row is of the half to fit on, and whether it is of the higher class."""
    classes, which = np.unique(y, return_inverse=True)
    if len(classes) != 2 or np.bincount(which).min() < 2:
        raise ValueError(f"y has the values {classes.tolist()[:8]}; expected two, each of at least two rows")
    fit = np.zeros(len(y), dtype=bool)
    for k in range(2):
        rows = rng.permutation(np.flatnonzero(which == k))
        fit[rows[: len(rows) // 2]] = True
    return fit, which == 1


def _decisions(outputs: Any, rows: int, threshold: float) -> np.ndarray:
    """Return the decisions `[rows, o]` that outputs `[rows, o]` or `[rows]` stand for."""
    outputs = np.asarray(outputs)
    outputs = outputs[:, None] if outputs.ndim == 1 else outputs
    if outputs.ndim != 2 or len(outputs) != rows:
        raise ValueError(f"read_out gave the shape {outputs.shape} for {rows} rows; expected [rows, outputs]")
    return outputs if outputs.dtype.kind in "iub" else outputs > threshold


def _crossing(at: np.ndarray, curve: np.ndarray, fraction: float) -> float:
    reached = np.flatnonzero(curve >= fraction)
    if not len(reached):
        return float("nan")
    i = int(reached[0])
    if i == 0:
        return 0.0
    rise = (fraction - curve[i - 1]) / (curve[i] - curve[i - 1])
    return float(at[i - 1] + rise * (at[i] - at[i - 1]))
