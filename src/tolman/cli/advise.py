"""`tolman advise`: compare finetuning, prompts and retrieval on one's own facts or documents, and recommend one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tolman.cli.components import presentations, typed
from tolman.cli.output import console, print_json
from tolman.cli.outputs import PAGE, check_output
from tolman.core.config import parse_assignments

if TYPE_CHECKING:
    from tolman.advise.advice import Advice
    from tolman.advise.sources import Case
    from tolman.records.schema import Record


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdviceRequest:
    """A question for advice, as typed.

    Attributes:
        source: a table, a file of documents, or a folder.
        tests: questions about documents; None = they are made.
        model: what everything starts from.
        learners: approaches to compare; empty for the usual ones.
        preset, seeds, first_seed, settings: as of a run.
        price: euros for a million tokens read.
        records: the folder of results.
        output: path of the HTML page, if one is wanted.
        export: folder for what the recommended approaches need, if it is wanted.
    """

    source: str
    tests: str | None
    model: str
    learners: Sequence[str]
    preset: str
    seeds: int | None
    first_seed: int | None
    settings: Sequence[str]
    price: float
    records: str
    output: str | None
    export: str | None


def advise(request: AdviceRequest, *, as_json: bool) -> None:
    """Run what is missing, print the advice, and write page and files if they are wanted."""
    from tolman.advise.advice import advise as conclude
    from tolman.advise.export import check_folder
    from tolman.advise.sources import Given, case
    from tolman.report.summary import summarise

    inputs = {"FACTS|DOCUMENTS": request.source, "--tests": request.tests or "", "--model": request.model}
    check_output(request.output, PAGE, inputs)
    if request.export is not None:
        check_folder(request.export)
    given = Given(
        source=Path(request.source),
        tests=request.tests or "",
        checkpoint=request.model,
        learners=tuple(request.learners),
        folder=Path(request.records),
    )
    found = case(given, request.preset)
    (summary,) = summarise(_run(request, found), presentations([found.name]))
    advice = conclude(summary, found.material, found.approaches, request.price)
    written = []
    try:
        if request.output is not None:
            written += [_write(advice, request.output)]
        if request.export is not None:
            written += _export(advice, found, request, Path(request.export))
    finally:
        print_json(advice.plain()) if as_json else _print(advice)
        for said in written:
            click.echo(f"wrote {said}", err=as_json)


def _run(request: AdviceRequest, found: Case) -> list[Record]:
    from tolman.cli.progress import show_progress
    from tolman.core.devices import configure_jax
    from tolman.experiments.runner import run
    from tolman.records.store import Store

    configure_jax()
    with show_progress() as progress:
        return run(
            found.study,
            found.name,
            request.preset,
            Store(request.records),
            seeds=request.seeds,
            first_seed=request.first_seed,
            overrides=parse_assignments(request.settings),
            progress=progress,
            command=typed(),
        )


def _print(advice: Advice) -> None:
    from rich.text import Text

    from tolman.advise.terminal import table
    from tolman.cli.layout import hang

    screen = console()
    screen.print(table(advice))
    screen.print()
    for sentence in advice.sentences:
        hang(screen, Text("→ ", style="bold"), Text(sentence))
    for doubt in advice.doubts:
        hang(screen, Text("Doubt: ", style="bold yellow"), Text(doubt))
    for note in (advice.material.example, *advice.material.notes):
        hang(screen, Text("  ", style="dim"), Text(note, style="dim"))


def _write(advice: Advice, output: str) -> str:
    from tolman import __version__
    from tolman.advise.page import render
    from tolman.report.document import write_page

    return str(write_page(Path(output), render(advice, typed(), __version__)))


def _export(advice: Advice, found: Case, request: AdviceRequest, folder: Path) -> list[str]:
    from tolman.advise.export import export
    from tolman.experiments.condition import Condition
    from tolman.experiments.runner import planned

    (condition,) = planned(found.study, request.preset, None, parse_assignments(request.settings)).conditions
    assert isinstance(condition, Condition)
    return [f"{folder}: {said}" for said in export(advice, condition, folder)]
