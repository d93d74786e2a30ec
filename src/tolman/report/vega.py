"""How every interactive figure looks.

Ink that is not data has the colour `currentColor`, so that a page in dark mode needs no other figure. Each is a
single view of the container's width, which only such views can follow.
"""

from __future__ import annotations

from typing import Any

import altair as alt

INK = "currentColor"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def data(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Rows as a chart takes them."""
    return alt.InlineData(values=rows)


def tooltip(*fields: str) -> list[alt.Tooltip]:
    """What is shown on pointing, as it is written in these fields."""
    return [alt.Tooltip(field, type="nominal") for field in fields]


def finish(layers: list[alt.Chart], height: Any) -> alt.LayerChart:
    """Width of the container, transparent ground, legible type; ink follows the page."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return (
        alt.LayerChart(layer=layers)
        .properties(width="container", height=height, autosize=fit)
        .configure(background="transparent", font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(**text, titleFontWeight="normal", gridColor=INK, gridOpacity=0.13, domainOpacity=0.4,
                        domainColor=INK, tickColor=INK, tickOpacity=0.4, labelFontWeight="normal")
        .configure_legend(labelColor=INK, titleColor=INK, titleFontWeight="normal", labelFontSize=12, orient="top",
                          labelLimit=220, columns=3)
    )  # fmt: skip
