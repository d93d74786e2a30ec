"""The tables that a run prints: results, further columns, measures and claims."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.text import Text

from tolman.records.statistics import Interval
from tolman.report.claim_words import over_all_text, p_text, remarks
from tolman.report.fitting import FittingTable
from tolman.report.measures import MeasureTable
from tolman.report.presentation import Column, ColumnTable, LearnerStyle
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.words import bound_text, count, effect_text, estimate, percent, ratio

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict

_COLOURS = {
    "holds": "green",
    "fails": "bold red",
    "inconclusive": "yellow",
    "not testable": "magenta",
    "not run": "dim",
}


class Hyphenated:
    """A name that breaks after its hyphens where its column is narrower than the name."""

    def __init__(self, name: str):
        self.parts = [Text(part) for part in re.findall(r"[^-]*-|[^-]+", name)] or [Text()]

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        lengths = [part.cell_len for part in self.parts]
        return Measurement(max(lengths), sum(lengths)).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        line = Text(overflow="fold")
        for part in self.parts:
            if line and line.cell_len + part.cell_len > options.max_width:
                yield line
                line = Text(overflow="fold")
            line.append_text(part)
        yield line


def results(summary: Summary) -> Group:
    """Return the tables of a condition: accuracies of learners with further columns, or measures."""
    if any(learner.measures for learner in summary.learners):
        return Group(*(measures_table(summary, table) for learner in summary.learners for table in learner.tables))
    further = [part for each in summary.column_tables for part in (Text(), columns_table(*each))]
    return Group(results_table(summary), *further)


def measures_table(summary: Summary, table: MeasureTable) -> FittingTable:
    """Return measures, with the accuracy beside them where rows are tests."""
    shown = FittingTable(title=Text(_title(summary)), title_justify="left", caption="95 % intervals over seeds")
    shown.add_column("", overflow="fold")
    for column in table.columns:
        shown.add_column(column, justify="right")
    for row in table.rows:
        shown.add_row(Text(row), *(Text(table.text(row, column)) for column in table.columns))
    return shown


def results_table(summary: Summary) -> FittingTable:
    """Return a row per learner: explicit and latent accuracy, chance, and recall@k if anything was retrieved."""
    depths = sorted({learner.k for learner in summary.learners if learner.k and _recall(summary, learner)})
    table = FittingTable(
        title=Text(_title(summary)), title_justify="left", caption="95 % intervals over seeds and items"
    )
    table.add_column("learner")
    columns = ["explicit", "latent", "chance", *([f"recall@{','.join(map(str, depths))}"] if depths else [])]
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for learner in summary.learners:
        table.add_row(Hyphenated(learner.label), *_row(summary, learner)[: len(columns)])
    return table


def columns_table(table: ColumnTable, learners: Iterable[LearnerSummary]) -> FittingTable:
    """Return further columns, for explicit and for latent tests."""
    shown = FittingTable(title=Text(table.title), title_justify="left", caption=table.caption)
    shown.add_column("learner")
    for role in ("explicit", "latent"):
        for column in table.columns:
            shown.add_column(f"{role}\n{column.narrow or column.title}", justify="right", no_wrap=True)
    for learner in learners:
        scores = (learner.explicit, learner.latent)
        cells = [Text(_compact(score, column)) for score in scores for column in table.columns]
        shown.add_row(Hyphenated(learner.label), *cells)
    return shown


def column_text(score: Score | None, column: Column) -> str:
    """Return a further column's mean and interval in its unit, or a dash."""
    interval = score.columns.get(column.field) if score else None
    return ratio(interval) if column.kind == "ratio" else estimate(interval)


def _compact(score: Score | None, column: Column) -> str:
    """Return a further column without the interval of a fraction, so that a table fits a narrow terminal."""
    interval = score.columns.get(column.field) if score else None
    return column_text(score, column) if column.kind == "ratio" or interval is None else percent(interval.mean)


def claims_table(verdicts: Iterable[Verdict]) -> Group:
    """Return every claim with its status in colour, its effect with interval, its bound and seeds, study by study.

    Below the bound stands p, adjusted for all claims of the table if that was done, and below the effect, where
    requirements left out some seeds, that over all of them. Sources and notes are long and stand below each table,
    where they have the whole width.
    """
    studies: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        studies.setdefault(verdict.study, []).append(verdict)
    return Group(*(_study_claims(study, found) for study, found in studies.items()))


def _study_claims(study: str, verdicts: Iterable[Verdict]) -> Group:
    table, notes = FittingTable(title=Text(f"Claims of {study}"), title_justify="left"), []
    table.add_column("status", no_wrap=True)
    table.add_column("claim", overflow="fold")
    for column in ("effect", "bound", "seeds"):
        table.add_column(column, justify="right", no_wrap=True)
    for verdict in verdicts:
        name = verdict.claim
        status = Text(verdict.label, style=_COLOURS.get(verdict.status, ""))
        table.add_row(status, Text(name), *map(_cell, _numbers(verdict)))
        said = "; ".join(filter(None, (verdict.source, *remarks(verdict), verdict.note)))
        notes.append(Text.assemble(f"{study}: {name}", (f"  {said}", "dim")))
    return Group(table, *notes, Text())


def _numbers(verdict: Verdict) -> Iterable[tuple[str, str]]:
    """Return effect, bound and seeds, each with what stands below: the effect over all seeds, p, all seeds."""
    yield effect_text(verdict), over_all_text(verdict)
    yield bound_text(verdict), "" if verdict.p is None else f"p {p_text(verdict)}"
    yield str(verdict.seeds or "–"), f"all {verdict.over_all.seeds}" if verdict.over_all else ""


def _cell(lines: tuple[str, str]) -> Text:
    upper, lower = lines
    return Text(upper).append(f"\n{lower}", "dim") if lower else Text(upper)


def _title(summary: Summary) -> str:
    return f"{summary.name} · {summary.condition} · {count(summary.seeds, 'seed')}"


def _row(summary: Summary, learner: LearnerSummary) -> tuple[Text, ...]:
    chance = learner.latent or learner.explicit
    cells = (
        _accuracy(learner.explicit),
        _accuracy(learner.latent),
        percent(chance.chance.uniform) if chance else "–",
        estimate(_recall(summary, learner)),
    )
    return tuple(Text(cell) for cell in cells)


def _accuracy(score: Score | None) -> str:
    return estimate(score.accuracy if score else None)


def _recall(summary: Summary, learner: LearnerSummary) -> Interval | None:
    """Return the recall of a retriever; None for a learner that is supplied with its experiences."""
    style = summary.presentation.learners.get(learner.name, LearnerStyle())
    return learner.latent.recall if learner.latent and not style.supplied else None
