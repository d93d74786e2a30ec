"""How measures are found and named: in the package's files, in other packages, by text."""

import importlib
import importlib.util

import numpy as np
import pytest

from tolman import measures as m
from tolman.core.errors import UnknownName, UserError
from tolman.core.registry import find, load
from tolman.measures.registration import named_measure

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(30, 4)), RNG.normal(size=(30, 5))


def test_every_public_name_is_found_and_none_is_a_module():
    assert {"rsa", "rdm", "Design", "bootstrap_interval", "cka_linear"} <= set(m.__all__) == set(dir(m))
    for name in m.__all__:
        assert callable(getattr(m, name))
        assert importlib.util.find_spec(f"tolman.measures.{name}") is None
    with pytest.raises(AttributeError, match="has no attribute 'cka'"):
        _ = m.cka


def test_measures_are_public_names_and_nothing_else_is_a_measure():
    assert set(find("measures")) < set(m.__all__)
    assert "rdm" not in find("measures")
    assert load("measures", "rsa") is m.rsa


def test_a_text_names_a_measure_with_its_options():
    assert named_measure("rsa")(X=X, Y=Y) == m.rsa(X, Y)
    assert named_measure("rsa?rdm=euclidean&compare=spearman")(X=X, Y=Y) == m.rsa(X, Y, "euclidean", "spearman")
    assert named_measure("cka_rbf?threshold=0.4")(X=X, Y=Y, F=X) == m.cka_rbf(X, Y, 0.4)


def test_of_several_numbers_the_measure_says_which():
    assert named_measure("variance_explained")(X=X, F=Y) == m.variance_explained(X, Y).joint


def test_what_cannot_be_named_is_refused():
    with pytest.raises(UnknownName, match="did you mean rsa"):
        named_measure("rsaa")
    with pytest.raises(UnknownName, match="unknown option of rsa 'compares': did you mean compare"):
        named_measure("rsa?compares=pearson")
    with pytest.raises(UserError, match="expected NAME"):
        named_measure("rsa?spearman")
    with pytest.raises(ValueError, match="computed from X, Y, F; F is missing"):
        named_measure("partial_rsa")(X=X, Y=Y)


OTHER = '''"""A measure of another package."""

from tolman.measures.registration import measure


@measure(bounds=(0.0, 1.0), invariant=("rotation",))
def first_fraction(X):
    """Fraction of the entries above zero."""
    return float((X > 0).mean())
'''


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Another package with a measure, as pip would leave it."""
    (tmp_path / "other_measures.py").write_text(OTHER)
    info = tmp_path / "other_measures-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-measures\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tolman.measures]\nfirst_fraction = other_measures:first_fraction\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    m._modules.cache_clear()
    yield
    m._modules.cache_clear()


def test_other_packages_add_measures(installed):
    assert find("measures")["first_fraction"].target == "other_measures:first_fraction"
    assert m.first_fraction(X) == named_measure("first_fraction")(X=X) == (X > 0).mean()
    assert "first_fraction" in m.__all__
