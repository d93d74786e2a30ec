"""`tolman run`: train and test a study, and print its results."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tolman.cli.components import make, presentations, resolve, typed
from tolman.cli.output import console
from tolman.cli.outputs import PAGE_OR_FIGURE, as_inputs, check_output
from tolman.core.config import override, parse_assignments, settings

if TYPE_CHECKING:
    from tolman.records.schema import Record
    from tolman.records.store import Store


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunRequest:
    """A study to run, as typed.

    Attributes:
        study: its registered name.
        preset: `"smoke"`, `"quick"` or `"full"`.
        seeds: number of seeds; None for the preset's.
        first_seed: None for the study's own, or 0 for what claims do not read.
        model_seeds: number of model seeds that every world is run with, besides its own.
        settings: assignments `NAME=VALUE` that override the preset.
        files: paths of the user's files by option.
    """

    study: str
    preset: str
    seeds: int | None = None
    first_seed: int | None = None
    model_seeds: int = 1
    settings: tuple[str, ...] = ()
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The study's name in the records: with files, that of the study that is made from them."""
        return resolve("studies", self.study, self.files)


def run(request: RunRequest, records: Path, output: str | None) -> None:
    """Run what is missing, print results and finding, and write the report if one was asked for."""
    from tolman.cli.progress import show_progress
    from tolman.cli.report import write
    from tolman.records.store import Store

    check_output(output, PAGE_OR_FIGURE, as_inputs(request.files))
    study, store = make_study(request), Store(records)
    with show_progress() as progress:
        found = execute(request, study, store, progress)
    try:
        written = None if output is None else write(found, output)
    finally:
        print_results(found)
    if request.settings:
        click.echo("Settings were changed: these results are exploratory, and no claim reads them.")
    if written is not None:
        click.echo(f"wrote {written}")


def execute(request: RunRequest, study: Any, store: Store, progress: Any) -> list[Record]:
    """Return every record of the study, training for those that are missing."""
    from tolman.core.devices import configure_jax
    from tolman.experiments.runner import run as run_study

    configure_jax()
    given = parse_assignments(request.settings)
    return run_study(
        study,
        request.name,
        request.preset,
        store,
        seeds=request.seeds,
        first_seed=request.first_seed,
        model_seeds=request.model_seeds,
        overrides=given,
        progress=progress,
        command=typed(),
    )


def make_study(request: RunRequest) -> Any:
    """Make the study and its plan, which reads the user's files: a mistake in one is reported before any training.

    What a user should know of its worlds is printed.
    """
    study = make("studies", request.name, request.files)
    given = {path.removeprefix("world."): text for path, text in parse_assignments(request.settings).items()}
    for world in dict.fromkeys(condition.world for condition in study.plan(request.preset).conditions):
        known = settings(world)
        if notice := override(world, {path: text for path, text in given.items() if path in known}).notice():
            click.echo(notice, err=True)
    return study


def print_results(records: Sequence[Record]) -> None:
    """Print a table for each condition, with its finding."""
    from rich.text import Text

    from tolman.report.finding import finding, stands_alone
    from tolman.report.summary import summarise
    from tolman.report.terminal import results

    screen = console()
    for i, summary in enumerate(summarise(records, presentations(record.study for record in records))):
        screen.print(results(summary))
        if i == 0 or stands_alone(summary):
            screen.print(Text(finding(summary)))
        screen.print()
