"""Held-out cells: do models of P(solved) predict cells that they were not fitted to?"""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.core.errors import UserError
from tolman.records.statistics import Interval, wilson
from tolman.sweeps.boundary import fit_surface
from tolman.sweeps.mixed import fit_mixed
from tolman.sweeps.outcomes import SOLVED, OutcomeTable


@dataclasses.dataclass(frozen=True)
class HeldOut:
    """The accuracy of a model's predictions for cells that were left out.

    Attributes:
        log_loss: mean negative logarithm of the probability of what came out, in nats.
        brier: mean squared error of the probability.
        bins: (mean predicted probability, observed fraction with Wilson's interval) of runs in bins of predictions.
    """

    log_loss: float
    brier: float
    bins: tuple[tuple[float, Interval], ...]


def held_out(table: OutcomeTable, threshold: float = SOLVED, folds: int = 5, seed: int = 0) -> dict[str, HeldOut]:
    """Predict each cell from the others, a fold of cells at a time.

    Returns:
        `"levels"`, the mixed model of levels; `"surface"`, the Gaussian-process classifier; and `"constant"`, which
        knows nothing but how often runs solve: a model that does not beat it has learned nothing.

    Raises:
        UserError: fewer cells than folds.
    """
    cells = len(table.cells)
    if cells < folds:
        raise UserError(f"{cells} cells are fewer than the {folds} folds: run more cells.")
    fold = np.random.default_rng(seed).permutation(np.arange(cells) % folds)
    predicted = {name: np.empty(cells) for name in ("levels", "surface", "constant")}
    for number in range(folds):
        out = fold == number
        rest = table._replace(values=np.where(out[:, None], np.nan, table.values))
        run = ~np.isnan(rest.values)
        solved = rest.values[run] >= threshold
        predicted["levels"][out] = fit_mixed(rest, threshold).fitted[out]
        predicted["surface"][out] = fit_surface(table.places[np.nonzero(run)[0]], solved, table.places[out]).probability
        predicted["constant"][out] = (solved.sum() + 1) / (len(solved) + 2)
    run = ~np.isnan(table.values)
    came_out = table.values[run] >= threshold
    return {name: _score(p[np.nonzero(run)[0]], came_out) for name, p in predicted.items()}


def _score(p: np.ndarray, came_out: np.ndarray) -> HeldOut:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    loss = -np.where(came_out, np.log(p), np.log(1 - p)).mean()
    bins = []
    for low in np.arange(5) / 5:
        here = (p >= low) & (p < low + 0.2)
        if here.any():
            bins.append((float(p[here].mean()), wilson(int(came_out[here].sum()), int(here.sum()))))
    return HeldOut(float(loss), float(((p - came_out) ** 2).mean()), tuple(bins))
