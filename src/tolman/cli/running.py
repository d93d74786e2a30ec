"""`tolman run`: one study, from what was typed to the table of results."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tolman.core.config import parse_assignments
from tolman.core.errors import UserError
from tolman.core.registry import load

if TYPE_CHECKING:
    from tolman.records.schema import Record
    from tolman.records.store import Store

_ABOUT_FACTS = ("reversals", "facts")


@dataclasses.dataclass(frozen=True)
class Order:
    """What was asked for."""

    study: str
    facts: str | None
    preset: str
    seeds: int | None = None
    settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The study's name in the records: reversals on a table of facts are the study `facts`."""
        return "facts" if self.facts is not None and self.study == "reversals" else self.study


def run(order: Order, records: Path, output: str | None) -> None:
    """Runs what is missing, prints results and finding, and writes the report if one was asked for."""
    from tolman.cli.progress import showing
    from tolman.records.store import Store

    check_output(output)
    study, store = make_study(order), Store(records)
    with showing() as progress:
        found = execute(order, study, store, progress)
    print_results(found)
    if order.settings:
        click.echo("Settings were changed: these results are exploratory, and no claim reads them.")
    if output is not None:
        from tolman.cli.reporting import write

        write(found, output)


def execute(order: Order, study: Any, store: Store, progress: Any) -> list[Record]:
    """Every record of the study, trained for where it is missing."""
    from tolman.experiments.runner import run as run_study
    from tolman.training.devices import prepare

    prepare()
    given = parse_assignments(order.settings)
    return run_study(
        study,
        order.name,
        order.preset,
        store,
        seeds=order.seeds,
        overrides=given,
        progress=progress,
        command=shlex.join(["tolman", *sys.argv[1:]]),
    )


def make_study(order: Order) -> Any:
    """The study, on the table that was given; a table that cannot be used is refused before anything is imported."""
    if order.facts is None:
        if order.study == "facts":
            raise UserError("the study 'facts' needs a table: give one with --facts FILE (CSV, TSV, JSONL or Parquet).")
        return study_class(order.study)()
    if order.study not in _ABOUT_FACTS:
        study_class(order.study)  # an unknown name is the first thing to say
        raise UserError(f"the study {order.study!r} takes no table: use --facts with reversals.")
    load("worlds", "facts")(path=order.facts)
    return study_class("facts")(path=order.facts)


def study_class(name: str) -> type[Any]:
    """The class of a study; raises `UnknownName` with a suggestion."""
    return load("studies", name)


def check_output(output: str | None) -> None:
    """Refuses a place for the report that cannot be written to, before minutes of training rather than after."""
    if output is None:
        return
    path = Path(output)
    if path.is_dir():
        raise UserError(f"-o {output}: this is a directory; name a file in it, for example {path / 'report.html'}.")
    if not path.parent.is_dir():
        raise UserError(f"-o {output}: there is no folder {path.parent}; make it first, or choose another place.")


def print_results(records: Sequence[Record]) -> None:
    """A table for each condition, with what was found in one sentence."""
    from rich.console import Console
    from rich.text import Text

    from tolman.report.summary import summarise
    from tolman.report.terminal import finding, results

    console = Console(highlight=False)
    for place, summary in enumerate(summarise(records)):
        console.print(results(summary))
        # A condition without the parametric learner is half of a comparison: the sentence would say only that.
        if place == 0 or summary.arm("parametric") is not None:
            console.print(Text(finding(summary)))
        console.print()
