"""An audit as one page that opens without a network."""

from __future__ import annotations

import dataclasses
import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.audit import figures
from tolman.audit.formatting import coefficient, decoded, fraction, interval
from tolman.audit.results import Audit, LayerResult
from tolman.audit.undefined import reasons
from tolman.report.document import dressing, environment

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"

GLOSSARY = {
    "variance, alone": "The fraction of the layer's variance that a linear regression on this feature explains in "
    "stimuli it was not fitted on (five folds): 1 − SS_res / SS_tot, summed over stimuli and units. May be slightly "
    "negative.",
    "variance, unique": "The fraction that all features explain together less that of all others: the part that only "
    "this feature accounts for. For unrelated features it equals the variance alone.",
    "linear": "Held-out accuracy of a linear probe (neuroscience: decoder), logistic regression on standardised units, "
    "or R² of ridge regression for a quantity.",
    "kNN": "The same by the five nearest neighbours.",
    "chance": "The frequency of the most frequent class.",
    "decodability": "In figures: linear accuracy above chance, as a fraction of what is possible above chance.",
    "in first PCs": "The fraction of the feature's variance that lies in the first principal components. An analysis "
    "that keeps only these loses the rest.",
    "units": "Units of which this feature explains at least 1 % and more than any other.",
    "RSA": "Pearson correlation of the two layers' correlation-distance matrices; with features taken out, the partial "
    "correlation given the features' own distance matrices, which can leave part of a feature's effect.",
    "CKA": "Linear centred kernel alignment with the unbiased estimator; with features taken out, that of the "
    "residuals after regressing every unit on them.",
    "calibrated CKA": "The part of CKA's range above what all but 5 % of random matchings of the rows reach: 0 if the "
    "layers are no more alike than unrelated ones, 1 for equal ones (arXiv 2602.14486). Of at most 300 rows.",
    "mutual kNN": "The fraction of a row's ten nearest neighbours (Euclidean) that are the same in both layers; of "
    "unrelated layers ten in all other rows.",
    "95 % interval": "Bootstrap over stimuli. It does not cover other networks, trained from other seeds.",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _LayerSection:
    id: str
    layer: LayerResult
    figures: tuple[tuple[str, str], ...]


def render(audit: Audit, command: str, version: str) -> str:
    """Return the page as HTML; `command` is what was typed to make it, `version` Tolman's."""
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
            undefined=reasons(audit.pairs),
            command=command,
            version=version,
            glossary=GLOSSARY,
            **dressing(charts),
        )
    )


def _section(i: int, layer: LayerResult, charts: dict[str, Any]) -> _LayerSection:
    charts[f"layer{i}-variance"] = figures.variance_and_decodability(layer)
    charts[f"layer{i}-components"] = figures.components(layer)
    captions = (
        "The variance that each feature explains, beside its decodability. Lines are 95 % intervals.",
        "The first principal components: colours are features, pale is the variance that no feature explains.",
    )
    charts_of_layer = (f"layer{i}-variance", f"layer{i}-components")
    return _LayerSection(f"layer{i}", layer, tuple(zip(charts_of_layer, captions, strict=True)))


def _overview(audit: Audit, charts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if len(audit.layers) < 3:
        return ()
    charts["over-layers"] = figures.over_layers(audit.layers)
    return (
        ("over-layers", "The variance that each feature explains, alone, layer by layer; bands are 95 % intervals."),
    )


def _similarity(audit: Audit, charts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if not audit.pairs:
        return ()
    caption = "Where the dots of a pair lie apart, its similarity is due to what was taken out."
    known = [m for m in ("cka", "rsa") if any(math.isfinite(getattr(pair, m)) for pair in audit.pairs)]
    charts |= {f"similarity-{measure}": figures.before_and_after(audit.pairs, measure) for measure in known}
    return tuple((f"similarity-{measure}", caption) for measure in known)


@functools.cache
def _environment() -> jinja2.Environment:
    made = environment(_TEMPLATES)
    made.filters |= {"fraction": fraction, "decoded": decoded, "interval": interval, "coefficient": coefficient}
    return made
