"""What an audit finds, as plain values."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple


class Measured(NamedTuple):
    """A number with its 95 % bootstrap interval over stimuli; no interval where it would have taken too long."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class FeatureInLayer:
    """One feature in one layer.

    Attributes:
        feature: its name.
        alone: share of the layer's variance that it explains as the only regressor, held out.
        unique: share that all features explain beyond all others.
        classes: whether it has classes; otherwise it is a quantity.
        linear: held-out accuracy of a linear decoder; R2 for quantities.
        knn: the same by nearest neighbours.
        chance: share of the most frequent class, or 0 for quantities.
        carried: share of what the feature explains that the first components carry, at most 1; NaN if it explains
            nothing.
        led: number of units of which no feature explains more.
    """

    feature: str
    alone: Measured
    unique: Measured
    classes: bool
    linear: Measured
    knn: Measured
    chance: float
    carried: float
    led: int

    @property
    def skill(self) -> float:
        """Linear decodability above chance as a share of what is possible: comparable between features."""
        return (self.linear.value - self.chance) / (1 - self.chance)


@dataclasses.dataclass(frozen=True)
class LayerResult:
    """One layer.

    Attributes:
        name: the layer's.
        path: its file.
        units: their number.
        constant: how many of them never vary.
        joint: share of variance that all features together explain.
        features: in the order of the table.
        components: share of variance of each of the first principal components.
        component_r2: for each of them, the R2 of each feature on its scores.
    """

    name: str
    path: str
    units: int
    constant: int
    joint: Measured
    features: tuple[FeatureInLayer, ...]
    components: tuple[float, ...]
    component_r2: tuple[tuple[float, ...], ...]

    @property
    def leader(self) -> FeatureInLayer:
        """The feature that explains most."""
        return max(self.features, key=lambda found: found.alone.value)


@dataclasses.dataclass(frozen=True)
class Pair:
    """How alike two layers are, as they are and with features taken out.

    Attributes:
        a: one layer.
        b: the other.
        control: what was taken out, or "nothing".
        rsa: correlation of correlation-distance RDMs; with control, partial correlation.
        cka: debiased linear CKA; with control, that of residuals.
    """

    a: str
    b: str
    control: str
    rsa: float
    cka: float


@dataclasses.dataclass(frozen=True)
class FeatureSummary:
    """A feature's labels.

    Attributes:
        name: the column's.
        classes: how many different labels; 0 for a quantity.
        shared: R2 of predicting the label from all other features, held out: 0 if they are unrelated.
    """

    name: str
    classes: int
    shared: float


@dataclasses.dataclass(frozen=True)
class Audit:
    """All findings.

    Attributes:
        files: what was read.
        rows: number of stimuli.
        features: in the order of the table.
        layers: in the order of the files.
        pairs: of layers, if there are several.
        findings: plain sentences, the most important first.
        notes: what was left out or subsampled.
        seed: of folds, subsamples and bootstraps.
    """

    files: tuple[str, ...]
    rows: int
    features: tuple[FeatureSummary, ...]
    layers: tuple[LayerResult, ...]
    pairs: tuple[Pair, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...]
    seed: int

    def plain(self) -> dict[str, Any]:
        """As JSON has it: NaN becomes null."""
        return _plain(dataclasses.asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, Measured):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
