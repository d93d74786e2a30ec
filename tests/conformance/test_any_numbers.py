"""Every registered measure of whatever numbers: a value within its bounds, or an error that says why; no warning."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_dtypes import bfloat16

from tolman.core.registry import find
from tolman.measures.registration import named_measure

NAMES = sorted(find("measures"))
TYPES = (np.float64, np.float32, np.float16, bfloat16, np.int16, np.uint8, np.bool_)


@st.composite
def representations(draw, n: int) -> np.ndarray:
    """Numbers with ties, repeated rows, dead rows and units, far means, and scales up to the limits of their type."""
    p, rng = draw(st.integers(1, 7)), np.random.default_rng(draw(st.integers(0, 2**32)))
    X = rng.normal(size=(n, p))
    if draw(st.booleans()):
        X = np.round(X)
    if draw(st.booleans()):
        X = X[rng.integers(0, draw(st.integers(1, n)), n)]
    X = X * 10.0 ** draw(st.sampled_from([0, 0, -200, -100, -3, 3, 100, 200]))
    if draw(st.booleans()):
        X = X * 10.0 ** rng.integers(-draw(st.sampled_from([1, 6, 100])), 1, p)
    if draw(st.booleans()):
        X = X + 10.0 ** draw(st.integers(-5, 10)) * rng.normal(size=p)
    for i in range(draw(st.integers(0, 2))):
        X[rng.integers(n), :] = i * 0.3
        X[:, rng.integers(p)] = i * 0.3
    dtype = draw(st.sampled_from(TYPES))
    with np.errstate(over="ignore", invalid="ignore"):
        found = X.astype(dtype)
    return found if np.isfinite(found.astype(np.float64)).all() else X


@st.composite
def inputs(draw) -> dict[str, np.ndarray]:
    n = draw(st.integers(2, 24))
    X, Y, F, baseline = (draw(representations(n)) for _ in range(4))
    names = draw(st.sampled_from([("a", "b"), ("a", "b", "c", "d", "e", "f"), (1, 2), (0.5, 1e300), ("a",)]))
    y = np.array(draw(st.lists(st.sampled_from(names), min_size=n, max_size=n)))
    return {"X": X, "Y": Y, "F": F, "baseline": baseline, "y": y}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12)
@given(arrays=inputs())
def test_a_measure_is_within_its_bounds_or_says_why_not(name, arrays):
    case = named_measure(name)
    try:
        found = case(**arrays)
    except ValueError:
        return
    if name.startswith("variance_explained") and np.isnan(found):
        spread = np.ptp(arrays["X"].astype(np.float64), axis=0)
        assert (spread <= 1e-12 * np.abs(arrays["X"].astype(np.float64)).max(0)).all(), "it is NaN where nothing varies"
        return
    low, high = case.properties.bounds
    assert low - 1e-9 <= found <= high + 1e-9
