"""How tests went, over seeds: accuracies with intervals, beside what chance and retrieval account for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval
from tolman.report.curves import role_of
from tolman.report.measures import average


@dataclasses.dataclass(frozen=True)
class Chance:
    """What an answerer without the knowledge would score, averaged over items and seeds."""

    uniform: float
    elimination: float
    constant: float


@dataclasses.dataclass(frozen=True)
class Score:
    """How one or several tests went.

    Attributes:
        accuracy: mean over seeds with its 95 % interval.
        chance: by guessing, by elimination, by always giving the best single answer.
        recall, precision: quality of what was retrieved for these questions, or None.
        by_seed: accuracy of each (world seed, model seed), in order.
        items: questions per seed, in the order of `by_seed`.
        arrived: where one answers by acting, the share of goals that were ever reached, else None.
        path_ratio: actions on the way to those over the fewest that would do, or None.
    """

    accuracy: Interval
    chance: Chance
    recall: Interval | None
    precision: Interval | None
    by_seed: tuple[tuple[tuple[int, int], float], ...]
    items: tuple[int, ...]
    arrived: Interval | None
    path_ratio: Interval | None


_Pick = Callable[[Record], list[Mapping[str, Any]]]


def scores_of_tests(records: Sequence[Record], roles: Mapping[str, str]) -> dict[str, Score]:
    """Of every test by itself."""
    found = {name: _score(records, _only(name)) for name in roles}
    return {name: score for name, score in found.items() if score}


def score_of_role(records: Sequence[Record], roles: Mapping[str, str], role: str) -> Score | None:
    """Of the tests of that role that have nothing in context, together."""
    names = [name for name in roles if role_of(name, roles) == role]
    return _score(records, lambda record: [record.tests[name] for name in names if name in record.tests])


def scores_of_groups(records: Sequence[Record], roles: Mapping[str, str]) -> dict[str, dict[str, Score]]:
    """Of the groups of every test that has some."""
    found: dict[str, dict[str, Score]] = {}
    for name in roles:
        tests = [record.tests[name] for record in records if name in record.tests]
        groups = sorted({group for test in tests for group in test.get("groups") or {}})
        scores = {group: _score(records, _in_group(name, group)) for group in groups}
        found[name] = {group: score for group, score in scores.items() if score}
    return {name: groups for name, groups in found.items() if groups}


def _only(name: str) -> _Pick:
    return lambda record: [record.tests[name]] if name in record.tests else []


def _in_group(name: str, group: str) -> _Pick:
    def pick(record: Record) -> list[Mapping[str, Any]]:
        found = (record.tests.get(name, {}).get("groups") or {}).get(group)
        return [found] if found else []

    return pick


def _score(records: Sequence[Record], pick: _Pick) -> Score | None:
    """The unweighted mean over the picked tests within a seed, then over the seeds that have any."""
    seeds = [(record.seeds, pick(record)) for record in records]
    seeds = [(seed, [t for t in tests if t["n"]]) for seed, tests in seeds]
    seeds = [(seed, tests) for seed, tests in seeds if tests]
    if not seeds:
        return None
    items = tuple(sum(test["n"] for test in tests) for _, tests in seeds)
    means = [_mean(test["accuracy"] for test in tests) for _, tests in seeds]
    every = [test for _, tests in seeds for test in tests]
    kinds = [field.name for field in dataclasses.fields(Chance)]
    return Score(
        accuracy=mean_interval(means, items),
        chance=Chance(*(_mean(test["chance"][kind] for test in every) for kind in kinds)),
        recall=_quality(seeds, "recall"),
        precision=_quality(seeds, "precision"),
        by_seed=tuple((seed, mean) for (seed, _), mean in zip(seeds, means, strict=True)),
        items=items,
        arrived=_quality(seeds, "arrived"),
        path_ratio=_ratio(seeds),
    )


_Tests = list[Mapping[str, Any]]


def _quality(seeds: Sequence[tuple[Any, _Tests]], field: str) -> Interval | None:
    """Shares per item too, so their intervals have the accuracy's floor (for precision it errs on the wide side)."""
    kept = _with(seeds, field)
    counts = [sum(test["n"] for test in tests) for tests in kept]
    return mean_interval(_means(kept, field), counts) if kept else None


def _ratio(seeds: Sequence[tuple[Any, _Tests]]) -> Interval | None:
    ratios = _means(_with(seeds, "path_ratio"), "path_ratio")
    # No way is shorter than the shortest.
    return average(ratios).clip(1.0, float("inf")) if ratios else None


def _with(seeds: Sequence[tuple[Any, _Tests]], field: str) -> list[_Tests]:
    """Each seed's tests that have the field, without the seeds that have none."""
    kept = [[test for test in tests if test.get(field) is not None] for _, tests in seeds]
    return [tests for tests in kept if tests]


def _means(kept: Sequence[_Tests], field: str) -> list[float]:
    return [_mean(test[field] for test in tests) for tests in kept]


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([float(value) for value in values]))
