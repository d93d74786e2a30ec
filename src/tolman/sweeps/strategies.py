"""The two-strategy account: accuracies as a posterior-weighted mixture of a memorising and a reading predictor.

After Wurgaft et al. 2025 (arXiv 2506.17859): what a model does is an average of the predictions of two strategies,
weighted by how well each explains the training data and by how simple it is. Beside it stands the plain account, main
effects of the axes, and `compare` says which one predicts cells that neither was fitted to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.records.statistics import Interval, student
from tolman.sweeps.mixed import fit_mixed
from tolman.sweeps.outcomes import OutcomeTable

ACCOUNTS = ("strategies", "main effects", "constant")
FEWEST = 6
"""Cells that a comparison needs."""

_NEAREST = 0.005
"""Predicted accuracies are kept that far from 0 and 1, so that no single cell decides a log score."""


class Strategies(NamedTuple):
    """The two predictors of a cell, as the account knows them.

    Attributes:
        data: training examples N, at least 1.
        loss_difference: loss of the memorising predictor less that of the reading one, in nats per training example.
        complexity_difference: description length of the memorising predictor less that of the reading one, in bits, up
            to a constant.
        memorising: accuracy of the memorising predictor on the questions.
        reading: accuracy of the reading predictor on the questions.
    """

    data: float
    loss_difference: float
    complexity_difference: float
    memorising: float
    reading: float


class Parameters(NamedTuple):
    """Parameters of the posterior log odds of reading: `gamma N^(1 - alpha) dL + sign(dK) |dK|^beta - kappa`.

    Attributes:
        alpha: how much less each further example teaches than the one before, 0 to 1.
        beta: how little complexity counts, 0 to 1.
        gamma: how much the loss counts, more than 0.
        kappa: what nobody can count here: the complexity of the programs themselves. The paper has no such constant.
    """

    alpha: float
    beta: float
    gamma: float
    kappa: float


@dataclasses.dataclass(frozen=True)
class MixtureFit:
    """The fitted account.

    Attributes:
        parameters: at the mode; where no cell has a difference in loss, `alpha` and `gamma` are those of the prior.
        weights: `[cells]` posterior probability of the reading predictor.
        fitted: `[cells]` accuracy.
    """

    parameters: Parameters
    weights: np.ndarray
    fitted: np.ndarray


def reading_weight(cells: Sequence[Strategies], parameters: Parameters) -> np.ndarray:
    """Return `[cells]` the posterior probability of the reading predictor."""
    data, loss, complexity = np.array(cells, float).T[:3]
    alpha, beta, gamma, kappa = parameters
    odds = gamma * data ** (1 - alpha) * loss + np.sign(complexity) * np.abs(complexity) ** beta - kappa
    return 1 / (1 + np.exp(-np.clip(odds, -500, 500)))


def predicted(cells: Sequence[Strategies], parameters: Parameters) -> np.ndarray:
    """Return `[cells]` the accuracy of the mixture."""
    weights, (memorising, reading) = reading_weight(cells, parameters), np.array(cells, float).T[3:]
    return weights * reading + (1 - weights) * memorising


def fit_mixture(cells: Sequence[Strategies], values: np.ndarray) -> MixtureFit:
    """Fit the account to accuracies `[cells, seeds]`, NaN where a seed was not run.

    The likelihood is the Bernoulli one of each accuracy, every run counting once. Weak normal priors keep parameters
    finite that the cells do not tell: of the logits of `alpha` and `beta` (0, sd 2), of the logarithm of `gamma`'s
    effect at the middle of the data (0, sd 3), and of `kappa` (0, sd 10).
    """
    from scipy.optimize import minimize

    middle = float(np.exp(np.mean(np.log([cell.data for cell in cells]))))
    starts = [(a, b, g, k) for a in (0.0,) for b in (-2.0, 0.0) for g in (-2.0, 1.0) for k in (0.0, 6.0)]

    def objective(theta: np.ndarray) -> float:
        prior = 0.5 * ((theta / np.array([2.0, 2.0, 3.0, 10.0])) ** 2).sum()
        return float(prior - np.nansum(_log_scores(predicted(cells, _read(theta, middle))[:, None], values)))

    found = min((minimize(objective, start, method="L-BFGS-B") for start in starts), key=lambda each: each.fun)
    parameters = _read(found.x, middle)
    return MixtureFit(parameters, reading_weight(cells, parameters), predicted(cells, parameters))


def _read(theta: np.ndarray, middle: float) -> Parameters:
    """Return the parameters; `gamma` is searched by its effect at `middle`, which `alpha` then hardly changes."""
    alpha, beta = 1 / (1 + np.exp(-np.clip(theta[:2], -30, 30)))
    return Parameters(float(alpha), float(beta), float(np.exp(theta[2]) / middle ** (1 - alpha)), float(theta[3]))


def _log_scores(p: np.ndarray, values: np.ndarray) -> np.ndarray:
    p = np.clip(p, _NEAREST, 1 - _NEAREST)
    return values * np.log(p) + (1 - values) * np.log(1 - p)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Scores of the accounts' predictions for cells that they were not fitted to, with t intervals over cells.

    Attributes:
        log_score: account -> mean log score of a run in nats; 0 is best.
        error: account -> mean absolute error of a run's accuracy.
        difference: log score of the strategies less that of the main effects: above 0 the strategies predict better.
        fit: of the strategies to all cells.
    """

    log_score: dict[str, Interval]
    error: dict[str, Interval]
    difference: Interval
    fit: MixtureFit

    @property
    def better(self) -> str | None:
        """The account that predicts held-out cells better; None where the interval holds 0."""
        if self.difference.low > 0:
            return ACCOUNTS[0]
        return ACCOUNTS[1] if self.difference.high < 0 else None


def compare(table: OutcomeTable, cells: Sequence[Strategies], folds: int = 10, seed: int = 0) -> Comparison:
    """Predict each cell of a table of accuracies from the others, a fold of cells at a time.

    All accounts are fitted by the same likelihood, that of one answer a run.

    Args:
        table: accuracies; every cell has at least one run.
        cells: what the account knows of each of its cells.
        folds: number of folds; with fewer cells each is left out on its own.
        seed: of the folds.

    Raises:
        UserError: fewer than six cells.
    """
    count = len(table.cells)
    if count < FEWEST:
        raise UserError(f"{count} cells are too few to leave some out: run {FEWEST} or more.")
    fold = np.random.default_rng(seed).permutation(np.arange(count) % min(folds, count))
    guesses = {name: np.empty(count) for name in ACCOUNTS}
    for number in range(min(folds, count)):
        out = fold == number
        rest = table._replace(values=np.where(out[:, None], np.nan, table.values))
        kept = [cell for cell, left in zip(cells, out, strict=True) if not left]
        mixture = fit_mixture(kept, table.values[~out])
        guesses["strategies"][out] = predicted(cells, mixture.parameters)[out]
        guesses["main effects"][out] = fit_mixed(rest, None, dispersion=1.0).fitted[out]
        guesses["constant"][out] = np.nanmean(rest.values)
    scores = {name: np.nanmean(_log_scores(p[:, None], table.values), axis=1) for name, p in guesses.items()}
    errors = {name: np.nanmean(np.abs(p[:, None] - table.values), axis=1) for name, p in guesses.items()}
    return Comparison(
        {name: student(each.tolist()) for name, each in scores.items()},
        {name: student(each.tolist()).clip(0.0, 1.0) for name, each in errors.items()},
        student((scores["strategies"] - scores["main effects"]).tolist()),
        fit_mixture(cells, table.values),
    )
