"""Retrieval features: what episodes are searched by in place of words."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import Experiences


def has_features(rows: Experiences) -> bool:
    """Return whether rows are searched by retrieval features."""
    return "features" in rows.steps


def step_features(rows: Experiences) -> np.ndarray:
    """Return the features of each valid step, `[n, T, Q]`."""
    return rows.steps["features"] & rows.valid[..., None]


def row_features(rows: Experiences) -> np.ndarray:
    """Return the features that some valid step of each row has, `[n, Q]`, as 0 and 1."""
    return np.any(step_features(rows), axis=1).astype(np.float32)
