"""What is said of a verdict beside its effect and bound, the same in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tolman.report.words import count, estimate_text, quantity

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict

RATE = "a false-discovery rate of 5 %"
"""The rate that tables are controlled at, in words."""


def p_text(verdict: Verdict) -> str:
    """Return the p-value, adjusted for all claims of the table if that was done, or a dash."""
    p = verdict.p if verdict.p_adjusted is None else verdict.p_adjusted
    if p is None:
        return "–"
    return "<.001" if p < 0.001 else f"{p:.3f}".removeprefix("0")


def over_all_text(verdict: Verdict) -> str:
    """Return the unconditional effect where it rests on other seeds than the verdict; else nothing."""
    given = verdict.over_all
    if given is None or given.effect is None:
        return ""
    return estimate_text(given, verdict.unit)


def remarks(verdict: Verdict) -> tuple[str, ...]:
    """Return what else is to be said: publication, cause of a failure, floor, false discoveries, spread."""
    said = (_published(verdict), _cause(verdict), _floor(verdict), _discovery(verdict), _components(verdict))
    return tuple(text for text in said if text)


def tally_fdr(verdicts: Sequence[Verdict]) -> str:
    """Return how many of the claims that hold do so by the adjusted p-value too; nothing where none holds."""
    holding = [verdict for verdict in verdicts if verdict.status == "holds"]
    judged = sum(verdict.p_adjusted is not None for verdict in verdicts)
    if not holding or not judged:
        return ""
    kept = sum(bool(verdict.holds_under_fdr) for verdict in holding)
    return f"{kept} of {len(holding)} that hold do so at {RATE} over {count(judged, 'judged claim')}"


def _published(verdict: Verdict) -> str:
    published = verdict.published
    if published is None or verdict.reproduction is None:
        return ""
    if published.value is None:
        value = "published value unknown"
    else:
        value = f"published value {quantity(published.value, verdict.unit)}"
    setting = "" if published.setting else ", setting unknown (ours)"
    note = f" ({published.note})" if published.note else ""
    return f"{verdict.reproduction}, {value}{note}{setting}"


def _cause(verdict: Verdict) -> str:
    cause = verdict.cause
    if cause is None:
        return ""
    why = f": {cause.why}" if cause.why else ""
    return f"{cause.kind}{why}{f' ({cause.log})' if cause.log else ''}"


def _floor(verdict: Verdict) -> str:
    return "floor: none" if verdict.floor == "none" else ""


def _components(verdict: Verdict) -> str:
    found = verdict.components
    if found is None:
        return ""
    parts = ", ".join(f"{name} {getattr(found, name):.3f}" for name in ("world", "model", "residual"))
    scale = " of the logarithm" if found.logarithmic else ""
    return f"standard deviation{scale}: {parts} ({found.worlds} worlds x {found.models} model seeds)"


def _discovery(verdict: Verdict) -> str:
    missed = verdict.status == "holds" and verdict.holds_under_fdr is False
    return f"does not hold at {RATE} over all claims of the table" if missed else ""
