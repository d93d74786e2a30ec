"""Hyperparameters of an audit as a reader meets them: the same in the terminal, the page and the figures."""

from __future__ import annotations

import math

from tolman.audit.results import Measured
from tolman.report.words import percent, signed


def plain(value: float) -> float | None:
    """The number, or None where there is none."""
    return value if math.isfinite(value) else None


def share(value: float) -> str:
    """A share in percent, a dash where there is none; held-out shares may be negative."""
    if not math.isfinite(value):
        return "–"
    return percent(value) if value >= 0 else f"{signed(value)}\N{NO-BREAK SPACE}%"


def interval(found: Measured) -> str:
    """`[low–high]` in percent, or nothing."""
    if found.low is None or found.high is None:
        return ""
    low, high = (share(end).removesuffix("\N{NO-BREAK SPACE}%") for end in (found.low, found.high))
    return f"[{low}–{high}]" if found.low >= 0 else f"[{low}, {high}]"


def measured(found: Measured) -> str:
    """A share with its interval, where it has one."""
    return f"{share(found.value)} {interval(found)}".strip()


def decoded(found: Measured, classes: bool) -> str:
    """An accuracy in percent, or R² with two digits, which nobody should take for one."""
    return share(found.value) if classes else f"R²\N{NO-BREAK SPACE}{coefficient(found.value)}"


def coefficient(value: float) -> str:
    """A similarity with two digits, or a dash."""
    if not math.isfinite(value):
        return "–"
    return f"{0.0 if abs(value) < 0.005 else value:.2f}".replace("-", "−")
