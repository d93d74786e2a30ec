"""Where P(solved) crosses a level: a Gaussian process over the grid, and which cells to run next."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy.special import ndtr, owens_t

from tolman.sweeps.gaussian_process import fit, pooled
from tolman.sweeps.outcomes import OutcomeTable

LEVEL = 0.5
_PROBIT = 8 / np.pi
"""Variance of the normal distribution function that is nearest to the logistic one (MacKay 1992)."""

_RUNS_AHEAD = 5
"""Runs at a place whose worth is judged together: a single one seldom moves a boundary."""

_CANDIDATES = 30
"""Places, the best for a round's first run, among which its other runs are chosen."""


@dataclasses.dataclass(frozen=True)
class Surface:
    """P(solved) at places of the grid, as a Gaussian process sees it.

    Attributes:
        mean: `[places]` of the latent function, in logits.
        sd: `[places]` its standard deviation.
        probability: `[places]`.
    """

    mean: np.ndarray
    sd: np.ndarray
    probability: np.ndarray

    def above(self, level: float = LEVEL) -> np.ndarray:
        """Return `[places]` whether P(solved) is above the level."""
        return self.probability > level


def fit_surface(x: np.ndarray, solved: np.ndarray, at: np.ndarray) -> Surface:
    """Fit a Gaussian process to runs, and return its surface.

    Args:
        x: `[runs, axes]` places of the runs on the axes, from 0 to 1.
        solved: `[runs]` 0 or 1.
        at: `[places, axes]`.

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, chapter 3.
    """
    mean, sd = fit(pooled(x, solved)).predict(at)
    return Surface(mean, sd, ndtr(mean / np.sqrt(_PROBIT + sd**2)))


def next_places(
    x: np.ndarray, solved: np.ndarray, at: np.ndarray, free: np.ndarray, *, count: int, level: float = LEVEL
) -> list[int]:
    """Return the places of the next runs, as numbers of `at`; one that is worth several runs is there several times.

    Each run is the one that most reduces the expected loss over all places, given the runs chosen before it. The loss
    of a place on the wrong side of the boundary is how far P(solved) is from the level there.

    Args:
        x: `[runs, axes]` of the runs so far.
        solved: `[runs]` 0 or 1.
        at: `[places, axes]`.
        free: `[places]` how many more runs each can have.
        count: most runs.
        level: of P(solved).

    Source: Bect and others 2012, Sequential design of computer experiments for the estimation of a probability of
    failure, Statistics and Computing 22; for binary outcomes Letham and others 2022, Look-ahead acquisition functions
    for Bernoulli level set estimation, AISTATS.
    """
    posterior = fit(pooled(x, solved))
    ahead, left = _LookAhead(posterior.predict(at)[0] - _logit(level), posterior.covariance(at)), np.array(free)
    candidates, chosen = np.flatnonzero(left > 0), []
    for number in range(min(count, int(left.sum()))):
        worth = ahead.worth(candidates)
        chosen.append(int(candidates[np.argmax(worth)]))
        left[chosen[-1]] -= 1
        ahead.run(chosen[-1])
        if number == 0:
            candidates = candidates[np.argsort(-worth, kind="stable")[: max(count, _CANDIDATES)]]
        candidates = candidates[left[candidates] > 0]
    return chosen


class _LookAhead:
    """The latent function at all places, given runs whose outcomes are not known yet.

    Args:
        mean: `[places]` of the latent function, minus the level's logit.
        covariance: `[places, places]`.
    """

    def __init__(self, mean: np.ndarray, covariance: np.ndarray):
        self.mean, self.covariance = mean, covariance
        self.total = _PROBIT + np.diag(covariance)
        self.explained = np.zeros(len(mean))
        ratio = np.abs(mean) / np.sqrt(np.diag(covariance))
        self.unsettled = np.flatnonzero(ratio <= max(4.0, float(ratio.min())))

    def worth(self, places: np.ndarray) -> np.ndarray:
        """Return `[places]` by how much runs there reduce the expected loss, but for a number that all share.

        Runs explain a part of the variance. The expectation of |P - level| after them is a value of Owen's function.
        """
        spread, one, near = np.diag(self.covariance)[places], self._informs()[places], self.unsettled
        several = _RUNS_AHEAD * one / (1 + (_RUNS_AHEAD - 1) * one * spread)
        explained = self.explained[near] + several[:, None] * self.covariance[np.ix_(places, near)] ** 2
        unexplained = np.maximum(self.total[near] / np.maximum(explained, 1e-12) - 1, 0)
        return -owens_t(self.mean[near] / np.sqrt(self.total[near]), np.sqrt(unexplained)).sum(1)

    def run(self, place: int) -> None:
        """Add a run."""
        told = self._informs()[place] * np.outer(self.covariance[place], self.covariance[place])
        self.explained, self.covariance = self.explained + np.diag(told), self.covariance - told

    def _informs(self) -> np.ndarray:
        """Return `[places]` the expected variance of the mean after a run there, over the squared variance before."""
        total = _PROBIT + np.diag(self.covariance)
        z = self.mean / np.sqrt(total)
        return np.exp(-(z**2)) / np.maximum(2 * np.pi * total * ndtr(z) * ndtr(-z), 1e-300)


def first_places(at: np.ndarray, count: int) -> list[int]:
    """Return places far from one another: the first is the most central, each further one the farthest from all."""
    chosen = [int(np.argmin(((at - at.mean(0)) ** 2).sum(-1)))]
    while len(chosen) < min(count, len(at)):
        apart = ((at[:, None] - at[chosen][None]) ** 2).sum(-1).min(1)
        chosen.append(int(np.argmax(apart)))
    return chosen


def surface_of(table: OutcomeTable, threshold: float, at: np.ndarray | None = None) -> Surface:
    """Return the surface of all runs of a table, at its own cells or elsewhere."""
    run = ~np.isnan(table.values)
    cells, _ = np.nonzero(run)
    return fit_surface(table.places[cells], table.values[run] >= threshold, table.places if at is None else at)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
