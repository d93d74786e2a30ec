"""The Gaussian process on the logit of P(solved): against exact integrals and finite differences."""

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import expit

from tolman.sweeps.gaussian_process import Counts, _hyperprior, _loss, _propagated, fit, kernel, pooled

PAIR = np.array([[0.0, 0.2], [0.7, 0.9]])


def exact(counts, theta):
    """Mean and covariance of the latent function at two places, summed over a fine grid."""
    f = np.linspace(-30, 30, 401)
    pairs = np.stack(np.meshgrid(f, f, indexing="ij"), -1)
    k = kernel(counts.x, counts.x, theta)
    log = -np.einsum("abi,ij,abj->ab", pairs, np.linalg.inv(k), pairs) / 2
    log += (counts.solved * np.log(expit(pairs)) + (counts.runs - counts.solved) * np.log(expit(-pairs))).sum(-1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = np.einsum("ab,abi->i", weight, pairs)
    return mean, np.einsum("ab,abi,abj->ij", weight, pairs - mean, pairs - mean)


def test_runs_at_one_place_are_pooled():
    x = np.array([[1.0, 0.0], [0.0, 0.5], [1.0, 0.0], [1.0, 0.0]])
    counts = pooled(x, np.array([1, 0, 0, 1]))
    assert counts.x.tolist() == [[0.0, 0.5], [1.0, 0.0]]
    assert (counts.runs.tolist(), counts.solved.tolist()) == ([1, 3], [0, 2])


@pytest.mark.parametrize("solved", [(0, 3), (2, 1), (4, 4)])
def test_the_posterior_is_nearly_exact(solved):
    counts = Counts(PAIR, np.array([4.0, 4.0]), np.array(solved, float))
    theta = np.log([9.0, 0.5, 0.5, 3.0])
    found = _propagated(counts, theta)
    mean, covariance = exact(counts, theta)
    assert found.predict(PAIR)[0] == pytest.approx(mean, rel=0.02, abs=0.05)
    assert found.covariance(PAIR) == pytest.approx(covariance, rel=0.05, abs=0.1)


def test_the_standard_deviation_is_that_of_the_covariance():
    rng = np.random.default_rng(0)
    x, at = rng.random((30, 2)), rng.random((5, 2))
    found = fit(pooled(x, x[:, 0] > 0.5))
    assert found.predict(at)[1] ** 2 == pytest.approx(np.diag(found.covariance(at)))


def test_without_runs_it_is_the_prior():
    found = fit(pooled(np.empty((0, 2)), np.empty(0)))
    mean, sd = found.predict(PAIR)
    assert mean.tolist() == [0, 0]
    assert sd**2 == pytest.approx(np.diag(kernel(PAIR, PAIR, _hyperprior(2)[0])))


def test_the_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(1)
    counts = Counts(rng.random((12, 2)), np.full(12, 5.0), rng.integers(0, 6, 12).astype(float))
    theta = np.log([5.0, 0.3, 0.6, 2.0])
    wrong = check_grad(lambda t: _loss(t, counts)[0], lambda t: _loss(t, counts)[1], theta, epsilon=1e-5)
    assert wrong < 1e-3 * np.linalg.norm(_loss(theta, counts)[1])
