from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from feature_samples import published, signs
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.measures import (
    decodability,
    decodability_gain,
    decodability_interval,
    decodability_p_value,
    decodability_r2,
    decode,
)

KINDS = ("linear", "mlp", "knn")


def separable(n: int = 200, p: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    f = signs(n, 1, seed)[:, 0]
    return 6 * f[:, None] + np.random.default_rng(seed).standard_normal((n, p)), f


def parity(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    F = signs(n, 2)
    return np.repeat(F, 2, axis=1) + 0.2 * np.random.default_rng(0).standard_normal((n, 4)), F.prod(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_is_found_and_what_is_not_is_not(kind):
    X, y = separable()
    assert decodability(X, y, kind) == 1.0
    nothing = [decodability(X, signs(200, 1, seed)[:, 0], kind) for seed in range(1, 5)]
    assert np.mean(nothing) == pytest.approx(0.5, abs=0.08)


def test_only_nonlinear_decoders_read_a_parity():
    X, y = parity()
    assert decodability(X, y, "linear") < 0.6
    assert decodability(X, y, "mlp") > 0.97
    assert decodability(X, y, "knn") > 0.97


def test_variance_and_decodability_are_different_things():
    X, F = published(1000, 100)  # noise of .004 per direction: .05 is as plain as .55
    assert [decodability(X, F[:, i]) for i in range(2)] == pytest.approx([1.0, 1.0], abs=0.01)


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.floats(-50, 50))
def test_scaling_units_and_moving_them_changes_nothing(seed, shift):
    X, F = published(80, 6, seed % 1000)
    scale = np.random.default_rng(seed).uniform(0.1, 10, 6)
    for kind in ("linear", "knn"):
        assert decodability(X * scale + shift, F[:, 1], kind) == pytest.approx(
            decodability(X, F[:, 1], kind), abs=1 / 40
        )


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_deterministic_whatever_the_precision(kind):
    X, F = published(150, 6)
    expected = decodability(X, F[:, 1], kind)
    assert decodability(X, F[:, 1], kind) == expected
    assert decodability(X.astype(np.float32), F[:, 1], kind) == pytest.approx(expected, abs=0.02)
    assert decodability(jnp.asarray(X), jnp.asarray(F[:, 1]), kind) == pytest.approx(expected, abs=0.02)


def test_labels_may_be_text_and_rare():
    X, y = separable()
    text = np.where(y > 0, "up", "down").astype("<U9")
    text[:1] = "somewhere"  # one row only: never right, and no reason to stop
    assert decodability(X, text) == pytest.approx(199 / 200)
    assert set(decode(X, text)) <= set(text)


def test_a_class_of_few_rows_takes_fewer_folds():
    X, _ = separable(40)
    y = np.zeros(40)
    y[:2] = 1
    assert 0 <= decodability(X, y) <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X, np.zeros(len(X))), "at least two classes"),
        (lambda X, y: (X, np.arange(len(X))), "at least two classes"),
        (lambda X, y: (X, y[1:]), r"y has shape \(199,\)"),
        (lambda X, y: (np.where(X[3, 1] == X, np.nan, X), y), "first in row 3"),
        (lambda X, y: (X, np.where(np.arange(200) < 2, np.nan, y)), "y holds 2 NaN"),
    ],
)
def test_what_cannot_be_decoded_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        decodability(*change(*separable()))


def test_an_unknown_decoder_is_refused():
    with pytest.raises(ValueError, match="kind is 'svm'; expected one of linear, mlp, knn"):
        decodability(*separable(), "svm")


def test_constant_units_and_more_units_than_rows_are_no_obstacle():
    X, y = separable(60, 8)
    padded = np.concatenate([X, np.full((60, 3), 0.1), np.zeros((60, 200))], axis=1)
    assert [decodability(padded, y, kind) for kind in ("linear", "knn")] == [1.0, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_decoded_by_regression(kind):
    rng = np.random.default_rng(0)
    y = rng.uniform(-3, 3, 300)
    X = y[:, None] + 0.2 * rng.standard_normal((300, 4))
    assert decodability_r2(X, y, kind) > 0.95
    assert decodability_r2(X, rng.standard_normal(300), kind) < 0.1
    with pytest.raises(ValueError, match="single value"):
        decodability_r2(X, np.ones(300), kind)


def test_ridge_agrees_with_its_formula():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((90, 5)), rng.standard_normal(90)
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    guess = cross_val_predict(make_pipeline(StandardScaler(), Ridge()), X, y, cv=KFold(5, shuffle=True, random_state=3))
    expected = 1 - ((guess - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert decodability_r2(X, y, seed=3) == pytest.approx(expected)


def test_logistic_regression_agrees_with_a_pipeline():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, F = published(200, 6)
    split = StratifiedKFold(5, shuffle=True, random_state=0)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    assert decodability(X, F[:, 1]) == pytest.approx(cross_val_score(pipeline, X, F[:, 1], cv=split).mean())


def test_an_untrained_network_is_discounted():
    X, y = separable()
    noise = np.random.default_rng(1).standard_normal((200, 3))
    assert decodability_gain(X, y, X) == 0.0
    assert decodability_gain(X, y, noise) == pytest.approx(1 - decodability(noise, y))
    with pytest.raises(ValueError, match="the same stimuli"):
        decodability_gain(X, y, noise[1:])


def test_intervals_hold_the_estimate_and_shrink_with_rows():
    X, F = published(400, 6)
    low, high = decodability_interval(X, F[:, 1])
    assert low < decodability(X, F[:, 1]) < high
    fewer = decodability_interval(X[:100], F[:100, 1])
    assert fewer[1] - fewer[0] > 1.5 * (high - low)
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 400), rel=0.3)


def test_permutations_tell_something_from_nothing():
    X, y = separable(60)
    assert decodability_p_value(X, y, "knn", permutations=19) == 0.05
    assert decodability_p_value(X, signs(60, 1, 7)[:, 0], "knn", permutations=19) > 0.05
