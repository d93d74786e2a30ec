"""The figures of an audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from tolman.audit.formatting import decoded, interval, measured, plain
from tolman.audit.results import FeatureInLayer, IntervalEstimate, LayerPair, LayerResult
from tolman.report.vega import INK, data, finish, tooltip
from tolman.report.words import percent

QUANTITIES = {"variance, alone": "#0072B2", "variance, unique": "#56B4E9", "decodability": "#E69F00"}
"""From Okabe and Ito (2008): told apart by colour-blind readers, on light and dark ground."""

FEATURES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8000E0", "#A05A2C")
_FRACTION = {"scale": alt.Scale(domain=[0, 1], nice=False, clamp=True), "axis": alt.Axis(format="%", tickCount=5)}


def variance_and_decodability(layer: LayerResult) -> alt.LayerChart:
    """Draw variance, alone and unique, beside decodability above chance, for every feature of a layer."""
    rows = [row for feature in layer.features for row in _rows(feature)]
    names = [feature.feature for feature in layer.features]
    axis = alt.Axis(labelLimit=200, labelPadding=8, ticks=False, domain=False)
    colour = alt.Scale(domain=list(QUANTITIES), range=list(QUANTITIES.values()))
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("feature:N", sort=names, title=None, axis=axis),
        yOffset=alt.YOffset("quantity:N", sort=list(QUANTITIES)),
        tooltip=tooltip("feature", "quantity", "measured"),
    )
    bars = base.mark_bar(cornerRadiusEnd=2, height=alt.RelativeBandSize(0.86)).encode(
        x=alt.X("value:Q", title="fraction of variance, or of the way from chance to perfect", **_FRACTION),
        color=alt.Color("quantity:N", scale=colour, sort=list(QUANTITIES), legend=alt.Legend(title=None)),
    )
    known = base.transform_filter("isValid(datum.low)")
    interval = known.mark_rule(color=INK, strokeWidth=1.4).encode(x="low:Q", x2="high:Q")
    return finish([bars, interval], height=22 * len(rows))


def _rows(feature: FeatureInLayer) -> list[dict[str, Any]]:
    def above(value: float | None) -> float | None:
        return None if value is None else (value - feature.chance) / (1 - feature.chance)

    skill = IntervalEstimate(*(above(value) for value in feature.linear))  # pyright: ignore[reportArgumentType]
    found = dict(zip(QUANTITIES, (feature.alone, feature.unique, skill), strict=True))
    shown = dict(zip(QUANTITIES, (measured(feature.alone), measured(feature.unique), _decoded(feature)), strict=True))
    return [
        {
            "feature": feature.feature,
            "quantity": quantity,
            "value": max(plain(value.value) or 0.0, 0.0),
            "low": None if value.low is None else max(value.low, 0.0),
            "high": None if value.high is None else max(value.high, 0.0),
            "measured": shown[quantity],
        }
        for quantity, value in found.items()
    ]


def _decoded(feature: FeatureInLayer) -> str:
    shown = f"{decoded(feature.linear, feature.classes)} {interval(feature.linear)}".strip()
    return f"{shown}, chance {percent(feature.chance)}" if feature.classes else shown


def components(layer: LayerResult) -> alt.LayerChart:
    """Draw R2 of every feature on each of the first principal components, stacked within the component's variance."""
    names = [feature.feature for feature in layer.features]
    rows = [
        {
            "component": f"PC {k + 1}",
            "feature": name,
            "fraction": max(0.0, r2) * variance,
            "of the component": percent(max(0.0, r2)),
            "of all variance": percent(max(0.0, r2) * variance),
        }
        for k, variance in enumerate(layer.components)
        for name, r2 in zip(names, layer.component_r2[k], strict=True)
    ]
    order = [f"PC {k + 1}" for k in range(len(layer.components))]
    whole = [
        {"component": name, "all": v, "variance": percent(v)} for name, v in zip(order, layer.components, strict=True)
    ]
    y = alt.Y("component:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=8))
    outline = alt.Chart(data(whole)).mark_bar(color=INK, opacity=0.13, height=alt.RelativeBandSize(0.8))
    outline = outline.encode(y=y, x=alt.X("all:Q"), tooltip=tooltip("component", "variance"))
    parts = alt.Chart(data(rows)).mark_bar(height=alt.RelativeBandSize(0.8)).encode(
        y=y,
        x=alt.X("fraction:Q", stack="zero", title="fraction of the layer's variance",
                axis=alt.Axis(format="%", tickCount=5)),
        color=_feature_colour(names),
        tooltip=tooltip("component", "feature", "of the component", "of all variance"),
    )  # fmt: skip
    return finish([outline, parts], height=20 * len(order))


def over_layers(layers: Sequence[LayerResult]) -> alt.LayerChart:
    """Draw each feature's variance in every layer, in their order; bands are intervals."""
    names = [feature.feature for feature in layers[0].features]
    order = [layer.name for layer in layers]
    rows = [
        {
            "layer": layer.name,
            "model": layer.path,  # a line stays within its file
            "feature": feature.feature,
            "value": max(feature.alone.value, 0.0),
            "low": None if feature.alone.low is None else max(feature.alone.low, 0.0),
            "high": None if feature.alone.high is None else max(feature.alone.high, 0.0),
            "variance": measured(feature.alone),
            "decoded": _decoded(feature),
        }
        for layer in layers
        for feature in layer.features
    ]
    x = alt.X("layer:N", sort=order, title=None, axis=alt.Axis(labelAngle=-30, labelLimit=160, grid=False))
    base = alt.Chart(data(rows)).encode(x=x, color=_feature_colour(names), detail="model:N")
    title = "fraction of variance, alone"
    y = alt.Y("value:Q", title=title, axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domainMin=0))
    line = base.mark_line(strokeWidth=2.2).encode(y=y)
    dots = base.mark_point(size=40, filled=True, opacity=1).encode(
        y=y, tooltip=tooltip("layer", "feature", "variance", "decoded")
    )
    band = base.transform_filter("isValid(datum.low)").mark_area(opacity=0.16)
    return finish([band.encode(y=alt.Y("low:Q", title=title), y2="high:Q"), line, dots], height=280)


def before_and_after(pairs: Sequence[LayerPair], measure: str) -> alt.LayerChart:
    """Draw the similarity of pairs of layers as they are and with features taken out: one line for each pair."""
    controls = list(dict.fromkeys(pair.control for pair in pairs))
    names = list(dict.fromkeys(f"{pair.a} – {pair.b}" for pair in pairs))
    rows = [
        {
            "pair": f"{pair.a} – {pair.b}",
            "taken out": pair.control,
            "value": value,
            "similarity": f"{value:.2f}",
        }
        for pair in pairs
        if (value := plain(getattr(pair, measure))) is not None
    ]
    colours = alt.Scale(
        domain=controls, range=[INK, "#D55E00", "#009E73"][-len(controls) :] if len(controls) > 2 else [INK, "#009E73"]
    )
    axis = alt.Axis(labelLimit=300, labelPadding=8, ticks=False, domain=False, grid=True)
    base = alt.Chart(data(rows)).encode(y=alt.Y("pair:N", sort=names, title=None, axis=axis))
    span = base.mark_rule(color=INK, opacity=0.3, strokeWidth=2).encode(x="min(value):Q", x2="max(value):Q")
    domain = [min(0.0, *(row["value"] for row in rows)), 1.0] if rows else [0.0, 1.0]
    dots = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("value:Q", title={"rsa": "RSA", "cka": "debiased linear CKA"}[measure],
                scale=alt.Scale(domain=domain, nice=False), axis=alt.Axis(format=".1f", tickCount=6)),
        color=alt.Color("taken out:N", sort=controls, scale=colours, legend=alt.Legend(title="taken out:")),
        tooltip=tooltip("pair", "taken out", "similarity"),
    )  # fmt: skip
    return finish([span, dots], height=26 * len(names))


def _feature_colour(names: Sequence[str]) -> alt.Color:
    palette = [FEATURES[i % len(FEATURES)] for i in range(len(names))]
    return alt.Color("feature:N", sort=list(names), scale=alt.Scale(domain=list(names), range=palette),
                     legend=alt.Legend(title=None, symbolOpacity=1, symbolType="square"))  # fmt: skip
