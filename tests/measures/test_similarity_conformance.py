"""Every similarity measure against what its docstring promises: a table of measures by properties."""

import dataclasses
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman import measures as m

# Two features that every controlled measure is controlled for; deterministic, so that no draw of X depends on them.
FEATURES = np.stack([np.arange(40) % 2, (np.arange(40) // 2) % 2], 1) * 2.0 - 1.0

EVERY = frozenset({"rotation", "scale", "translation", "linear", "units"})
RIGID = EVERY - {"linear"}


@dataclasses.dataclass(frozen=True)
class Spec:
    """What a measure promises; `own` is its value for a representation with itself."""

    measure: Callable[..., float]
    invariant: frozenset[str]
    own: float | None = 1.0
    symmetric: bool = True
    bounds: tuple[float, float] = (0.0, 1.0)
    constant_column: bool = True
    stimuli: bool = True
    close: float = 1e-8
    least: int = 10
    """Fewest stimuli for which the promises are made."""


def _rsa(metric: str, compare: str) -> Callable[..., float]:
    return lambda X, Y: m.rsa(X, Y, rdm=metric, compare=compare)


def _features(X: np.ndarray) -> np.ndarray:
    return FEATURES[: len(X)]


SIGNED = (-1.0, 1.0)
SPECS = {
    **{
        f"rsa-correlation-{c}": Spec(
            _rsa("correlation", c), frozenset({"scale", "units"}), bounds=SIGNED, constant_column=False
        )
        for c in ("pearson", "spearman", "kendall_tau_a", "cosine")
    },
    "rsa-cosine-pearson": Spec(
        _rsa("cosine", "pearson"), frozenset({"rotation", "scale", "units"}), bounds=SIGNED, constant_column=False
    ),
    **{
        f"rsa-{d}-{c}": Spec(_rsa(d, c), RIGID, bounds=SIGNED)
        for d in ("euclidean", "sqeuclidean")
        for c in ("pearson", "spearman", "cosine")
    },
    "partial_rsa": Spec(
        lambda X, Y: m.partial_rsa(X, Y, _features(X), rdm="sqeuclidean"), RIGID, bounds=SIGNED, stimuli=False
    ),
    "partial_rsa-spearman": Spec(
        lambda X, Y: m.partial_rsa(X, Y, _features(X), rdm="euclidean", compare="spearman"),
        RIGID,
        bounds=SIGNED,
        stimuli=False,
    ),
    "cka_linear": Spec(m.cka_linear, RIGID),
    "cka_linear_debiased": Spec(m.cka_linear_debiased, RIGID, bounds=SIGNED),
    "cka_rbf": Spec(m.cka_rbf, RIGID),
    "cka_rbf-0.4": Spec(lambda X, Y: m.cka_rbf(X, Y, threshold=0.4), RIGID),
    "cka_controlled": Spec(lambda X, Y: m.cka_controlled(X, Y, _features(X)), RIGID, stimuli=False),
    "cca_mean": Spec(m.cca_mean, EVERY),
    "cca_mean_squared": Spec(m.cca_mean_squared, EVERY),
    "svcca": Spec(m.svcca, RIGID),
    "svcca-0.8": Spec(lambda X, Y: m.svcca(X, Y, variance=0.8), RIGID),
    "pwcca": Spec(m.pwcca, frozenset({"scale", "translation", "units"}), symmetric=False, least=26),
    "procrustes_angular": Spec(m.procrustes_angular, RIGID, own=0.0, bounds=(0.0, np.pi / 2), close=3e-7),
    "procrustes_euclidean": Spec(m.procrustes_euclidean, RIGID - {"scale"}, own=0.0, bounds=(0.0, np.inf), close=3e-6),
    "linear_predictivity": Spec(
        m.linear_predictivity,
        RIGID,
        symmetric=False,
        bounds=(-np.inf, 1.0),
        stimuli=False,
        own=None,
        least=40,  # with about as many columns as rows a regression is too ill-conditioned for eight digits
    ),
}
NAMES = sorted(SPECS)


def draw(seed: int, n: int, p: int, q: int) -> tuple[np.ndarray, np.ndarray]:
    """Two related representations with unequal variances and a mean."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 2))
    X = shared @ rng.normal(size=(2, p)) + rng.normal(size=(n, p)) * rng.uniform(0.3, 1.5, p) + rng.normal(size=p)
    Y = shared @ rng.normal(size=(2, q)) + rng.normal(size=(n, q)) * rng.uniform(0.3, 1.5, q) + rng.normal(size=q)
    return X, Y


def transform(kind: str, X: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed + 1)
    p = X.shape[1]
    rotation = np.linalg.qr(rng.normal(size=(p, p)))[0]
    if kind == "rotation":
        return X @ rotation
    if kind == "scale":
        return 7.3 * X
    if kind == "translation":
        return X + 3 * rng.normal(size=p)
    if kind == "linear":
        return X @ rotation @ np.diag(np.linspace(0.3, 3.0, p)) @ np.linalg.qr(rng.normal(size=(p, p)))[0]
    return X[:, rng.permutation(p)]


cases = given(seed=st.integers(0, 10_000), n=st.integers(10, 24), p=st.integers(3, 12), q=st.integers(3, 12))
few = settings(max_examples=12)


@pytest.mark.parametrize("name", NAMES)
@few
@cases
def test_a_representation_is_most_like_itself(name, seed, n, p, q):
    spec = SPECS[name]
    X, Y = draw(seed, max(n, SPECS[name].least), p, q)
    own, other = spec.measure(X, X), spec.measure(X, Y)
    assert type(own) is float
    assert spec.bounds[0] - 1e-12 <= other <= spec.bounds[1] + 1e-12
    if spec.own is not None:
        assert own == pytest.approx(spec.own, abs=spec.close)
        assert other <= own + 1e-9 if spec.own == 1.0 else other >= own - 1e-6


@pytest.mark.parametrize("name", [n for n in NAMES if SPECS[n].symmetric])
@few
@cases
def test_symmetry(name, seed, n, p, q):
    X, Y = draw(seed, max(n, SPECS[name].least), p, q)
    assert SPECS[name].measure(X, Y) == pytest.approx(SPECS[name].measure(Y, X), abs=1e-10)


@pytest.mark.parametrize("name", NAMES)
@few
@cases
def test_stated_invariances(name, seed, n, p, q):
    spec = SPECS[name]
    X, Y = draw(seed, max(n, SPECS[name].least), p, q)
    before = spec.measure(X, Y)
    for kind in spec.invariant:
        assert spec.measure(transform(kind, X, seed), Y) == pytest.approx(before, abs=spec.close), kind
        if kind != "linear" or spec.symmetric:
            assert spec.measure(X, transform(kind, Y, seed)) == pytest.approx(before, abs=spec.close), kind


@pytest.mark.parametrize("name", [n for n in NAMES if SPECS[n].stimuli])
@few
@cases
def test_the_order_of_stimuli_is_arbitrary(name, seed, n, p, q):
    X, Y = draw(seed, max(n, SPECS[name].least), p, q)
    order = np.random.default_rng(seed).permutation(len(X))
    assert SPECS[name].measure(X[order], Y[order]) == pytest.approx(SPECS[name].measure(X, Y), abs=SPECS[name].close)


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n in NAMES for k in sorted(EVERY - SPECS[n].invariant)])
def test_what_is_not_stated_is_not_invariant(name, kind):
    X, Y = draw(5, 24, 6, 7)
    changes = [abs(SPECS[name].measure(transform(kind, X, s), Y) - SPECS[name].measure(X, Y)) for s in range(3)]
    assert max(changes) > 1e-3


def test_pwcca_is_blind_to_linear_maps_of_the_second_representation_only():
    X, Y = draw(3, 30, 5, 6)
    assert m.pwcca(X, transform("linear", Y, 0)) == pytest.approx(m.pwcca(X, Y), abs=1e-10)
    assert abs(m.pwcca(X, Y) - m.pwcca(Y, X)) > 1e-3


def test_linear_predictivity_has_a_direction():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 8))
    assert m.linear_predictivity(X, X) > 0.999
    assert m.linear_predictivity(X, X[:, :2]) > 0.999
    assert m.linear_predictivity(X[:, :2], X) < 0.4


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_nan_is_named_by_row_and_column(name, bad):
    X, Y = draw(0, 12, 4, 4)
    X[3, 1] = X[7, 2] = bad
    for pair in ((X, Y), (Y, X)):
        with pytest.raises(ValueError, match=r"row 3, column 1 \(2 in all\)"):
            SPECS[name].measure(*pair)


@pytest.mark.parametrize("name", NAMES)
def test_constant_columns_change_nothing(name):
    X, Y = draw(1, 16, 4, 5)
    dead = np.column_stack([X[:, :2], np.full(16, 0.1), X[:, 2:], np.zeros(16)])
    before, after = SPECS[name].measure(X, Y), SPECS[name].measure(dead, Y)
    if SPECS[name].constant_column:
        assert after == pytest.approx(before, abs=1e-8)
    else:  # the angle between rows depends on every number in them
        assert np.isfinite(after)


@pytest.mark.parametrize("name", NAMES)
def test_no_variance_is_an_error(name):
    _, Y = draw(1, 16, 4, 5)
    with pytest.raises(ValueError, match=r"no variance|constant|zero|explain all|is 0"):
        SPECS[name].measure(np.tile([1.0, 0.1, 7.0, 0.3], (16, 1)), Y)


@pytest.mark.parametrize("name", NAMES)
def test_rows_must_match(name):
    X, Y = draw(1, 16, 4, 5)
    with pytest.raises(ValueError, match="row i of both must be stimulus i"):
        SPECS[name].measure(X, Y[:-1])


@pytest.mark.parametrize("name", NAMES)
def test_float32_and_jax_agree_with_float64(name):
    X, Y = draw(2, 40, 10, 12)
    low = X.astype(np.float32), Y.astype(np.float32)
    exact, single = SPECS[name].measure(X, Y), SPECS[name].measure(*low)
    assert single == pytest.approx(exact, rel=1e-4, abs=1e-5)
    assert SPECS[name].measure(*(jnp.asarray(a) for a in low)) == single


@pytest.mark.parametrize("name", NAMES)
def test_more_units_than_stimuli(name):
    """The other space is taken there: padding with zeros forces it, and must not matter."""
    X, Y = draw(4, 14, 4, 5)
    if SPECS[name].constant_column:
        wide = np.column_stack([X, np.zeros((14, 300))])
        assert SPECS[name].measure(wide, np.column_stack([Y, np.zeros((14, 200))])) == pytest.approx(
            SPECS[name].measure(X, Y), abs=1e-7
        )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-120, 1e120])
def test_extreme_units_neither_overflow_nor_vanish(name, size):
    X, Y = draw(6, 14, 4, 5)
    if "scale" in SPECS[name].invariant:
        assert SPECS[name].measure(size * X, Y) == pytest.approx(SPECS[name].measure(X, Y), abs=1e-6)


def test_text_is_refused():
    with pytest.raises(ValueError, match="expected real numbers"):
        m.cka_linear(np.array([["a"], ["b"]]), np.ones((2, 1)))


def test_every_public_name_is_found_and_none_is_a_module():
    import importlib.util

    assert set(m.__all__) == set(m._HOME)
    for name in m.__all__:
        assert callable(getattr(m, name))
        assert importlib.util.find_spec(f"tolman.measures.{name}") is None
    with pytest.raises(AttributeError, match="has no attribute 'cka'"):
        _ = m.cka
