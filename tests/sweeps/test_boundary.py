"""The search for a boundary finds it with a third of the grid's runs; benchmarks/bench_boundary.py does so 20 times."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm
from sweep_tables import table

from tolman.sweeps.boundary import Surface, _LookAhead, first_places, fit_surface, next_places, surface_of

N = 9
AT = np.column_stack([each.ravel() for each in np.meshgrid(*[np.linspace(0, 1, N)] * 2, indexing="ij")])
P = 1 / (1 + np.exp(-14 * (AT[:, 0] - 0.35 - 0.3 * AT[:, 1])))


def wrong(surface):
    """The fraction of cells on the wrong side, weighted by how far P is from .5."""
    weight = np.abs(P - 0.5)
    return (weight * ((P > 0.5) != surface.above())).sum() / weight.sum()


def test_a_third_of_the_grid_finds_the_boundary():
    rng, seeds = np.random.default_rng(0), 3
    budget, free, chosen = N * N * seeds // 3, np.full(N * N, seeds), first_places(AT, 9)
    x, solved = np.empty((0, 2)), np.empty(0)
    while True:
        np.subtract.at(free, chosen, 1)
        x, solved = np.concatenate([x, AT[chosen]]), np.append(solved, rng.random(len(chosen)) < P[chosen])
        if len(solved) >= budget:
            break
        chosen = next_places(x, solved, AT, free, count=min(9, budget - len(solved)))
    assert wrong(fit_surface(x, solved, AT)) < 0.03
    near = np.abs(x[:, 0] - 0.35 - 0.3 * x[:, 1]) < 0.2
    everywhere = np.abs(AT[:, 0] - 0.35 - 0.3 * AT[:, 1]) < 0.2
    assert near.mean() > 1.3 * everywhere.mean()


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_a_place_is_above_a_level_if_its_probability_is(level):
    """An uncertain surface is nearer to 1/2 than its mean: 2.5 logits with a deviation of 3 are .77."""
    mean, sd = np.array([-2.5, -0.01, 0.01, 2.5, 6.0]), np.array([3.0, 1.0, 1.0, 3.0, 0.5])
    probability = ndtr(mean / np.sqrt(8 / np.pi + sd**2))
    assert Surface(mean, sd, probability).above(level).tolist() == (probability > level).tolist()
    assert probability[3] == pytest.approx(0.769, abs=1e-3)


def test_probability_at_many_runs_is_what_came_out():
    at = np.array([[0.0], [1.0]])
    surface = fit_surface(np.repeat(at, 60, 0), np.repeat([0, 1], 60), at)
    assert surface.probability[0] < 0.1 < 0.9 < surface.probability[1]
    assert surface.above().tolist() == [False, True]


def test_certainty_falls_with_the_distance_from_the_runs():
    at = np.linspace(0, 1, 5)[:, None]
    surface = fit_surface(at[:1], np.array([1.0]), at)
    assert np.all(np.diff(np.abs(surface.mean) / surface.sd) < 0)
    assert np.all(surface.probability > 0.5)


def test_places_are_spread_and_none_is_run_too_often():
    assert len(set(first_places(AT, 12))) == 12
    free = np.zeros(N * N, int)
    free[[3, 40, 77]] = 1
    x, solved = AT[[0, 80]], np.array([0.0, 1.0])
    assert sorted(next_places(x, solved, AT, free, count=10)) == [3, 40, 77]
    free[40] = 5
    chosen = next_places(x, solved, AT, free, count=4)
    assert len(chosen) == 4
    assert chosen.count(40) >= 2


def test_the_worth_of_a_run_is_the_expected_distance_from_the_level():
    mean, covariance = np.array([0.7, -1.5]), np.array([[2.0, 1.2], [1.2, 3.0]])
    ahead = _LookAhead(mean, covariance)
    before = ahead.worth(np.array([0]))[0]
    ahead.run(1)
    total = 8 / np.pi + np.diag(covariance)

    def expected(explained):
        nodes, weights = np.polynomial.hermite_e.hermegauss(200)
        p = ndtr((mean[:, None] + np.sqrt(explained)[:, None] * nodes) / np.sqrt(total - explained)[:, None])
        return float((np.abs(p - 0.5) * weights).sum() / weights.sum())

    def further(covariance, informs, explained):
        several = 5 * informs / (1 + 4 * informs * covariance[0, 0])
        return explained + several * covariance[0] ** 2

    first = further(covariance, _informs(mean[0], 2.0), np.zeros(2))
    told = _informs(mean[1], 3.0) * covariance[1] ** 2
    left = covariance - _informs(mean[1], 3.0) * np.outer(covariance[1], covariance[1])
    second = further(left, _informs(mean[0], left[0, 0]), told)
    # The expectation of |P - 1/2| is 1/2 minus twice Owen's function at each place.
    assert expected(first) == pytest.approx(1 + 2 * before, abs=2e-3)
    assert expected(second) == pytest.approx(1 + 2 * ahead.worth(np.array([0]))[0], abs=2e-3)
    assert expected(second) > expected(first)


def _informs(mean, variance):
    """The variance of the mean after one run, by what either outcome would make of it, over the squared variance."""
    total = 8 / np.pi + variance
    z = mean / np.sqrt(total)
    solved, failed = (sign * norm.pdf(z) / ndtr(sign * z) / np.sqrt(total) for sign in (1, -1))
    return ndtr(z) * solved**2 + ndtr(-z) * failed**2


def test_the_surface_of_a_table_is_that_of_its_runs():
    y = np.array([[0.1, 0.2, 0.95], [0.95, 0.99, np.nan]])
    found = surface_of(table(y, ("a", (1, 2))), 0.9)
    expected = fit_surface(np.array([[0.0]] * 3 + [[1.0]] * 2), np.array([0, 0, 1, 1, 1]), np.array([[0.0], [1.0]]))
    assert found.probability == pytest.approx(expected.probability)
