"""`tolman sweep`: run a study at every cell of a grid of parameters, and print what depends on what."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tolman.cli.components import presentations, typed
from tolman.cli.engines import EngineRequest, started
from tolman.cli.output import console, print_json
from tolman.cli.outputs import PAGE, as_inputs, check_output
from tolman.cli.run import RunRequest, make_study
from tolman.core.config import parse_assignments
from tolman.core.errors import UserError

if TYPE_CHECKING:
    from tolman.experiments.sweep import Cell, Choice, Cost
    from tolman.records.schema import Record
    from tolman.records.store import Store
    from tolman.sweeps.axes import Axis
    from tolman.sweeps.log import SweepLog

OUTCOME, FRACTION = "latent", 1 / 3
"""Of a search for a boundary, where nothing else is asked for."""

_SHOWN = 60
"""Rows of the table of cells that a terminal shows."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class SweepRequest:
    """A sweep, as typed.

    Attributes:
        run: the study, its preset and the parameters that are the same in every cell.
        over: the axes; none = the sweeps that the study has ready.
        name: of one that is ready; None = all of them.
        sample: number of cells, a balanced random sample of the grid; None = all.
        conditions: those to run; none = all that have every parameter of the grid.
        learners: those to run; none = all.
        preview: only say what it would take.
        as_json: print JSON.
        solved: accuracy from which a run counts as solved.
        boundary: level of P(solved) that runs are spent on; None = the whole grid is run.
        outcome: what the boundary is of; None = `OUTCOME`.
        fraction: of the grid's runs, for a boundary; None = `FRACTION`.
        engine: where it is trained.
    """

    run: RunRequest
    over: tuple[str, ...]
    name: str | None = None
    sample: int | None = None
    conditions: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    preview: bool = False
    as_json: bool = False
    solved: float
    boundary: float | None = None
    outcome: str | None = None
    fraction: float | None = None
    engine: EngineRequest = dataclasses.field(default_factory=EngineRequest)

    def __post_init__(self) -> None:
        if self.boundary is None and (self.outcome is not None or self.fraction is not None):
            given = "--outcome" if self.outcome is not None else "--fraction"
            raise UserError(f"{given} is about the search for a boundary: add --boundary LEVEL, or leave it out.")


class _Planned(NamedTuple):
    """A sweep that is about to be run."""

    cells: Sequence[Cell]
    axes: Sequence[Axis]
    cost: Cost


def sweep(request: SweepRequest, folder: Path, output: str | None) -> None:
    """Say what the sweep takes, run what is missing, and print or write its results."""
    from tolman.cli.ready import expanded
    from tolman.cli.report import write
    from tolman.core.devices import configure_jax
    from tolman.records.store import Store

    check_output(output, PAGE, as_inputs(request.run.files))
    # A cluster is started before JAX starts threads, beside which no process should be forked.
    with started(EngineRequest() if request.preview else request.engine) as engine:
        configure_jax()
        store, study = Store(folder), make_study(request.run)
        planned = ((each, _planned(each, study, store)) for each in expanded(request, study))
        if request.preview:
            for each, plan in planned:
                _preview(each, plan)
            return
        found = [(each, _swept(each, plan, store, engine)) for each, plan in planned]
    written = None if output is None else write([record for _, records in found for record in records], output)
    for each, records in found:
        _results(each, records)
    if written is not None:
        click.echo(f"wrote {written}")


def _planned(request: SweepRequest, study: Any, store: Store) -> _Planned:
    """Return the cells of a sweep and what they cost; what is left out of it is said."""
    from tolman.experiments import sweep as sweeping
    from tolman.sweeps.axes import parse_axes

    choice = _choice(request)
    axes = parse_axes(request.over, choice.fixed)
    cells = sweeping.cells_of(study, request.run.name, axes, choice)
    absent = sweeping.left_out(study, axes, choice)
    if absent and not request.conditions:
        click.echo(f"without these parameters, and not run: {', '.join(absent)}", err=True)
    scaled = request.preview or request.engine.engine != "local"
    return _Planned(cells, axes, sweeping.cost(cells, axes, store, scaled=scaled))


def _swept(request: SweepRequest, plan: _Planned, store: Store, engine: Any) -> list[Record]:
    """Run what is missing of a sweep, and return its records."""
    from tolman.cli.progress import duration, show_progress
    from tolman.core.devices import compilations
    from tolman.report.words import count
    from tolman.sweeps.log import write_log

    cells, axes, cost = plan
    click.echo(_cost(cells, cost) + _less(request, cost), err=True)
    before, begun = compilations(), time.monotonic()
    with show_progress() as progress:
        found = _run(request, cells, axes, store, progress=progress, engine=engine)
    programs, seconds = compilations() - before, time.monotonic() - begun
    if cost.missing:
        click.echo(f"compiled {count(programs, 'program')} of training steps; {duration(seconds)} in all", err=True)
        write_log(store.root, _log(request, cells, found, cost, programs=programs, seconds=seconds))
    return found


def _choice(request: SweepRequest) -> Choice:
    from tolman.experiments.sweep import Choice

    run = request.run
    return Choice(
        preset=run.preset,
        seeds=run.seeds,
        first_seed=run.first_seed,
        fixed=parse_assignments(run.settings),
        conditions=request.conditions,
        learners=request.learners,
        sample=request.sample,
    )


def _run(
    request: SweepRequest, cells: Sequence[Cell], axes: Sequence[Axis], store: Store, **session: Any
) -> list[Record]:
    """Return the records of the whole grid, or of those cells that a search for a boundary chose."""
    from tolman.experiments import boundary_search
    from tolman.experiments.sweep import sweep

    if request.boundary is None:
        return sweep(cells, store, command=typed(), **session)
    steering = boundary_search.Steering(
        outcome=request.outcome or OUTCOME,
        level=request.boundary,
        solved=request.solved,
        fraction=request.fraction or FRACTION,
    )
    return boundary_search.search(cells, axes, store, steering, command=typed(), **session)


def _preview(request: SweepRequest, plan: _Planned) -> None:
    cells, _, cost = plan
    if request.as_json:
        print_json({"cells": len(cells), **cost._replace(estimate=None)._asdict(), "estimate": _estimate(cost)})
    else:
        click.echo(_cost(cells, cost) + _less(request, cost))


def _less(request: SweepRequest, cost: Cost) -> str:
    """Return what a search for a boundary runs of it."""
    if request.boundary is None:
        return ""
    return f"\nThe search for the boundary runs {round((request.fraction or FRACTION) * cost.records):,} of these."


def _estimate(cost: Cost) -> dict[str, Any] | None:
    return None if cost.estimate is None else cost.estimate._asdict()


def _cost(cells: Sequence[Cell], cost: Cost) -> str:
    """Return what a sweep takes in two lines."""
    from tolman.cli.progress import duration
    from tolman.report.words import count

    what = f"{count(len(cells), 'cell')}, {count(cost.records, 'record')}, {cost.missing:,} of them missing"
    first = f"{what}: {count(cost.models, 'model')} to train."
    if cost.estimate is None:
        return f"{first}\nHow long this model takes is known from records alone."
    if not cost.missing:
        return first
    how = {"records": "by earlier records", "timing": "by timing some of its cells; tests come on top"}
    memory = f"; {cost.estimate.memory / 1e6:.0f} MB of weights, optimiser and data" if cost.estimate.memory else ""
    return (
        f"{first}\nAbout {duration(cost.estimate.seconds)} on this machine alone ({how[cost.estimate.source]}){memory}."
    )


def _log(
    request: SweepRequest, cells: Sequence[Cell], found: Sequence[Record], cost: Cost, *, programs: int, seconds: float
) -> SweepLog:
    from tolman.sweeps.log import SweepLog

    return SweepLog(
        command=typed(),
        study=request.run.name,
        axes=list(request.over),
        cells=len(cells),
        keys=[record.key for record in found],
        models=cost.models,
        programs=programs,
        seconds=seconds,
        estimate=_estimate(cost),
    )


def _results(request: SweepRequest, found: Sequence[Record]) -> None:
    from tolman.report.presentation import Presentation
    from tolman.report.sweep_accounts import account_tables, accounts
    from tolman.report.sweep_tables import as_rows, cell_table
    from tolman.sweeps.outcomes import sweeps_of

    if request.as_json:
        print_json({"cells": [row for each in sweeps_of(found, least=1) for row in as_rows(each, request.solved)]})
        return
    sweeps = sweeps_of(found)
    screen, known = console(), presentations(each.study for each in sweeps)
    for each in sweeps:
        for table in cell_table(each, request.solved, most=_SHOWN):
            screen.print(table)
        for account in accounts(each, known.get(each.study, Presentation()).strategies):
            for table in account_tables(account):
                screen.print(table)
    if not sweeps:
        click.echo("Fewer than three cells: `tolman report` shows them one by one.")
