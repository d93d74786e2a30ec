"""Advice as a table on a terminal."""

from __future__ import annotations

from rich.text import Text

from tolman.advise.advice import Advice
from tolman.records.statistics import Interval
from tolman.report.fitting import FittingTable
from tolman.report.words import count, limits, percent


def table(advice: Advice) -> FittingTable:
    """Return a row for each approach: what it answers, what it reads for a question, and what that costs."""
    latent = advice.material.latent
    shown = FittingTable(
        title=Text(f"{advice.material.name} · {advice.material.amount} · {count(advice.seeds, 'seed')}"),
        title_justify="left",
        caption=Text(f"95 % intervals; EUR for a million questions, at EUR {advice.price:g} for a million tokens read"),
        caption_justify="left",
    )
    shown.add_column("approach", overflow="fold")
    linked = ["two\nfacts"] if any(found.two_hop for found in advice.outcomes) else []
    for column in ("asked as\nstated", f"{latent}\nquestions", *linked, "tokens\nread", "EUR"):
        shown.add_column(column, justify="right", no_wrap=True)
    for found in advice.outcomes:
        style = "bold" if found is advice.recommended else "dim" if found.approach.kind == "reference" else ""
        answers = (_cell(found.stated), _cell(found.latent), *([_cell(found.two_hop)] if linked else []))
        costs = f"{found.tokens:,.0f}", euros(advice.euros(found))
        shown.add_row(*map(Text, (found.text, *answers, *costs)), style=style)
    return shown


def _cell(interval: Interval | None) -> str:
    return "–" if interval is None else f"{percent(interval.mean)}\n{limits(interval)}"


def euros(amount: float) -> str:
    """Return an amount with two digits that matter."""
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2g}"
