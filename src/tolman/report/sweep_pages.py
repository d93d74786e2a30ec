"""Sections of sweeps on the page: figures, the effects of their axes, and every cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tolman.core.errors import UserError
from tolman.records.schema import Record
from tolman.records.statistics import Interval
from tolman.report.presentation import Presentation
from tolman.report.sweep_accounts import Account, accounts
from tolman.report.sweep_figures import sweep_figures
from tolman.report.words import count, listed
from tolman.sweeps.outcomes import Sweep, sweeps_of
from tolman.sweeps.sensitivity import sensitivity


@dataclasses.dataclass(frozen=True)
class SweepFigurePart:
    """A chart with its id, heading and caption."""

    id: str
    heading: str
    chart: Any
    caption: str


@dataclasses.dataclass(frozen=True)
class EffectRow:
    """Sobol indices of an axis, or of two together, for one learner and outcome."""

    learner: str
    outcome: str
    axis: str
    first: Interval
    total: Interval | None


@dataclasses.dataclass(frozen=True)
class SweepSection:
    """A sweep on the page."""

    id: str
    title: str
    note: str
    figures: tuple[SweepFigurePart, ...]
    effects: tuple[EffectRow, ...]
    accounts: tuple[Account, ...]
    commands: tuple[str, ...]


def split_records(records: Sequence[Record]) -> tuple[list[Record], tuple[Sweep, ...]]:
    """Return the records that belong to no sweep, and the sweeps."""
    sweeps = sweeps_of(records)
    within = {record.key for sweep in sweeps for record in sweep.all_records}
    return [record for record in records if record.key not in within], sweeps


def sweep_sections(
    sweeps: Iterable[Sweep], presentations: Mapping[str, Presentation] | None = None
) -> tuple[SweepSection, ...]:
    """Return a section for each sweep; `presentations` by study say what the two-strategy account needs."""
    known = presentations or {}
    return tuple(_section(sweep, f"w{i}", known.get(sweep.study)) for i, sweep in enumerate(sweeps))


def _section(sweep: Sweep, identifier: str, presentation: Presentation | None) -> SweepSection:
    over = listed([axis.name for axis in sweep.axes])
    seeds = {record.seeds for record in sweep.all_records}
    fixed = "".join(f" -P {path}={value}" for path, value in sweep.fixed.items())
    cells = count(len(sweep.records), "cell")
    return SweepSection(
        id=identifier,
        title=f"{sweep.study} · {sweep.preset}{fixed} · {sweep.condition}, over {over}",
        note=f"{cells} with {count(len(seeds), 'seed')}, exploratory: no claim reads these records.",
        figures=tuple(SweepFigurePart(f"{identifier}f{i}", *figure) for i, figure in enumerate(sweep_figures(sweep))),
        effects=tuple(_effects(sweep)) if len(sweep.axes) > 1 else (),
        accounts=tuple(accounts(sweep, presentation.strategies)) if presentation else (),
        commands=tuple(
            sorted({str(r.provenance["command"]) for r in sweep.all_records if r.provenance.get("command")})
        ),
    )


def _effects(sweep: Sweep) -> list[EffectRow]:
    """Return the Sobol indices of accuracies on a whole grid; nothing where runs are missing."""
    rows = []
    for learner in sweep.learners:
        for outcome in sweep.outcomes:
            table = sweep.table(learner, outcome)
            if not table.is_accuracy:
                continue
            try:
                found = sensitivity(table)
            except UserError:  # a search for a boundary leaves the grid incomplete
                continue
            rows += [EffectRow(learner, outcome, path, found.first[path], found.total[path]) for path in found.first]
            pairs = found.pairs.items()
            rows += [EffectRow(learner, outcome, " with ".join(pair), index, None) for pair, index in pairs]
    return [row for row in rows if row.first.mean == row.first.mean]  # undefined where cells do not differ
