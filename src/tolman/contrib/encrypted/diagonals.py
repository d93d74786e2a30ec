"""Linear layers of an encrypted vector, as sums of rotated and weighted copies of it.

A vector of `d` numbers fills all slots of a ciphertext by repetition, with a period that is a power of two and at least
`d`. A rotation of all slots is then a rotation within every period, so that the diagonal method (Halevi and Shoup 2014)
needs no mask. Matrices with fewer outputs than inputs use the extended diagonals of GAZELLE (Juvekar et al. 2018,
section 4.2): as many as there are outputs, then sums over the blocks that are left.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class RotationPlan:
    """The rotations and weights that apply one matrix.

        out = sum_g rotate(sum_j weights[g, j] * rotate(x, baby[j]), giant[g]),    then folded

    Baby steps and giant steps bring `r` diagonals down to about `2 sqrt(r)` rotations.

    Attributes:
        baby: rotations (to the left) of the input.
        giant: rotations of the partial sums.
        weights: `[giant, baby, period]`, repeated over the slots.
        folds: rotations after each of which the rotated copy is added.
        period: of the result.
    """

    baby: tuple[int, ...]
    giant: tuple[int, ...]
    weights: np.ndarray
    folds: tuple[int, ...]
    period: int

    @property
    def rotations(self) -> set[int]:
        """Every rotation that needs a key."""
        return {*self.baby, *self.giant, *self.folds} - {0}


def period_of(width: int) -> int:
    """Return the smallest power of two that holds `width` numbers."""
    return 1 << math.ceil(math.log2(width))


def repeated(values: np.ndarray, period: int, slots: int) -> np.ndarray:
    """Return `values[..., d]` padded with zeros to `period` and repeated, `[..., slots]`."""
    zeros = [(0, 0)] * (values.ndim - 1)
    padded = np.pad(values, [*zeros, (0, period - values.shape[-1])])
    return np.tile(padded, slots // period)


def plan_rotations(matrix: np.ndarray) -> RotationPlan:
    """Return the plan for `x @ matrix`, of shape `[in, out]`, on vectors of period `period_of(in)`."""
    given, wanted = map(period_of, matrix.shape)
    # A vector that repeats sooner than the result also repeats with it: its copies meet rows of zeros.
    period = max(given, wanted)
    padded = np.zeros((period, wanted))
    padded[: matrix.shape[0], : matrix.shape[1]] = matrix
    slot = np.arange(period)
    diagonals = np.stack([padded[(slot + k) % period, slot % wanted] for k in range(wanted)])
    baby = period_of(math.ceil(math.sqrt(wanted)))
    giant = range(0, wanted, baby)
    # A partial sum is rotated as a whole, so its weights are turned back beforehand.
    weights = np.stack([np.roll(diagonals[g : g + baby], g, axis=1) for g in giant])
    folds = tuple(wanted << i for i in range(int(math.log2(period // wanted))))
    return RotationPlan(tuple(range(baby)), tuple(giant), weights, folds, wanted)
