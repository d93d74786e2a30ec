"""Numbers, intervals and lists as text, the same in the terminal, on the page and in the figures."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tolman.records.statistics import Interval

if TYPE_CHECKING:
    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Estimate, Verdict

SPACE = "\N{NO-BREAK SPACE}"


def percent(value: float) -> str:
    """Return a fraction in percent with the digits that matter; only exactly 0 and 1 read as 0 % and 100 %."""
    return f"{_digits(value)}{SPACE}%"


def signed(value: float) -> str:
    """Return a fraction, or a difference of two, in percentage points."""
    return f"{100 * value:z.1f}".replace("-", "−")


def limits(interval: Interval) -> str:
    """Return `[low, high]` in percent."""
    return f"[{_digits(interval.low)}, {_digits(interval.high)}]"


def estimate(interval: Interval | None) -> str:
    """Return mean and interval in percent, or a dash for None."""
    return "–" if interval is None else f"{percent(interval.mean)} {limits(interval)}"


def ratio(interval: Interval | None) -> str:
    """Return `1.04 [1.02, 1.06]`, without brackets for a single seed, or a dash for None."""
    if interval is None:
        return "–"
    ends = "" if interval.n == 1 else f" [{interval.low:.2f}, {interval.high:.2f}]"
    return f"{interval.mean:.2f}{ends}"


def index_text(interval: Interval | None) -> str:
    """Return a number with its interval to two decimals, without one that is undefined, or a dash for None."""
    if interval is None:
        return "–"
    ends = "" if interval.low != interval.low else f" [{interval.low:z.2f}, {interval.high:z.2f}]"
    return f"{interval.mean:z.2f}{ends}".replace("-", "−")


def effect_text(verdict: Verdict) -> str:
    """Return a verdict's effect with its interval, in its unit, or a dash; fractions are percentage points."""
    return estimate_text(verdict, verdict.unit)


def estimate_text(of: Verdict | Estimate, unit: Unit) -> str:
    """Return an effect with its interval in a unit, or a dash."""
    if of.effect is None:
        return "–"
    text = functools.partial(quantity, unit=unit)
    if of.low is None or of.high is None:
        return text(of.effect)
    return f"{text(of.effect)} [{text(of.low)}, {text(of.high)}]"


def bound_text(verdict: Verdict) -> str:
    """Return a verdict's bound with its direction, for example `≥ 95.0` or `within ±5.0`."""
    sign = {">=": f"≥{SPACE}", "<=": f"≤{SPACE}", "within": f"within{SPACE}±"}.get(verdict.direction, "")
    return f"{sign}{quantity(verdict.bound, verdict.unit)}"


def quantity(value: float, unit: Unit) -> str:
    """Return a fraction in percentage points, a number as it is, a ratio as `5.0 ×`."""
    if unit == "fraction":
        return signed(value)
    if unit == "ratio":
        return f"{value:.2g}{SPACE}×" if value < 10 else f"{value:.0f}{SPACE}×"
    text = f"{value:.3f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def steps_text(steps: float) -> str:
    """Return a number of steps, or a dash for one that is infinite: it lies beyond the end of training."""
    return "–" if steps == float("inf") else f"{steps:,.0f}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 seed`, `5 seeds`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(parts: list[str], last: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def amounts(sizes: Mapping[str, Any], nouns: Mapping[str, tuple[str, str]]) -> str:
    """Return the amount of material, `195 subjects and 3 relations`, or nothing.

    Args:
        sizes: parameters of a world and sizes of a study's material; lists count their entries.
        nouns: those to name, each with its noun in the singular and the plural.
    """
    parts = []
    for name, (one, many) in nouns.items():
        value = sizes.get(name)
        size = len(value) if isinstance(value, list | tuple) else value
        if isinstance(size, int) and not isinstance(size, bool):
            parts.append(count(size, one, many))
    return listed(parts) if parts else ""


def _digits(value: float) -> str:
    """Keep one decimal below 10 % and above 99 %, where it tells chance and mastery apart."""
    number = 100 * value
    if 0 < number < 0.1:
        return "<0.1"
    if 99.9 < number < 100:
        return ">99.9"
    text = (f"{number:.1f}" if number < 10 or number > 99 else f"{number:.0f}").removesuffix(".0")
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")
