"""Uniformity of ciphertext coefficients: a summary to compare with uniform random numbers."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Uniformity:
    """Summary of coefficients in [-1/2, 1/2), to compare with uniform ones of mean 0 and variance 1/12.

    Attributes:
        mean: over all stimuli and coefficients.
        variance: likewise.
        histogram: fraction in each of equally wide bins.
        p: of Pearson's chi-squared test that all bins are equally likely.
    """

    mean: float
    variance: float
    histogram: np.ndarray
    p: float


def uniformity(coefficients: np.ndarray, bins: int = 20) -> Uniformity:
    """Summarise coefficients `[n, c]` as `EncryptedRun.sites` has them."""
    from scipy.stats import chisquare

    counts = np.histogram(coefficients, bins, (-0.5, 0.5))[0]
    p = float(chisquare(counts).pvalue)
    return Uniformity(float(np.mean(coefficients)), float(np.var(coefficients)), counts / counts.sum(), p)
