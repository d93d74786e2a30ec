"""Whether there are rows enough for a feature's classes, and words for numbers that leave the possible range.

Least squares with d regressors on m rows predicts new rows with about d / (m - d - 1) times the variance of what no
feature explains as an error of its own (Breiman & Freedman 1983, JASA 78:131). With five rows for each regressor that
is a quarter, and held-out shares are still estimates; with fewer it soon is several times the variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tolman.audit.labels import Feature
from tolman.audit.results import FeatureSummary, IntervalEstimate, LayerResult
from tolman.measures.grouping import group_of, is_constant

ROWS_PER_REGRESSOR = 5
FOLDS = 5


def crowded(features: Sequence[Feature], groups: np.ndarray | None = None) -> bool:
    """Return whether there are fewer than five rows of the fit for each class and quantity of some features together.

    Of features that are the same throughout every group, groups count instead of rows.
    """
    return _fitted(features, groups)[0] < ROWS_PER_REGRESSOR * _regressors(features)


def crowding(
    features: Sequence[Feature], summaries: Sequence[FeatureSummary], groups: np.ndarray | None = None
) -> Iterator[str]:
    """Yield a sentence about each feature that has too many classes, and one if only all together have."""
    for feature, summary in zip(features, summaries, strict=True):
        if summary.crowded:
            yield (
                f"{feature.name} has {summary.classes} classes, too many classes for these rows: "
                f"{_per_class([feature], groups)}. Its variance, that of all features together and every unique one "
                "are unreliable. Leave it out, merge rare classes, or add stimuli."
            )
    if crowded(features, groups) and not any(summary.crowded for summary in summaries):
        yield (
            f"Together the features have too many classes for these rows: {_per_class(features, groups)}. Read "
            "the variance alone; every unique one, and that of all features together, are unreliable."
        )


def _per_class(features: Sequence[Feature], groups: np.ndarray | None) -> str:
    (fitted, unit), regressors = _fitted(features, groups), _regressors(features)
    return (
        f"a regression fits {regressors} weights for each unit on {fitted:.0f} {unit}, {fitted / regressors:.1f} for "
        f"each, and wants {ROWS_PER_REGRESSOR}"
    )


def _regressors(features: Sequence[Feature]) -> int:
    return sum(len(np.unique(feature.values)) - 1 if feature.classes else 1 for feature in features)


def _fitted(features: Sequence[Feature], groups: np.ndarray | None) -> tuple[float, str]:
    """Return on how many independent rows each fold's regression is fitted, and whether these are rows or groups."""
    n, unit = len(features[0].values), "rows"
    if groups is not None:
        group = group_of(groups, n)
        if all(is_constant(feature.values, group) for feature in features):
            n, unit = int(group.max()) + 1, "groups"
    return n * (FOLDS - 1) / FOLDS, unit


def beyond_range(layers: Sequence[LayerResult]) -> Iterator[str]:
    """Yield a sentence if a share of variance, or an end of its interval, is below 0 or above 100 %."""
    shares = [share for layer in layers for share in _shares(layer)]
    ends = [end for share in shares for end in share if end is not None]
    if any(not 0 <= end <= 1 for end in ends):
        yield (
            "shares and interval ends below 0 % or above 100 % are no possible shares: held out, a regression on what "
            "is mostly noise predicts worse than the mean; read them as none, or as all, or give more rows"
        )


def _shares(layer: LayerResult) -> list[IntervalEstimate]:
    return [layer.joint, *(share for feature in layer.features for share in (feature.alone, feature.unique))]
