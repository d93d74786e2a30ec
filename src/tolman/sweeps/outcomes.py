"""Records of many cells as one sweep: its axes, and each learner's outcome by cell and seed."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval, wilson
from tolman.sweeps.axes import short_names

MIN_CELLS = 3
"""Records of fewer cells are reported one by one."""

SOLVED = 0.9
"""Accuracy from which a run counts as having solved a test."""

ROLES = ("explicit", "latent", "context", "control")
"""Kinds of tests, in the order in which they are reported; any others follow."""


@dataclasses.dataclass(frozen=True)
class SweptAxis:
    """A parameter that differs between records.

    Attributes:
        path: where it is set, as for `-P`.
        name: what it is called in tables and figures (`short_names`).
        values: in order.
    """

    path: str
    name: str
    values: tuple[Any, ...]

    @property
    def is_numeric(self) -> bool:
        """True if all values are numbers."""
        return all(isinstance(value, int | float) and not isinstance(value, bool) for value in self.values)


@dataclasses.dataclass(frozen=True)
class Sweep:
    """Records that differ in the same parameters.

    Attributes:
        study, version, preset, condition: as in the records' configurations.
        axes: what differs.
        fixed: the parameters that were set and are the same in all records.
        records: (a value for each axis) -> learner -> records, one for each pair of seeds.
    """

    study: str
    version: int
    preset: str
    condition: str
    axes: tuple[SweptAxis, ...]
    fixed: Mapping[str, Any]
    records: Mapping[tuple[Any, ...], Mapping[str, Sequence[Record]]]

    @property
    def learners(self) -> list[str]:
        """The learners, in alphabetical order."""
        return sorted({learner for found in self.records.values() for learner in found})

    @property
    def outcomes(self) -> list[str]:
        """The kinds of tests, the tests of a kind that has several, and the measures that any record has."""
        names = {name for records in self.all_records for name in outcomes_of(records)}
        return sorted(names, key=lambda name: (ROLES.index(name) if name in ROLES else len(ROLES), name))

    @property
    def all_records(self) -> list[Record]:
        """The records of all cells."""
        return [record for found in self.records.values() for records in found.values() for record in records]

    def table(self, learner: str, outcome: str) -> OutcomeTable:
        """Return a learner's outcome by cell and seed."""
        found = {cell: by.get(learner, ()) for cell, by in self.records.items()}
        seeds = sorted({record.seeds for records in found.values() for record in records})
        values, items = np.full((len(found), len(seeds)), np.nan), np.zeros((len(found), len(seeds)), int)
        for i, records in enumerate(found.values()):
            for record in records:
                value, n = outcomes_of(record).get(outcome, (None, 0))
                values[i, seeds.index(record.seeds)] = np.nan if value is None else value
                items[i, seeds.index(record.seeds)] = n
        kept = [i for i in range(len(found)) if not np.isnan(values[i]).all()]
        cells = list(found)
        return OutcomeTable(self.axes, tuple(cells[i] for i in kept), values[kept], items[kept])


class OutcomeTable(NamedTuple):
    """One learner's outcome.

    Attributes:
        axes: of the sweep.
        cells: those with a value.
        values: `[cells, seeds]`, NaN where a seed was not run.
        items: `[cells, seeds]` questions behind each value; 0 for a measure.
    """

    axes: tuple[SweptAxis, ...]
    cells: tuple[tuple[Any, ...], ...]
    values: np.ndarray
    items: np.ndarray

    @property
    def is_accuracy(self) -> bool:
        """True if the values are fractions of questions."""
        return bool(self.items.any())

    @property
    def places(self) -> np.ndarray:
        """`[cells, axes]` the place of each cell's value on each axis, from 0 at the first to 1 at the last one."""
        found = [[axis.values.index(value) for axis, value in zip(self.axes, cell, strict=True)] for cell in self.cells]
        last = np.array([max(1, len(axis.values) - 1) for axis in self.axes])
        return np.array(found, float).reshape(len(self.cells), len(self.axes)) / last

    def mean(self, i: int) -> Interval:
        """Return the mean of a cell over its seeds, with its 95 % interval; a measure of one seed has none."""
        here = ~np.isnan(self.values[i])
        values, items = self.values[i, here].tolist(), self.items[i, here].tolist()
        if not all(items):
            return mean_interval(values) if len(values) > 1 else Interval(values[0], values[0], values[0], 1)
        return mean_interval(values, items)

    def solved(self, i: int, threshold: float = SOLVED) -> Interval:
        """Return the fraction of a cell's seeds that reach a threshold, with Wilson's 95 % interval."""
        values = self.values[i, ~np.isnan(self.values[i])]
        return wilson(int((values >= threshold).sum()), len(values))


def outcomes_of(record: Record) -> dict[str, tuple[float | None, int]]:
    """Return, by kind of test, the mean accuracy of its tests and their questions; and every measure, with 0.

    Tests of a kind that has several are also there by themselves, under their names. A test without questions has no
    accuracy.
    """
    kinds: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for name, test in record.tests.items():
        if test["n"]:
            kinds[test["role"]][name] = test
    several = {name: {name: test} for tests in kinds.values() if len(tests) > 1 for name, test in tests.items()}
    means = {
        outcome: (float(np.mean([test["accuracy"] for test in tests.values()])), sum(t["n"] for t in tests.values()))
        for outcome, tests in (several | kinds).items()
    }
    return means | {name: (value, 0) for name, value in record.measures.items()}


def sweeps_of(records: Iterable[Record], least: int = MIN_CELLS) -> tuple[Sweep, ...]:
    """Return the sweeps among records: at least `least` cells of a condition that differ in the same parameters.

    Of several records of one cell, learner and pair of seeds the one that was started last counts. Runs whose world
    and model seed differ repeat a world, and are left out.
    """
    together: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        config = record.config
        if config["overrides"] and record.seeds[0] == record.seeds[1]:
            paths = tuple(sorted(config["overrides"]))
            together[record.study, config["study_version"], record.preset, record.condition, paths].append(record)
    found = [_sweep(key, group) for key, group in sorted(together.items())]
    return tuple(sweep for sweep in found if len(sweep.records) >= least)


def _sweep(key: tuple[Any, ...], records: Sequence[Record]) -> Sweep:
    *head, paths = key
    values = {path: _ordered({_hashable(record.config["overrides"][path]) for record in records}) for path in paths}
    swept = [path for path, known in values.items() if len(known) > 1]
    axes = tuple(SweptAxis(path, name, values[path]) for path, name in zip(swept, short_names(swept), strict=True))
    cells: dict[tuple[Any, ...], dict[str, dict[Any, Record]]] = defaultdict(lambda: defaultdict(dict))
    for record in sorted(records, key=lambda r: (r.started, r.key)):
        cell = tuple(_hashable(record.config["overrides"][axis.path]) for axis in axes)
        cells[cell][record.learner][record.seeds] = record
    order = {axis.path: {value: i for i, value in enumerate(axis.values)} for axis in axes}
    places = lambda cell: tuple(order[axis.path][value] for axis, value in zip(axes, cell, strict=True))  # noqa: E731
    return Sweep(
        *head,
        axes=axes,
        fixed={path: known[0] for path, known in values.items() if len(known) == 1},
        records={
            cell: {learner: list(by.values()) for learner, by in cells[cell].items()}
            for cell in sorted(cells, key=places)
        },
    )


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return ",".join(f"{name}:{_hashable(part)}" for name, part in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


def _ordered(values: set[Any]) -> tuple[Any, ...]:
    """Return numbers in their order, then all else by its text."""
    is_number = lambda value: isinstance(value, int | float) and not isinstance(value, bool)  # noqa: E731
    return tuple(sorted(values, key=lambda v: (not is_number(v), v if is_number(v) else 0, str(v))))
