"""The records of a study as claims read them: by group of runs and by pair of seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tolman.core.errors import UserError
from tolman.records.schema import Record

EXPLORING = range(500)
"""Seeds that no study is judged on, free for any use."""


class Study(Protocol):
    """Name and version of a study."""

    @property
    def name(self) -> str:
        """The name in its records."""
        ...

    @property
    def version(self) -> int:
        """The current version; records of another one say nothing about today's claims."""
        ...

    @property
    def seeds(self) -> range:
        """The world seeds that its claims are judged on, as many as the preset fixes."""
        ...


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


def number_in(runs: Runs, group: RunGroup, seeds: SeedPair, path: str) -> int:
    """Return a number of a record's configuration by its path, for example `"world.test_items"`."""
    found: Any = runs[group][seeds].config
    for part in path.split("."):
        found = found[part]
    return int(found)


def runs_of(records: Iterable[Record], study: Study, preset: str) -> Runs:
    """Return the records that claims may read, by group and pair of seeds; raises as `judge` does.

    Records of equal configurations are of the same run, whatever their keys: an upgraded record keeps its old key. The
    one that was started last counts.
    """
    runs: dict[RunGroup, dict[SeedPair, Record]] = {}
    for record in records:
        given = (record.study, record.config["study_version"], record.preset, record.config["overrides"])
        if given != (study.name, study.version, preset, {}):
            continue
        seeds = runs.setdefault(RunGroup(record.condition, record.learner), {})
        known = seeds.setdefault(record.seeds, record)
        if record.config != known.config:
            _refuse(known, record)
        seeds[record.seeds] = max(known, record, key=lambda each: each.started)
    return runs


def _refuse(one: Record, other: Record) -> None:
    names = dict.fromkeys([*one.config, *other.config])
    fields = [name for name in names if one.config.get(name) != other.config.get(name)]
    raise UserError(
        f"records {one.key} and {other.key} are both {one.study} {one.preset}, {one.learner} ({one.condition}), "
        f"seeds {one.seeds}, but differ in {', '.join(fields)}: judge the records of one configuration at a time."
    )


def paired(runs: Runs) -> Runs:
    """Return the runs whose world and model seed are equal: the others repeat worlds, and count for no verdict.

    A group without such runs is kept as it is.
    """
    equal = {group: {pair: found[pair] for pair in found if pair[0] == pair[1]} for group, found in runs.items()}
    return {group: equal[group] or found for group, found in runs.items()}


def not_exploring(runs: Runs) -> Runs:
    """Return the runs at no seeds for exploring, or all if there are no others."""
    kept = {group: {pair: found[pair] for pair in found if pair[0] not in EXPLORING} for group, found in runs.items()}
    return {group: found for group, found in kept.items() if found} or runs
