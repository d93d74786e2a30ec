"""Linear layers as sums of rotated, weighted copies of a periodic vector: what an encrypted vector can do.

A vector of `d` numbers fills all k of a ciphertext by repetition, with a period that is a power of two and at least
`d`. A rotation of all k is then a rotation within every period, so that the diagonal method (Halevi and Shoup 2014)
needs no mask. Matrices with fewer outputs than inputs use the extended diagonals of GAZELLE (Juvekar et al. 2018,
section 4.2): as many as there are outputs, then sums over the blocks that are left.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class RotationPlan:
    """How one matrix is applied: `out = sum_g rotate(sum_j weights[g, j] * rotate(x, baby[j]), giant[g])`, then folded.

    Baby steps and giant steps bring `r` diagonals down to about `2 sqrt(r)` rotations.

    Attributes:
        baby: rotations (to the left) of the input.
        giant: rotations of the partial sums.
        weights: `[giant, baby, period]`, repeated over the k.
        folds: after each of these rotations, the rotated copy is added.
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
    """The smallest power of two that holds `width` numbers."""
    return 1 << math.ceil(math.log2(width))


def repeated(values: np.ndarray, period: int, k: int) -> np.ndarray:
    """`values [..., d]` with zeros up to `period`, over and over: `[..., k]`."""
    zeros = [(0, 0)] * (values.ndim - 1)
    padded = np.pad(values, [*zeros, (0, period - values.shape[-1])])
    return np.tile(padded, k // period)


def plan_rotations(matrix: np.ndarray) -> RotationPlan:
    """The plan for `x @ matrix`, of shape `[in, out]`, on vectors of period `period_of(in)`."""
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
