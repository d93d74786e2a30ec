"""P(solved) over cells and seeds: a logistic regression on the levels of the axes with a random effect of the seed."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from tolman.records.statistics import Interval, mean_interval
from tolman.sweeps.outcomes import SOLVED, OutcomeTable
from tolman.sweeps.seed_effects import Posterior


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

    The seeds' effects are normal and integrated out by quadrature; priors are those of `Posterior`. Intervals are those
    of Laplace's approximation at the mode.

    Source: Breslow and Clayton 1993, J. Am. Stat. Assoc. 88:9.
    """
    from scipy.optimize import minimize

    X, names = _design(table)
    solved = table.values if threshold is None else table.values >= threshold
    data = Posterior(X, np.where(np.isnan(table.values), np.nan, solved))
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
