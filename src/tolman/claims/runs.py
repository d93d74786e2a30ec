"""The records of a study as claims read them: by group of runs and by pair of seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from tolman.records.schema import Record

SeedPair = tuple[int, int]
"""World seed and model seed of a run. Effects are paired by it."""


@dataclasses.dataclass(frozen=True)
class RunGroup:
    """A learner under a condition: its runs differ in nothing but their seeds."""

    condition: str
    learner: str

    def __str__(self) -> str:
        return f"{self.learner} ({self.condition})"


Runs = Mapping[RunGroup, Mapping[SeedPair, Record]]
"""The records of a study, by group and pair of seeds."""


def result_of(runs: Runs, group: RunGroup, seeds: SeedPair, test: str) -> dict[str, Any]:
    """Return a test's entry in a record.

    Raises:
        ValueError: the record has no such test; the message names those it has.
    """
    tests = runs[group][seeds].tests
    if test not in tests:
        raise ValueError(f"{group} has no test {test!r}; its tests are {', '.join(tests)}")
    return tests[test]


def measure_of(runs: Runs, group: RunGroup, seeds: SeedPair, measure: str) -> float | None:
    """Return a measure's value in a record, None where it is undefined.

    Raises:
        ValueError: the record has no such measure; the message names those it has.
    """
    measures = runs[group][seeds].measures
    if measure not in measures:
        raise ValueError(f"{group} has no measure {measure!r}; its measures are {', '.join(measures)}")
    return measures[measure]
