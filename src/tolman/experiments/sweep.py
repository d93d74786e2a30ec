"""Sweeps: the runs of a study at every cell of a grid of parameters, and what they cost.

A cell's runs are those of `tolman run` with `-P`, and their records the same. Cells of equal shapes that one process
trains share one compiled program.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tolman.core.engine import Engine, LocalEngine
from tolman.core.errors import UnknownName, UserError
from tolman.core.progress import Progress, Silent
from tolman.experiments.estimate import CostEstimate, by_timing, from_records
from tolman.experiments.runner import PlannedRun, Session, parameters, planned, runs_of, tasks_done
from tolman.experiments.study import AbstractStudy, Plan
from tolman.experiments.weights import is_trained
from tolman.records.schema import Record
from tolman.records.store import Store
from tolman.sweeps.axes import Axis, balanced_sample, cells, corners, short_names

_MOST_TIMED = 8
"""Cells that are timed to estimate what a sweep costs."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Choice:
    """The part of a study that a sweep runs.

    Attributes:
        preset: of the study.
        seeds: number of seeds; None = the preset's.
        first_seed: None = 0.
        fixed: parameters that are the same in every cell, by path, as text.
        conditions: names of the conditions that are run; none = all that have every parameter of the grid.
        learners: names of the learners that are run; none = all.
        sample: number of cells, a balanced random sample of the grid; None = all.
    """

    preset: str
    seeds: int | None = None
    first_seed: int | None = None
    fixed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    sample: int | None = None


@dataclasses.dataclass(frozen=True)
class Cell:
    """One combination of values, with its runs.

    Attributes:
        values: the text of each axis' value, by path.
        runs: condition by condition, learner by learner, seed by seed.
    """

    values: Mapping[str, str]
    runs: tuple[PlannedRun, ...]

    @property
    def label(self) -> str:
        """The values with the short names of their paths: `predictivity=0.6 entities=16`."""
        named = zip(short_names(list(self.values)), self.values.values(), strict=True)
        return " ".join(f"{name}={value}" for name, value in named)


class Cost(NamedTuple):
    """The missing part of a sweep and its cost.

    Attributes:
        records: of the sweep in all.
        missing: records that do not exist yet.
        models: trained weights that do not exist yet, seeds included that are trained beside those asked for.
        estimate: seconds and memory of what is missing; None where neither records nor a timing tell.
    """

    records: int
    missing: int
    models: int
    estimate: CostEstimate | None


def cells_of(study: AbstractStudy, name: str, axes: Sequence[Axis], choice: Choice) -> list[Cell]:
    """Return every cell with its runs; every value is checked before anything is trained.

    Raises:
        UserError: an unknown parameter, condition or learner, a value that a parameter cannot have, or two cells that
            are the same.
    """
    grid = cells(axes) if choice.sample is None else balanced_sample(axes, choice.sample)
    found = [_cell(study, name, values, choice) for values in grid]
    known: dict[str, Cell] = {}
    for cell in found:
        for run in cell.runs:
            other = known.setdefault(run.key, cell)
            if other is not cell:
                raise UserError(f"the cells {other.label} and {cell.label} are the same: give every value once.")
    return found


def _cell(study: AbstractStudy, name: str, values: Mapping[str, str], choice: Choice) -> Cell:
    overrides = {**choice.fixed, **values}
    plan = planned(study, choice.preset, choice.seeds, overrides)
    having = tuple(each for each in plan.conditions if set(values) <= parameters(each))
    if not having:
        raise UserError(f"no condition of {name} has all of {', '.join(values)}: vary them one at a time.")
    _check_names("condition", choice.conditions, {each.name for each in having})
    _check_names("learner", choice.learners, {learner for each in having for learner in each.learner_names})
    kept = tuple(each for each in having if not choice.conditions or each.name in choice.conditions)
    # The whole plan says which parameters were set; the conditions that lack one are not run.
    runs = runs_of(study, name, choice.preset, plan, first_seed=choice.first_seed, overrides=overrides)
    wanted = [run for run in runs if any(run.condition is each for each in kept)]
    found = tuple(run for run in wanted if not choice.learners or run.learner in choice.learners)
    if not found:
        raise UserError(f"no condition of {', '.join(choice.conditions)} has a learner {', '.join(choice.learners)}.")
    return Cell(values, found)


def _check_names(noun: str, given: Sequence[str], known: set[str]) -> None:
    for name in given:
        if name not in known:
            raise UnknownName(noun, name, known)


def left_out(study: AbstractStudy, axes: Sequence[Axis], choice: Choice) -> list[str]:
    """Return the conditions that lack a parameter of the grid, and are therefore not run."""
    plan: Plan = study.plan(choice.preset)
    paths = {axis.path for axis in axes}
    return [each.name for each in plan.conditions if not paths <= parameters(each)]


def cost(found: Sequence[Cell], axes: Sequence[Axis], store: Store, *, scaled: bool = True) -> Cost:
    """Estimate what is missing of a sweep.

    Time is known from records of its cells, else the cells at the corners of the grid are timed (or, where these are
    too many, or none, three others), and the rest are taken to cost as much on average.

    Args:
        found: the cells.
        axes: of the grid.
        store: where records and weights are.
        scaled: time with small batches; False = with the programs that the sweep will use, which stay compiled.
    """
    runs = [run for cell in found for run in cell.runs]
    missing = [run for run in runs if not store.has(run.key)]
    batches = [b for b in dict.fromkeys(b for run in missing for b in run.batches) if not is_trained(store, b)]
    models = sum(len(batch.seeds) for batch in batches)
    if not missing:
        return Cost(len(runs), 0, 0, CostEstimate(0.0, "records", 0))
    done = [store.read(run.key) for run in runs if store.has(run.key)]
    seconds = from_records(missing, done)
    if seconds is not None:
        return Cost(len(runs), len(missing), models, CostEstimate(seconds, "records", 0))
    ends = corners(axes)
    at_ends = [cell for cell in found if cell.values in ends]
    if not 0 < len(at_ends) <= _MOST_TIMED:  # a sample may have no corner, and a grid of many axes too many
        at_ends = [found[i] for i in sorted({0, len(found) // 2, len(found) - 1})]
    timed = [run for cell in at_ends for run in cell.runs]
    if any(batch.spec.model.backend != "jax" for batch in batches):
        return Cost(len(runs), len(missing), models, None)
    estimate = by_timing(timed, scaled=scaled)
    every = len(dict.fromkeys(batch for run in timed for batch in run.batches))
    seconds = estimate.seconds * len(batches) / max(1, every)
    return Cost(len(runs), len(missing), models, estimate._replace(seconds=seconds))


def sweep(
    found: Sequence[Cell],
    store: Store,
    *,
    progress: Progress | None = None,
    command: str = "",
    engine: Engine[Session] | None = None,
) -> list[Record]:
    """Run what is missing of every cell, with one display of progress, and return all records, cell by cell."""
    runs = [run for cell in found for run in cell.runs]
    missing = [run for run in runs if not store.has(run.key)]
    steps = sum(batch.spec.steps for batch in dict.fromkeys(b for run in missing for b in run.batches))
    whole = _Whole(progress or Silent(), steps + len(missing))
    for _ in tasks_done(missing, Session(store, whole, command, engine=engine or LocalEngine()), labels(found)):
        pass
    whole.end()
    return [store.read(run.key) for run in runs]


def labels(found: Sequence[Cell]) -> dict[str, str]:
    """Return what displays call the cell of every run, by the run's key."""
    names = [f"cell {number} of {len(found)}, {cell.label}" for number, cell in enumerate(found, 1)]
    return {run.key: name for cell, name in zip(found, names, strict=True) for run in cell.runs}


class _Whole:
    """One display for all cells: steps of training and tests, out of all that are missing."""

    def __init__(self, progress: Progress, total: int):
        self.progress, self.total = progress, total
        self.done = 0
        self.totals: dict[str, int] = {}
        if total:
            progress.start("sweep", total)

    def start(self, label: str, total: int) -> None:
        self.totals[label] = total

    def update(self, label: str, step: int, text: str = "") -> None:
        self.progress.update("sweep", min(self.total, self.done + step), f"{label} · {text}")

    def finish(self, label: str) -> None:
        self.done += self.totals.pop(label)

    def note(self, text: str) -> None:
        self.progress.note(text)

    def end(self) -> None:
        """End the display."""
        if self.total:
            self.progress.finish("sweep")
