"""Components of variance of crossed seeds, and that further models of a world decide nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_verdict import LATENT, PARAMETRIC, STUDY, claim, record

from tolman.claims.components import crossed, variances
from tolman.claims.effects import Accuracy
from tolman.claims.verdict import judge

TABLES = arrays(float, st.tuples(st.integers(2, 6), st.integers(2, 5)), elements=st.floats(0, 1))


def by_covariance(table):
    """Return the components as mean covariances: two columns share the world, two rows the model."""

    def shared(rows):
        cov = np.cov(rows)
        return (cov.sum() - np.trace(cov)) / (len(cov) * (len(cov) - 1)), np.trace(cov) / len(cov)

    world, total = shared(table.T)
    model, _ = shared(table)
    return world, model, total - world


@given(TABLES)
@settings(max_examples=60, deadline=None)
def test_the_analysis_of_variance_agrees_with_covariances(table):
    world, model, residual = by_covariance(table)
    found = variances(table)
    assert found == pytest.approx((max(0.0, world), max(0.0, model), residual), abs=1e-9)


def test_planted_components_are_found():
    rng, n = np.random.default_rng(0), 400
    table = rng.normal(0, 3, (n, 1)) + rng.normal(0, 2, n) + rng.normal(0, 1, (n, n))
    assert np.sqrt(variances(table)) == pytest.approx([3, 2, 1], rel=0.1)


def test_an_additive_table_leaves_nothing():
    table = np.array([0.1, 0.4, 0.4])[:, None] + np.array([0.0, 0.2])
    assert variances(table) == pytest.approx((0.03, 0.02, 0.0))


def test_a_table_has_the_worlds_that_have_every_shared_model():
    values = {(0, 0): 1.0, (0, 1): 2.0, (1, 0): 3.0, (1, 1): 4.0, (2, 0): 5.0, (2, 2): 6.0, (3, 3): 7.0}
    assert crossed(values).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert crossed({(i, i): 0.5 for i in range(6)}).shape == (0, 0)


def runs(models, worlds=5):
    """Return records whose accuracy is lower by a tenth for each model seed, and higher for each world seed."""
    return [
        record(seed=world, forward=1.0, latent=0.5 + 0.02 * world - 0.1 * model, changes={"model_seed": model})
        for world in range(worlds)
        for model in {world, *range(models)}
    ]


def test_further_models_of_a_world_change_no_verdict():
    made = claim(Accuracy(PARAMETRIC, "latent"), 0.3, ">=")
    alone, more = (judge(made, runs(models), STUDY, "quick") for models in (0, 2))
    assert alone.components is None
    assert dataclasses.replace(more, components=None) == alone
    found = dataclasses.astuple(more.components)
    assert found == pytest.approx((0.02 * np.sqrt(2.5), 0.1 / np.sqrt(2), 0.0, 5, 2, False), abs=1e-9)


def test_components_rest_on_all_runs_whether_or_not_they_meet_requirements():
    records = [*runs(2, worlds=6)]
    unlearned = [record(seed=7, forward=0.1, latent=0.9, changes={"model_seed": model}) for model in (0, 1, 7)]
    found = judge(LATENT, [*records, *unlearned], STUDY, "quick")
    assert (found.seeds, found.components.worlds, found.components.models) == (6, 7, 2)
