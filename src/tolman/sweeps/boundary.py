"""Where P(solved) crosses a level: a Gaussian-process classifier over the grid, and which cell to run next."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np

from tolman.sweeps.outcomes import OutcomeTable

LEVEL = 0.5
_KAPPA = 1.96
"""How many standard deviations of the latent function the straddle rule adds: a 95 % interval, as published."""


@dataclasses.dataclass(frozen=True)
class Surface:
    """P(solved) at places of the grid, as a Gaussian-process classifier sees it.

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
        return self.mean > _logit(level)

    def straddle(self, level: float = LEVEL) -> np.ndarray:
        """Return `[places]` how much a run there would tell about the level: uncertain and near it.

        Source: Bryan and others 2005, Active learning for identifying function threshold boundaries, NeurIPS 18.
        """
        return _KAPPA * self.sd - np.abs(self.mean - _logit(level))


def fit_surface(x: np.ndarray, solved: np.ndarray, at: np.ndarray) -> Surface:
    """Fit the classifier to runs, and return its surface.

    Args:
        x: `[runs, axes]` places of the runs on the axes, from 0 to 1.
        solved: `[runs]` 0 or 1.
        at: `[places, axes]`.

    Returns:
        The surface; where all runs came out alike, a flat one with the rule of succession's probability.

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, section 3.4.
    """
    if len(set(np.asarray(solved).tolist())) < 2:
        return _flat(x, solved, at)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    lengths: Any = np.full(x.shape[1], 0.3)  # its stub knows a single one
    kernel = ConstantKernel(4.0, (0.5, 50.0)) * RBF(lengths, (0.08, 3.0))
    optimizer: Any = _optimise  # its stub knows names alone
    model = GaussianProcessClassifier(kernel, optimizer=optimizer, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound: the axis hardly matters
        model.fit(x, np.asarray(solved, int))
    mean, variance = model.latent_mean_and_variance(at)
    return Surface(mean, np.sqrt(np.maximum(variance, 0.0)), model.predict_proba(at)[:, 1])


def _optimise(objective: Any, start: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the kernel's parameters after a few steps: later ones change the surface little and cost the most."""
    from scipy.optimize import minimize

    found = minimize(objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 10})
    return found.x, float(found.fun)


def _flat(x: np.ndarray, solved: np.ndarray, at: np.ndarray) -> Surface:
    """Return a surface that is the less certain the farther the nearest run is."""
    probability = (float(np.sum(solved)) + 1) / (len(solved) + 2)
    far = np.sqrt(((at[:, None] - x[None]) ** 2).sum(-1)).min(1) if len(x) else np.ones(len(at))
    return Surface(np.full(len(at), _logit(probability)), 2.0 * far, np.full(len(at), probability))


def next_places(
    x: np.ndarray, solved: np.ndarray, at: np.ndarray, free: np.ndarray, *, count: int, level: float = LEVEL
) -> list[int]:
    """Return the places of the next runs, as numbers of `at`; none twice.

    The first is where a run tells most of the level. Each further one is kept apart from those before it, so that runs
    of one round are not all at the same spot.

    Args:
        x: `[runs, axes]` of the runs so far.
        solved: `[runs]` 0 or 1.
        at: `[places, axes]`.
        free: `[places]` how many more runs each can have.
        count: most places.
        level: of P(solved).
    """
    score = fit_surface(x, solved, at).straddle(level)
    chosen: list[int] = []
    for _ in range(min(count, int((free > 0).sum()))):
        near = np.zeros(len(at))
        for i in chosen:
            near = np.maximum(near, np.exp(-((at - at[i]) ** 2).sum(-1) / (2 * 0.15**2)))
        value = np.where(free > 0, score - np.ptp(score) * near, -np.inf)
        value[chosen] = -np.inf
        chosen.append(int(np.argmax(value)))
    return chosen


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
