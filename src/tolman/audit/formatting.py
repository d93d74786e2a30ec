"""Formatting of an audit's numbers: the same in the terminal, the page and the figures."""

from __future__ import annotations

import math

from tolman.audit.results import IntervalEstimate
from tolman.report.words import percent, signed

_ROUNDING = 1e-9
"""So close to one a fraction is one, save for rounding."""


def plain(value: float) -> float | None:
    """Return the number, or None for NaN and infinities."""
    return value if math.isfinite(value) else None


def fraction(value: float) -> str:
    """Return a fraction in percent, a dash for NaN; held-out fractions may be negative."""
    if not math.isfinite(value):
        return "–"
    value = 1.0 if abs(value - 1) < _ROUNDING else value
    return percent(value) if value >= 0 else f"{signed(value)}\N{NO-BREAK SPACE}%"


def interval(found: IntervalEstimate) -> str:
    """Return `[low, high]` in percent, or nothing without an interval."""
    if found.low is None or found.high is None or not math.isfinite(found.low + found.high):
        return ""
    low, high = (fraction(end).removesuffix("\N{NO-BREAK SPACE}%") for end in (found.low, found.high))
    return f"[{low}, {high}]"


def measured(found: IntervalEstimate) -> str:
    """Return a fraction with its interval, where it has one."""
    return f"{fraction(found.value)} {interval(found)}".strip()


def decoded(found: IntervalEstimate, classes: bool) -> str:
    """Return an accuracy in percent, or for a quantity R² with two digits, so that neither is taken for the other."""
    return fraction(found.value) if classes else f"R²\N{NO-BREAK SPACE}{coefficient(found.value)}"


def coefficient(value: float) -> str:
    """Return a similarity with two digits, or a dash."""
    if not math.isfinite(value):
        return "–"
    return f"{0.0 if abs(value) < 0.005 else value:.2f}".replace("-", "−")
