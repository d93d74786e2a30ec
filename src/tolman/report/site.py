"""The report: one HTML file, from records alone, that opens without a network. What keeps it safe is in `document`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.report.document import dressing, environment, write_page
from tolman.report.summary import summarise
from tolman.report.words import GLOSSARY, bound_text, effect_text, percent, ratio, spread

if TYPE_CHECKING:
    import jinja2

    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Verdict
    from tolman.report.pages import Section


_UNITS: tuple[Unit, ...] = ("fraction", "number", "ratio")


def write_report(records: Store | Iterable[Record], verdicts: Iterable[Verdict], path: str | Path) -> Path:
    """Writes the page to `path` and returns it; whoever opens it meanwhile sees the old page or the new one, whole.

    Raises:
        UserError: there are no records, or the file cannot be written.
    """
    found = records.records() if isinstance(records, Store) else list(records)
    if not found:
        where = f" in {records.root}" if isinstance(records, Store) else ""
        raise UserError(
            f"there are no records{where} to report: first run a study, for example `tolman run reversals`."
        )
    return write_page(path, render(found, list(verdicts)))


def render(records: Sequence[Record], verdicts: Sequence[Verdict]) -> str:
    """The page as text; the same records and verdicts give the same page."""
    from tolman.report.figures import claims
    from tolman.report.pages import sections

    parts = sections(summarise(records))
    charts = {f"claims-{unit}": chart for unit in _UNITS if (chart := claims(verdicts, unit)) is not None}
    figures = {figure.id: figure.chart for section in parts for part in section.parts for figure in part.figures}
    figures |= charts
    return (
        _environment()
        .get_template("report.html")
        .render(
            sections=parts,
            verdicts=verdicts,
            claims_figures=list(charts),
            glossary=GLOSSARY,
            headlines=_headlines(parts),
            **dressing(figures),
        )
    )


def _headlines(parts: Sequence[Section]) -> list[tuple[str, str]]:
    """What was found in each study as published; overridden runs only if there is nothing else."""
    published = [section for section in parts if not section.overridden]
    return [(section.name, section.parts[0].finding) for section in published or parts]


@functools.cache
def _environment() -> jinja2.Environment:
    made = environment()
    made.filters |= {
        "spread": spread,
        "percent": percent,
        "ratio": ratio,
        "effect": effect_text,
        "bound": bound_text,
    }
    return made
