"""`tolman report`: one page on every record of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tolman.cli.components import presentations
from tolman.cli.run import check_output
from tolman.cli.verify import judged
from tolman.core.errors import UserError
from tolman.core.registry import find

if TYPE_CHECKING:
    from tolman.claims.verdict import Verdict
    from tolman.records.schema import Record


def report(folder: Path, output: str) -> None:
    """Write the page on all records of a folder."""
    from tolman.records.store import Store

    check_output(output)
    store = Store(folder)
    for damage in store.damaged():
        click.echo(f"left out: {damage.path}: {damage.reason}", err=True)
    found = store.records()
    if not found:
        raise UserError(f"there are no records in {folder}: first run a study, for example `tolman run reversals`.")
    click.echo(f"wrote {write(found, output)}")


def write(records: Sequence[Record], output: str) -> Path:
    """Judge the claims on these records, write the page, and return its path."""
    from tolman.claims.multiplicity import controlled
    from tolman.report.site import write_report

    verdicts = controlled(verdicts_on(records))
    return write_report(records, verdicts, output, presentations(record.study for record in records))


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
