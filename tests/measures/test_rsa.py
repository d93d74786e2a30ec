"""RDMs and RSA: definitions, other implementations, large inputs, inference."""

import tracemalloc
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from tolman import measures as m
from tolman.measures import pair_sums
from tolman.measures.distances import prepared, tiles

METRICS = ("correlation", "euclidean", "sqeuclidean", "cosine")
COMPARATORS = ("pearson", "spearman", "kendall_tau_a", "cosine")


@pytest.fixture(scope="module")
def toolbox():
    """rsatoolbox, whose imports and progress bars are not ours to judge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import rsatoolbox
        import rsatoolbox.inference.noise_ceiling
    return rsatoolbox


def draw(seed: int, n: int, p: int, q: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 2))
    return (shared @ rng.normal(size=(2, k)) + rng.normal(size=(n, k)) + rng.normal(size=k) for k in (p, q))


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("p", [3, 40])
def test_rdm_agrees_with_scipy(metric, p):
    X = np.random.default_rng(0).normal(size=(3, 4, 15, p)) + 2
    found = m.rdm(X, metric)
    assert found.shape == (3, 4, 15, 15)
    for i, j in np.ndindex(3, 4):
        np.testing.assert_allclose(found[i, j], squareform(pdist(X[i, j], metric)), rtol=1e-9, atol=1e-14)
    assert not np.diagonal(found, axis1=-2, axis2=-1).any()


@pytest.mark.parametrize("metric", METRICS)
def test_equal_and_nearly_equal_rows(metric):
    """Digits that |x|^2 + |y|^2 - 2xy would lose."""
    X = np.random.default_rng(1).normal(size=(6, 5))
    X[3], X[4] = X[0], X[0] + 1e-7 * X[1]
    found = m.rdm(X, metric)
    assert found[0, 3] == pytest.approx(0, abs=1e-28)
    exact = pdist(X[[0, 4]], metric)[0] if "euclidean" in metric else None
    if exact is not None:
        assert found[0, 4] == pytest.approx(exact, rel=1e-6)
    else:  # 1 - cos is half the squared distance of directions
        Z = X - X.mean(1, keepdims=True) if metric == "correlation" else X
        Z = Z / np.linalg.norm(Z, axis=1, keepdims=True)
        assert found[0, 4] == pytest.approx(((Z[0] - Z[4]) ** 2).sum() / 2, rel=1e-6)


def test_rdm_agrees_with_rsatoolbox_up_to_its_conventions(toolbox):
    X = np.random.default_rng(2).normal(size=(12, 7))
    data = toolbox.data.Dataset(X)
    for theirs, ours in (("euclidean", m.rdm(X, "sqeuclidean") / 7), ("correlation", m.rdm(X))):
        np.testing.assert_allclose(toolbox.rdm.calc_rdm(data, method=theirs).get_matrices()[0], ours, atol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("pearson", "corr"), ("cosine", "cosine"), ("spearman", "spearman"), ("kendall_tau_a", "tau-a")],
)
def test_comparators_agree_with_rsatoolbox(toolbox, ours, theirs):
    X, Y = draw(3, 14, 6, 8)
    labels = np.random.default_rng(3).integers(0, 3, size=(14, 2)).astype(float)  # an RDM full of ties
    for second in (m.rdm(Y), m.rdm(labels, "euclidean")):
        # Rounded, as rsatoolbox ranks equal distances apart when their last digits differ.
        pair = [toolbox.rdm.RDMs(np.round(D, 12)[None]) for D in (m.rdm(X), second)]
        expected = float(toolbox.rdm.compare(*pair, method=theirs)[0, 0])
        assert m.compare_rdms(m.rdm(X), second, ours) == pytest.approx(expected, abs=1e-10)


@pytest.mark.filterwarnings("ignore:Noise ceiling for tau")  # that averaged ranks are no strict bound: so say we
def test_noise_ceiling_agrees_with_rsatoolbox(toolbox):
    rng = np.random.default_rng(4)
    common = rng.normal(size=(10, 6))
    rdms = m.rdm(common + rng.normal(size=(5, 10, 6)))
    theirs = toolbox.rdm.RDMs(rdms, rdm_descriptors={"subject": list(range(5))})
    for ours, method in (
        ("pearson", "corr"),
        ("cosine", "cosine"),
        ("spearman", "spearman"),
        ("kendall_tau_a", "tau-a"),
    ):
        expected = toolbox.inference.noise_ceiling.boot_noise_ceiling(theirs, method=method, rdm_descriptor="subject")
        assert m.rsa_noise_ceiling(rdms, ours) == pytest.approx(expected, abs=1e-10)


def test_noise_ceiling_bounds_any_model():
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(12, 5))
    rdms = m.rdm(truth + rng.normal(size=(6, 12, 5)))
    lower, upper = m.rsa_noise_ceiling(rdms)
    assert 0 < lower < upper < 1
    for model in (m.rdm(truth), rdms.mean(0), *rdms):
        assert np.mean(m.compare_rdms(rdms, model)) <= upper + 1e-12
    same = m.rdm(np.stack([truth, truth]))
    assert m.rsa_noise_ceiling(same) == pytest.approx((1.0, 1.0))
    with pytest.raises(ValueError, match="at least two RDMs"):
        m.rsa_noise_ceiling(rdms[0])


def test_tau_a_by_hand():
    """Distances 1, 2, 3 against 1, 3, 2: two pairs agree and one does not; a tie counts for neither."""
    A = squareform([1.0, 2.0, 3.0])
    assert m.compare_rdms(A, squareform([1.0, 3.0, 2.0]), "kendall_tau_a") == pytest.approx(1 / 3)
    assert m.compare_rdms(A, squareform([1.0, 1.0, 2.0]), "kendall_tau_a") == pytest.approx(2 / 3)
    assert m.compare_rdms(A, squareform([1.0, 1.0, 1.0]), "kendall_tau_a") == 0.0
    with pytest.raises(ValueError, match="constant"):
        m.compare_rdms(A, squareform([1.0, 1.0, 1.0]))


def test_many_rdms_at_once():
    X, Y = draw(6, 10, 4, 5)
    many = np.stack([m.rdm(X), m.rdm(Y), m.rdm(X, "euclidean")])
    for compare in COMPARATORS:
        found = m.compare_rdms(many[0], many, compare)
        assert found.shape == (3,)
        np.testing.assert_allclose(found, [m.compare_rdms(many[0], D, compare) for D in many])


def test_bad_rdms_are_refused():
    D = m.rdm(np.random.default_rng(0).normal(size=(5, 4)))
    with pytest.raises(ValueError, match="for activations, see rdm"):
        m.compare_rdms(D[:, :4], D)
    with pytest.raises(ValueError, match="not symmetric"):
        m.compare_rdms(D, np.triu(D))
    with pytest.raises(ValueError, match="the same stimuli"):
        m.compare_rdms(D, D[:4, :4])
    with pytest.raises(ValueError, match="row 2 of X is constant over units"):
        m.rdm(np.array([[1.0, 2.0], [3.0, 1.0], [0.3, 0.3]]))
    with pytest.raises(ValueError, match="row 1 of X is all zero"):
        m.rdm(np.array([[1.0, 2.0], [0.0, 0.0]]), "cosine")
    with pytest.raises(ValueError, match="unknown metric 'mahalanobis'"):
        m.rdm(D, "mahalanobis")
    with pytest.raises(ValueError, match="unknown comparator 'tau-b'"):
        m.rsa(D, D, compare="tau-b")


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("compare", COMPARATORS)
@pytest.mark.parametrize("p", [4, 60])
def test_rsa_is_the_comparison_of_rdms_whichever_way_it_is_computed(metric, compare, p):
    X, Y = draw(7, 40, p, p + 1)
    expected = m.compare_rdms(m.rdm(X, metric), m.rdm(Y, metric), compare)
    assert m.rsa(X, Y, metric, compare) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("metric", METRICS)
def test_tiles_put_together_are_the_rdm(metric):
    X, Y = draw(8, 23, 4, 5)
    Z = prepared(X, metric)
    parts = list(tiles((Z, metric), entries=70))
    assert len(parts) > 5
    whole = np.concatenate([d[upper] for (d,), upper in parts])
    np.testing.assert_allclose(whole, squareform(m.rdm(X, metric), checks=False), rtol=1e-9, atol=1e-14)
    if metric != "euclidean":
        W = prepared(Y, metric)
        by_tiles = pair_sums.sums_by_tiles(Z, W, metric, shifted=False)
        np.testing.assert_allclose(pair_sums.sums_in_feature_space(Z, W), by_tiles, rtol=1e-10)


def test_correlations_of_rows_that_are_nearly_alike_keep_their_digits():
    """A common pattern a thousand times as large as what differs: distances near 1e-6, and in float64 still exact."""
    X, Y = draw(9, 50, 5, 6)
    far = X + 1000 * np.arange(5)
    expected = m.compare_rdms(m.rdm(far), m.rdm(Y))
    assert m.rdm(far).max() < 1e-4
    assert m.rsa(far, Y) == pytest.approx(expected, abs=1e-8)


def test_large_inputs_need_no_whole_matrix():
    rng = np.random.default_rng(10)
    X = rng.normal(size=(5000, 3))
    Y = X + rng.normal(size=(5000, 3))
    tracemalloc.start()
    found = m.rsa(X, Y, "euclidean")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5000 * 5000 * 8 / 2
    few = rng.permutation(5000)[:800]
    assert found == pytest.approx(m.rsa(X[few], Y[few], "euclidean"), abs=0.03)


@pytest.mark.parametrize("metric", METRICS)
def test_binned_ranks_are_as_good_as_exact_ones(metric):
    X, Y = draw(11, 300, 6, 8)
    exact = m.rsa(X, Y, metric, "spearman")
    assert m.rsa(X, Y, metric, "spearman", exact_up_to=100) == pytest.approx(exact, abs=1e-6)


def test_binned_ranks_keep_ties():
    rng = np.random.default_rng(12)
    X, Y = (rng.integers(0, 2, size=(200, 4)) * 2.0 - 1 for _ in range(2))
    exact = m.rsa(X, Y, "sqeuclidean", "spearman")
    assert m.rsa(X, Y, "sqeuclidean", "spearman", exact_up_to=100) == pytest.approx(exact, abs=1e-12)


def test_tau_of_too_many_stimuli_says_what_to_do():
    X, Y = draw(13, 50, 3, 3)
    with pytest.raises(ValueError, match="exact_up_to=50"):
        m.rsa(X, Y, compare="kendall_tau_a", exact_up_to=40)


# Inference


def resample(A, B, counts, compare):
    """A bootstrap sample as it is usually written: rows repeated, pairs of a stimulus with itself left out."""
    rows = np.repeat(np.arange(len(A)), counts.astype(int))
    i, j = np.triu_indices(len(rows), 1)
    keep = rows[i] != rows[j]
    a, b = (D[rows[i[keep]], rows[j[keep]]] for D in (A, B))
    if compare == "cosine":
        return a @ b / np.sqrt((a @ a) * (b @ b))
    if compare == "kendall_tau_a":
        i, j = np.triu_indices(len(a), 1)
        return (np.sign(a[i] - a[j]) * np.sign(b[i] - b[j])).mean()
    return (stats.pearsonr if compare == "pearson" else stats.spearmanr)(a, b)[0]


@pytest.mark.parametrize("compare", COMPARATORS)
def test_bootstrap_samples_by_their_definition(compare):
    from tolman.measures.grouping import group_counts

    X, Y = draw(14, 9, 4, 5)
    labels = (np.arange(9) % 3)[:, None] * np.ones((1, 2))
    A, B, C = m.rdm(X, "euclidean"), m.rdm(Y, "euclidean"), m.rdm(labels, "euclidean")
    found = m.rsa_bootstrap(A, [B, C], "precomputed", compare, samples=12, seed=5)
    counts = group_counts(9, 12, np.random.default_rng(5), least=3)
    expected = [[resample(A, D, c, compare) for D in (B, C)] for c in counts]
    np.testing.assert_allclose(found.samples, expected, atol=1e-10)
    np.testing.assert_allclose(found.value, m.compare_rdms(A, np.stack([B, C]), compare))
    np.testing.assert_allclose(found.low, np.quantile(expected, 0.025, axis=0), atol=1e-10)
    single = m.rsa_bootstrap(X, Y, "euclidean", compare, samples=12, seed=5)
    np.testing.assert_allclose(single.samples, found.samples[:, 0])
    assert isinstance(single.low, float)


def test_bootstrap_agrees_with_rsatoolbox(toolbox):
    """Other random draws, so means and spreads within their own error."""
    X, Y = draw(15, 20, 6, 7)
    models = [toolbox.model.ModelFixed("y", m.rdm(Y))]
    data = toolbox.rdm.RDMs(m.rdm(X)[None])
    np.random.seed(0)  # noqa: NPY002  (rsatoolbox draws from the global state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = toolbox.inference.eval_bootstrap_pattern(models, data, method="corr", N=400, boot_noise_ceil=False)
    theirs = theirs.evaluations.ravel()
    ours = m.rsa_bootstrap(X, Y, samples=4000, seed=1)
    assert abs(theirs.mean() - ours.samples.mean()) < 4 * theirs.std() / 20
    assert theirs.std() == pytest.approx(ours.samples.std(), rel=0.15)


def test_bootstrap_covers():
    """Stimuli are drawn from a population whose RSA is known from a large sample."""
    rng = np.random.default_rng(16)
    mix = rng.normal(size=(3, 5))

    def population(n):
        shared = rng.normal(size=(n, 3))
        return shared @ mix + rng.normal(size=(n, 5)), shared

    truth = m.rsa(*population(4000), "sqeuclidean")
    inside = 0
    for seed in range(60):
        found = m.rsa_bootstrap(*population(40), "sqeuclidean", samples=200, seed=seed)
        inside += found.low <= truth <= found.high
    assert inside >= 48  # the documented 0.91 gives fewer in two of 1,000 such tests


def test_bootstrap_of_undefined_samples():
    """Two kinds of stimuli: a draw from one kind only has a constant RDM."""
    kinds = squareform(pdist(np.array([0.0, 0, 0, 1, 1])[:, None]))
    other = m.rdm(np.random.default_rng(0).normal(size=(5, 4)))
    found = m.rsa_bootstrap(other, kinds, "precomputed", samples=300)
    assert 0 < np.isnan(found.samples).sum() < 150
    assert -1 <= found.low <= found.high <= 1
    with pytest.raises(ValueError, match="at least 4"):
        m.rsa_bootstrap(other[:3, :3], kinds[1:4, 1:4], "precomputed")


@pytest.mark.parametrize("compare", COMPARATORS)
def test_permutation_null_by_its_definition(compare):
    X, Y = draw(17, 8, 4, 5)
    A, B = m.rdm(X), m.rdm(Y)
    found = m.rsa_permutation_test(X, [Y, X[:, :3]], compare=compare, permutations=20, seed=3)
    rng = np.random.default_rng(3)
    orders = [rng.permutation(8) for _ in range(20)]
    expected = [m.compare_rdms(A[np.ix_(o, o)], B, compare) for o in orders]
    np.testing.assert_allclose(found.null[:, 0], expected, atol=1e-12)
    np.testing.assert_allclose(found.p_value[0], (1 + (np.array(expected) >= found.value[0] - 1e-12).sum()) / 21)
    assert found.null.shape == (20, 2)


def test_permutation_p_values_are_uniform_under_independence_and_small_otherwise():
    rng = np.random.default_rng(18)
    p = [
        m.rsa_permutation_test(rng.normal(size=(12, 4)), rng.normal(size=(12, 4)), permutations=99, seed=s).p_value
        for s in range(200)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.001
    X, Y = draw(19, 30, 5, 5)
    Y = X + 0.5 * Y
    assert m.rsa_permutation_test(X, Y, permutations=199).p_value == 1 / 200
    assert m.rsa_permutation_test(X, Y, permutations=199, alternative="less").p_value > 0.9


def test_models_must_be_of_the_same_stimuli():
    X, Y = draw(20, 10, 4, 5)
    with pytest.raises(ValueError, match="same stimuli for all"):
        m.rsa_bootstrap(X, [Y, Y[:9]])


# Traced


@pytest.mark.parametrize("metric", METRICS)
def test_traced_rdms_agree_and_can_be_mapped(metric):
    X = np.random.default_rng(21).normal(size=(4, 12, 6)).astype(np.float32)
    found = jax.jit(jax.vmap(lambda Z: m.rdm_jax(Z, metric)))(jnp.asarray(X))
    np.testing.assert_allclose(found, m.rdm(X, metric), atol=2e-5)


@pytest.mark.parametrize("compare", ["pearson", "cosine"])
def test_traced_rsa_agrees(compare):
    X, Y = (np.asarray(Z, np.float32) for Z in draw(22, 12, 5, 6))
    found = jax.jit(jax.vmap(lambda Z: m.rsa_jax(Z, Y, compare=compare)))(np.stack([X, X[::-1]]))
    np.testing.assert_allclose(found, [m.rsa(Z, Y, compare=compare) for Z in (X, X[::-1])], atol=1e-5)


def test_gradients_are_finite_where_stimuli_are_equal():
    X, Y = (np.asarray(Z, np.float32) for Z in draw(22, 12, 5, 6))
    X[3] = X[4]
    slope = jax.jit(jax.grad(lambda Z: m.rsa_jax(Z, Y, "euclidean")))(X)
    assert jnp.isfinite(slope).all()
    step = np.zeros_like(X)
    step[0, 0] = 1e-3
    expected = (m.rsa(X + step, Y, "euclidean") - m.rsa(X - step, Y, "euclidean")) / 2e-3
    assert float(slope[0, 0]) == pytest.approx(expected, rel=0.02, abs=1e-4)
