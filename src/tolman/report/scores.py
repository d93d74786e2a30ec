"""Test results over seeds: accuracies with intervals, chance, retrieval quality and further columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval
from tolman.report.measures import average
from tolman.report.presentation import OTHER_SCORE, SCORING, Column


@dataclasses.dataclass(frozen=True)
class MeanChance:
    """Accuracy of an answerer without the knowledge, averaged over items and seeds."""

    uniform: float
    elimination: float
    constant: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """The result of one or several tests.

    Attributes:
        accuracy: mean over seeds with its 95 % interval.
        chance: by guessing, by elimination, and by always giving the best single answer.
        recall, precision: quality of what was retrieved for these questions, or None.
        by_seed: accuracy of each (world seed, model seed), in order.
        items: questions per seed, in the order of `by_seed`.
        columns: the study's further columns, and the scores of tests whose options have several, by field.
    """

    accuracy: Interval
    chance: MeanChance
    recall: Interval | None
    precision: Interval | None
    by_seed: tuple[tuple[tuple[int, int], float], ...]
    items: tuple[int, ...]
    columns: Mapping[str, Interval]


Test = Mapping[str, Any]
"""A test's entry in a record."""

_Pick = Callable[[Record], list[Test]]


@dataclasses.dataclass(frozen=True)
class Scorer:
    """Scores of one learner.

    Args:
        records: one per seed.
        roles: each test's role.
        columns: the study's further columns.
    """

    records: Sequence[Record]
    roles: Mapping[str, str]
    columns: Sequence[Column] = ()

    def tests(self) -> dict[str, Score]:
        """Return the score of every test by itself."""
        found = {name: self._score(_only(name)) for name in self.roles}
        return {name: score for name, score in found.items() if score}

    def role(self, role: str) -> Score | None:
        """Return the score of all tests of a role together."""
        names = [name for name, other in self.roles.items() if other == role]
        return self._score(lambda record: [record.tests[name] for name in names if name in record.tests])

    def groups(self) -> dict[str, dict[str, Score]]:
        """Return the scores of the groups of every test that has some."""
        found: dict[str, dict[str, Score]] = {}
        for name in self.roles:
            tests = [record.tests[name] for record in self.records if name in record.tests]
            groups = sorted({group for test in tests for group in test.get("groups") or {}})
            scores = {group: self._score(_in_group(name, group)) for group in groups}
            found[name] = {group: score for group, score in scores.items() if score}
        return {name: groups for name, groups in found.items() if groups}

    def _score(self, pick: _Pick) -> Score | None:
        """Average the picked tests without weights within a seed, then over the seeds that have any."""
        seeds = [(record.seeds, [test for test in pick(record) if test["n"]]) for record in self.records]
        seeds = [(seed, tests) for seed, tests in seeds if tests]
        if not seeds:
            return None
        per_seed = [tests for _, tests in seeds]
        items = tuple(sum(test["n"] for test in tests) for tests in per_seed)
        means = [_mean(test["accuracy"] for test in tests) for tests in per_seed]
        every = [test for tests in per_seed for test in tests]
        kinds = [field.name for field in dataclasses.fields(MeanChance)]
        scored = _with(per_seed, OTHER_SCORE)
        columns = {column.field: _column(per_seed, column) for column in self.columns}
        columns |= {column.field: _column(scored, column) for column in SCORING.columns}
        return Score(
            accuracy=mean_interval(means, items),
            chance=MeanChance(*(_mean(test["chance"][kind] for test in every) for kind in kinds)),
            recall=_fraction(per_seed, "recall"),
            precision=_fraction(per_seed, "precision"),
            by_seed=tuple((seed, mean) for (seed, _), mean in zip(seeds, means, strict=True)),
            items=items,
            columns={field: interval for field, interval in columns.items() if interval is not None},
        )


def _only(name: str) -> _Pick:
    return lambda record: [record.tests[name]] if name in record.tests else []


def _in_group(name: str, group: str) -> _Pick:
    def pick(record: Record) -> list[Test]:
        found = (record.tests.get(name, {}).get("groups") or {}).get(group)
        return [found] if found else []

    return pick


def _column(per_seed: Sequence[list[Test]], column: Column) -> Interval | None:
    if column.kind == "fraction":
        return _fraction(per_seed, column.field)
    ratios = _means(_with(per_seed, column.field), column.field)
    return average(ratios).clip(1.0, float("inf")) if ratios else None


def _fraction(per_seed: Sequence[list[Test]], field: str) -> Interval | None:
    """Average fractions of items, with their pooled interval as a lower limit of the width (generous for precision)."""
    kept = _with(per_seed, field)
    counts = [sum(test["n"] for test in tests) for tests in kept]
    return mean_interval(_means(kept, field), counts) if kept else None


def _with(per_seed: Sequence[list[Test]], field: str) -> list[list[Test]]:
    """Return each seed's tests that have the field, without the seeds that have none."""
    kept = [[test for test in tests if test.get(field) is not None] for tests in per_seed]
    return [tests for tests in kept if tests]


def _means(kept: Sequence[list[Test]], field: str) -> list[float]:
    return [_mean(test[field] for test in tests) for tests in kept]


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([float(value) for value in values]))
