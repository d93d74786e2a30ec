"""The common look of interactive figures.

Ink that is not data has the colour `currentColor`, so that a page in dark mode needs no other figure. Each is a
single view, since only such views follow the width of their container.
"""

from __future__ import annotations

import math
from typing import Any

import altair as alt

INK = "currentColor"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def data(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data; what is undefined, NaN or infinite, becomes null, which charts leave out."""
    return alt.InlineData(values=[{name: _known(value) for name, value in row.items()} for row in rows])


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def tooltip(*fields: str) -> list[alt.Tooltip]:
    """Return a tooltip of these fields, as they are written."""
    return [alt.Tooltip(field, type="nominal") for field in fields]


def count_axis() -> alt.Axis:
    """Return an axis of counts: `4k` for 4,000, and plain 0."""
    return alt.Axis(labelExpr="format(datum.value, '~s')", grid=False, tickCount=6)


def finish(layers: list[alt.Chart], height: float) -> alt.LayerChart:
    """Return layers as a chart of the container's width: transparent ground, legible type, ink of the page's colour."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12}
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    return (
        alt.LayerChart(layer=layers)
        .properties(width="container", height=height, autosize=fit)
        .configure(background="transparent", font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(**text, titleFontWeight="normal", gridColor=INK, gridOpacity=0.13, domainOpacity=0.4,
                        domainColor=INK, tickColor=INK, tickOpacity=0.4, labelFontWeight="normal", labelSeparation=6)
        .configure_legend(labelColor=INK, titleColor=INK, titleFontWeight="normal", labelFontSize=12, orient="bottom")
    )  # fmt: skip
