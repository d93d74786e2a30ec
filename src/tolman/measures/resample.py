"""The bootstrap of a mean over stimuli."""

from __future__ import annotations

import numpy as np


def mean_interval(values: np.ndarray, samples: int, level: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the percentile bootstrap interval of the mean over the first axis of `values[n, ...]`."""
    n = len(values)
    flat = values.reshape(n, -1).astype(np.float64)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), samples) / n
    low, high = np.quantile(drawn @ flat, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low.reshape(values.shape[1:]), high.reshape(values.shape[1:])
