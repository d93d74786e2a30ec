"""What a run prints when it is done: one table of results, one of claims."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tolman.records.statistics import Interval
from tolman.report.finding import finding
from tolman.report.measures import MeasureTable
from tolman.report.scores import Score
from tolman.report.summary import Arm, Summary
from tolman.report.words import bound_text, count, effect_text, measured, percent, ratio

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict

__all__ = ["claims_table", "finding", "results", "results_table"]


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


_COLOURS = {
    "holds": "green",
    "fails": "bold red",
    "inconclusive": "yellow",
    "not testable": "magenta",
    "not run": "dim",
}


def results(summary: Summary) -> Group:
    """What was measured: how learners answered, or the numbers about their networks."""
    if not any(arm.measures for arm in summary.arms):
        acting = any(arm.latent and arm.latent.arrived for arm in summary.arms)
        return Group(results_table(summary), *([paths_table(summary)] if acting else []))
    return Group(*(measures_table(summary, table) for arm in summary.arms for table in arm.tables))


def measures_table(summary: Summary, table: MeasureTable) -> Table:
    """Hyperparameters other than accuracies, with the accuracy beside them where rows are tests."""
    shown = Table(title=Text(_title(summary)), title_justify="left", caption="95 % intervals over seeds")
    shown.add_column("", overflow="fold")
    for column in table.columns:
        shown.add_column(column, justify="right")
    for row in table.rows:
        shown.add_row(Text(row), *(Text(table.cell(row, column)) for column in table.columns))
    return shown


def results_table(summary: Summary) -> Table:
    """Rows: learners; columns: explicit, latent, chance, and recall@k where something was retrieved."""
    depths = sorted({arm.k for arm in summary.arms if arm.k and _recall(arm)})
    table = Table(title=Text(_title(summary)), title_justify="left", caption="95 % intervals over seeds and items")
    table.add_column("learner")
    columns = ["explicit", "latent", "chance", *([f"recall@{','.join(map(str, depths))}"] if depths else [])]
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for arm in summary.arms:
        table.add_row(Hyphenated(arm.label), *_row(arm)[: len(columns)])
    return table


def paths_table(summary: Summary) -> Table:
    """How long the ways were to the goals that were reached, and how many were."""
    table = Table(caption="actions over the fewest that would do, where reached at all")
    table.add_column("learner")
    for column in ("explicit path", "reached", "latent path", "reached"):
        table.add_column(column, justify="right", no_wrap=True)
    for arm in summary.arms:
        table.add_row(
            Hyphenated(arm.label), *(Text(cell) for score in (arm.explicit, arm.latent) for cell in _path(score))
        )
    return table


def _path(score: Score | None) -> tuple[str, str]:
    if score is None or score.arrived is None:
        return "–", "–"
    return ratio(score.path_ratio), percent(score.arrived.mean)


def claims_table(verdicts: Iterable[Verdict]) -> Group:
    """Every claim with its status in colour, its effect with interval, its bound and seeds, study by study.

    Sources and notes are long and stand below each table, where they have the whole width.
    """
    studies: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        studies.setdefault(verdict.study, []).append(verdict)
    return Group(*(_study_claims(study, found) for study, found in studies.items()))


def _study_claims(study: str, verdicts: Iterable[Verdict]) -> Group:
    table, notes = Table(title=Text(f"Claims of {study}"), title_justify="left"), []
    table.add_column("status", no_wrap=True)
    table.add_column("claim", overflow="fold")
    for column in ("effect", "bound", "seeds"):
        table.add_column(column, justify="right", no_wrap=True)
    for verdict in verdicts:
        name = verdict.claim
        status = Text(verdict.label, style=_COLOURS.get(verdict.status, ""))
        table.add_row(status, *map(Text, (name, effect_text(verdict), bound_text(verdict), str(verdict.seeds or "–"))))
        said = "; ".join(filter(None, (verdict.source, verdict.note)))
        notes.append(Text.assemble(f"{study}: {name}", (f"  {said}", "dim")))
    return Group(table, *notes, Text())


def _title(summary: Summary) -> str:
    return f"{summary.name} · {summary.condition} · {count(summary.seeds, 'seed')}"


def _row(arm: Arm) -> tuple[Text, ...]:
    chance = arm.latent or arm.explicit
    cells = (
        _accuracy(arm.explicit),
        _accuracy(arm.latent),
        percent(chance.chance.uniform) if chance else "–",
        measured(_recall(arm)),
    )
    return tuple(Text(cell) for cell in cells)


def _accuracy(score: Score | None) -> str:
    return measured(score.accuracy if score else None)


def _recall(arm: Arm) -> Interval | None:
    """How much retrieval found; the context learner is handed its one experience, whatever the retrievers' k."""
    return arm.latent.recall if arm.latent and arm.learner != "parametric-context" else None
