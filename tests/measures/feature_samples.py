"""Representations whose variance is known."""

from __future__ import annotations

import numpy as np


def signs(n: int, f: int, seed: int = 0) -> np.ndarray:
    """Independent features of exactly balanced values ±1, `[n, f]`."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(np.resize([-1.0, 1.0], n)) for _ in range(f)], axis=1)


def directions(p: int, k: int, seed: int = 0) -> np.ndarray:
    """`k` orthonormal directions in `p` dimensions, `[k, p]`."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((p, k)))[0].T


def published(n: int = 4000, p: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """55 % easy, 5 % hard, noise of total variance .40, as in Lampinen, Chan, Li and Hermann (2025)."""
    F, u = signs(n, 2, seed), directions(p, 2, seed)
    noise = np.random.default_rng(seed + 1).standard_normal((n, p)) * np.sqrt(0.40 / p)
    return F @ (np.sqrt([0.55, 0.05])[:, None] * u) + noise, F


def rotation(p: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((p, p)))[0]


def rows_of_stimuli(stimuli: int = 24, repeats: int = 6, effect: float = 0.0, seed: int = 7) -> tuple[np.ndarray, ...]:
    """Representation, labels drawn at random for each stimulus, and the stimulus of each row."""
    rng = np.random.default_rng(seed)
    stimulus = rng.permutation(np.repeat(np.arange(stimuli), repeats))
    label = rng.permutation(np.resize(["a", "b"], stimuli))
    X = rng.normal(size=(stimuli, 16)) + effect * (label == "a")[:, None]
    return X[stimulus] + 0.3 * rng.normal(size=(len(stimulus), 16)), label[stimulus], stimulus
