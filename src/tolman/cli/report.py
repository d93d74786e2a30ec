"""`tolman report`: one page on every record of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tolman.cli.components import presentations
from tolman.cli.outputs import PAGE_OR_FIGURE, check_output
from tolman.cli.verify import judged
from tolman.core.errors import UserError
from tolman.core.registry import find

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict
    from tolman.records.schema import Record
    from tolman.records.store import Store


def report(folder: Path, output: str) -> None:
    """Write the page on all records of a folder."""
    from tolman.records.store import Store

    check_output(output, PAGE_OR_FIGURE)
    store = Store(folder)
    say_damaged(store)
    found = store.records()
    if not found:
        raise UserError(f"there are no records in {folder}: first run a study, for example `tolman run reversals`.")
    click.echo(f"wrote {write(found, output)}")


def say_damaged(store: Store) -> None:
    """Name the records that cannot be read, with the reason."""
    for damage in store.damaged():
        click.echo(f"left out: {damage.reason}", err=True)


def write(records: Sequence[Record], output: str) -> Path:
    """Write the page on these records, with their claims judged, or a figure if the name is one's; return its path."""
    from tolman.claims.multiplicity import controlled
    from tolman.report.paper import SUFFIXES
    from tolman.report.site import write_report

    if Path(output).suffix.lower() in SUFFIXES:
        return _draw(records, output)
    verdicts = controlled(verdicts_on(records))
    return write_report(records, verdicts, output, presentations(record.study for record in records))


def _draw(records: Sequence[Record], output: str) -> Path:
    """Draw the main condition of the only study."""
    from tolman.report.paper import save_bars
    from tolman.report.summary import summarise

    names = sorted({record.study for record in records})
    if len(names) > 1:
        raise UserError(
            f"-o {output}: a figure shows one study, and there are records of {', '.join(names)}: "
            f"`tolman run {names[0]} -o {output}` draws one; a page (.html) shows all."
        )
    return save_bars(summarise(records, presentations(names))[0], output)


def verdicts_on(records: Sequence[Record]) -> list[Verdict]:
    """Return the verdicts of every installed study and preset; `smoke`, which claims nothing, only if it is alone."""
    sizes = sorted({(r.study, r.preset) for r in records})
    known = find("studies")
    return [
        verdict
        for study, preset in sizes
        if study in known and (preset != "smoke" or sum(s == study for s, _ in sizes) == 1)
        for verdict in _verdicts(study, preset, records)
    ]


def _verdicts(name: str, preset: str, records: Sequence[Record]) -> list[Verdict]:
    try:
        return judged(name, preset, records)
    except UserError as error:  # for example two tables of facts: each is reported, and no claim pools them
        click.echo(f"claims of {name} ({preset}) are left out: {error}", err=True)
        return []
