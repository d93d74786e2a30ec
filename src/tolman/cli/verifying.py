"""`tolman verify`: claims, checked on records."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tolman.cli.running import Order, execute, make_study, study_class
from tolman.core.errors import UserError
from tolman.core.registry import find

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict
    from tolman.records.schema import Record
    from tolman.records.store import Store

KEYS = ("claim", "study", "status", "effect", "low", "high", "bound", "seeds", "source")
"""The keys of `--json` that scripts may rely on, in this order; further ones come after."""


def verify(
    studies: Sequence[str], preset: str, seeds: int | None, facts: str | None, records: Path, as_json: bool
) -> None:
    """Runs what is missing and prints every verdict to standard output, which holds nothing else."""
    from tolman.cli.progress import showing
    from tolman.records.store import Store

    orders = [Order(name, facts if name == "facts" else None, preset, seeds) for name in chosen(studies, facts)]
    # All of them are made first: a mistake in the last is told before the first is trained.
    made = [None if _lacks_table(order) else make_study(order) for order in orders]
    store, verdicts = Store(records), []
    with showing() as progress:
        for order, study in zip(orders, made, strict=True):
            verdicts += _without_table(order) if study is None else _checked(order, study, store, progress)
    show(verdicts, as_json)


def chosen(studies: Sequence[str], facts: str | None) -> list[str]:
    """The studies' names, once each; with a table, reversals become the study of it, as in `tolman run`."""
    names = list(studies) or list(find("studies"))
    if facts is not None and "facts" not in names:
        if "reversals" not in names:
            raise UserError(f"no table is of use to {', '.join(names)}: leave --facts out, or add facts.")
        names = ["facts" if name == "reversals" else name for name in names]
    return list(dict.fromkeys(names))


def _lacks_table(order: Order) -> bool:
    return order.name == "facts" and order.facts is None


def _checked(order: Order, study: Any, store: Store, progress: Any) -> list[Verdict]:
    """The verdicts on this run's own records: a folder may hold those of other tables and more seeds."""
    return judged(order.name, order.preset, execute(order, study, store, progress))


@dataclasses.dataclass(frozen=True)
class _Named:
    """A study as claims know it."""

    name: str
    version: int


def judged(name: str, preset: str, records: Sequence[Record]) -> list[Verdict]:
    """The verdict on every claim of a study."""
    from tolman.claims.verdict import judge

    study = study_class(name)
    return [judge(claim, records, _Named(name, study.version), preset) for claim in study().claims(preset)]


def _without_table(order: Order) -> list[Verdict]:
    """Every claim about a user's table, as not run: there is no such table."""
    note = "needs a table: give one with --facts FILE"
    return [dataclasses.replace(verdict, note=note) for verdict in judged(order.name, order.preset, [])]


def show(verdicts: Sequence[Verdict], as_json: bool) -> None:
    """Prints verdicts as JSON, or as a table with a line that counts them."""
    if as_json:
        click.echo(json.dumps([as_row(verdict) for verdict in verdicts], indent=1, ensure_ascii=False))
        return
    from rich.console import Console

    from tolman.report.terminal import claims_table

    console = Console(highlight=False)
    if verdicts:
        console.print(claims_table(verdicts))
    console.print(tally([verdict.status for verdict in verdicts]))


def as_row(verdict: Verdict) -> dict[str, Any]:
    """A verdict's fields, those of `KEYS` first."""
    fields = verdict.as_dict()
    return {key: fields[key] for key in KEYS} | fields


def tally(statuses: Sequence[str]) -> str:
    """`3 hold, 1 fails, 2 not run`: all that there are, in the order of their first appearance."""
    counts = {status: statuses.count(status) for status in dict.fromkeys(statuses)}
    verbs = {"holds": "hold", "fails": "fail"}
    words = [f"{n} {status if n == 1 else verbs.get(status, status)}" for status, n in counts.items()]
    return ", ".join(words) or "nothing is claimed of this preset"
