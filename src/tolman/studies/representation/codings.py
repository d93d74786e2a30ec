"""Fixed units through which alone the two bits of an XOR reach a network, and the networks that they make."""

from __future__ import annotations

from tolman.models.mlp import MLPConfig

BITS = (16, 17)
"""The hard feature is the XOR of the first two units of its domain."""

WIDTHS = (256, 128, 64, 64)
CODING_UNITS = 128
"""Together they are half of the first hidden layer, as many of each kind."""

Units = tuple[tuple[float, float, float], ...]
"""For each unit the weights of the two bits, which are -1 or +1, and its bias."""

AND_OR: Units = ((1.0, 1.0, -1.0), (-1.0, -1.0, -1.0))
"""Rectified, `x0 and x1` and `not (x0 or x1)`."""

ONE_WITHOUT_OTHER: Units = ((1.0, -1.0, -1.0), (-1.0, 1.0, -1.0))
"""Rectified, `x0 and not x1` and `x1 and not x0`."""

STRONG, WEAK = 0.411, 0.137
"""Weights in a ratio of 3 to 1 with which linear units have as much variance as those above, which are 1 in a quarter
of inputs: 2 STRONG^2 + 2 WEAK^2 = 3 / 8."""


def _linear(sum_weight: float, difference_weight: float) -> Units:
    """Return units that never fall below 0, so that rectified they stay sum and difference of the bits."""
    a, b = sum_weight, difference_weight
    return ((a, a, 2 * a), (b, -b, 2 * b))


LINEAR = {"and-or": AND_OR, "one-without-other": ONE_WITHOUT_OTHER}
"""Codings that make XOR a linear function of the first hidden layer."""

ALL_FOUR = "all-four"
"""As linear, but open: a unit for each pair of values, of which a network may take either coding, or neither."""

NONLINEAR = {"sum": _linear(STRONG, WEAK), "difference": _linear(WEAK, STRONG)}
"""Codings that leave XOR uncorrelated with every unit: strong sum and weak difference of the bits, and the reverse."""

CODINGS: dict[str, Units] = {**LINEAR, ALL_FOUR: AND_OR + ONE_WITHOUT_OTHER, **NONLINEAR}
KINDS = ("easy", "hard", *CODINGS)
SAME = {kind: f"{kind} with {kind}" for kind in KINDS}
_linear_one, _linear_other = LINEAR
_nonlinear_one, _nonlinear_other = NONLINEAR
PAIRS = (
    *((kind, kind) for kind in KINDS),
    (_linear_one, _linear_other),
    (_nonlinear_one, _nonlinear_other),
    *(("hard", kind) for kind in CODINGS),
    ("easy", "hard"),
)


def coded_network(kind: str) -> MLPConfig | None:
    """Return the network of a kind that is given a coding; None for the others."""
    units = CODINGS.get(kind)
    return None if units is None else MLPConfig(widths=WIDTHS, coded=BITS, coding=units * (CODING_UNITS // len(units)))
