from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from feature_samples import directions, rotation, signs

from tolman.measures import steer, steer_interval

N, P = 400, 100


def network(a: float = 2.0, b: float = 0.5, noise: float = 0.01):
    """Two features at right angles, each read out by its own logit."""
    F, u = signs(N, 2), directions(P, 2)
    X = F @ (np.array([a, b])[:, None] * u) + noise * np.random.default_rng(0).standard_normal((N, P))
    return X, F, lambda Z: Z @ u.T


def test_only_the_output_about_the_feature_flips():
    X, F, read_out = network()
    for feature in range(2):
        found = steer(X, F[:, feature], read_out)
        assert found.flipped[-1, feature] == 1.0
        assert found.flipped[:, 1 - feature].max() <= 0.02
        assert found.control[:, 0].max() == 0.0  # a random direction of that length does not turn the strong feature


def test_half_of_the_difference_of_means_turns_a_linear_read_out():
    X, F, read_out = network()
    found = steer(X, F[:, 0], read_out, (0.2, 0.4, 0.45, 0.55, 0.6, 1.0))
    np.testing.assert_allclose(found.flipped[:, 0], [0, 0, 0, 1, 1, 1])
    assert found.dose()[0] == pytest.approx(0.5)
    assert np.isnan(found.dose()[1])
    assert found.length == pytest.approx(4.0, abs=0.05)


def test_less_variance_takes_a_smaller_shift():
    X, F, read_out = network()
    lengths = [steer(X, F[:, i], read_out).length for i in range(2)]
    assert lengths[0] / lengths[1] == pytest.approx(4, rel=0.1)


def test_shifted_stimuli_were_not_fitted():
    X, F, read_out = network()
    found = steer(X, F[:, 0], read_out)
    assert len(found.rows) == N // 2
    assert found.flips.shape == (6, N // 2, 2)
    # Classes are halved one by one.
    assert (F[found.rows, 0] > 0).sum() == N // 4


def test_rotation_and_translation_change_nothing_if_the_read_out_follows():
    X, F, read_out = network()
    R = rotation(P, 3)
    moved = steer(X @ R + 5, F[:, 0], lambda Z: read_out((Z - 5) @ R.T))
    np.testing.assert_array_equal(moved.flips, steer(X, F[:, 0], read_out).flips)


def test_read_outs_may_be_jax_probabilities_or_decisions():
    X, F, read_out = network()
    expected = steer(X, F[:, 0], read_out).flipped
    probabilities = steer(
        X.astype(np.float32), F[:, 0] > 0, lambda Z: jax.nn.sigmoid(read_out(jnp.asarray(Z))), threshold=0.5
    )
    np.testing.assert_allclose(probabilities.flipped, expected, atol=0.01)
    decisions = steer(X, np.where(F[:, 0] > 0, "b", "a"), lambda Z: read_out(Z).argmax(axis=1))
    assert decisions.flipped.shape == (6, 1)


def test_intervals_hold_the_estimate():
    X, F, read_out = network(noise=1.0)
    found = steer(X, F[:, 0], read_out)
    low, high = steer_interval(found)
    assert ((low <= found.flipped) & (found.flipped <= high)).all()
    assert low.shape == found.flipped.shape
    assert (high - low).max() > 0.05


@pytest.mark.parametrize(
    ("y", "read_out", "strengths", "message"),
    [
        (np.arange(N), lambda Z: Z, (1,), "expected two"),
        (np.zeros(N), lambda Z: Z, (1,), "expected two"),
        (signs(N, 1)[:, 0], lambda Z: Z[:-1], (1,), "expected .rows, outputs"),
        (signs(N, 1)[:, 0], lambda Z: Z, (1, 0.5), "increasing order"),
        (signs(N, 1)[:, 0], lambda Z: Z, (), "positive numbers"),
    ],
)
def test_what_cannot_be_steered_is_refused(y, read_out, strengths, message):
    with pytest.raises(ValueError, match=message):
        steer(network()[0], y, read_out, strengths)
