"""P(solved) over cells and seeds: a logistic regression on the levels of the axes with a random effect of the seed."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtrit

from tolman.records.statistics import Interval, mean_interval
from tolman.sweeps.outcomes import SOLVED, OutcomeTable
from tolman.sweeps.seed_effects import Posterior

_ROUNDS = 10
"""Most fits in which the dispersion is estimated."""

_LEAST = 1e-4
"""Smallest dispersion of numbers that are no fractions of questions."""


class _Fit(NamedTuple):
    """A posterior with its mode, and the degrees of freedom of its dispersion."""

    data: Posterior
    theta: np.ndarray
    freedom: float


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
        intercept: logit of the typical seed, averaged over the values of every axis, with a 95 % interval.
        effects: (path, value) -> effect of a value in logits, less the mean effect of its axis' values that were run.
            With a 95 % interval, which is wide for a value that was not run.
        seed_sd: standard deviation of the seeds' effects, in logits.
        dispersion: variance of a run, in units of that of a single answer.
        fitted: `[cells]` P(solved) of each cell, averaged over seeds.
    """

    intercept: Interval
    effects: dict[tuple[str, Any], Interval]
    seed_sd: float
    dispersion: float
    fitted: np.ndarray


def fit_mixed(table: OutcomeTable, threshold: float | None = SOLVED, *, dispersion: float | None = None) -> MixedModel:
    """Fit logit P(solved) = intercept + effect of each axis' level + effect of the seed.

    Without a threshold it is the accuracy itself whose logit is modelled, with the same (quasi-)likelihood. Accuracies
    vary less than single answers; how much less is estimated (Pearson's dispersion, never less than that of as many
    questions as were asked), unless `dispersion` fixes it: at 1 a run counts like one answer.

    The seeds' effects are normal and integrated out by quadrature; priors are those of `Posterior`. Intervals are those
    of Laplace's approximation at the mode: of contrasts within an axis, since the prior alone tells an intercept from
    the mean of an axis' effects.

    Source: Breslow and Clayton 1993, J. Am. Stat. Assoc. 88:9.
    """
    X, names = _design(table)
    solved = table.values if threshold is None else table.values >= threshold
    y = np.where(np.isnan(table.values), np.nan, solved)
    estimated = threshold is None and dispersion is None
    data, theta, freedom = _estimated(X, y, table.items) if estimated else _mode(X, y, dispersion or 1.0)
    contrasts = _contrasts(X, names, np.flatnonzero(data.weight.any(axis=1)))
    covariance = np.linalg.inv(data.hessian(theta))[:-1, :-1]
    means = contrasts @ theta[:-1]
    half = stdtrit(freedom, 0.975) * np.sqrt(np.diag(contrasts @ covariance @ contrasts.T))
    ends = [Interval(float(m), float(m - h), float(m + h), y.shape[1]) for m, h in zip(means, half, strict=True)]
    effects = dict(zip(names, ends[1:], strict=True))
    return MixedModel(ends[0], effects, float(np.exp(theta[-1])), data.dispersion, data.probability(theta))


def _mode(X: np.ndarray, y: np.ndarray, dispersion: float, start: np.ndarray | None = None) -> _Fit:
    """Return the posterior with its mode; intervals are normal ones, of infinitely many degrees of freedom."""
    from scipy.optimize import minimize

    data = Posterior(X, y, dispersion)
    first = np.zeros(X.shape[1] + 1) if start is None else start
    return _Fit(data, minimize(data.objective, first, jac=True, method="L-BFGS-B").x, np.inf)


def _estimated(X: np.ndarray, y: np.ndarray, items: np.ndarray) -> _Fit:
    """Return the same at the dispersion that the runs have around it, with the degrees of freedom of that."""
    asked = items[~np.isnan(y)]
    least = 1 / max(1.0, float(asked.mean())) if asked.all() else _LEAST
    dispersion, theta, freedom = 1.0, None, np.inf
    for _ in range(_ROUNDS):
        data, theta, _ = _mode(X, y, dispersion, theta)
        found, freedom = data.spread(theta)
        before, dispersion = dispersion, min(1.0, max(least, found))
        if abs(dispersion - before) < 0.01 * before:
            break
    return _Fit(*_mode(X, y, dispersion, theta)[:2], freedom)


def _design(table: OutcomeTable) -> tuple[np.ndarray, list[tuple[str, Any]]]:
    """Return `[cells, 1 + levels]` indicators, and the levels' names."""
    names = [(axis.path, value) for axis in table.axes for value in axis.values]
    columns = [[cell[i] == value for cell in table.cells] for i, axis in enumerate(table.axes) for value in axis.values]
    return np.column_stack([np.ones(len(table.cells)), *np.array(columns, float)]), names


def _contrasts(X: np.ndarray, names: list[tuple[str, Any]], run: np.ndarray) -> np.ndarray:
    """Return what makes of coefficients effects that sum to 0 over the values of an axis that were run.

    Args:
        X: `[cells, 1 + levels]`.
        names: of the levels.
        run: numbers of the cells that were run at all.
    """
    made, was_run = np.eye(len(names) + 1), (X[run] > 0).any(0)
    for path in {path for path, _ in names}:
        own = np.array([False, *(name == path for name, _ in names)])
        mean = (own & was_run) / max(1, (own & was_run).sum())
        made[own] -= mean
        made[0] += mean
    return made
