"""The posterior of a logistic regression over cells in which every seed has an effect of its own, integrated out."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

PRIOR_SD = 2.5
"""Standard deviation of the normal prior on coefficients, in logits; it keeps them finite where a level always, or
never, solves (Gelman and others 2008, Ann. Appl. Stat. 2:1360, take a Cauchy prior of that scale)."""

_NODES = 15
"""Nodes of Gauss-Hermite quadrature over a seed's effect, around the most probable effect of each seed."""

_STEPS = 60
"""Most Newton steps to a seed's most probable effect."""

_LOGITS = 0.7
"""Longest Newton step in logits: p (1 - p) changes by a factor of two at most, so that no step diverges."""

_EFFECTS = np.linspace(-8, 8, 641)
"""Effects of a seed over which P(solved) is averaged."""


class Posterior:
    """The posterior of coefficients and of the logarithm of the seeds' standard deviation.

    Seeds' effects are integrated out by adaptive Gauss-Hermite quadrature. Coefficients have a normal prior of standard
    deviation `PRIOR_SD` (the first, the intercept, of twice that), the seeds' standard deviation a half-normal one of
    1 (on its logarithm, with the change of variables).

    Args:
        X: `[cells, coefficients]`.
        y: `[cells, seeds]` 0 to 1, NaN where there is no run.
        dispersion: variance of a run, in units of that of a single answer, p (1 - p).

    Source: Pinheiro and Bates 1995, J. Comput. Graph. Stat. 4:12, section 2.4.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, dispersion: float = 1.0):
        self.X, self.y, self.dispersion = X, np.nan_to_num(y), dispersion
        self.weight = ~np.isnan(y) / dispersion
        self.scale = np.array([2 * PRIOR_SD, *[PRIOR_SD] * (X.shape[1] - 1)])
        self.nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        self.log_weights = np.log(weights / weights.sum()) + self.nodes**2 / 2

    def objective(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the negative logarithm of the posterior, and its gradient."""
        beta, sd = theta[:-1], np.exp(theta[-1])
        modes, curvature = self.modes(theta)
        effects = modes[:, None] + self.nodes / np.sqrt(curvature)[:, None]  # [seeds, nodes]
        eta = (self.X @ beta)[:, None, None] + sd * effects
        log_likelihood = -(self.weight[..., None] * (np.logaddexp(0, -eta) + (1 - self.y[..., None]) * eta)).sum(0)
        at_nodes = log_likelihood - effects**2 / 2 + self.log_weights
        top = at_nodes.max(1, keepdims=True)
        share = np.exp(at_nodes - top)
        likelihood = top[:, 0] + np.log(share.sum(1)) - np.log(curvature) / 2
        share /= share.sum(1, keepdims=True)
        residual = self.weight[..., None] * (self.y[..., None] - expit(eta)) * share
        gradient = np.append(self.X.T @ residual.sum((1, 2)), sd * (residual * effects).sum())
        prior = 0.5 * ((beta / self.scale) ** 2).sum() + 0.5 * sd**2 - theta[-1]
        slope = np.append(beta / self.scale**2, sd**2 - 1)
        return float(prior - likelihood.sum()), slope - gradient

    def modes(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `[seeds]` the most probable effects in standard deviations, and the curvature there."""
        base, sd = (self.X @ theta[:-1])[:, None], np.exp(theta[-1])
        effects = np.zeros(self.weight.shape[1])
        for _ in range(_STEPS):
            slope, curvature = self._slope(base, sd, effects)
            step = np.clip(slope / curvature, -_LOGITS / sd, _LOGITS / sd)
            effects = effects + step
            if np.abs(step).max() < 1e-9:
                break
        return effects, self._slope(base, sd, effects)[1]

    def _slope(self, base: np.ndarray, sd: float, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `[seeds]` the slope and the negative curvature of each seed's log likelihood with its prior."""
        p = expit(base + sd * effects)
        slope = sd * (self.weight * (self.y - p)).sum(0) - effects
        return slope, 1 + sd**2 * (self.weight * p * (1 - p)).sum(0)

    def spread(self, theta: np.ndarray) -> tuple[float, float]:
        """Return the dispersion that the runs have around their predictions, and its degrees of freedom.

        It is Pearson's: squared residuals over p (1 - p), summed, over the number of runs less that of the coefficients
        and seeds' effects that are estimated, of which the priors leave a part undetermined.
        """
        effects, curvature = self.modes(theta)
        sd, prior = np.exp(theta[-1]), np.append(self.scale**-2.0, np.ones(len(effects)))
        p = expit((self.X @ theta[:-1])[:, None] + sd * effects)
        variance = np.maximum(p * (1 - p), 1e-9)
        weight = self.weight * variance
        both = sd * self.X.T @ weight
        within = self.X.T @ (weight.sum(1)[:, None] * self.X) + np.diag(self.scale**-2.0)
        information = np.block([[within, both], [both.T, np.diag(curvature)]])
        estimated = len(prior) - float((np.diag(np.linalg.inv(information)) * prior).sum())
        run = self.weight > 0
        freedom = max(1.0, float(run.sum()) - estimated)
        return float((run * (self.y - p) ** 2 / variance).sum() / freedom), freedom

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return the second derivatives of the objective, by central differences of its gradient."""
        steps = 1e-4 * np.eye(len(theta))
        rows = [(self.objective(theta + h)[1] - self.objective(theta - h)[1]) / 2e-4 for h in steps]
        return (np.array(rows) + np.array(rows).T) / 2

    def probability(self, theta: np.ndarray) -> np.ndarray:
        """Return `[cells]` P(solved), averaged over seeds."""
        weights = np.exp(-(_EFFECTS**2) / 2)
        return expit((self.X @ theta[:-1])[:, None] + np.exp(theta[-1]) * _EFFECTS) @ (weights / weights.sum())
