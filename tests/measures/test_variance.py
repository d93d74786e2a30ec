from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from feature_samples import directions, published, rotation, signs
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from tolman.measures import (
    component_variance,
    principal_components,
    total_variance,
    variance_explained,
    variance_explained_by_unit,
    variance_explained_interval,
    variance_explained_p_value,
    variance_explained_per_example,
)


def everything(result):
    return np.concatenate([result.alone, result.unique, [result.joint]])


def test_the_published_example_returns_its_fractions():
    X, F = published(20_000)
    found = variance_explained(X, F, names=["easy", "hard"])
    assert found.names == ("easy", "hard")
    np.testing.assert_allclose(found.alone, [0.55, 0.05], atol=0.006)
    np.testing.assert_allclose(found.unique, found.alone, atol=0.002)  # independent features share nothing
    assert found.joint == pytest.approx(0.60, abs=0.006)


def test_correlated_features_share_what_they_share():
    # x = a f + b g with E[fg] = c: alone (a + bc)^2, unique b^2 (1 - c^2) of a^2 + b^2 + 2abc, per direction.
    c, n, rng = 0.6, 40_000, np.random.default_rng(0)
    f = signs(n, 1)[:, 0]
    g = np.where(rng.random(n) < (1 + c) / 2, f, -f)
    a, b, noise = 0.8, 0.5, 0.7
    x = a * f + b * g + noise * rng.standard_normal(n)
    total = a**2 + b**2 + 2 * a * b * c + noise**2
    found = variance_explained(x[:, None], np.stack([f, g], 1))
    np.testing.assert_allclose(found.alone, np.array([(a + b * c) ** 2, (b + a * c) ** 2]) / total, atol=0.01)
    np.testing.assert_allclose(found.unique, np.array([a**2, b**2]) * (1 - c**2) / total, atol=0.01)
    assert found.joint == pytest.approx(1 - noise**2 / total, abs=0.01)


def test_labels_without_relation_explain_about_nothing_and_as_a_rule_less():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 30))
    found = [variance_explained(X, rng.standard_normal((200, 5)), seed=i).joint for i in range(20)]
    # As documented, with d = 5 regressors and a mean fitted on m = 160 rows.
    assert np.mean(found) == pytest.approx(-7 / 160, abs=0.006)
    assert max(found) < 0


def test_it_is_scikit_learns_score_of_cross_validated_predictions():
    rng = np.random.default_rng(1)
    F = rng.standard_normal((300, 4))
    X = F @ rng.standard_normal((4, 9)) + 3 * rng.standard_normal((300, 9)) + 100
    fold = rng.integers(0, 3, 300)

    def guess(*features: int) -> np.ndarray:
        return cross_val_predict(LinearRegression(), F[:, features], X, cv=PredefinedSplit(fold))

    found = variance_explained(X, F, folds=fold)
    joint = r2_score(X, guess(0, 1, 2, 3), multioutput="variance_weighted")
    assert found.joint == pytest.approx(joint, rel=1e-9)
    assert found.alone[2] == pytest.approx(r2_score(X, guess(2), multioutput="variance_weighted"), rel=1e-9)
    without = r2_score(X, guess(0, 1, 3), multioutput="variance_weighted")
    assert found.unique[2] == pytest.approx(joint - without, rel=1e-9)
    by_unit = variance_explained_by_unit(X, F, folds=fold)
    np.testing.assert_allclose(by_unit[:, 1], r2_score(X, guess(1), multioutput="raw_values"), rtol=1e-9)


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-100, 100))
def test_rotation_scale_and_translation_change_nothing(seed, scale, shift):
    X, F = published(120, 7, seed % 1000)
    moved = scale * X @ rotation(7, seed) + shift
    for measure in (variance_explained, variance_explained_per_example):
        np.testing.assert_allclose(everything(measure(moved, F)), everything(measure(X, F)), atol=1e-7)
    before, after = component_variance(X, F, 3), component_variance(moved, F, 3)
    np.testing.assert_allclose(after.r2, before.r2, atol=1e-6)
    np.testing.assert_allclose(after.explained_variance_ratio, before.explained_variance_ratio, atol=1e-8)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_the_order_of_stimuli_and_the_code_of_features_change_nothing(seed):
    X, F = published(120, 7, seed % 1000)
    rng = np.random.default_rng(seed)
    order, fold = rng.permutation(120), rng.integers(0, 2, 120)
    expected = everything(variance_explained(X, F, folds=fold))
    np.testing.assert_allclose(
        everything(variance_explained(X[order], F[order], folds=fold[order])), expected, atol=1e-9
    )
    np.testing.assert_allclose(everything(variance_explained(X, 1e3 - 7 * F, folds=fold)), expected, atol=1e-9)
    named = {"a": np.where(F[:, 0] > 0, "yes", "no"), "b": F[:, 1] > 0}
    np.testing.assert_allclose(everything(variance_explained(X, named, folds=fold)), expected, atol=1e-9)


def test_what_it_is_not_invariant_to():
    X, F = published(500, 7)
    stretched = X * np.linspace(0.1, 3, 7)
    assert abs(variance_explained(stretched, F).alone - variance_explained(X, F).alone).max() > 0.05
    turned = variance_explained_by_unit(X @ rotation(7, 1), F)
    assert abs(turned - variance_explained_by_unit(X, F)).max() > 0.05


def test_single_precision_gives_the_same_and_so_does_jax():
    X, F = published(400)
    expected = everything(variance_explained(X, F))
    np.testing.assert_allclose(everything(variance_explained(X.astype(np.float32), F)), expected, atol=1e-6)
    np.testing.assert_allclose(everything(variance_explained(jnp.asarray(X), jnp.asarray(F))), expected, atol=1e-6)
    half = jnp.asarray(X, jnp.bfloat16)
    np.testing.assert_allclose(everything(variance_explained(half, F)), expected, atol=1e-2)
    # Far from the origin single precision still has the digits that it has.
    np.testing.assert_allclose(everything(variance_explained(X + 1e6, F)), expected, atol=1e-7)


def test_a_file_larger_than_a_piece_is_read_in_pieces(tmp_path, monkeypatch):
    X, F = published(500)
    expected = everything(variance_explained(X, F)), total_variance(X)
    np.save(tmp_path / "x.npy", X)
    monkeypatch.setattr("tolman.measures.validation._CHUNK", 40 * 7)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_allclose(everything(variance_explained(mapped, F)), expected[0], atol=1e-12)
    assert total_variance(mapped) == pytest.approx(expected[1]) == pytest.approx(X.var(axis=0).sum())


def test_missing_numbers_are_refused_with_their_place():
    X, F = published(100)
    X[17, 3] = np.nan
    for measure in (variance_explained, variance_explained_by_unit, variance_explained_per_example, total_variance):
        with pytest.raises(ValueError, match="X holds 1 NaN or infinite values, the first in row 17"):
            measure(X, F) if measure is not total_variance else measure(X)
    F[3, 1] = np.inf
    with pytest.raises(ValueError, match="feature '1' holds 1 NaN"):
        variance_explained(published(100)[0], F)


@pytest.mark.parametrize(
    ("X", "F", "options", "message"),
    [
        (np.zeros((5, 2, 2)), np.zeros(5), {}, r"X has shape \(5, 2, 2\)"),
        (np.array([["a"], ["b"]]), np.zeros(2), {}, "expected real numbers"),
        (np.zeros((8, 2)), np.zeros(7), {}, r"feature '0' has shape \(7,\)"),
        (np.zeros((8, 2)), np.zeros((8, 2)), {"names": ["a", "a"]}, "no different names"),
        (np.zeros((8, 2)), np.zeros((8, 2)), {"categorical": ["a"]}, r"categorical names \['a'\]"),
        (np.zeros((8, 2)), {}, {}, "the table has no column"),
        (np.zeros((8, 2)), np.zeros(8), {"folds": 5}, "from 2 to 4"),
        (np.zeros((8, 2)), np.zeros(8), {"folds": [0] * 8}, "at least two"),
    ],
)
def test_shapes_and_names_that_do_not_fit_are_refused(X, F, options, message):
    with pytest.raises(ValueError, match=message):
        variance_explained(X, F, **options)


def test_constant_units_and_features_are_harmless():
    X, F = published(400, 10)
    expected = variance_explained(X, F)
    padded = np.concatenate([X, np.full((400, 3), 0.1)], axis=1)
    np.testing.assert_allclose(everything(variance_explained(padded, F)), everything(expected), atol=1e-9)
    assert np.isnan(variance_explained_by_unit(padded, F)[10:]).all()
    assert np.isfinite(variance_explained_by_unit(padded, F)[:10]).all()
    with_constant = variance_explained(X, np.concatenate([F, np.full((400, 1), 0.3)], axis=1))
    np.testing.assert_allclose(with_constant.alone[:2], expected.alone, atol=1e-9)
    assert with_constant.alone[2] == pytest.approx(0, abs=0.02)
    assert with_constant.unique[2] == pytest.approx(0, abs=1e-12)
    assert np.isnan(everything(variance_explained(np.ones((40, 3)), F[:40]))).all()


def test_collinear_features_have_nothing_of_their_own():
    X, F = published(400)
    found = variance_explained(X, np.concatenate([F, F[:, :1]], axis=1))
    np.testing.assert_allclose(found.unique[[0, 2]], 0, atol=1e-9)
    assert found.alone[0] == pytest.approx(found.alone[2])


def test_categories_count_as_one_feature():
    # Three equally frequent categories at the corners of a triangle of variance 1, and noise of variance 1.
    rng = np.random.default_rng(0)
    which = rng.permutation(np.resize([0, 1, 2], 6000))
    corners = np.array([[1, 0], [-0.5, 3**0.5 / 2], [-0.5, -(3**0.5) / 2]])
    X = corners[which] + rng.standard_normal((6000, 2)) / 2**0.5
    text = np.array(["a", "b", "c"])[which]
    assert variance_explained(X, {"corner": text}).alone[0] == pytest.approx(0.5, abs=0.02)
    assert variance_explained(X, which, categorical=[0]).alone[0] == pytest.approx(0.5, abs=0.02)
    assert variance_explained(X, which).alone[0] < 0.4  # as a number, a line through three corners


def test_more_units_than_rows_is_no_obstacle():
    X, F = published(60, 500)
    assert variance_explained(X, F).alone[0] == pytest.approx(0.55, abs=0.08)


def test_a_shared_scale_makes_growth_visible():
    X, F = published(2000)
    final = 2 * X
    now = variance_explained(X, F, total=total_variance(final))
    np.testing.assert_allclose(now.alone, variance_explained(X, F).alone / 4, rtol=0.01)
    own = variance_explained(X, F, total=total_variance(X))
    np.testing.assert_allclose(own.alone, variance_explained(X, F).alone, atol=0.002)


def test_the_per_example_variant_is_an_average_of_ratios():
    # Lengths differ twofold, and only the long half is explained: by sums 0.8, by examples 0.5.
    rng = np.random.default_rng(0)
    n, p = 4000, 60
    f, long = signs(n, 1)[:, 0], np.repeat([True, False], n // 2)
    noise = rng.standard_normal((n, p))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    X = np.where(long[:, None], 2 * f[:, None] * directions(p, 1), noise)
    F = np.where(long, f, 0.0)
    assert variance_explained(X, F).alone[0] == pytest.approx(0.8, abs=0.01)
    assert variance_explained_per_example(X, F).alone[0] == pytest.approx(0.5, abs=0.01)


def test_components_tell_which_feature_they_explain():
    X, F = published(4000)
    found = component_variance(X, F, 5, names=["easy", "hard"])
    assert found.r2.shape == found.cumulative.shape == (5, 2)
    assert found.explained_variance_ratio[0] == pytest.approx(0.56, abs=0.01)  # .55, and a fortieth of the noise
    assert found.r2[0, 0] > 0.97
    assert abs(found.r2[0, 1]) < 0.02
    assert found.r2[1, 1] > 0.7
    np.testing.assert_allclose(found.cumulative[1], 1, atol=0.06)
    assert abs(found.cumulative[0, 1]) < 0.04
    nothing = component_variance(X, np.random.default_rng(5).standard_normal(4000), 3)
    assert np.isnan(nothing.cumulative).all() == (
        variance_explained(X, np.random.default_rng(5).standard_normal(4000)).alone[0] <= 0
    )


def test_components_are_those_of_a_singular_value_decomposition():
    X, _ = published(80, 30)
    scores, share = principal_components(X, 5)
    U, S, _ = np.linalg.svd(X - X.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs(scores), np.abs(U * S)[:, :5], atol=1e-8)
    np.testing.assert_allclose(share, (S**2 / (S**2).sum())[:5], rtol=1e-9)
    wide, wide_share = principal_components(X.T.copy(), 5)
    assert wide.shape == (30, 5)
    assert wide_share.sum() < 1
    low_rank, _ = principal_components(X[:, :2] @ np.ones((2, 30)), 5)
    assert low_rank.shape[1] == 1
    with pytest.raises(ValueError, match="does not vary"):
        principal_components(np.ones((5, 3)), 2)


def test_many_components_are_found_from_a_random_start(monkeypatch):
    X, _ = published(300, 50)
    scores, share = principal_components(X, 2)
    monkeypatch.setattr("tolman.measures.components._EXACT", 10)
    again, share_again = principal_components(X, 2)
    np.testing.assert_allclose(share_again, share, rtol=1e-6)
    np.testing.assert_allclose(again[:, 0], scores[:, 0], atol=1e-4)


def test_intervals_cover_the_expected_share():
    drawn = [published(300, 10, seed) for seed in range(40)]
    expected = np.mean([variance_explained(X, F, seed=i).alone for i, (X, F) in enumerate(drawn)], axis=0)
    np.testing.assert_allclose(expected, [0.55, 0.05], atol=0.012)  # the bias is 2 / 240 of what is not explained
    covered = np.zeros(2)
    for seed, (X, F) in enumerate(drawn):
        low, high = variance_explained_interval(X, F, samples=100, seed=seed)
        covered += (low.alone <= expected) & (expected <= high.alone)
        assert low.joint < variance_explained(X, F, seed=seed).joint < high.joint
    assert (covered >= 34).all()  # 38 expected


def test_permutations_tell_something_from_nothing():
    X, F = published(200, 10)
    rng = np.random.default_rng(0)
    alone, joint = variance_explained_p_value(X, np.column_stack([F, rng.standard_normal(200)]), permutations=99)
    assert alone[0] == alone[1] == joint == 0.01
    nothing = [variance_explained_p_value(X, rng.standard_normal(200), permutations=39)[0][0] for _ in range(40)]
    assert 0.3 < np.mean(nothing) < 0.7
    assert min(nothing) >= 1 / 40
