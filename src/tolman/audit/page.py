"""An audit as one page that opens without a network."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.audit import figures
from tolman.audit.results import Audit, LayerResult
from tolman.audit.wording import coefficient, decoded, interval, share
from tolman.report.document import dressing, environment

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"

GLOSSARY = {
    "variance, alone": "The share of the layer's variance that a linear regression on this feature explains in stimuli "
    "it was not fitted on (five folds): 1 − SS_res / SS_tot, summed over stimuli and units. May be slightly negative.",
    "variance, unique": "What all features explain together less what all others explain: the part that only this "
    "feature accounts for. For unrelated features it equals the share alone.",
    "linear": "Held-out accuracy of logistic regression on standardised units, or R² of ridge regression for a "
    "quantity.",
    "kNN": "The same by the five nearest neighbours.",
    "chance": "The share of the most frequent class.",
    "decodability": "In figures: linear accuracy above chance, as a share of what is possible above chance.",
    "in first PCs": "How much of what the feature explains lies in the first principal components. Whoever keeps only "
    "these loses the rest.",
    "units": "Units of which this feature explains at least 1 % and more than any other.",
    "RSA": "Pearson correlation of the two layers' correlation-distance matrices; with features taken out, the partial "
    "correlation given the features' own distance matrices, which can leave part of a feature's effect.",
    "CKA": "Linear centred kernel alignment with the unbiased estimator; with features taken out, that of the "
    "residuals after regressing every unit on them.",
    "95 % interval": "Bootstrap over stimuli. It does not say how another network, trained from another seed, would "
    "come out.",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _Section:
    id: str
    layer: LayerResult
    figures: tuple[tuple[str, str], ...]


def render(audit: Audit, command: str, version: str) -> str:
    """The page as text; `command` is what was typed to make it, `version` Tolman's."""
    charts: dict[str, Any] = {}
    sections = tuple(_section(i, layer, charts) for i, layer in enumerate(audit.layers))
    overview = _overview(audit, charts)
    similarity = _similarity(audit, charts)
    return (
        _environment()
        .get_template("audit.html")
        .render(
            audit=audit,
            sections=sections,
            overview=overview,
            similarity=similarity,
            command=command,
            version=version,
            glossary=GLOSSARY,
            **dressing(charts),
        )
    )


def _section(i: int, layer: LayerResult, charts: dict[str, Any]) -> _Section:
    charts[f"layer{i}-shares"] = figures.shares(layer)
    charts[f"layer{i}-components"] = figures.components(layer)
    captions = (
        "How much of the variance each feature takes, beside how well it can be decoded. Lines are 95 % intervals.",
        "What the first principal components speak of: colours are features, pale is what no feature explains.",
    )
    return _Section(f"layer{i}", layer, tuple(zip((f"layer{i}-shares", f"layer{i}-components"), captions, strict=True)))


def _overview(audit: Audit, charts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if len(audit.layers) < 3:
        return ()
    charts["over-layers"] = figures.over_layers(audit.layers)
    return (("over-layers", "Each feature's share of variance, alone, layer by layer; bands are 95 % intervals."),)


def _similarity(audit: Audit, charts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if not audit.pairs:
        return ()
    for measure in ("cka", "rsa"):
        charts[f"similarity-{measure}"] = figures.before_and_after(audit.pairs, measure)
    caption = "Where the dots of a pair lie apart, its similarity is about what was taken out."
    return (("similarity-cka", caption), ("similarity-rsa", caption))


@functools.cache
def _environment() -> jinja2.Environment:
    made = environment(_TEMPLATES)
    made.filters |= {"share": share, "decoded": decoded, "interval": interval, "coefficient": coefficient}
    return made
