"""Reasons why a similarity of two layers is undefined, with the rows that are to blame."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from tolman.audit.results import LayerPair, Undefined
from tolman.measures.validation import without_direction
from tolman.report.words import listed

SHOWN = 8
"""Rows that a sentence names, beyond it counts; JSON has all."""


def uncorrelated_rows(layer: str, X: np.ndarray, rows: np.ndarray) -> tuple[Undefined, ...]:
    """Return why rows of a layer have no correlation with others, if some have none.

    Args:
        layer: its name.
        X: activations `[n, p]`.
        rows: which rows of the file they are, `[n]`.
    """
    if X.shape[1] == 1:
        return (Undefined(layer, "it has one unit, and rows are correlated over units", ()),)
    lost = rows[without_direction(X, centre=True)]
    if not len(lost):
        return ()
    named = [str(row) for row in lost[:SHOWN]]
    which = listed(named if len(lost) <= SHOWN else [*named, f"{len(lost) - SHOWN} more"])
    have = "row {} has" if len(lost) == 1 else "rows {} have"
    reason = f"{have.format(which)} the same value in every unit (counted from 0)"
    return (Undefined(layer, reason, tuple(map(int, lost))),)


def measured(measure: Callable[[], float], a: str, b: str) -> tuple[float, tuple[Undefined, ...]]:
    """Return a measure's number, or NaN and why it has none; `a` and `b` are the layers it calls X and Y."""
    try:
        return float(measure()), ()
    except ValueError as error:
        named = re.sub(r"\b[XY]\b", lambda match: {"X": a, "Y": b}[match[0]], str(error))
        return float("nan"), (Undefined("", named, ()),)


def reasons(pairs: Sequence[LayerPair]) -> list[str]:
    """Return a sentence for each reason why a similarity is undefined; once for a layer of many pairs."""
    return list(dict.fromkeys(_sentences(pairs)))


def _sentences(pairs: Sequence[LayerPair]) -> Iterator[str]:
    for pair in pairs:
        found_of = {"RSA": pair.rsa_undefined, "CKA": pair.cka_undefined}
        if not pair.cka_undefined:  # else its reason is enough
            found_of |= {"calibrated CKA": pair.calibrated_undefined, "kNN": pair.knn_undefined}
        for name, found in found_of.items():
            for undefined in found:
                taken = "" if pair.control == "nothing" else f" without {pair.control}"
                of = f"with {undefined.layer}" if undefined.layer else f"of {pair.a} and {pair.b}{taken}"
                yield f"{name} {of} is undefined: {undefined.reason}"
