"""The two-strategy account and main effects: each predicts held-out cells better where it is the truth."""

import itertools

import numpy as np
import pytest
from sweep_tables import table

from tolman.core.errors import UserError
from tolman.sweeps.strategies import Parameters, Strategies, compare, fit_mixture, predicted, reading_weight

STEPS, BOOKS, FRESH = (100, 300, 1000, 3000, 10_000), (4, 16, 64, 256), (0.0, 0.1, 0.3)
TRUE = Parameters(alpha=0.4, beta=0.25, gamma=0.05, kappa=6.0)
AXES = ("steps", STEPS), ("books", BOOKS), ("fresh", FRESH)


def cell(steps, books, fresh, reading=1.0):
    return Strategies(32.0 * steps, 2.0 * fresh, 24.0 * books, 0.125, reading)


CELLS = [cell(*values) for values in itertools.product(STEPS, BOOKS, FRESH)]


def drawn(p, seeds=3, items=60, seed=0):
    p = np.asarray(p).reshape(len(STEPS), len(BOOKS), len(FRESH), 1)
    return np.random.default_rng(seed).binomial(items, np.broadcast_to(p, (*p.shape[:3], seeds))) / items


def additive():
    logit = (np.array([-2.5, 1, -1, 2, 0])[:, None, None] + np.array([1, -1, 1.5, -1.5])[:, None]) + np.array(
        [0, 1, -1]
    )
    return 1 / (1 + np.exp(-logit))


def test_the_weight_is_the_logistic_of_loss_and_complexity():
    given = Strategies(100.0, 0.5, -16.0, 0.0, 1.0)
    odds = 0.2 * 100**0.5 * 0.5 - 16**0.5 - 1.5
    assert reading_weight([given], Parameters(0.5, 0.5, 0.2, 1.5)) == pytest.approx(1 / (1 + np.exp(-odds)))
    assert predicted([given], Parameters(0.5, 0.5, 0.2, 1.5)) == pytest.approx(1 / (1 + np.exp(-odds)))


def test_a_mixture_lies_between_its_predictors():
    given = [cell(1000, 16, 0.1, reading=0.6)]
    low, high = (predicted(given, TRUE._replace(kappa=kappa))[0] for kappa in (60.0, -60.0))
    assert (low, high) == pytest.approx((0.125, 0.6))


def test_the_parameters_that_runs_were_drawn_from_are_found():
    values = drawn(predicted(CELLS, TRUE), seeds=12, items=400).reshape(len(CELLS), -1)
    found = fit_mixture(CELLS, values)
    assert found.parameters.alpha == pytest.approx(TRUE.alpha, abs=0.1)
    assert found.parameters.beta == pytest.approx(TRUE.beta, abs=0.05)
    assert np.log(found.parameters.gamma) == pytest.approx(np.log(TRUE.gamma), abs=1.0)
    assert found.parameters.kappa == pytest.approx(TRUE.kappa, abs=1.0)
    assert found.weights == pytest.approx(reading_weight(CELLS, TRUE), abs=0.04)
    assert found.fitted == pytest.approx(predicted(CELLS, TRUE), abs=0.03)


def test_runs_that_are_missing_do_not_count():
    values = drawn(predicted(CELLS, TRUE)).reshape(len(CELLS), -1)
    padded = np.concatenate([values, np.full((len(CELLS), 2), np.nan)], axis=1)
    assert fit_mixture(CELLS, padded).fitted == pytest.approx(fit_mixture(CELLS, values).fitted)


def test_the_strategies_win_where_they_are_the_truth():
    found = compare(table(drawn(predicted(CELLS, TRUE)), *AXES), CELLS, folds=5)
    assert found.better == "strategies"
    assert found.difference.low > 0
    assert found.error["strategies"].mean < 0.06 < found.error["main effects"].mean < found.error["constant"].mean


def test_main_effects_win_where_they_are_the_truth():
    found = compare(table(drawn(additive()), *AXES), CELLS, folds=5)
    assert found.better == "main effects"
    assert found.error["main effects"].mean < 0.5 * found.error["strategies"].mean


def test_neither_wins_where_nothing_matters():
    found = compare(table(drawn(np.full(len(CELLS), 0.125)), *AXES), CELLS, folds=5)
    assert found.log_score["strategies"].mean == pytest.approx(found.log_score["constant"].mean, abs=0.01)
    assert abs(found.difference.mean) < 0.02


def test_too_few_cells_are_refused():
    with pytest.raises(UserError, match="5 cells are too few"):
        compare(table(np.full((5, 2), 0.5), ("steps", STEPS)), CELLS[:5])
