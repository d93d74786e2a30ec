"""The results of an audit, as plain values."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple


class IntervalEstimate(NamedTuple):
    """A number with its 95 % bootstrap interval over stimuli, or groups of them.

    There is none where it would have taken too long, or where groups are too few.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class FeatureInLayer:
    """One feature in one layer.

    Attributes:
        feature: its name.
        alone: fraction of the layer's variance that it explains as the only regressor, held out.
        unique: fraction that all features explain beyond all others.
        classes: whether it has classes; otherwise it is a quantity.
        linear: held-out accuracy of a linear probe; R2 for quantities.
        knn: the same by nearest neighbours.
        chance: frequency of the most frequent class, or 0 for quantities.
        carried: fraction of the feature's variance that lies in the first components, at most 1; NaN if it has none.
        led: number of units of which no feature explains more.
    """

    feature: str
    alone: IntervalEstimate
    unique: IntervalEstimate
    classes: bool
    linear: IntervalEstimate
    knn: IntervalEstimate
    chance: float
    carried: float
    led: int

    @property
    def skill(self) -> float:
        """Linear decodability above chance as a fraction of what is possible: comparable between features."""
        return (self.linear.value - self.chance) / (1 - self.chance)


@dataclasses.dataclass(frozen=True)
class LayerResult:
    """One layer.

    Attributes:
        name: the layer's.
        path: its file.
        units: their number.
        constant: how many of them never vary.
        joint: fraction of variance that all features together explain.
        features: in the order of the table.
        components: fraction of variance in each of the first principal components.
        component_r2: for each of them, the R2 of each feature on its scores.
    """

    name: str
    path: str
    units: int
    constant: int
    joint: IntervalEstimate
    features: tuple[FeatureInLayer, ...]
    components: tuple[float, ...]
    component_r2: tuple[tuple[float, ...], ...]

    @property
    def leader(self) -> FeatureInLayer:
        """The feature that explains most."""
        return max(self.features, key=lambda found: found.alone.value)


class Undefined(NamedTuple):
    """Why a similarity has no number.

    Attributes:
        layer: the layer that is to blame, or "" for both.
        reason: the rest of a sentence "it is undefined: ...".
        rows: the rows that are to blame, counted from 0.
    """

    layer: str
    reason: str
    rows: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class LayerPair:
    """The similarity of two layers, as they are or with features taken out.

    Attributes:
        a: one layer.
        b: the other.
        control: the features that were taken out, or "nothing".
        rsa: correlation of correlation-distance RDMs; with control, partial correlation.
        cka: debiased linear CKA; with control, that of residuals.
        calibrated: the same, calibrated: 0 if no larger than of rows that are matched at random.
        p_value: of the hypothesis that the layers are unrelated.
        knn: fraction of nearest neighbours that they share; with control, in the residuals.
        rsa_undefined, cka_undefined, calibrated_undefined, knn_undefined: why that is NaN; empty where it is a number.
    """

    a: str
    b: str
    control: str
    rsa: float
    cka: float
    calibrated: float = math.nan
    p_value: float = math.nan
    knn: float = math.nan
    rsa_undefined: tuple[Undefined, ...] = ()
    cka_undefined: tuple[Undefined, ...] = ()
    calibrated_undefined: tuple[Undefined, ...] = ()
    knn_undefined: tuple[Undefined, ...] = ()


@dataclasses.dataclass(frozen=True)
class FeatureSummary:
    """A feature's labels.

    Attributes:
        name: the column's.
        classes: number of different labels; 0 for a quantity.
        shared: R2 of predicting the label from all other features, held out: 0 if they are unrelated.
        crowded: whether it has too many classes for these rows, so that its shares of variance mean nothing.
    """

    name: str
    classes: int
    shared: float
    crowded: bool = False


@dataclasses.dataclass(frozen=True)
class Audit:
    """All findings.

    Attributes:
        files: the files of activations.
        rows: number of stimuli.
        features: in the order of the table.
        layers: in the order of the files.
        pairs: of layers, if there are several.
        findings: plain sentences, the most important first.
        notes: sentences about what was left out or subsampled.
        seed: of folds, subsamples and bootstraps.
        groups: number of groups of rows that stayed together in every split and draw; 0 if rows were taken one by one.
    """

    files: tuple[str, ...]
    rows: int
    features: tuple[FeatureSummary, ...]
    layers: tuple[LayerResult, ...]
    pairs: tuple[LayerPair, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int
    groups: int = 0

    def plain(self) -> dict[str, Any]:
        """Return the results as JSON knows them: NaN becomes null."""
        return _plain(dataclasses.asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, IntervalEstimate | Undefined):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
