"""A sweep that spends its runs where P(solved) crosses a level, instead of evenly over the grid."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tolman.core.engine import Engine, LocalEngine
from tolman.core.errors import UserError
from tolman.core.progress import Progress, Silent
from tolman.experiments.runner import PlannedRun, Session, tasks_done
from tolman.experiments.sweep import Cell, labels
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.sweeps.axes import Axis
from tolman.sweeps.boundary import LEVEL, first_places, next_places
from tolman.sweeps.outcomes import MIN_CELLS, SOLVED, outcomes_of

_ROUNDS = 15
"""Rounds in which the runs are chosen; what came out of one decides on the next."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Steering:
    """The aim of a search and its limit.

    Attributes:
        outcome: a kind of test (`latent`) or a measure.
        level: of P(solved).
        solved: value of the outcome from which a run counts as solved.
        fraction: of the grid's runs, which the search may use, earlier ones included.
    """

    outcome: str
    level: float = LEVEL
    solved: float = SOLVED
    fraction: float = 1 / 3


def search(
    cells: Sequence[Cell],
    axes: Sequence[Axis],
    store: Store,
    steering: Steering,
    *,
    progress: Progress | None = None,
    command: str = "",
    engine: Engine[Session] | None = None,
) -> list[Record]:
    """Run cells near the boundary until the fraction of the grid's runs is used, and return all records of the grid.

    Recorded runs of the grid count from the start, so that an interrupted search goes on. Seeds of one cell that are
    trained together are chosen together.

    Raises:
        UserError: there are fewer than three cells, these have more than one learner or condition, or the first records
            lack the outcome.
    """
    grid = _Grid(cells, axes)
    if len(cells) < MIN_CELLS:
        raise UserError(f"a boundary takes {MIN_CELLS} cells or more, and there are {len(cells)}: give more values.")
    budget = max(1, round(steering.fraction * grid.size))
    session = Session(store, _Quiet(progress or Silent(), budget), command, engine=engine or LocalEngine())
    names = labels(cells)
    while (used := grid.used(store)) < budget:
        left, each = (math.ceil(runs / grid.most_seeds) for runs in (budget - used, budget / _ROUNDS))
        chosen = Counter(grid.choose(store, steering, min(each, left), left))
        runs = [run for number, batches in chosen.items() for run in grid.next_runs(store, number, batches)]
        for task in tasks_done(runs, session, names):
            for run in task.runs:
                _solved(store.read(run.key), steering)
            used += len(task.runs)
            session.progress.update("boundary", min(budget, used), task.label)
    session.progress.finish("boundary")
    return grid.records(store)


class _Grid:
    """The runs of a grid, by cell and by seeds that are trained together."""

    def __init__(self, cells: Sequence[Cell], axes: Sequence[Axis]):
        kinds = {(run.condition.name, run.learner) for cell in cells for run in cell.runs}
        if len(kinds) > 1:
            some = ", ".join(f"{learner} ({condition})" for condition, learner in sorted(kinds))
            raise UserError(
                f"a boundary is one learner's in one condition: choose by --learner and --condition of {some}."
            )
        self.cells, self.batches = cells, [_batches(cell.runs) for cell in cells]
        places = [[axis.values.index(cell.values[axis.path]) for axis in axes] for cell in cells]
        self.at = np.array(places) / [max(1, len(axis.values) - 1) for axis in axes]
        self.size = sum(len(cell.runs) for cell in cells)
        self.most_seeds = max(len(batch) for batches in self.batches for batch in batches)

    def used(self, store: Store) -> int:
        """Return the number of runs that are recorded."""
        return sum(store.has(run.key) for cell in self.cells for run in cell.runs)

    def records(self, store: Store) -> list[Record]:
        """Return all recorded runs."""
        return [store.read(run.key) for cell in self.cells for run in cell.runs if store.has(run.key)]

    def next_runs(self, store: Store, number: int, batches: int) -> list[PlannedRun]:
        """Return the runs of a cell's first batches, each trained together, that are not all recorded."""
        missing = [batch for batch in self.batches[number] if not all(store.has(run.key) for run in batch)]
        return [run for batch in missing[:batches] for run in batch]

    def choose(self, store: Store, steering: Steering, count: int, left: int) -> list[int]:
        """Return the numbers of the cells to run next, once for each batch: `count`, and more to begin with.

        Never more than `left`, as many batches as there are runs left for.
        """
        done = [[all(store.has(run.key) for run in batch) for batch in batches] for batches in self.batches]
        free = np.array([len(each) - sum(each) for each in done])
        runs = [(i, run.key) for i, cell in enumerate(self.cells) for run in cell.runs]
        known = [(i, _solved(store.read(key), steering)) for i, key in runs if store.has(key)]
        if not known:
            return first_places(self.at, min(left, max(count, min(_ROUNDS, len(self.cells) // 3))))
        x, solved = self.at[[i for i, _ in known]], np.array([outcome for _, outcome in known])
        return next_places(x, solved, self.at, free, count=count, level=steering.level)


def _batches(runs: Sequence[PlannedRun]) -> list[list[PlannedRun]]:
    found: dict[object, list[PlannedRun]] = {}
    for run in runs:
        found.setdefault(run.batches, []).append(run)
    return list(found.values())


def _solved(record: Record, steering: Steering) -> bool:
    outcomes = outcomes_of(record)
    value, _ = outcomes.get(steering.outcome, (None, 0))
    if value is None:
        raise UserError(
            f"record {record.key} has no {steering.outcome!r}; choose by --outcome one of {', '.join(outcomes)}."
        )
    return value >= steering.solved


class _Quiet:
    """One display for the whole search; what single trainings tell stands beside it."""

    def __init__(self, progress: Progress, total: int):
        self.progress, self.done = progress, 0
        progress.start("boundary", total)

    def start(self, label: str, total: int) -> None:
        del label, total

    def update(self, label: str, step: int, text: str = "") -> None:
        self.done = step if label == "boundary" else self.done
        self.progress.update("boundary", self.done, text)

    def finish(self, label: str) -> None:
        if label == "boundary":
            self.progress.finish(label)

    def note(self, text: str) -> None:
        self.progress.note(text)
