"""The report: one HTML file, from records alone, that opens without a network. `document` keeps it safe."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.report.claim_words import over_all_text, p_text, remarks, tally_fdr
from tolman.report.document import dressing, environment, write_page
from tolman.report.glossary import glossary
from tolman.report.summary import summarise
from tolman.report.terminal import column_text
from tolman.report.words import bound_text, effect_text, index_text, limits, percent, steps_text

if TYPE_CHECKING:
    import jinja2

    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Verdict
    from tolman.report.pages import Section
    from tolman.report.presentation import Presentation


_UNITS: tuple[Unit, ...] = ("fraction", "number", "ratio")


def write_report(
    records: Store | Iterable[Record],
    verdicts: Iterable[Verdict],
    path: str | Path,
    presentations: Mapping[str, Presentation] | None = None,
) -> Path:
    """Write the page and return its path; whoever opens it meanwhile sees the old page or the new one, whole.

    Args:
        records: a store, or records.
        verdicts: the claims to show.
        path: the HTML file.
        presentations: by study; one without is presented neutrally.

    Raises:
        UserError: there are no records, or the file cannot be written.
    """
    found = records.records() if isinstance(records, Store) else list(records)
    if not found:
        where = f" in {records.root}" if isinstance(records, Store) else ""
        raise UserError(
            f"there are no records{where} to report: first run a study, for example `tolman run reversals`."
        )
    return write_page(path, render(found, list(verdicts), presentations))


def render(
    records: Sequence[Record], verdicts: Sequence[Verdict], presentations: Mapping[str, Presentation] | None = None
) -> str:
    """Return the page as text; the same records and verdicts give the same page."""
    from tolman.report.claim_figures import claims_figure
    from tolman.report.pages import sections
    from tolman.report.sweep_accounts import prediction_rows
    from tolman.report.sweep_pages import split_records, sweep_sections

    rest, sweeps = split_records(records)
    summaries, swept = summarise(rest, presentations), sweep_sections(sweeps, presentations)
    parts = sections(summaries)
    charts = {f"claims-{unit}": chart for unit in _UNITS if (chart := claims_figure(verdicts, unit)) is not None}
    figures = {figure.id: figure.chart for section in parts for part in section.parts for figure in part.figures}
    figures |= {item.id: item.chart for s in parts if s.comparison for item in s.comparison.all_figures}
    figures |= charts | {figure.id: figure.chart for section in swept for figure in section.figures}
    return (
        _environment()
        .get_template("report.html")
        .render(
            sections=parts,
            sweeps=swept,
            verdicts=verdicts,
            claims_figures=list(charts),
            discoveries=tally_fdr(verdicts),
            glossary=glossary(summary.presentation for summary in summaries),
            headlines=_headlines(parts),
            predictions=prediction_rows,
            **dressing(figures),
        )
    )


def _headlines(parts: Sequence[Section]) -> list[tuple[str, str]]:
    """Return each study's main finding, of overridden runs only if there are no others."""
    published = [section for section in parts if not section.overridden]
    return [(section.name, section.parts[0].finding) for section in published or parts]


@functools.cache
def _environment() -> jinja2.Environment:
    made = environment()
    made.filters |= {
        "limits": limits,
        "percent": percent,
        "column": column_text,
        "effect": effect_text,
        "bound": bound_text,
        "index": index_text,
        "steps": steps_text,
        "p": p_text,
        "over_all": over_all_text,
        "remarks": remarks,
    }
    return made
