"""Groups of rows: never on both sides of a split, drawn as a whole, permuted as a whole or within."""

import numpy as np
import pytest
from feature_samples import rows_of_stimuli
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tolman import measures as m
from tolman.measures import decoding
from tolman.measures.folds import fold_of
from tolman.measures.grouping import exchanged, group_counts, group_of, is_constant, permuted

groups_of_rows = st.lists(st.integers(0, 9), min_size=8, max_size=40).filter(lambda g: len(set(g)) > 1)


@settings(max_examples=60)
@given(groups_of_rows, st.integers(2, 4), st.integers(0, 99))
def test_no_group_is_in_two_folds_and_folds_are_as_even_as_groups_permit(groups, folds, seed):
    fold = fold_of(len(groups), folds, seed, groups)
    assert is_constant(fold, group_of(groups, len(groups)))
    sizes = np.bincount(fold)
    assert len(sizes) == min(folds, len(set(groups)))
    assert sizes.max() - sizes.min() <= np.unique(groups, return_counts=True)[1].max()


@settings(max_examples=60)
@given(groups_of_rows, st.integers(0, 99))
def test_a_stratified_split_keeps_groups_and_holds_out_every_row_once(groups, seed):
    y = np.random.default_rng(seed).integers(0, 2, len(groups))
    names, group = np.unique(groups, return_inverse=True)
    y[:4], group[:4] = (0, 1, 0, 1), (0, 0, 1, 1)  # both classes in two groups
    split = decoding._stratified_folds(y, 5, seed, group)
    assert sorted(np.concatenate([test for _, test in split])) == list(range(len(y)))
    assert all(not set(group[fit]) & set(group[test]) for fit, test in split)
    assert 2 <= len(split) <= len(names)


def test_repeats_of_random_labels_are_not_decodable():
    found, p_values = {"linear": [], "knn": []}, []
    for seed in range(6):
        X, y, stimulus = rows_of_stimuli(seed=seed)
        for kind, accuracies in found.items():
            assert m.decodability(X, y, kind) > 0.7, "other repeats of the stimulus give it away"
            accuracies.append(m.decodability(X, y, kind, groups=stimulus))
        assert m.decodability_p_value(X, y, "knn", permutations=9, seed=seed) == 1 / 10
        p_values.append(m.decodability_p_value(X, y, "knn", permutations=9, seed=seed, groups=stimulus))
    assert np.mean(found["linear"]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(found["knn"]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(p_values) > 0.3


def test_the_interval_of_an_accuracy_is_over_groups():
    X, y, stimulus = rows_of_stimuli()
    low, high = m.decodability_interval(X, y, groups=stimulus)
    right = decoding.decode(X, y, groups=stimulus) == y
    assert low < right.mean() < high
    assert high - low > 1.5 * np.subtract(*m.accuracy_interval(right)[::-1]), "stimuli are fewer than rows"


def test_accuracy_is_that_of_scikit_learn_by_the_same_folds(monkeypatch):
    X, y, stimulus = rows_of_stimuli(effect=0.7)
    folds = list(GroupKFold(5).split(X, y, stimulus))
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    expected = cross_val_predict(probe, X, y, cv=GroupKFold(5), groups=stimulus)
    monkeypatch.setattr(decoding, "_stratified_folds", lambda *_: folds)
    np.testing.assert_array_equal(decoding.decode(X, y, groups=stimulus), expected)


def test_variance_explained_is_that_of_scikit_learn_by_the_same_folds():
    X, y, stimulus = rows_of_stimuli(effect=0.7)
    D = (y == "a").astype(float)[:, None]
    predicted = cross_val_predict(LinearRegression(), D, X, cv=GroupKFold(4), groups=stimulus)
    fold = np.empty(len(X), int)
    for k, (_, test) in enumerate(GroupKFold(4).split(X, y, stimulus)):
        fold[test] = k
    found = m.variance_explained(X, y, folds=fold, groups=stimulus)
    assert found.joint == pytest.approx(r2_score(X, predicted, multioutput="variance_weighted"), abs=1e-9)
    mine = fold_of(len(X), 4, 0, stimulus)
    assert m.variance_explained(X, y, folds=4, groups=stimulus).joint == m.variance_explained(X, y, folds=mine).joint


def test_variance_of_random_labels_of_repeats_is_not_significant():
    X, y, stimulus = rows_of_stimuli()
    [alone], joint = m.variance_explained_p_value(X, y, permutations=49)
    assert max(alone, joint) <= 0.04
    [alone], joint = m.variance_explained_p_value(X, y, permutations=49, groups=stimulus)
    assert min(alone, joint) > 0.1
    within = np.resize(["x", "y", "z"], len(X))  # varies within every stimulus
    [alone], _ = m.variance_explained_p_value(
        X + 2 * (within == "x")[:, None], within, permutations=49, groups=stimulus
    )
    assert alone == 1 / 50
    ends = [m.variance_explained_interval(X, y, samples=100, groups=g) for g in (None, stimulus)]
    rows, groups = (float(high.joint - low.joint) for low, high in ends)
    assert groups > 1.5 * rows


def test_predictivity_of_representations_that_share_nothing_but_repeats():
    """Each maps the stimuli to random points of its own: known stimuli are predicted, new ones are not."""
    rng = np.random.default_rng(3)
    stimulus = np.repeat(np.arange(24), 6)
    X, Y = (rng.normal(size=(24, 30))[stimulus] + 0.1 * rng.normal(size=(144, 30)) for _ in range(2))
    for measure in (m.linear_predictivity, m.linear_predictivity_symmetric):
        assert measure(X, Y) > 0.9
        assert measure(X, Y, groups=stimulus) < 0.05
    Z = X @ rng.normal(size=(30, 5)) + 0.1 * rng.normal(size=(144, 5))
    assert m.linear_predictivity(np.hstack([X[:, :5], Z]), Z, groups=stimulus) > 0.9


def test_rsa_draws_whole_groups():
    rng = np.random.default_rng(4)
    stimulus = np.repeat(np.arange(12), 3)
    X, Y = (rng.normal(size=(12, 6))[stimulus] + 0.3 * rng.normal(size=(36, 6)) for _ in range(2))
    found = m.rsa_bootstrap(X, Y, "euclidean", samples=40, groups=stimulus)
    counts = group_counts(12, 40, np.random.default_rng(0), least=3)[:, stimulus]
    A, B = m.rdm(X, "euclidean"), m.rdm(Y, "euclidean")
    i, j = np.triu_indices(36, 1)
    for count, value in zip(counts, found.samples, strict=True):
        w = count[i] * count[j]
        a, b = (d[i, j] - np.average(d[i, j], weights=w) for d in (A, B))
        assert value == pytest.approx((w * a * b).sum() / np.sqrt((w * a * a).sum() * (w * b * b).sum()))


def test_rsa_of_repeats_keeps_its_level_only_by_groups():
    """Stimuli of two representations are unrelated, but repeats are close to each other in both."""
    small = {"rows": 0, "groups": 0}
    stimulus = np.repeat(np.arange(8), 4)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X, Y = (rng.normal(size=(8, 6))[stimulus] + 0.2 * rng.normal(size=(32, 6)) for _ in range(2))
        for name, groups in (("rows", None), ("groups", stimulus)):
            p = m.rsa_permutation_test(X, Y, "euclidean", permutations=99, groups=groups).p_value
            small[name] += bool(p <= 0.05)
    assert small["rows"] == 20
    assert small["groups"] <= 4


def test_other_measures_are_resampled_by_groups_too():
    X, _, stimulus = rows_of_stimuli()
    by_rows, by_groups = (m.bootstrap_interval(lambda Z: Z.mean(), X, samples=200, groups=g) for g in (None, stimulus))
    assert by_groups.high - by_groups.low > 1.5 * (by_rows.high - by_rows.low)
    left_out = m.jackknife_interval(lambda Z: Z.mean(), X, groups=stimulus)
    assert left_out.samples == pytest.approx([X[stimulus != s].mean() for s in np.unique(stimulus)])
    test = m.permutation_test(lambda A, B: float((A == B).all(1).mean()), X, X, permutations=30, groups=stimulus)
    sizes = len(np.unique(stimulus))
    assert test.value == 1
    np.testing.assert_allclose(test.null * sizes, np.round(test.null * sizes), atol=1e-9)


@settings(max_examples=60)
@given(groups_of_rows, st.integers(0, 99))
def test_permutations_move_whole_groups_or_stay_within(groups, seed):
    group, rng = group_of(groups, len(groups)), np.random.default_rng(seed)
    constant = rng.integers(0, 3, group.max() + 1)[group]
    moved = constant[permuted(constant, group, rng)]
    assert is_constant(moved, group)
    of_groups = [labels[np.unique(group, return_index=True)[1]] for labels in (constant, moved)]
    assert sorted(of_groups[0]) == sorted(of_groups[1])
    varying = np.arange(len(group))
    if not is_constant(varying, group):
        order = permuted(varying, group, rng)
        np.testing.assert_array_equal(group[order], group)
        assert sorted(order) == list(range(len(group)))
    sizes = np.bincount(group)
    if len(set(sizes)) < len(sizes):
        order = exchanged(group, rng)
        assert sorted(order) == list(range(len(group)))
        assert all(len(set(group[order[group == g]])) == 1 for g in range(len(sizes)))


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (["a"] * 60, "groups has the single value 'a'"),
        (["a"] * 59, "groups has shape"),
        (["a"] * 30 + [None] + ["b"] * 29, "groups holds 1 missing label, the first in row 30"),
    ],
)
def test_groups_that_cannot_be_kept_together_are_refused(groups, message):
    X, y = np.random.default_rng(0).normal(size=(60, 4)), np.resize(["a", "b"], 60)
    for measure in (
        lambda: m.decodability(X, y, groups=groups),
        lambda: m.decodability_r2(X, X[:, 0], groups=groups),
        lambda: m.variance_explained(X, y, groups=groups),
        lambda: m.variance_explained_interval(X, y, groups=groups),
        lambda: m.linear_predictivity(X, X, groups=groups),
        lambda: m.rsa_bootstrap(X, X, groups=groups),
        lambda: m.rsa_permutation_test(X, X, groups=groups),
    ):
        with pytest.raises(ValueError, match=message):
            measure()


def test_what_groups_do_not_permit_is_refused():
    X, y, stimulus = rows_of_stimuli()
    with pytest.raises(ValueError, match="at least two classes with at least two groups each, found 2 with"):
        m.decodability(X, np.where(stimulus == stimulus[0], "a", "b"), groups=stimulus)
    with pytest.raises(ValueError, match="folds given by row divide a group"):
        m.variance_explained(X, y, folds=np.arange(len(X)) % 3, groups=stimulus)
    with pytest.raises(ValueError, match="no two groups have the same number of rows"):
        m.rsa_permutation_test(X[:10], X[:10], groups=np.repeat([0, 1, 2, 3], [1, 2, 3, 4]))
    with pytest.raises(ValueError, match="expected at least three"):
        m.linear_predictivity(X, X, groups=np.arange(len(X)) % 2)
