"""Records as plain numbers: what the terminal, the page and the figures show.

Records are pooled only if their configurations differ in nothing but the seeds. A `LearnerSummary` is such a pool; a
`Summary` holds those of one study, preset, condition and world side by side.
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
from tolman.report.measures import MeasureTable, averages, tables
from tolman.report.presentation import SCORING, ColumnTable, Presentation
from tolman.report.scores import Score, Scorer
from tolman.report.words import percent

_SEEDS = ("world_seed", "model_seed")
_SCORES = tuple(column.field for column in SCORING.columns)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LearnerSummary:
    """One learner under one condition, over seeds.

    Attributes:
        name: the learner's name.
        label: its name, made unique within the summary.
        k: number of experiences it retrieves, or None.
        explicit, latent, control: mean over the tests of that role, or None.
        tests: every test by name; `roles` gives each one's role.
        groups: test -> group (a relation, say) -> score.
        curves: accuracy on explicit and latent tests against query-target tokens.
        measures: numbers other than accuracies, over the seeds at which they are defined.
        measured_along: whether there are such numbers over training.
        training: training keys, one per seed; learners with equal ones share their weights.
        records: the records themselves, for their provenance.
    """

    name: str
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
    measured_along: bool
    training: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def tables(self) -> tuple[MeasureTable, ...]:
        """The measures as tables, with the accuracy of tests that are named like a table's rows."""
        return tables(self.measures, {name: score.accuracy for name, score in self.tests.items()})

    @property
    def scores_differ(self) -> bool:
        """True if accuracies under the scores of options differ where they are shown."""
        scores = [score for score in (self.explicit, self.latent) if score]
        shown = [{percent(found.mean) for field in _SCORES if (found := s.columns.get(field))} for s in scores]
        return any(len(texts) > 1 for texts in shown)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Summary:
    """All learners of one study, version, preset, overrides, condition and world.

    Attributes:
        study, version, preset, overrides, condition, world: as in the records' configurations.
        sizes: the amount of material (subjects, relations, ...): the world's parameters, and the provenance's `sizes`
            where only drawing the world tells.
        learners: in the presentation's order.
        presentation: the study's.
    """

    study: str
    version: int
    preset: str
    overrides: Mapping[str, Any]
    condition: str
    world: Mapping[str, Any]
    sizes: Mapping[str, Any]
    learners: tuple[LearnerSummary, ...]
    presentation: Presentation

    @property
    def name(self) -> str:
        """Study, preset and overrides: the heading under which conditions stand together."""
        overrides = "".join(f" -P {name}={value}" for name, value in sorted(self.overrides.items()))
        return f"{self.study} · {self.preset}{overrides} · version {self.version}"

    @property
    def seeds(self) -> int:
        """The largest number of seeds of any learner."""
        return max(len(learner.records) for learner in self.learners)

    @property
    def baseline(self) -> LearnerSummary | None:
        """The learner that the presentation compares the others with."""
        return self.learner(self.presentation.baseline)

    @property
    def column_tables(self) -> tuple[tuple[ColumnTable, tuple[LearnerSummary, ...]], ...]:
        """The study's further columns and the scores of options, each with the learners that have something to show."""
        own = self.presentation.table
        found = ((own, self._having(own)),) if own else ()
        differing = tuple(learner for learner in self.learners if learner.scores_differ)
        return tuple((table, learners) for table, learners in (*found, (SCORING, differing)) if learners)

    def _having(self, table: ColumnTable) -> tuple[LearnerSummary, ...]:
        fields = {column.field for column in table.columns}
        return tuple(each for each in self.learners if each.latent and fields & each.latent.columns.keys())

    def learner(self, label: str) -> LearnerSummary | None:
        """Return the learner of that label, or None."""
        return next((learner for learner in self.learners if learner.label == label), None)


def summarise(
    records: Iterable[Record], presentations: Mapping[str, Presentation] | None = None
) -> tuple[Summary, ...]:
    """Summarise records by study, version, preset, overrides, condition and world; the main condition comes first.

    Args:
        records: in any order.
        presentations: by study; one without is presented neutrally.
    """
    together: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        together[digest(_shared(record))].append(record)
    known = presentations or {}
    found = [_summary(group, known.get(group[0].study, Presentation())) for group in together.values()]
    return tuple(sorted(found, key=_main_first))


def _shared(record: Record) -> dict[str, Any]:
    """Return the part of a configuration that the records of a summary share."""
    config = record.config
    names = ("study", "study_version", "preset", "overrides", "condition")
    return {name: config[name] for name in names} | {"world": config.get("world", {})}


def _main_first(summary: Summary) -> tuple[Any, ...]:
    """Sort a study's own settings before overridden ones, then conditions by number of learners and by start."""
    started = min(str(r.provenance.get("started", "")) for learner in summary.learners for r in learner.records)
    condition = (summary.condition != "standard", -len(summary.learners), started, summary.condition)
    return (summary.study, bool(summary.overrides), summary.name, *condition, digest(summary.world))


def _summary(records: Sequence[Record], presentation: Presentation) -> Summary:
    pools: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        pools[digest({k: v for k, v in record.config.items() if k not in _SEEDS})].append(record)
    names = [pool[0].learner for pool in pools.values()]
    suffixes = {key: "" if names.count(pool[0].learner) == 1 else f" [{key[:6]}]" for key, pool in pools.items()}
    learners = [_learner(pool, suffixes[key], presentation) for key, pool in pools.items()]
    order = list(presentation.learners)
    shared = _shared(records[0])
    shared["version"] = shared.pop("study_version")
    return Summary(
        **shared,
        sizes=shared["world"] | (records[0].provenance.get("sizes") or {}),
        learners=tuple(sorted(learners, key=lambda learner: _rank(learner, order))),
        presentation=presentation,
    )


def _rank(learner: LearnerSummary, order: Sequence[str]) -> tuple[int, str]:
    return order.index(learner.name) if learner.name in order else len(order), learner.label


def _learner(pool: Sequence[Record], suffix: str, presentation: Presentation) -> LearnerSummary:
    latest = {r.seeds: r for r in sorted(pool, key=lambda r: (r.seeds, r.started, r.key))}
    # Further models of a world are no further seeds: they count for components of variance alone.
    equal = tuple(record for (world, model), record in latest.items() if world == model)
    records = equal or tuple(latest.values())
    roles = {name: test["role"] for record in records for name, test in record.tests.items()}
    scorer = Scorer(records, roles, presentation.table.columns if presentation.table else ())
    return LearnerSummary(
        name=records[0].learner,
        label=records[0].learner + suffix,
        k=_retrieved(records[0].config["learner"]),
        explicit=scorer.role("explicit"),
        latent=scorer.role("latent"),
        control=scorer.role("control"),
        tests=scorer.tests(),
        roles=roles,
        groups=scorer.groups(),
        curves=seed_curves(records, roles),
        measures=averages(records),
        measured_along=any(point.get("measures") for r in records for point in r.result["curves"]),
        training=tuple("+".join(record.result["trainings"].values()) for record in records),
        records=records,
    )


def _retrieved(learner: Mapping[str, Any]) -> int | None:
    """Return the number of experiences that a learner retrieves, by its configuration."""
    k = (learner.get("context") or learner).get("k")
    return k if isinstance(k, int) else None
