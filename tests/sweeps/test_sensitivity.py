"""Effects and Sobol indices have the values that are known for functions of a known form."""

import numpy as np
import pytest
from sweep_tables import table

from tolman.core.errors import UserError
from tolman.sweeps.sensitivity import sensitivity

A, B = ("a", (1, 2, 3)), ("b", (10, 20))


def additive(seeds=6, noise=0.0):
    """f = a-part + b-part, with effects of the seed."""
    rng = np.random.default_rng(0)
    f = np.array([0.0, 0.3, 0.6])[:, None, None] + np.array([0.0, 0.2])[None, :, None]
    return f + 0.05 * rng.normal(size=seeds) + noise * rng.normal(size=(3, 2, seeds))


def test_an_additive_function_has_effects_and_no_interaction():
    found = sensitivity(table(additive(), A, B))
    assert found.levels["world.a", 3].mean == pytest.approx(0.3)
    assert found.levels["world.b", 10].mean == pytest.approx(-0.1)
    assert found.interactions["world.a", "world.b"].mean == pytest.approx(0.0)
    va, vb = np.var([0, 0.3, 0.6]), np.var([0, 0.2])
    assert found.first["world.a"].mean == pytest.approx(va / (va + vb))
    assert found.total["world.b"].mean == pytest.approx(vb / (va + vb))
    assert found.pairs["world.a", "world.b"].mean == pytest.approx(0.0)
    assert sum(found.levels["world.a", value].mean for value in A[1]) == pytest.approx(0.0)


def test_an_exclusive_or_is_all_interaction():
    xor = np.repeat(np.array([[0.0, 1.0], [1.0, 0.0]])[..., None], 5, -1)
    found = sensitivity(table(xor, ("a", (0, 1)), B))
    assert found.first["world.a"].mean == pytest.approx(0.0)
    assert found.total["world.a"].mean == pytest.approx(1.0)
    assert found.pairs["world.a", "world.b"].mean == pytest.approx(1.0)
    assert found.interactions["world.a", "world.b"].mean == pytest.approx(-2.0)


def test_the_noise_of_runs_enters_no_index():
    """Without a correction half of the variance of cells' means would be noise here."""
    rng = np.random.default_rng(1)
    f = np.array([0.0, 0.5, 1.0])[:, None, None] + np.zeros((3, 4, 8))
    averaged = [
        sensitivity(table(f + 1.2 * rng.normal(size=f.shape), A, ("b", (1, 2, 3, 4)))).levels["world.a", 3].mean
        for _ in range(20)
    ]
    assert np.mean(averaged) == pytest.approx(0.5, abs=0.1)
    large = np.array([0.0, 2.0, 4.0])[:, None, None] + rng.normal(size=(3, 4, 40))
    assert sensitivity(table(large, A, ("b", (1, 2, 3, 4)))).first["world.a"].mean == pytest.approx(1.0, abs=0.02)


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = additive() + 0.1 * rng.normal(size=(3, 2, 6))
        effect = sensitivity(table(y, A, B)).levels["world.a", 3]
        inside += effect.low <= 0.3 <= effect.high
    assert inside >= 50


def test_a_threshold_asks_whether_runs_solve():
    y = np.repeat(np.array([0.2, 0.85, 0.95])[:, None], 3, 1)
    found = sensitivity(table(y, A), threshold=0.9)
    assert found.levels["world.a", 3].mean == pytest.approx(2 / 3)
    assert found.first["world.a"].mean == pytest.approx(1.0)


def test_cells_that_do_not_differ_have_no_indices_and_no_effects():
    found = sensitivity(table(np.full((3, 2, 4), 0.7), A, B))  # 0.7 has a mean that is rounded
    assert np.isnan([each.mean for each in (*found.first.values(), *found.total.values(), *found.pairs.values())]).all()
    assert [each.mean for each in found.levels.values()] == pytest.approx([0.0] * 5)


def test_an_incomplete_grid_is_refused():
    y = additive()
    y[1, 1, 2] = np.nan
    with pytest.raises(UserError, match="1 runs of the grid are missing"):
        sensitivity(table(y, A, B))
    with pytest.raises(UserError, match="two seeds or more"):
        sensitivity(table(additive(seeds=1), A, B))
