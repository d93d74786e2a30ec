"""P(solved) over cells and seeds: a logistic regression on the levels of the axes with a random effect of the seed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tolman.records.statistics import Interval, mean_interval
from tolman.sweeps.outcomes import SOLVED, OutcomeTable

PRIOR_SD = 2.5
"""Standard deviation of the normal prior on coefficients, in logits; it keeps them finite where a level always, or
never, solves (Gelman and others 2008, Ann. Appl. Stat. 2:1360, take a Cauchy prior of that scale)."""

_NODES = 24
"""Nodes of Gauss-Hermite quadrature over a seed's effect."""


@dataclasses.dataclass(frozen=True)
class Split:
    """A cell's runs, apart by whether they solved.

    Attributes:
        solved: the fraction of seeds that solved, with Wilson's interval.
        accuracy_solved: of those that did; None if none did.
        accuracy_unsolved: of those that did not; None if all did.
    """

    solved: Interval
    accuracy_solved: Interval | None
    accuracy_unsolved: Interval | None


def splits(table: OutcomeTable, threshold: float = SOLVED) -> list[Split]:
    """Return every cell's split, in order: over seeds outcomes are often two-humped, and a mean would hide that."""
    found = []
    for i, values in enumerate(table.values):
        parts = []
        for chosen in (values >= threshold, values < threshold):
            items = table.items[i][chosen].tolist()
            parts.append(mean_interval(values[chosen].tolist(), items) if chosen.any() and all(items) else None)
        found.append(Split(table.solved(i, threshold), *parts))
    return found


@dataclasses.dataclass(frozen=True)
class MixedModel:
    """A fitted model of P(solved).

    Attributes:
        intercept: logit of the typical cell and seed.
        effects: (path, value) -> effect of a level in logits; those of an axis sum to about 0. With a 95 % interval.
        seed_sd: standard deviation of the seeds' effects, in logits.
        fitted: `[cells]` P(solved) of each cell, averaged over seeds.
    """

    intercept: Interval
    effects: dict[tuple[str, Any], Interval]
    seed_sd: float
    fitted: np.ndarray


def fit_mixed(table: OutcomeTable, threshold: float | None = SOLVED) -> MixedModel:
    """Fit logit P(solved) = intercept + effect of each axis' level + effect of the seed.

    Without a threshold it is the accuracy itself whose logit is modelled, with the same (quasi-)likelihood.

    The seeds' effects are normal and integrated out by quadrature. Coefficients have a normal prior of standard
    deviation `PRIOR_SD` (the intercept of twice that), the seeds' standard deviation a half-normal one of 1. Intervals
    are those of Laplace's approximation at the mode.

    Source: Breslow and Clayton 1993, J. Am. Stat. Assoc. 88:9.
    """
    from scipy.optimize import minimize

    X, names = _design(table)
    solved = table.values if threshold is None else table.values >= threshold
    data = _Data(X, np.where(np.isnan(table.values), np.nan, solved))
    found = minimize(data.objective, np.zeros(X.shape[1] + 1), jac=True, method="L-BFGS-B")
    covariance = np.linalg.inv(data.hessian(found.x))
    half = 1.959964 * np.sqrt(np.diag(covariance))
    seeds = table.values.shape[1]
    ends = [Interval(float(m), float(m - h), float(m + h), seeds) for m, h in zip(found.x, half, strict=True)]
    fitted = data.probability(found.x)
    return MixedModel(ends[0], dict(zip(names, ends[1:-1], strict=True)), float(np.exp(found.x[-1])), fitted)


def _design(table: OutcomeTable) -> tuple[np.ndarray, list[tuple[str, Any]]]:
    """Return `[cells, 1 + levels]` indicators, and the levels' names."""
    names = [(axis.path, value) for axis in table.axes for value in axis.values]
    columns = [[cell[i] == value for cell in table.cells] for i, axis in enumerate(table.axes) for value in axis.values]
    return np.column_stack([np.ones(len(table.cells)), *np.array(columns, float)]), names


class _Data:
    """The posterior of coefficients and the logarithm of the seeds' standard deviation.

    Args:
        X: `[cells, coefficients]`.
        y: `[cells, seeds]` 0 to 1, NaN where there is no run.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray):
        self.X, self.run, self.y = X, ~np.isnan(y), np.nan_to_num(y)
        nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
        self.nodes, self.weights = nodes, weights / weights.sum()

    def objective(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the negative logarithm of the posterior, and its gradient."""
        beta, sd = theta[:-1], np.exp(theta[-1])
        eta = (self.X @ beta)[:, None] + sd * self.nodes  # [cells, nodes]
        log_p, p = -np.logaddexp(0, -eta), 1 / (1 + np.exp(-eta))
        # Logarithm of a seed's likelihood at every node: [seeds, nodes].
        solved, failed = (self.run * self.y).T, (self.run * (1 - self.y)).T
        at_nodes = solved @ log_p + failed @ (log_p - eta) + np.log(self.weights)
        top = at_nodes.max(1, keepdims=True)
        share = np.exp(at_nodes - top)
        likelihood = top[:, 0] + np.log(share.sum(1))
        share /= share.sum(1, keepdims=True)
        residual = solved.T @ share - (self.run @ share) * p  # [cells, nodes]
        gradient = np.append(self.X.T @ residual.sum(1), sd * (residual * self.nodes).sum())
        scale = np.array([2 * PRIOR_SD, *[PRIOR_SD] * (len(beta) - 1)])
        prior = 0.5 * ((beta / scale) ** 2).sum() + 0.5 * sd**2 - theta[-1]
        slope = np.append(beta / scale**2, sd**2 - 1)
        return float(prior - likelihood.sum()), slope - gradient

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return the second derivatives of the objective, by central differences of its gradient."""
        steps = 1e-4 * np.eye(len(theta))
        rows = [(self.objective(theta + h)[1] - self.objective(theta - h)[1]) / 2e-4 for h in steps]
        return (np.array(rows) + np.array(rows).T) / 2

    def probability(self, theta: np.ndarray) -> np.ndarray:
        """Return `[cells]` P(solved), averaged over seeds."""
        eta = (self.X @ theta[:-1])[:, None] + np.exp(theta[-1]) * self.nodes
        return (1 / (1 + np.exp(-eta))) @ self.weights
