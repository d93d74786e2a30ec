"""Where a layer holds NaN or infinite values, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tolman.audit.activations import Layer
from tolman.audit.files import refusal
from tolman.core.errors import UserError
from tolman.report.words import count

_PIECE = 10_000_000
"""Numbers that are looked through at once."""


def refused(layer: Layer, error: ValueError) -> UserError:
    """Return the error of a layer that a measure refuses: it names units or rows that hold NaN or infinite values."""
    by_unit, by_row = _counts(layer)
    n, p = layer.values.shape
    bad_units, bad_rows = np.flatnonzero(by_unit), np.flatnonzero(by_row)
    if not len(bad_units):
        return refusal(layer.path, f"layer {layer.name!r}: {error}", "Check how it was saved")
    everywhere = np.flatnonzero(by_unit == n)
    if len(everywhere):
        whole = "which are" if by_unit.sum() == n * len(everywhere) else "among them"
        what = f"{whole} all values of {_numbered('unit', everywhere, layer.units)}"
        remedy = f"Leave {'it' if len(everywhere) == 1 else 'them'} out"
    elif len(bad_units) / p < len(bad_rows) / n:
        what, remedy = f"in {_numbered('unit', bad_units, layer.units)}", "Leave these units out"
    else:
        what, remedy = f"in {_numbered('row', bad_rows)}", "Remove these rows here and in the labels"
    problem = f"layer {layer.name!r} holds {count(int(by_unit.sum()), 'NaN or infinite value')}, {what}"
    return refusal(layer.path, problem, f"{remedy}, or look for what produced the values")


def _numbered(noun: str, found: np.ndarray, names: Sequence[str] = ()) -> str:
    """Return which units or rows they are: five at most, by name or by number from 0."""
    shown = ", ".join(repr(names[i]) if names else f"{i:,}" for i in found[:5])
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    return f"{noun}{'s' if len(found) > 1 else ''} {shown}{more}{'' if names else ' (from 0)'}"


def _counts(layer: Layer) -> tuple[np.ndarray, np.ndarray]:
    """Return how many values of each unit `[p]` and of each row `[n]` are not finite."""
    n, p = layer.values.shape
    step = max(1, _PIECE // p)
    by_unit, by_row = np.zeros(p, int), np.zeros(n, int)
    for start in range(0, n, step):
        bad = ~np.isfinite(np.asarray(layer.values[start : start + step], np.float64))
        by_unit += bad.sum(axis=0)
        by_row[start : start + step] = bad.sum(axis=1)
    return by_unit, by_row
