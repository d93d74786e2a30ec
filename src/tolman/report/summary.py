"""What a list of records says, as plain numbers: the terminal, the site and the figures all show these.

Records are pooled only if their configurations differ in nothing but the seeds. An `Arm` is such a pool; a
`Summary` holds the arms of one study, preset, condition and world side by side.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.config import digest
from ..records.schema import Record
from ..records.statistics import Interval, mean_interval
from .curves import Curve, role_of, seed_curves
from .measures import MeasureCurve, MeasureTable, average, averages, measure_curves, tables

_SEEDS = ("world_seed", "model_seed")
_LEARNERS = ("parametric", "context", "retrieval-oracle", "retrieval-bm25", "retrieval-dense", "retrieval-random")


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


@dataclasses.dataclass(frozen=True)
class Arm:
    """One learner under one condition, over seeds.

    Attributes:
        learner: its name.
        label: its name, made unique within the summary.
        slots: experiences it may retrieve (the k of recall@k), or None.
        explicit, latent, control: mean over the tests of that role that have nothing in context, or None.
        tests: every test by name; `roles` says what each is.
        groups: test -> group (a relation, say) -> score.
        curves: accuracy on explicit and latent tests against query-target tokens.
        measures: numbers other than accuracies, over the seeds at which they are defined.
        measure_curves: the same over training.
        training: training keys, one per seed; arms with equal ones share their weights.
        records: the records themselves, for their provenance.
    """

    learner: str
    label: str
    slots: int | None
    explicit: Score | None
    latent: Score | None
    control: Score | None
    tests: Mapping[str, Score]
    roles: Mapping[str, str]
    groups: Mapping[str, Mapping[str, Score]]
    curves: tuple[Curve, ...]
    measures: Mapping[str, Interval]
    measure_curves: tuple[MeasureCurve, ...]
    training: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def tables(self) -> tuple[MeasureTable, ...]:
        """The measures as tables, with the accuracy of tests that are called like a table's rows."""
        return tables(self.measures, {name: score.accuracy for name, score in self.tests.items()})


@dataclasses.dataclass(frozen=True)
class Summary:
    """All arms of one study, version, preset, overrides, condition and world.

    `sizes` counts what there was to learn (subjects, relations, ...): the world's dials, and what the
    provenance says under `sizes` where only drawing the world tells.
    """

    study: str
    version: int
    preset: str
    overrides: Mapping[str, Any]
    condition: str
    world: Mapping[str, Any]
    sizes: Mapping[str, Any]
    arms: tuple[Arm, ...]

    @property
    def name(self) -> str:
        """Study, preset and what was overridden: what stands together in a report."""
        dials = "".join(f" -P {dial}={value}" for dial, value in sorted(self.overrides.items()))
        return f"{self.study} · {self.preset}{dials} · version {self.version}"

    @property
    def seeds(self) -> int:
        """The most seeds that any arm has."""
        return max(len(arm.records) for arm in self.arms)

    def arm(self, learner: str) -> Arm | None:
        """The arm of that label, or None."""
        return next((arm for arm in self.arms if arm.label == learner), None)


def summarise(records: Iterable[Record]) -> tuple[Summary, ...]:
    """One summary per study, version, preset, overrides, condition and world; the main condition comes first."""
    together: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        together[digest(_place(record))].append(record)
    found = [_summary(group) for group in together.values()]
    return tuple(sorted(found, key=_main_first))


def _place(record: Record) -> dict[str, Any]:
    config = record.config
    names = ("study", "study_version", "preset", "overrides", "condition")
    return {name: config[name] for name in names} | {"world": config.get("world", {})}


def _main_first(summary: Summary) -> tuple[Any, ...]:
    """A study's own settings before overridden ones, then the condition that has the most learners or was run first."""
    started = min(str(r.provenance.get("started", "")) for arm in summary.arms for r in arm.records)
    condition = (summary.condition != "standard", -len(summary.arms), started, summary.condition)
    return (summary.study, bool(summary.overrides), summary.name, *condition, digest(summary.world))


def _summary(records: Sequence[Record]) -> Summary:
    pools: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        pools[digest({k: v for k, v in record.config.items() if k not in _SEEDS})].append(record)
    names = [pool[0].learner for pool in pools.values()]
    arms = [_arm(pool, "" if names.count(pool[0].learner) == 1 else f" [{key[:6]}]") for key, pool in pools.items()]
    place = _place(records[0])
    place["version"] = place.pop("study_version")
    sizes = place["world"] | (records[0].provenance.get("sizes") or {})
    return Summary(**place, sizes=sizes, arms=tuple(sorted(arms, key=_arm_order)))


def _arm_order(arm: Arm) -> tuple[int, str]:
    known = _LEARNERS.index(arm.learner) if arm.learner in _LEARNERS else len(_LEARNERS)
    return known, arm.label


def _arm(pool: Sequence[Record], suffix: str) -> Arm:
    records = tuple({r.seeds: r for r in sorted(pool, key=lambda r: (r.seeds, r.key))}.values())
    roles = {name: test["role"] for record in records for name, test in record.tests.items()}
    slots = records[0].config["learner"].get("slots")
    return Arm(
        learner=records[0].learner,
        label=records[0].learner + suffix,
        slots=slots if isinstance(slots, int) else None,
        **{role: _score_role(records, roles, role) for role in ("explicit", "latent", "control")},
        tests={name: score for name in roles if (score := _score(records, _only(name)))},
        roles=roles,
        groups=_groups(records, roles),
        curves=seed_curves(records, roles),
        measures=averages(records),
        measure_curves=measure_curves(records),
        training=tuple("+".join(record.result["trainings"].values()) for record in records),
        records=records,
    )


_Pick = Callable[[Record], list[Mapping[str, Any]]]


def _only(name: str) -> _Pick:
    return lambda record: [record.tests[name]] if name in record.tests else []


def _score_role(records: Sequence[Record], roles: Mapping[str, str], role: str) -> Score | None:
    names = [name for name in roles if role_of(name, roles) == role]
    return _score(records, lambda record: [record.tests[name] for name in names if name in record.tests])


def _groups(records: Sequence[Record], roles: Mapping[str, str]) -> dict[str, dict[str, Score]]:
    found: dict[str, dict[str, Score]] = {}
    for name in roles:
        tests = [record.tests[name] for record in records if name in record.tests]
        groups = sorted({group for test in tests for group in test.get("groups") or {}})
        scores = {group: _score(records, _in_group(name, group)) for group in groups}
        found[name] = {group: score for group, score in scores.items() if score}
    return {name: groups for name, groups in found.items() if groups}


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
