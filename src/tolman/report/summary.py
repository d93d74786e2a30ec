"""What a list of records says, as plain numbers: the terminal, the site and the figures all show these.

Records are pooled only if their configurations differ in nothing but the seeds. An `Arm` is such a pool; a
`Summary` holds the arms of one study, preset, condition and world side by side.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tolman.core.config import digest
from tolman.records.schema import Record
from tolman.records.statistics import Interval
from tolman.report.curves import Curve, seed_curves
from tolman.report.measures import MeasureCurve, MeasureTable, averages, measure_curves, tables
from tolman.report.scores import Score, score_of_role, scores_of_groups, scores_of_tests

_SEEDS = ("world_seed", "model_seed")
_LEARNERS = (
    "parametric",
    "parametric-context",
    "parametric-retrieval-oracle",
    "parametric-retrieval-bm25",
    "parametric-retrieval-dense",
    "parametric-retrieval-random",
)


@dataclasses.dataclass(frozen=True)
class Arm:
    """One learner under one condition, over seeds.

    Attributes:
        learner: its name.
        label: its name, made unique within the summary.
        k: number of experiences it retrieves, or None.
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
    k: int | None
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
    learner = records[0].config["learner"]
    k = learner.get("k") or (learner.get("context") or {}).get("k")
    return Arm(
        learner=records[0].learner,
        label=records[0].learner + suffix,
        k=k if isinstance(k, int) else None,
        **{role: score_of_role(records, roles, role) for role in ("explicit", "latent", "control")},
        tests=scores_of_tests(records, roles),
        roles=roles,
        groups=scores_of_groups(records, roles),
        curves=seed_curves(records, roles),
        measures=averages(records),
        measure_curves=measure_curves(records),
        training=tuple("+".join(record.result["trainings"].values()) for record in records),
        records=records,
    )
