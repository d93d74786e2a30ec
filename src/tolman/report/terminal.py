"""What a run prints when it is done: one table of results, one of claims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ..records.statistics import Interval
from .finding import finding
from .summary import Arm, Score, Summary
from .words import bound_text, count, effect_text, measured, percent

if TYPE_CHECKING:
    from ..claims.verdict import Verdict

__all__ = ["claims_table", "finding", "results_table"]

_COLOURS = {
    "holds": "green",
    "fails": "bold red",
    "inconclusive": "yellow",
    "not testable": "magenta",
    "not run": "dim",
}


def results_table(summary: Summary) -> Table:
    """Rows: learners; columns: explicit, latent, chance, and recall@k where something was retrieved."""
    depths = sorted({arm.slots for arm in summary.arms if arm.slots and _recall(arm)})
    table = Table(title=Text(_title(summary)), title_justify="left", caption="95 % intervals over seeds and items")
    table.add_column("learner", no_wrap=True)
    columns = ["explicit", "latent", "chance", *([f"recall@{','.join(map(str, depths))}"] if depths else [])]
    for column in columns:
        table.add_column(column, justify="right")
    for arm in summary.arms:
        table.add_row(*_row(arm)[: 1 + len(columns)])
    return table


def claims_table(verdicts: Iterable[Verdict]) -> Group:
    """Every claim with its status in colour, its effect with interval, its bound and seeds; below, source and note.

    What is long stands below the table, where it has the whole width.
    """
    table, notes = Table(title="Claims", title_justify="left"), []
    table.add_column("status", no_wrap=True)
    table.add_column("claim", overflow="fold")
    for column in ("effect", "bound", "seeds"):
        table.add_column(column, justify="right", no_wrap=True)
    for verdict in verdicts:
        name = f"{verdict.study}: {verdict.claim}"
        status = Text(verdict.status, style=_COLOURS.get(verdict.status, ""))
        table.add_row(status, *map(Text, (name, effect_text(verdict), bound_text(verdict), str(verdict.seeds or "–"))))
        said = "; ".join(filter(None, (verdict.source, verdict.note)))
        notes.append(Text.assemble(name, (f"  {said}", "dim")))
    return Group(table, *notes)


def _title(summary: Summary) -> str:
    return f"{summary.name} · {summary.condition} · {count(summary.seeds, 'seed')}"


def _row(arm: Arm) -> tuple[Text, ...]:
    chance = arm.latent or arm.explicit
    cells = (
        arm.label,
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
    return arm.latent.recall if arm.latent and arm.learner != "context" else None
