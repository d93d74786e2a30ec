"""Tables of outcomes with whatever numbers a test wants."""

import itertools

import numpy as np

from tolman.sweeps.outcomes import OutcomeTable, SweptAxis


def table(values, *axes, items=100):
    """Outcomes `[n1, ..., seeds]` over axes with those values; each axis is (name, values)."""
    swept = tuple(SweptAxis(f"world.{name}", name, tuple(found)) for name, found in axes)
    cells = tuple(itertools.product(*(axis.values for axis in swept)))
    flat = np.asarray(values, float).reshape(len(cells), -1)
    return OutcomeTable(swept, cells, flat, np.full(flat.shape, items))
