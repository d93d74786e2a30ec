"""What experiences look like, where they are searched by that and not by words."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import Experiences


def marked(rows: Experiences) -> bool:
    """Whether rows are searched by the marks of their appearance."""
    return "features" in rows.steps


def marks(rows: Experiences) -> np.ndarray:
    """Which marks each row's valid steps show, `[n, T, Q]`."""
    return rows.steps["features"] & rows.valid[..., None]


def shown(rows: Experiences) -> np.ndarray:
    """Which marks each row shows at all, `[n, Q]`, as 0 and 1."""
    return np.any(marks(rows), axis=1).astype(np.float32)
