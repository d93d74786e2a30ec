"""Every registered measure against what it promises: bounds, symmetry, invariances, and errors in place of NaN."""

import dataclasses
import inspect

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ml_dtypes import bfloat16

from tolman.core.registry import find
from tolman.measures.registration import RIGID, NamedMeasure, Properties, named_measure

# Two balanced features; deterministic, so that no draw of X depends on them.
FEATURES = np.stack([np.arange(60) % 2, (np.arange(60) // 2) % 2], 1) * 2.0 - 1.0

SIGNED = Properties(bounds=(-1.0, 1.0), own=1.0, symmetric=True)
BY_ROWS = dataclasses.replace(SIGNED, invariant=frozenset({"scale", "units", "stimuli"}))
BY_DISTANCE = dataclasses.replace(SIGNED, invariant=RIGID)
OPTIONS = {
    **{f"rsa?rdm=correlation&compare={c}": BY_ROWS for c in ("spearman", "kendall_tau_a", "cosine")},
    "rsa?rdm=cosine": dataclasses.replace(BY_ROWS, invariant=BY_ROWS.invariant | {"rotation"}),
    **{
        f"rsa?rdm={d}&compare={c}": BY_DISTANCE
        for d in ("euclidean", "sqeuclidean")
        for c in ("pearson", "spearman", "cosine")
    },
    "partial_rsa?rdm=sqeuclidean": BY_DISTANCE,
    "partial_rsa?rdm=euclidean&compare=spearman": BY_DISTANCE,
    "mutual_knn?k=5&metric=euclidean": dataclasses.replace(BY_DISTANCE, bounds=(0.0, 1.0)),
    "calibrated?similarity=mutual_knn?k=5": dataclasses.replace(
        SIGNED, bounds=(0.0, 1.0), symmetric=False, invariant=frozenset({"rotation", "scale", "units"}), min_stimuli=20
    ),
    "cka_rbf?threshold=0.4": None,
    "svcca?variance=0.8": None,
    "decodability?kind=knn": None,
}
"""Measures with options, and their promises where these are not the default's."""

CASES = {text: named_measure(text) for text in (*find("measures"), *OPTIONS)}
PROMISES = {text: OPTIONS.get(text) or case.properties for text, case in CASES.items()}
NAMES = sorted(CASES)
PAIRS = [name for name in NAMES if "Y" in CASES[name].takes]

cases = given(seed=st.integers(0, 10_000), n=st.integers(10, 24), p=st.integers(3, 12), q=st.integers(3, 12))
few = settings(max_examples=12)


def draw(seed: int, n: int, p: int, q: int) -> dict[str, np.ndarray]:
    """Two related representations with unequal variances and a mean, and whatever else a measure may take."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 2))
    X, Y = (
        shared @ rng.normal(size=(2, k)) + rng.normal(size=(n, k)) * rng.uniform(0.3, 1.5, k) + rng.normal(size=k)
        for k in (p, q)
    )
    return {"X": X, "Y": Y, "F": FEATURES[:n], "y": FEATURES[:n, 0], "baseline": Y}


def drawn(name: str, seed: int, n: int, p: int, q: int) -> dict[str, np.ndarray]:
    return draw(seed, max(n, PROMISES[name].min_stimuli), p, q)


def swapped(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return arrays | {"X": arrays["Y"], "Y": arrays["X"]}


def changed(kind: str, X: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed + 1)
    n, p = X.shape
    rotation = np.linalg.qr(rng.normal(size=(p, p)))[0]
    if kind == "rotation":
        return X @ rotation
    if kind == "scale":
        return 7.3 * X
    if kind == "unit scales":
        return X * 10.0 ** rng.permutation(np.linspace(-3, 3, p))
    if kind == "translation":
        return X + 3 * rng.normal(size=p)
    if kind == "linear":
        return X @ rotation @ np.diag(np.linspace(0.3, 3.0, p)) @ np.linalg.qr(rng.normal(size=(p, p)))[0]
    if kind == "units":
        return X[:, rng.permutation(p)]
    assert kind == "constant units"
    return np.column_stack([X[:, :2], np.full(n, 0.1), X[:, 2:], np.zeros(n)])


def alter(kind: str, arrays: dict[str, np.ndarray], seed: int, which: str = "X") -> dict[str, np.ndarray]:
    """The arrays with one representation changed, or with the stimuli of all in another order."""
    if kind == "stimuli":
        order = np.random.default_rng(seed).permutation(len(arrays["X"]))
        return {name: array[order] for name, array in arrays.items()}
    return arrays | {which: changed(kind, arrays[which], seed)}


@pytest.mark.parametrize("name", NAMES)
def test_its_first_line_says_what_it_is(name):
    text = inspect.getdoc(CASES[name].function) or ""
    first = text.partition("\n")[0]
    assert first.endswith(".")
    assert first.split()[0] not in ("What", "How", "Whether", "Which", "Who", "Where")


@pytest.mark.parametrize("name", NAMES)
@few
@cases
def test_its_number_is_a_float_within_its_bounds(name, seed, n, p, q):
    arrays, promised = drawn(name, seed, n, p, q), PROMISES[name]
    found = CASES[name](**arrays)
    assert type(found) is float
    assert promised.bounds[0] - 1e-12 <= found <= promised.bounds[1] + 1e-12


@pytest.mark.parametrize("name", [n for n in PAIRS if PROMISES[n].own is not None])
@few
@cases
def test_a_representation_is_most_like_itself(name, seed, n, p, q):
    arrays, promised = drawn(name, seed, n, p, q), PROMISES[name]
    own, other = CASES[name](**arrays | {"Y": arrays["X"]}), CASES[name](**arrays)
    assert own == pytest.approx(promised.own, abs=promised.tolerance)
    assert other <= own + 1e-9 if promised.own == 1.0 else other >= own - 1e-6


@pytest.mark.parametrize("name", [n for n in PAIRS if PROMISES[n].symmetric])
@few
@cases
def test_symmetry(name, seed, n, p, q):
    arrays = drawn(name, seed, n, p, q)
    assert CASES[name](**arrays) == pytest.approx(CASES[name](**swapped(arrays)), abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
@few
@cases
def test_promised_invariances(name, seed, n, p, q):
    arrays, promised = drawn(name, seed, n, p, q), PROMISES[name]
    before = CASES[name](**arrays)
    for kind in promised.invariant:
        for which in ("X", "Y") if "Y" in CASES[name].takes else ("X",):
            after = CASES[name](**alter(kind, arrays, seed, which))
            assert after == pytest.approx(before, abs=promised.tolerance), (kind, which)


KINDS = ("rotation", "scale", "unit scales", "translation", "linear", "units")


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n in PAIRS for k in KINDS if k not in PROMISES[n].invariant])
def test_what_is_not_promised_is_not_invariant(name, kind):
    arrays = drawn(name, 5, 24, 6, 7)
    before = CASES[name](**arrays)
    assert max(abs(CASES[name](**alter(kind, arrays, seed)) - before) for seed in range(3)) > 1e-3


@pytest.mark.parametrize("name", [n for n in NAMES if CASES[n].properties.permuted])
def test_the_faster_way_to_other_orders_gives_the_same_values(name):
    case, arrays = CASES[name], drawn(name, 7, 15, 6, 40)
    rng = np.random.default_rng(0)
    orders = np.stack([rng.permutation(len(arrays["X"])) for _ in range(4)])
    found = case.properties.permuted(arrays["X"], arrays["Y"], orders, **case.options)
    expected = [case(**arrays | {"Y": arrays["Y"][order]}) for order in orders]
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_nan_is_named_by_its_row(name, bad):
    arrays = draw(0, 12, 4, 4)
    arrays["X"][3, 1] = arrays["X"][7, 2] = bad
    pairs = (arrays, swapped(arrays)) if "Y" in CASES[name].takes else (arrays,)
    for each in pairs:
        with pytest.raises(ValueError, match=r"row 3"):
            CASES[name](**each)


@pytest.mark.parametrize("name", PAIRS)
def test_no_variance_is_an_error(name):
    arrays = draw(1, 16, 4, 5) | {"X": np.tile([1.0, 0.1, 7.0, 0.3], (16, 1))}
    with pytest.raises(ValueError, match=r"no variance|constant|zero|explain all|is 0"):
        CASES[name](**arrays)


@pytest.mark.parametrize("name", [n for n in NAMES if CASES[n].takes != ("X",)])
def test_rows_must_match(name):
    arrays = draw(1, 16, 4, 5)
    for which in CASES[name].takes[1:]:
        with pytest.raises(ValueError, match=r"row|stimul"):
            CASES[name](**arrays | {which: arrays[which][:-1]})


def converted(arrays: dict[str, np.ndarray], to) -> dict[str, np.ndarray]:
    return arrays | {which: to(arrays[which]) for which in ("X", "Y", "F", "baseline")}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float16, bfloat16, np.float32, np.int8])
def test_every_type_gives_the_value_of_its_numbers_in_float64(name, dtype):
    # More stimuli than a half-precision number has steps: no tolerance may depend on the type.
    arrays = converted(drawn(name, 2, 60, 10, 12), lambda Z: (20 * Z if dtype is np.int8 else Z).astype(dtype))
    found = CASES[name](**arrays)
    assert CASES[name](**converted(arrays, lambda Z: Z.astype(np.float64))) == found
    assert CASES[name](**converted(arrays, jnp.asarray)) == found


@pytest.mark.parametrize("name", NAMES)
def test_single_precision_agrees_with_double(name):
    arrays = draw(2, 40, 10, 12)
    single = CASES[name](**converted(arrays, lambda Z: Z.astype(np.float32)))
    assert single == pytest.approx(CASES[name](**arrays), rel=1e-4, abs=max(1e-5, PROMISES[name].tolerance))


@pytest.mark.parametrize("name", [n for n in NAMES if "constant units" in PROMISES[n].invariant])
def test_more_units_than_stimuli(name):
    """Computations in the space of stimuli and in that of units agree: padding with zeros decides between them."""
    arrays = drawn(name, 4, 14, 4, 5)
    wide = {which: np.column_stack([arrays[which], np.zeros((len(arrays["X"]), 300))]) for which in ("X", "Y")}
    tolerance = max(1e-7, PROMISES[name].tolerance)
    assert CASES[name](**arrays | wide) == pytest.approx(CASES[name](**arrays), abs=tolerance)


@pytest.mark.parametrize("name", [n for n in NAMES if "scale" in PROMISES[n].invariant])
@pytest.mark.parametrize("size", [1e-200, 1e-120, 1e-50, 1e50, 1e120, 1e200])
def test_extreme_scales_neither_overflow_nor_vanish(name, size):
    arrays, tolerance = drawn(name, 6, 14, 4, 5), max(1e-6, PROMISES[name].tolerance)
    for which in CASES[name].takes:
        found = CASES[name](**arrays | {which: size * arrays[which]})
        assert found == pytest.approx(CASES[name](**arrays), abs=tolerance), which


@pytest.mark.parametrize("name", [n for n in NAMES if "unit scales" in PROMISES[n].invariant])
def test_units_may_differ_by_four_hundred_orders_of_magnitude(name):
    arrays = drawn(name, 6, 40, 5, 5)
    found = CASES[name](**arrays | {"X": arrays["X"] * 10.0 ** np.linspace(-200, 200, 5)})
    assert found == pytest.approx(CASES[name](**arrays), abs=1e-8)


@pytest.mark.parametrize("name", [n for n in NAMES if "scale" not in PROMISES[n].invariant])
@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_a_number_beyond_double_precision_is_an_error(name, size):
    arrays = draw(6, 14, 4, 5)
    try:
        found = CASES[name](**arrays | {"X": size * arrays["X"]})
    except ValueError as error:
        found = str(error)
    assert found.endswith("divide the representation by a constant first") if type(found) is str else np.isfinite(found)


def test_every_kind_of_measure_is_known():
    known = {("X", "Y"), ("X", "Y", "F"), ("X", "y"), ("X", "y", "baseline"), ("X", "F"), ("X",)}
    assert {case.takes for case in CASES.values()} == known
    assert all(isinstance(case, NamedMeasure) for case in CASES.values())
