"""The model of P(solved) finds what runs were drawn from, and is checked against other ways to the same numbers."""

import numpy as np
import pytest
from scipy.integrate import quad
from sklearn.linear_model import LogisticRegression
from sweep_tables import table

from tolman.sweeps.calibration import held_out
from tolman.sweeps.mixed import fit_mixed, splits
from tolman.sweeps.seed_effects import Posterior

A, B = ("a", (1, 2, 3)), ("b", (10, 20))


def logistic(eta):
    return 1 / (1 + np.exp(-eta))


def drawn(seeds, sd, seed=0):
    rng = np.random.default_rng(seed)
    eta = np.array([-2.0, 0.0, 2.0])[:, None] + np.array([-0.5, 0.5])[None]
    p = logistic(eta[..., None] + sd * rng.normal(size=seeds))
    return (rng.random(p.shape) < p).astype(float)


def test_effects_and_the_seeds_spread_are_found():
    found = fit_mixed(table(drawn(400, 1.5), A, B))
    rise = found.effects["world.a", 3].mean - found.effects["world.a", 1].mean
    assert rise == pytest.approx(4.0, abs=0.5)
    assert found.effects["world.b", 20].mean - found.effects["world.b", 10].mean == pytest.approx(1.0, abs=0.3)
    assert found.seed_sd == pytest.approx(1.5, abs=0.3)
    assert found.fitted == pytest.approx(drawn(400, 1.5).mean(-1).ravel(), abs=0.05)


def test_the_likelihood_is_the_integral_over_the_seeds_effect():
    y = drawn(1, 1.0)
    data = Posterior(np.eye(6), y.reshape(6, 1))
    theta = np.array([-1.0, 0.5, 0.2, -0.3, 1.0, 0.8, np.log(0.7)])

    def integrand(u):
        p = logistic(theta[:-1] + 0.7 * u)
        return np.prod(np.where(y.ravel() == 1, p, 1 - p)) * np.exp(-u * u / 2) / np.sqrt(2 * np.pi)

    scale = np.array([5.0, *[2.5] * 5])
    prior = 0.5 * ((theta[:-1] / scale) ** 2).sum() + 0.5 * 0.7**2 - np.log(0.7)
    expected = prior - np.log(quad(integrand, -9, 9)[0])
    assert data.objective(theta)[0] == pytest.approx(expected, rel=1e-6)


def test_many_cells_and_unequal_seeds_are_integrated_exactly():
    """With 200 cells a seed's effect is known to a tenth: nodes that are fixed in advance miss it."""
    rng = np.random.default_rng(1)
    base, seeds, sd = np.linspace(-4, 4, 200), 10, 2.0
    y = (rng.random((200, seeds)) < logistic(base[:, None] + sd * rng.normal(size=seeds))).astype(float)
    theta = np.array([0.3, 1.1, np.log(sd)])
    found = Posterior(np.column_stack([np.ones(200), base]), y).objective(theta)[0]
    u = np.linspace(-7, 7, 6001)
    eta = (0.3 + 1.1 * base)[:, None] + sd * u
    log_likelihood = y.T @ -np.logaddexp(0, -eta) + (1 - y).T @ -np.logaddexp(0, eta)  # [seeds, u]
    integrals = np.log(np.trapezoid(np.exp(log_likelihood - log_likelihood.max(1)[:, None] - u**2 / 2), u))
    expected = -(integrals + log_likelihood.max(1) - np.log(2 * np.pi) / 2).sum()
    prior = 0.5 * (0.3 / 5) ** 2 + 0.5 * (1.1 / 2.5) ** 2 + 0.5 * sd**2 - np.log(sd)
    assert found == pytest.approx(expected + prior, abs=1e-6)


@pytest.mark.parametrize("draw", [2, 3])
def test_the_seeds_spread_is_found_on_a_grid_of_many_cells(draw):
    """With 24 nodes fixed in advance it was 3.0 and 1.4."""
    base = np.linspace(-2, 2, 20)[:, None, None] + np.linspace(-1, 1, 10)[None, :, None]
    u = np.random.default_rng(draw).normal(size=10)
    u = 2.5 * (u - u.mean()) / u.std()
    y = np.random.default_rng(draw + 100).random((20, 10, 10)) < logistic(base + u)
    found = fit_mixed(table(y, ("a", tuple(range(20))), ("b", tuple(range(10)))))
    assert found.seed_sd == pytest.approx(2.2, abs=0.2)  # the prior draws it a little towards 1


def test_the_gradient_is_that_of_the_objective():
    data, theta = Posterior(np.random.default_rng(2).normal(size=(6, 3)), drawn(4, 1.0).reshape(6, 4)), np.full(4, 0.3)
    steps = 1e-6 * np.eye(4)
    numeric = [(data.objective(theta + h)[0] - data.objective(theta - h)[0]) / 2e-6 for h in steps]
    assert data.objective(theta)[1] == pytest.approx(numeric, rel=1e-5, abs=1e-6)


def test_without_differences_between_seeds_it_is_a_penalised_logistic_regression():
    y = drawn(300, 0.0)
    found = fit_mixed(table(y, A, B))
    assert found.seed_sd < 0.4
    x = np.array([[a == v for v in (0, 1, 2)] + [b == v for v in (0, 1)] for a in range(3) for b in range(2)], float)
    model = LogisticRegression(C=2.5**2, tol=1e-10, max_iter=1000).fit(np.repeat(x, 300, 0), y.ravel())
    assert found.fitted == pytest.approx(model.predict_proba(x)[:, 1], abs=0.02)


def test_intervals_of_effects_are_those_of_sums_to_zero_and_narrow_with_seeds():
    """The information of a logistic regression whose columns sum to 0 over an axis, worked out independently."""
    halves = []
    for seeds in (100, 400):
        found = fit_mixed(table(drawn(seeds, 0.0), A, B))
        eta = np.array([-2.0, 0.0, 2.0])[:, None] + np.array([-0.5, 0.5])[None]
        weight = seeds * (logistic(eta) * logistic(-eta)).ravel()
        x = np.array([[1, *a, b] for a in ((1, 0), (0, 1), (-1, -1)) for b in (-1, 1)], float)
        variance = np.linalg.inv(x.T @ (weight[:, None] * x))
        for effect, i in ((found.effects["world.a", 1], 1), (found.effects["world.b", 20], 3)):
            halves.append((effect.high - effect.low) / 2)
            assert halves[-1] == pytest.approx(1.96 * np.sqrt(variance[i, i]), rel=0.12)
    assert halves[2] == pytest.approx(halves[0] / 2, rel=0.1)
    for path in ("world.a", "world.b"):
        assert sum(e.mean for (name, _), e in found.effects.items() if name == path) == pytest.approx(0, abs=1e-9)


def test_effects_of_accuracies_are_as_certain_as_the_accuracies_agree():
    """Sums to zero over two values: half the difference of logits, with the error of the delta method."""
    noise = np.random.default_rng(1).normal(size=(2, 3, 8))
    noise = 0.03 * (noise - noise.mean(axis=(0, 1))) / noise.std()
    y = np.array([0.4, 0.7])[:, None, None] + noise
    found = fit_mixed(table(y, ("a", (1, 2)), ("b", (1, 2, 3)), items=10_000), None)
    means = y.mean((1, 2))
    expected = np.diff(np.log(means / (1 - means)))[0] / 2
    error = np.sqrt(sum(y[i].var() / 24 / (means[i] * (1 - means[i])) ** 2 for i in range(2))) / 2
    effect = found.effects["world.a", 2]
    assert effect.mean == pytest.approx(expected, rel=0.02)
    assert (effect.high - effect.low) / 2 == pytest.approx(1.96 * error, rel=0.25)
    assert found.dispersion == pytest.approx(0.03**2 / 0.22, rel=0.25)
    assert found.seed_sd < 0.15


def test_accuracies_are_no_more_certain_than_their_questions():
    y = np.repeat(np.array([0.4, 0.7])[:, None], 5, 1)
    few, many = (fit_mixed(table(y, ("a", (1, 2)), items=n), None) for n in (20, 2000))
    assert (few.dispersion, many.dispersion) == (1 / 20, 1 / 2000)
    assert fit_mixed(table(y, ("a", (1, 2))), None, dispersion=1.0).dispersion == 1.0


def test_a_value_that_was_not_run_widens_no_other_effect():
    y = drawn(40, 0.0)[:2]
    two, three = fit_mixed(table(y, ("a", (1, 2)), B)), table(np.concatenate([y, np.full((1, 2, 40), np.nan)]), A, B)
    found = fit_mixed(three)
    for key, effect in two.effects.items():
        assert found.effects[key] == pytest.approx(effect, abs=1e-3)
    assert found.effects["world.a", 3].high > 4


def test_levels_that_always_or_never_solve_have_finite_effects():
    y = np.repeat(np.array([0.0, 0.0, 1.0])[:, None], 5, 1)
    found = fit_mixed(table(y, A))
    assert found.effects["world.a", 3].mean > 1 > -1 > found.effects["world.a", 1].mean
    assert np.all(np.isfinite(list(found.effects.values())))
    assert found.fitted[2] > 0.7 > 0.3 > found.fitted[0]


def test_missing_runs_are_no_failures():
    y = drawn(6, 1.0)
    whole = fit_mixed(table(y, A, B))
    padded = fit_mixed(table(np.concatenate([y, np.full((3, 2, 4), np.nan)], -1), A, B))
    assert padded.fitted == pytest.approx(whole.fitted)


def test_a_two_humped_cell_is_told_apart():
    y = np.array([[0.98, 0.96, 0.3, 0.34], [0.2, 0.2, 0.2, 0.2]])
    first, second = splits(table(y, ("a", (1, 2))))
    assert (first.solved.mean, first.accuracy_solved.mean, first.accuracy_unsolved.mean) == (0.5, 0.97, 0.32)
    assert second.accuracy_solved is None


def test_held_out_cells_of_a_smooth_surface_are_predicted():
    rng = np.random.default_rng(3)
    axes = ("a", tuple(range(6))), ("b", tuple(range(5)))
    eta = 8 * (np.arange(6)[:, None] / 5 + np.arange(5)[None] / 4 - 1)
    y = rng.random((6, 5, 6)) < logistic(eta)[..., None]
    found = held_out(table(y, *axes))
    for name in ("levels", "surface"):
        assert found[name].log_loss < 0.7 * found["constant"].log_loss
        assert found[name].brier < found["constant"].brier
        assert all(observed.low - 0.05 <= predicted <= observed.high + 0.05 for predicted, observed in found[name].bins)


def test_noise_is_not_predicted():
    y = np.random.default_rng(4).random((6, 5, 6)) < 0.5
    found = held_out(table(y, ("a", tuple(range(6))), ("b", tuple(range(5)))))
    assert found["surface"].log_loss > 0.95 * found["constant"].log_loss
