"""RDMs and RSA where they are undefined, or in half precision: NaN in JAX, an error elsewhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tolman import measures as m
from tolman.measures.distances import METRICS


@pytest.mark.parametrize("constant", [0.0, 0.3, 0.5, 1.7, -1e-30, 1e30, 16777217.0])
@pytest.mark.parametrize("units", [3, 20, 4099])
@pytest.mark.parametrize("compiled", [True, False])
def test_rdm_jax_is_nan_where_a_row_is_constant(constant, units, compiled):
    X = np.random.default_rng(0).normal(size=(6, units)).astype(np.float32)
    X[4] = constant
    found = np.asarray((jax.jit(m.rdm_jax) if compiled else m.rdm_jax)(jnp.asarray(X)))
    undefined = (np.arange(6) == 4)[:, None] ^ (np.arange(6) == 4)
    np.testing.assert_array_equal(np.isnan(found), undefined)
    with pytest.raises(ValueError, match="row 4 of X is constant over units"):
        m.rdm(X)
    assert np.isnan(m.rsa_jax(X, X[::-1]))


@pytest.mark.parametrize("metric", METRICS)
def test_jax_computes_half_precision_and_extreme_sizes_in_single(metric):
    X = np.random.default_rng(1).normal(size=(8, 12))
    half = jnp.asarray(X, jnp.bfloat16)
    assert m.rdm_jax(half, metric).dtype == np.float32
    np.testing.assert_allclose(m.rdm_jax(half, metric), m.rdm(half, metric), atol=1e-4)
    Y = np.random.default_rng(2).normal(size=(8, 3)) + X[:, :3]
    for size in (1e-30, 1e30):
        found = m.rsa_jax(jnp.asarray(size * X), jnp.asarray(Y), metric)
        if metric != "sqeuclidean":  # whose distances would not fit
            assert found == pytest.approx(m.rsa(X, Y, metric), abs=1e-5)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
def test_rsa_is_undefined_where_all_are_equally_far_apart(metric):
    rng = np.random.default_rng(2)
    X = 3.7 * np.linalg.qr(rng.normal(size=(9, 9)))[0] + 0.3
    Y = rng.normal(size=(9, 4))
    assert np.isnan(m.rsa_jax(jnp.asarray(X), jnp.asarray(Y), metric))
    for wide in (X, np.pad(X, ((0, 0), (0, 90)))):  # by tiles, as the narrow one is in the space of units
        for compare in ("pearson", "spearman"):
            with pytest.raises(ValueError, match=r"the (first )?RDM (of X )?is constant"):
                m.rsa(wide, Y, metric, compare)
