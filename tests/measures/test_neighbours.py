"""Mutual nearest-neighbour alignment against scikit-learn's neighbours, and where the answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from tolman.measures import mutual_knn


def drawn(seed, n=30, p=5, q=7):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, X @ rng.normal(size=(p, q)) + rng.normal(size=(n, q))


def by_sklearn(X, Y, k, metric):
    found = []
    for Z in (X, Y):
        # The nearest one to a row is itself.
        places = NearestNeighbors(n_neighbors=k + 1, metric=metric, algorithm="brute").fit(Z).kneighbors(Z)[1]
        found.append([set(row) - {i} for i, row in enumerate(places.tolist())])
    return np.mean([len(a & b) / k for a, b in zip(*found, strict=True)])


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 20), metric=st.sampled_from(["cosine", "euclidean"]))
def test_it_is_what_scikit_learns_neighbours_share(seed, k, metric):
    X, Y = drawn(seed)
    assert mutual_knn(X, Y, k, metric) == pytest.approx(by_sklearn(X, Y, k, metric), abs=1e-12)


def test_blocks_of_rows_change_nothing(monkeypatch):
    X, Y = drawn(1, n=60)
    whole = mutual_knn(X, Y)
    monkeypatch.setattr("tolman.measures.neighbours._ENTRIES", 60 * 7)
    assert mutual_knn(X, Y) == whole


def test_unrelated_stimuli_share_as_many_as_chance_says():
    values = [mutual_knn(np.random.default_rng(s).normal(size=(40, 6)), drawn(s + 500, n=40)[0], 8) for s in range(60)]
    assert np.mean(values) == pytest.approx(8 / 39, abs=0.01)


def test_clusters_in_common_are_shared_neighbours():
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.eye(4), 6, axis=0)
    X, Y = (10 * cluster @ rng.normal(size=(4, 9)) + 1e-3 * rng.normal(size=(24, 9)) for _ in range(2))
    assert mutual_knn(X, Y, 5) == 1.0  # the five others of one's own cluster
    assert mutual_knn(X, Y, 2) < 1.0


def test_ties_are_shared_whatever_the_order_of_rows():
    # Three places, four stimuli each; k = 3 takes all copies, k = 1 a third of each.
    X = np.repeat(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]), 4, axis=0)
    rng = np.random.default_rng(2)
    Y = rng.normal(size=(12, 5))
    assert mutual_knn(X, X, 1) == pytest.approx(1)
    values = []
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(12)
        values.append(mutual_knn(X[order], Y[order], 1))
    assert np.ptp(values) < 1e-12
    nearest = ((Y[:, None] - Y) ** 2).sum(-1)
    assert mutual_knn(X, Y, 1, "euclidean") == pytest.approx(
        np.mean([(np.argsort(row)[1] // 4 == i // 4) / 3 for i, row in enumerate(nearest)])
    )


@pytest.mark.parametrize("k", [0, 29])
def test_more_neighbours_than_stimuli_are_refused(k):
    with pytest.raises(ValueError, match="expected 1 to 28 neighbours among 30 stimuli"):
        mutual_knn(*drawn(0), k)
