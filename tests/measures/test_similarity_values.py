"""Similarity measures against answers known by hand and against independent implementations."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from tolman import measures as m


def orthonormal(n: int, k: int, seed: int = 0) -> np.ndarray:
    """k centred orthonormal columns."""
    X = np.random.default_rng(seed).normal(size=(n, k))
    return np.linalg.qr(X - X.mean(0))[0]


U = orthonormal(30, 6)


@pytest.mark.parametrize("measure", [m.cka_linear])
def test_cka_of_shared_directions(measure):
    """K = u1u1', L = u1u1' + u2u2': 1 / sqrt(1 * 2); disjoint directions: 0."""
    assert measure(U[:, :1], U[:, :2]) == pytest.approx(1 / np.sqrt(2))
    assert measure(U[:, :2], U[:, 2:4]) == pytest.approx(0, abs=1e-12)
    assert measure(np.sqrt(3) * U[:, :1], np.column_stack([U[:, 0], 2 * U[:, 1]])) == pytest.approx(1 / np.sqrt(17))


def test_cca_of_known_correlations():
    """The variates of [u1, u2] and [cos u1 + sin u3, u4] correlate at cos and 0."""
    angle = 0.7
    X = U[:, :2]
    Y = np.column_stack([np.cos(angle) * U[:, 0] + np.sin(angle) * U[:, 2], U[:, 3]])
    assert m.cca_mean(X, Y) == pytest.approx(np.cos(angle) / 2)
    assert m.cca_mean_squared(X, Y) == pytest.approx(np.cos(angle) ** 2 / 2)
    assert m.cca_mean(X, Y[:, :1]) == pytest.approx(np.cos(angle))  # of min(2, 1)


def test_pwcca_weighs_by_what_x_holds():
    """Along u1 (length 3 in X) they agree, along u2 (length 1) not; weights are sums of absolute projections."""
    X = np.column_stack([3 * U[:, 0], U[:, 1]])
    Y = np.column_stack([U[:, 0], 100 * U[:, 3]])
    assert m.pwcca(X, Y) == pytest.approx(0.75)
    assert m.pwcca(Y, X) == pytest.approx(1 / 101)


def test_svcca_drops_what_has_little_variance():
    X = np.column_stack([U[:, 0], 0.05 * U[:, 1]])
    Y = np.column_stack([U[:, 0], 0.05 * U[:, 3]])
    assert m.cca_mean(X, Y) == pytest.approx(0.5)
    assert m.svcca(X, Y) == pytest.approx(1.0)  # u2 holds a quarter of a percent
    assert m.svcca(X, Y, variance=0.999) == pytest.approx(0.5)


def test_canonical_correlations_agree_with_scikit_learn():
    from sklearn.cross_decomposition import CCA

    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4))
    Y = X[:, :3] @ rng.normal(size=(3, 3)) + rng.normal(size=(80, 3))
    a, b = CCA(n_components=3, tol=1e-12, max_iter=20_000).fit_transform(X, Y)
    rho = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
    assert m.cca_mean(X, Y) == pytest.approx(np.mean(rho), abs=1e-6)
    assert m.cca_mean_squared(X, Y) == pytest.approx(np.mean(np.square(rho)), abs=1e-6)


def test_cca_counts_independent_directions_only():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(40, 3)), rng.normal(size=(40, 5))
    repeated = np.column_stack([X, X[:, 0] + X[:, 1], np.full(40, 1e6 + 0.1)])
    assert m.cca_mean(repeated, Y) == pytest.approx(m.cca_mean(X, Y), abs=1e-8)
    # Once rounded to single precision, the sum is no sum any more.
    rounded = repeated.astype(np.float32)
    assert m.cca_mean(rounded, Y) == m.cca_mean(rounded.astype(np.float64), Y) != m.cca_mean(X, Y)


def test_procrustes_of_an_angle():
    angle = 0.4
    turned = np.cos(angle) * U[:, :1] + np.sin(angle) * U[:, 1:2]
    assert m.procrustes_angular(U[:, :1], 5 * turned) == pytest.approx(angle)
    assert m.procrustes_euclidean(U[:, :1], turned) == pytest.approx(2 * np.sin(angle / 2))
    assert m.procrustes_euclidean(U[:, :1], 3 * U[:, :1]) == pytest.approx(2.0)
    assert m.procrustes_angular(U[:, :2], U[:, 2:5]) == pytest.approx(np.pi / 2)


def test_procrustes_agrees_with_scipy():
    from scipy.linalg import orthogonal_procrustes
    from scipy.spatial import procrustes

    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(25, 6)), rng.normal(size=(25, 6))
    a, b = X - X.mean(0), Y - Y.mean(0)
    rotation, _ = orthogonal_procrustes(b, a)
    assert m.procrustes_euclidean(X, Y) == pytest.approx(np.linalg.norm(a - b @ rotation))
    assert np.sin(m.procrustes_angular(X, Y)) ** 2 == pytest.approx(procrustes(X, Y)[2])


def test_linear_and_gaussian_cka_by_their_definition():
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 30))
    H = np.eye(20) - 1 / 20

    def cka(K, L):
        return np.trace(K @ H @ L @ H) / np.sqrt(np.trace(K @ H @ K @ H) * np.trace(L @ H @ L @ H))

    def gaussian(Z, threshold):
        d = pdist(Z)
        return np.exp(-(squareform(d) ** 2) / (2 * (threshold * np.median(d)) ** 2))

    assert m.cka_linear(X, Y) == pytest.approx(cka(X @ X.T, Y @ Y.T))
    for threshold in (0.4, 1.0):
        assert m.cka_rbf(X, Y, threshold) == pytest.approx(cka(gaussian(X, threshold), gaussian(Y, threshold)))
    assert m.cka_rbf(X, Y, 1e4) == pytest.approx(m.cka_linear(X, Y), abs=1e-6)
    assert m.cka_rbf(X, Y, 0.01) == pytest.approx(1.0)


def unbiased_hsic(K, L):
    """Song and others 2012, written out as a U-statistic over distinct i, j, q, r."""
    n, total = len(K), 0.0
    for i, j, q, r in itertools.permutations(range(n), 4):
        total += K[i, j] * (L[i, j] + L[q, r] - 2 * L[i, q])
    return total / (n * (n - 1) * (n - 2) * (n - 3))


@pytest.mark.parametrize(("p", "q"), [(2, 3), (20, 30)])
def test_debiased_cka_by_its_u_statistic(p, q):
    rng = np.random.default_rng(4)
    X, Y = rng.normal(size=(7, p)) + 3, rng.normal(size=(7, q)) - 1
    K, L = X @ X.T, Y @ Y.T
    expected = unbiased_hsic(K, L) / np.sqrt(unbiased_hsic(K, K) * unbiased_hsic(L, L))
    assert m.cka_linear_debiased(X, Y) == pytest.approx(expected)


def test_debiasing_matters_where_units_outnumber_stimuli():
    rng = np.random.default_rng(5)
    pairs = [(rng.normal(size=(20, 200)), rng.normal(size=(20, 200))) for _ in range(200)]
    biased, debiased = (np.array([f(X, Y) for X, Y in pairs]) for f in (m.cka_linear, m.cka_linear_debiased))
    assert biased.min() > 0.85
    assert abs(debiased.mean()) < 3 * debiased.std() / np.sqrt(200)
    assert 0.3 < (debiased < 0).mean() < 0.7


def test_stimuli_equally_far_apart_have_no_debiased_cka():
    with pytest.raises(ValueError, match="equally far apart"):
        m.cka_linear_debiased(np.eye(6), U[:6])


def test_linear_predictivity_recovers_a_known_share():
    """Y = signal of variance 3 + noise of variance 1 in each unit: R^2 is 3/4, less what estimation costs."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(2000, 5))
    Y = np.sqrt(3) * X[:, :3] + rng.normal(size=(2000, 3))
    assert m.linear_predictivity(X, Y) == pytest.approx(0.75, abs=0.02)
    assert m.linear_predictivity(X, rng.normal(size=(2000, 3))) == pytest.approx(0, abs=0.01)
    assert m.linear_predictivity(X, np.column_stack([10 * X[:, 0], rng.normal(size=2000)])) > 0.98  # pooled by variance


@pytest.mark.parametrize("p", [6, 80])
def test_linear_predictivity_agrees_with_scikit_learn(p):
    """The same penalties and folds, chosen by scikit-learn's own generalised cross-validation by hand."""
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(7)
    X = rng.normal(size=(50, p)) * rng.uniform(0.2, 2, p)
    Y = X[:, :4] @ rng.normal(size=(4, 3)) + rng.normal(size=(50, 3))
    fold, error, total = np.random.default_rng(3).permutation(50) % 4, 0.0, 0.0
    for k in range(4):
        train, test = fold != k, fold == k
        x = X[train] - X[train].mean(0)
        values = np.linalg.svd(x, compute_uv=False)
        values = values[values > 1e-8 * values[0]]
        scores = {}
        for penalty in np.logspace(-6, 6, 25) * (values**2).mean():
            residual = Y[train] - Ridge(penalty, solver="svd").fit(X[train], Y[train]).predict(X[train])
            freedom = train.sum() - 1 - (values**2 / (values**2 + penalty)).sum()
            scores[penalty] = (residual**2).sum() / freedom**2
        best = min(scores, key=scores.__getitem__)
        predicted = Ridge(best, solver="svd").fit(X[train], Y[train]).predict(X[test])
        error += ((Y[test] - predicted) ** 2).sum()
        total += ((Y[test] - Y[train].mean(0)) ** 2).sum()
    assert m.linear_predictivity(X, Y, folds=4, seed=3) == pytest.approx(1 - error / total, abs=1e-8)


def test_folds_must_fit():
    with pytest.raises(ValueError, match="expected 2 to 15"):
        m.linear_predictivity(U, U, folds=16)


def test_ranks_with_ties_agree_with_scipy():
    from tolman.measures.comparators import kendall_tau_a, ranks

    rng = np.random.default_rng(8)
    values = rng.integers(0, 9, size=60).astype(float)
    np.testing.assert_array_equal(ranks(values), stats.rankdata(values))
    torn = values + rng.uniform(-1e-14, 1e-14, size=60)  # what rounding does to equal distances
    np.testing.assert_array_equal(ranks(torn), stats.rankdata(values))
    other = rng.integers(0, 5, size=60).astype(float)
    i, j = np.triu_indices(60, 1)
    by_hand = (np.sign(values[i] - values[j]) * np.sign(other[i] - other[j])).mean()
    assert kendall_tau_a(values, other) == pytest.approx(by_hand)
    assert kendall_tau_a(values, np.ones(60)) == 0.0


def test_pwcca_is_blind_to_linear_maps_of_the_second_representation_only():
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(30, 5)), rng.normal(size=(30, 6))
    assert m.pwcca(X, Y @ rng.normal(size=(6, 6))) == pytest.approx(m.pwcca(X, Y), abs=1e-10)
    assert abs(m.pwcca(X, Y) - m.pwcca(Y, X)) > 1e-3


def test_linear_predictivity_has_a_direction_and_its_mean_has_none():
    X = np.random.default_rng(0).normal(size=(200, 8))
    assert m.linear_predictivity(X, X) > 0.999
    assert m.linear_predictivity(X, X[:, :2]) > 0.999
    assert m.linear_predictivity(X[:, :2], X) < 0.4
    both = (m.linear_predictivity(X, X[:, :2]) + m.linear_predictivity(X[:, :2], X)) / 2
    assert m.linear_predictivity_symmetric(X[:, :2], X) == m.linear_predictivity_symmetric(X, X[:, :2]) == both


def test_text_is_refused():
    with pytest.raises(ValueError, match="expected real numbers"):
        m.cka_linear(np.array([["a"], ["b"]]), np.ones((2, 1)))


@pytest.mark.parametrize("size", [1e-200, 1e-120, 1e120, 1e200])
def test_distances_keep_their_unit_at_any_size(size):
    X, Y = np.random.default_rng(3).normal(size=(2, 20, 5))
    assert m.procrustes_euclidean(size * X, size * Y) == pytest.approx(size * m.procrustes_euclidean(X, Y), rel=1e-12)
    np.testing.assert_allclose(m.rdm(size * X, "euclidean"), size * m.rdm(X, "euclidean"), rtol=1e-12)
    for metric in ("correlation", "cosine"):
        np.testing.assert_allclose(m.rdm(size * X, metric), m.rdm(X, metric), atol=1e-12)
        rows = X * 10.0 ** np.linspace(-200, 200, 20)[:, None]
        np.testing.assert_allclose(m.rdm(rows, metric), m.rdm(X, metric), atol=1e-12)
    scores, ratio = m.principal_components(size * X, 3)
    np.testing.assert_allclose(scores, size * m.principal_components(X, 3)[0], rtol=1e-9)
    np.testing.assert_allclose(ratio, m.principal_components(X, 3)[1])


def test_what_no_number_can_hold_is_an_error():
    X = 1e200 * np.random.default_rng(3).normal(size=(20, 5))
    for measure in (m.total_variance, lambda Z: m.rdm(Z, "sqeuclidean")):
        with pytest.raises(ValueError, match="exceed the range of float64: divide the representation by a constant"):
            measure(X)


def test_rsa_of_rdms_of_any_size():
    D = m.rdm(np.random.default_rng(4).normal(size=(3, 12, 5)), "euclidean")
    sized = D * np.array([1e-200, 1.0, 1e200])[:, None, None]
    for compare in ("pearson", "cosine", "spearman", "kendall_tau_a"):
        np.testing.assert_allclose(m.compare_rdms(sized[0], sized, compare), m.compare_rdms(D[0], D, compare))
        np.testing.assert_allclose(m.rsa_noise_ceiling(sized, compare), m.rsa_noise_ceiling(D, compare))
        found, plain = (m.rsa_bootstrap(E[0], E[1:], "precomputed", compare, samples=20) for E in (sized, D))
        np.testing.assert_allclose(found.samples, plain.samples, atol=1e-12)


@pytest.mark.parametrize("n", [64, 1000, 1100, 4000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_rank_depends_on_neither_rows_nor_type(n, dtype):
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 8))
    Y = X @ rng.normal(size=(8, 8)) + rng.normal(size=(n, 8))
    outlier = X * np.array([1000] + 7 * [1])
    for measure in (m.cca_mean, m.cca_mean_squared, m.svcca, m.pwcca):
        assert measure(X.astype(dtype), Y.astype(dtype)) == pytest.approx(measure(X, Y), abs=3e-3)
    assert m.cca_mean(outlier.astype(dtype), Y.astype(dtype)) == pytest.approx(m.cca_mean(X, Y), abs=3e-3)
    assert m.cca_mean(np.column_stack([X, X[:, :3]]), Y) == pytest.approx(m.cca_mean(X, Y), abs=1e-12)
