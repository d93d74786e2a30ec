"""A Gaussian process on the logit of P(solved), fitted to the number of runs and of solved runs at each place.

The kernel's hyperparameters maximise Laplace's approximation of their posterior; the latent function's posterior is
approximated by expectation propagation. With Laplace's, places far from the boundary look less certain than they are,
and a search goes on running them (Nickisch and Rasmussen 2008, Approximations for binary Gaussian process
classification, JMLR 9).
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from scipy.special import expit, log_expit

_INTERCEPT_VARIANCE = 10.0
_NODES, _NODE_WEIGHTS = hermegauss(32)


class Counts(NamedTuple):
    """Runs pooled by place.

    Attributes:
        x: `[places, axes]` from 0 to 1, each once.
        runs: `[places]`.
        solved: `[places]` at most `runs`.
    """

    x: np.ndarray
    runs: np.ndarray
    solved: np.ndarray


def pooled(x: np.ndarray, solved: np.ndarray) -> Counts:
    """Pool the outcomes `[runs]`, 0 or 1, of runs at the same of `[runs, axes]`."""
    places, which = np.unique(np.asarray(x, float), axis=0, return_inverse=True)
    which = which.reshape(-1)
    runs = np.bincount(which, minlength=len(places)).astype(float)
    return Counts(places, runs, np.bincount(which, np.asarray(solved, float), len(places)))


@dataclasses.dataclass(frozen=True)
class Posterior:
    """The latent function given the runs, in logits.

    Attributes:
        x: `[places, axes]` with runs.
        theta: logarithms of the kernel's hyperparameters.
        weights: `[places]` of the kernel between there and elsewhere, in the mean.
        factor: `[places, places]` that takes the kernel between there and elsewhere to what is explained of it.
    """

    x: np.ndarray
    theta: np.ndarray
    weights: np.ndarray
    factor: np.ndarray

    def predict(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the standard deviation at `[places, axes]`."""
        cross = kernel(self.x, at, self.theta)
        variance = _prior_variance(at, self.theta) - ((self.factor @ cross) ** 2).sum(0)
        return cross.T @ self.weights, np.sqrt(np.maximum(variance, 1e-12))

    def covariance(self, at: np.ndarray) -> np.ndarray:
        """Return the covariance between all of `[places, axes]`."""
        explained = self.factor @ kernel(self.x, at, self.theta)
        return kernel(at, at, self.theta) - explained.T @ explained


def fit(counts: Counts) -> Posterior:
    """Fit hyperparameters and latent function; without runs, return the prior."""
    start, _ = _hyperprior(counts.x.shape[1])
    if not len(counts.x):
        return Posterior(counts.x, start, np.zeros(0), np.zeros((0, 0)))
    bounds = np.log([(0.1, 100.0), *[(0.08, 3.0)] * counts.x.shape[1], (0.1, 1000.0)])
    # Later steps change the surface little and cost the most.
    options = {"maxiter": 10}
    found = minimize(_loss, start, (counts,), jac=True, bounds=bounds, method="L-BFGS-B", options=options)
    return _propagated(counts, found.x)


def kernel(x: np.ndarray, y: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return the prior covariance `[x, y]`: an intercept, a trend of second order, and smooth deviations from it."""
    smooth, _, trend = _parts(x, y, theta)
    return _INTERCEPT_VARIANCE + smooth + trend


def _prior_variance(x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return the kernel's diagonal."""
    product = ((2 * x - 1) ** 2).sum(1)
    return _INTERCEPT_VARIANCE + np.exp(theta[0]) + np.exp(theta[-1]) * (product + product**2 / 2)


def _parts(x: np.ndarray, y: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the smooth part, `[axes, x, y]` squared distances in units of its lengths, and the trend."""
    squared = ((x.T[:, :, None] - y.T[:, None]) / np.exp(theta[1:-1])[:, None, None]) ** 2
    product = (2 * x - 1) @ (2 * y - 1).T
    return np.exp(theta[0] - squared.sum(0) / 2), squared, np.exp(theta[-1]) * (product + product**2 / 2)


def _hyperprior(axes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the logarithms of the smooth part's variance, its lengths, the trend's."""
    return np.log([4.0, *[0.4] * axes, 8.0]), np.array([1.5, *[0.6] * axes, 2.0])


def _loss(theta: np.ndarray, counts: Counts) -> tuple[float, np.ndarray]:
    """Return the negative log posterior of hyperparameters, by Laplace's method, and its gradient.

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, algorithm 5.1.
    """
    smooth, squared, trend = _parts(counts.x, counts.x, theta)
    k = _INTERCEPT_VARIANCE + smooth + trend
    f, dual = _mode(counts, k)
    p = expit(f)
    root = np.sqrt(counts.runs * p * (1 - p))
    lower = _cholesky(k, root)
    explained = solve_triangular(lower, root[:, None] * k, lower=True)
    third = -counts.runs * p * (1 - p) * (1 - 2 * p)
    by_mode = (np.diag(k) - (explained**2).sum(0)) * third / 2
    inverse = root[:, None] * cho_solve((lower, True), np.diag(root))
    gradient = []
    for change in (smooth, *(smooth * each for each in squared), trend):
        moved = change @ dual
        direct = dual @ moved / 2 - (inverse * change).sum() / 2
        gradient.append(direct + by_mode @ (moved - k @ (inverse @ moved)))
    mean, sd = _hyperprior(counts.x.shape[1])
    value = _log_posterior(counts, f, dual) - np.log(np.diag(lower)).sum() - (((theta - mean) / sd) ** 2).sum() / 2
    return -value, (theta - mean) / sd**2 - np.array(gradient)


def _mode(counts: Counts, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the latent function's mode by Newton's method, and the kernel's inverse times it (algorithm 3.1)."""
    dual = np.zeros(len(k))
    best = _log_posterior(counts, dual, dual)
    for _ in range(50):
        p = expit(k @ dual)
        weight = counts.runs * p * (1 - p)
        root = np.sqrt(weight)
        b = weight * (k @ dual) + counts.solved - counts.runs * p
        step = b - root * cho_solve((_cholesky(k, root), True), root * (k @ b)) - dual
        size = 1.0
        while (value := _log_posterior(counts, k @ (dual + size * step), dual + size * step)) < best and size > 1e-3:
            size /= 2
        dual, gain, best = dual + size * step, value - best, value
        if gain < 1e-6:
            break
    return k @ dual, counts.solved - counts.runs * expit(k @ dual)


def _log_posterior(counts: Counts, f: np.ndarray, dual: np.ndarray) -> float:
    return float(_log_likelihood(counts.runs, counts.solved, f).sum() - dual @ f / 2)


def _log_likelihood(runs: np.ndarray, solved: np.ndarray, f: np.ndarray) -> np.ndarray:
    return solved * log_expit(f) + (runs - solved) * log_expit(-f)


def _cholesky(k: np.ndarray, root: np.ndarray) -> np.ndarray:
    return cholesky(np.eye(len(k)) + root[:, None] * k * root, lower=True)


def _propagated(counts: Counts, theta: np.ndarray) -> Posterior:
    """Return the posterior by expectation propagation, all places at once, begun at Laplace's approximation.

    Source: Rasmussen and Williams 2006, section 3.6; the moments by quadrature around the last marginals.
    """
    k = kernel(counts.x, counts.x, theta)
    f, dual = _mode(counts, k)
    p = expit(f)
    precision = counts.runs * p * (1 - p) + 1e-6
    shift = precision * f + dual
    for _ in range(30):
        mean, variance = _marginals(k, precision, shift)
        matched_mean, matched_variance = _matched(counts, mean, variance, precision, shift)
        shift = shift + 0.8 * (matched_mean / matched_variance - mean / variance)
        precision = np.maximum(precision + 0.8 * (1 / matched_variance - 1 / variance), 1e-6)
        if np.abs(matched_mean - mean).max() < 1e-3:
            break
    root = np.sqrt(precision)
    lower = _cholesky(k, root)
    weights = shift - root * cho_solve((lower, True), root * (k @ shift))
    return Posterior(counts.x, theta, weights, solve_triangular(lower, np.diag(root), lower=True))


def _marginals(k: np.ndarray, precision: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    root = np.sqrt(precision)
    explained = solve_triangular(_cholesky(k, root), root[:, None] * k, lower=True)
    covariance = k - explained.T @ explained
    return covariance @ shift, np.diag(covariance)


def _matched(
    counts: Counts, mean: np.ndarray, variance: np.ndarray, precision: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of each marginal with its Gaussian factor replaced by the likelihood."""
    f = mean[:, None] + np.sqrt(variance)[:, None] * _NODES
    replaced = _log_likelihood(counts.runs[:, None], counts.solved[:, None], f)
    log = replaced + precision[:, None] * f**2 / 2 - shift[:, None] * f + np.log(_NODE_WEIGHTS)
    weight = np.exp(log - log.max(1, keepdims=True))
    weight /= weight.sum(1, keepdims=True)
    matched = (weight * f).sum(1)
    return matched, np.maximum((weight * (f - matched[:, None]) ** 2).sum(1), 1e-9)
