"""Decodability: the accuracy of probes trained to read a feature out of a representation.

Neuroscience calls such a probe a decoder. All measures here are held out: rows are split into folds, stratified by
label where labels are classes, and each fold is predicted by a probe fitted on the others. Units are standardised with
mean and standard deviation of the rows of the fit; constant ones become 0. Probes are scikit-learn's, with fixed
settings:

- `linear`: logistic regression (numbers: ridge regression) with an L2 penalty of strength 1;
- `mlp`: one hidden layer of 64 rectified units, as the nonlinear probe of Hermann and Lampinen (2020, arXiv
  2006.12433), trained by Adam;
- `knn`: the majority (numbers: the mean) of the 5 nearest rows by Euclidean distance.

Invariant to translation and to scaling of single units, hence to isotropic scaling; not exactly to rotation, as units
are standardised one by one. Deterministic given `seed`. Bias: downwards, since a probe is fitted on a fraction
(k - 1) / k of the rows; labels without relation to `X` give about chance, the frequency of the most frequent class.

With `groups`, such as repeats of a stimulus, rows of a group are never on both sides of a split; bootstrap and
permutation keep them together as well (see `tolman.measures.grouping`).

That a feature can be decoded does not show that the network uses it, and it can often be decoded from an untrained
network: hence `decodability_gain`.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from tolman.measures.folds import fold_of
from tolman.measures.grouping import group_of, permuted
from tolman.measures.registration import measure
from tolman.measures.resampling import mean_interval
from tolman.measures.scaling import columns_in_range, in_range
from tolman.measures.tables import numeric
from tolman.measures.validation import doubles, labels

__all__ = [
    "accuracy_interval",
    "decodability",
    "decodability_gain",
    "decodability_interval",
    "decodability_p_value",
    "decodability_r2",
    "decode",
]

Kind = Literal["linear", "mlp", "knn"]
KINDS = ("linear", "mlp", "knn")

Split = tuple[np.ndarray, np.ndarray]
"""The rows to fit on and to test on."""

_LARGE = 2_000_000
"""Entries of a representation from which on several threads pay."""


_INVARIANT = ("scale", "unit scales", "translation", "constant units")


# Rounding may turn the class of a stimulus that the probe is undecided about: hence the tolerance.
@measure(bounds=(0.0, 1.0), invariant=_INVARIANT, tolerance=0.1)
def decodability(X: Any, y: Any, kind: Kind = "linear", *, folds: int = 5, seed: int = 0, groups: Any = None) -> float:
    """Held-out accuracy of a probe that reads classes `y[n]` from `X[n, p]`, from 0 to 1.

    Args:
        X: representation.
        y: labels of at least two classes; text, booleans or numbers that name classes.
        kind: the probe.
        folds: their number; fewer where a class is too rare for that many.
        seed: of the split, and of the MLP's initial weights.
        groups: labels `[n]` of groups of rows that stay together, for example of stimuli that are repeated.

    Raises:
        ValueError: a NaN or infinity, labels of another length, or fewer than two classes of at least two rows (with
            `groups`: in at least two groups).
    """
    return float(np.mean(decode(X, y, kind, folds=folds, seed=seed, groups=groups) == labels(y, len(X))))


@measure(bounds=(-np.inf, 1.0), invariant=_INVARIANT)
def decodability_r2(
    X: Any, y: Any, kind: Kind = "linear", *, folds: int = 5, seed: int = 0, groups: Any = None
) -> float:
    """Held-out R2 of a probe that predicts numbers `y[n]` from `X[n, p]`: at most 1, about 0 for unrelated ones.

    The counterpart of `decodability` for features of many values. Pooled: 1 - SS_res / SS_tot over all folds.
    """
    X = doubles(X)
    y, _ = in_range(numeric(labels(y, len(X)), "y").astype(np.float64))
    total = float(((y - y.mean()) ** 2).sum())
    if total == 0:
        raise ValueError("y has a single value, so that there is nothing to decode")
    found = _predict(X, y, _folds(y, folds, seed, groups=groups), kind=kind, seed=seed, numbers=True)
    return 1 - float(((found - y) ** 2).sum()) / total


@measure(bounds=(-1.0, 1.0), invariant=_INVARIANT, tolerance=0.1)
def decodability_gain(
    X: Any, y: Any, baseline: Any, kind: Kind = "linear", *, folds: int = 5, seed: int = 0, groups: Any = None
) -> float:
    """`decodability` of `X` less that of `baseline[n, q]`, activations of an untrained network for the same stimuli.

    Both probes use the same split. The difference discounts what random weights preserve of the inputs (Hermann and
    Lampinen 2020, where untrained networks already tell colours apart). From -1 to 1.
    """
    if len(X) != len(baseline):
        raise ValueError(
            f"baseline has {len(baseline)} rows and X {len(X)}; expected the same stimuli in the same order"
        )
    trained, untrained = (decodability(Z, y, kind, folds=folds, seed=seed, groups=groups) for Z in (X, baseline))
    return trained - untrained


def decode(X: Any, y: Any, kind: Kind = "linear", *, folds: int = 5, seed: int = 0, groups: Any = None) -> np.ndarray:
    """Return the class predicted for each row `[n]` by a probe not fitted on it; arguments as in `decodability`."""
    X = doubles(X)
    classes, which = np.unique(labels(y, len(X)), return_inverse=True)
    split = _stratified_folds(which, folds, seed, groups)
    return classes[_predict(X, which, split, kind=kind, seed=seed, numbers=False)]


def decodability_interval(
    X: Any,
    y: Any,
    kind: Kind = "linear",
    *,
    folds: int = 5,
    seed: int = 0,
    samples: int = 1000,
    level: float = 0.95,
    groups: Any = None,
) -> tuple[float, float]:
    """Percentile bootstrap interval of `decodability` over stimuli, or groups; probes are not fitted again."""
    right = decode(X, y, kind, folds=folds, seed=seed, groups=groups) == labels(y, len(X))
    return accuracy_interval(right, samples=samples, level=level, seed=seed, groups=groups)


def accuracy_interval(
    right: Any, *, samples: int = 1000, level: float = 0.95, seed: int = 0, groups: Any = None
) -> tuple[float, float]:
    """Percentile bootstrap interval of an accuracy, from whether each row was predicted correctly `[n]`."""
    low, high = mean_interval(np.asarray(right), samples, level, seed=seed, groups=groups)
    return float(low), float(high)


def decodability_p_value(
    X: Any,
    y: Any,
    kind: Kind = "linear",
    *,
    folds: int = 5,
    seed: int = 0,
    permutations: int = 99,
    groups: Any = None,
) -> float:
    """p-value of `decodability`: the fraction of random orders of the labels that are decoded at least as well.

    The observed order counts among them. Probes are fitted anew for each order (test 1 of Ojala and Garriga 2010), so
    it takes `permutations` + 1 times as long as `decodability`; never below 1 / (permutations + 1). With `groups`,
    labels that are the same throughout every group change places by whole groups, others within their group.
    """
    y, rng = labels(y, len(X)), np.random.default_rng(seed)
    group = None if groups is None else group_of(groups, len(y))
    seen = decodability(X, y, kind, folds=folds, seed=seed, groups=groups)
    orders = (permuted(y, group, rng) for _ in range(permutations))
    drawn = (decodability(X, y[order], kind, folds=folds, seed=seed, groups=groups) for order in orders)
    return (1 + sum(other >= seen for other in drawn)) / (permutations + 1)


def _folds(y: np.ndarray, folds: int, seed: int, groups: Any) -> list[Split]:
    from sklearn.model_selection import KFold

    if groups is None:
        return list(KFold(min(folds, len(y)), shuffle=True, random_state=seed).split(y))
    fold = fold_of(len(y), folds, seed, groups)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(int(fold.max()) + 1)]


def _stratified_folds(y: np.ndarray, folds: int, seed: int, groups: Any) -> list[Split]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    group = None if groups is None else group_of(groups, len(y))
    held = np.bincount(y) if group is None else np.bincount(np.unique(np.stack([y, group]), axis=1)[0])
    sizes = np.sort(held)[::-1]
    if len(sizes) < 2 or sizes[1] < 2:
        unit = "rows" if group is None else "groups"
        found = f"{len(sizes)} with {sizes.tolist()[:8]} {unit}"
        raise ValueError(f"expected at least two classes with at least two {unit} each, found {found}")
    # With two classes in every fold, whatever is left out, there are two to fit.
    splitter = StratifiedKFold if group is None else StratifiedGroupKFold
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class rarer than folds is fitted as well as it can be
        split = splitter(min(folds, int(sizes[1])), shuffle=True, random_state=seed).split(y, y, group)
        return [(fit, test) for fit, test in split if len(test)]


def _predict(X: np.ndarray, y: np.ndarray, folds: list[Split], *, kind: Kind, seed: int, numbers: bool) -> np.ndarray:
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # Threads that wait for each other cost small probes more than they bring, several times on a busy machine.
    with threadpool_limits(1 if X.size < _LARGE else None), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a fixed budget is part of the definition
        warnings.simplefilter("ignore", UserWarning)  # many classes for few rows are decoded as well as they can be
        return _cross_predict(X, y, folds, kind=kind, seed=seed, numbers=numbers)


def _cross_predict(
    X: np.ndarray, y: np.ndarray, folds: list[Split], *, kind: Kind, seed: int, numbers: bool
) -> np.ndarray:
    X, out = columns_in_range(X), np.empty_like(y)
    for fit, test in folds:
        if not numbers and (y[fit] == y[fit[0]]).all():  # groups may leave a single class to fit
            out[test] = y[fit[0]]
            continue
        mean, scale = X[fit].mean(axis=0), X[fit].std(axis=0)
        scale = np.where(scale > 1e-12 * (np.abs(mean) + 1e-300), scale, np.inf)
        probe = _probe(kind, seed, len(fit), numbers)
        probe.fit((X[fit] - mean) / scale, y[fit])
        out[test] = probe.predict((X[test] - mean) / scale)
    return out


def _probe(kind: Kind, seed: int, rows: int, numbers: bool) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if kind == "linear":
        return Ridge() if numbers else LogisticRegression(max_iter=300)
    if kind == "mlp":
        mlp = MLPRegressor if numbers else MLPClassifier
        return mlp(hidden_layer_sizes=(64,), max_iter=200, random_state=seed)
    if kind == "knn":
        return (KNeighborsRegressor if numbers else KNeighborsClassifier)(min(5, rows))
    raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
