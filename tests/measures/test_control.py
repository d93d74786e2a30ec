"""Similarity with features taken out."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist

from tolman import measures as m


@pytest.fixture(scope="module")
def bits():
    """Two independent balanced bits and their XOR, as +-1, for 400 stimuli."""
    rng = np.random.default_rng(0)
    f = np.tile([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], (100, 1))
    return rng.permutation(f), rng


def test_residuals_are_those_of_least_squares(bits):
    F, rng = bits
    X = F @ rng.normal(size=(2, 5)) + rng.normal(size=(400, 5)) + 3
    design = np.column_stack([np.ones(400), F])
    expected = X - design @ np.linalg.lstsq(design, X, rcond=None)[0]
    np.testing.assert_allclose(m.remove_features(X, F), expected, atol=1e-12)
    repeated = np.column_stack([F, F[:, 0] * 1e6, np.full(400, 0.1), F.sum(1)])
    np.testing.assert_allclose(m.remove_features(X, repeated), expected, atol=1e-9)


def test_interactions_take_out_xor(bits):
    F, _ = bits
    xor = F[:, :1] * F[:, 1:]
    assert (m.remove_features(xor, F) ** 2).sum() == pytest.approx(400)
    assert not m.remove_features(xor, F, interactions=2).any()
    with pytest.raises(ValueError, match="explain all of X"):
        m.cka_controlled(xor, xor + np.random.default_rng(1).normal(size=(400, 1)), F, interactions=2)


def test_a_dominant_feature_no_longer_decides(bits):
    """Two networks share an easy feature that takes most variance; only one pair also shares what is hard."""
    F, rng = bits
    easy, hard, other = 5 * F[:, :1], F[:, 1:], rng.permutation(F[:, 1:])
    noise = [0.3 * rng.normal(size=(400, 3)) for _ in range(3)]
    A, B, C = (np.column_stack([easy, h, n]) for h, n in zip((hard, hard, other), noise, strict=True))
    assert m.cka_linear(A, C) > 0.95
    assert m.cka_controlled(A, B, F[:, :1]) > 0.9
    assert m.cka_controlled(A, C, F[:, :1]) < 0.1
    assert m.rsa(A, C, "sqeuclidean") > 0.9
    assert m.partial_rsa(A, B, F[:, :1], "sqeuclidean") > 0.8
    assert abs(m.partial_rsa(A, C, F[:, :1], "sqeuclidean")) < 0.1


def test_controlled_cka_ignores_what_features_add(bits):
    F, rng = bits
    X, Y = rng.normal(size=(400, 4)), rng.normal(size=(400, 5))
    before = m.cka_controlled(X, Y, F)
    assert m.cka_controlled(X + F @ rng.normal(size=(2, 4)) * 9, Y, F) == pytest.approx(before, abs=1e-10)
    assert before == pytest.approx(m.cka_linear(m.remove_features(X, F), m.remove_features(Y, F)))


@pytest.mark.parametrize("compare", ["pearson", "spearman"])
def test_partial_rsa_is_the_partial_correlation(compare):
    """With one feature: (r_xy - r_xf r_yf) / sqrt((1 - r_xf^2) (1 - r_yf^2))."""
    rng = np.random.default_rng(2)
    f = rng.normal(size=(20, 1))
    X, Y = (
        f @ rng.normal(size=(1, 6)) + rng.normal(size=(20, 6)),
        f @ rng.normal(size=(1, 4)) + rng.normal(size=(20, 4)),
    )
    x, y, z = pdist(X, "correlation"), pdist(Y, "correlation"), pdist(f, "euclidean")
    if compare == "spearman":
        x, y, z = (stats.rankdata(v) for v in (x, y, z))
    (xy, xz), yz = np.corrcoef([x, y, z])[0, 1:], np.corrcoef(y, z)[0, 1]
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert m.partial_rsa(X, Y, f, compare=compare) == pytest.approx(expected)


def test_an_uninformative_feature_controls_nothing():
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(15, 4)), rng.normal(size=(15, 4))
    assert m.partial_rsa(X, Y, np.ones((15, 1))) == pytest.approx(m.rsa(X, Y))
    assert m.cka_controlled(X, Y, np.ones((15, 1))) == pytest.approx(m.cka_linear(X, Y))


def test_what_cannot_be_controlled_is_said():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(8, 3))
    with pytest.raises(ValueError, match="7 independent regressors for 8 stimuli"):
        m.remove_features(X, rng.normal(size=(8, 9)))
    with pytest.raises(ValueError, match="X has 8 rows and F 7"):
        m.remove_features(X, np.ones((7, 1)))
    with pytest.raises(ValueError, match="interactions is 0"):
        m.remove_features(X, np.ones((8, 1)), interactions=0)
    bit = np.array([1.0, -1] * 4)[:, None]
    with pytest.raises(ValueError, match="explain all of the RDM of X"):
        m.partial_rsa(bit * [[1.0, 2.0]], X, bit, "euclidean")
