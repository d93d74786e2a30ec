"""Runs what is missing of a study and writes its records; the same command finishes what was interrupted."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from tolman.core.config import override, setting, settings
from tolman.core.errors import UnknownName, UserError
from tolman.core.registry import named
from tolman.core.world import Instance
from tolman.experiments.condition import AbstractCondition, Training
from tolman.experiments.keys import training_key, world_hash
from tolman.experiments.study import PRESETS, AbstractStudy, Plan
from tolman.experiments.weights import SeedBatch, drawer, fetch, seed_batch_of, train, trained
from tolman.records.provenance import collect
from tolman.records.schema import Record, key_of, make_record
from tolman.records.store import Store
from tolman.training.config import Seeds
from tolman.training.replay import with_replay
from tolman.training.trainer import Update


class Progress(Protocol):
    """What a display of progress is told."""

    def start(self, label: str, total: int) -> None: ...

    def update(self, label: str, step: int, text: str) -> None: ...

    def finish(self, label: str) -> None: ...

    def note(self, text: str) -> None: ...


class Silent:
    """Shows nothing."""

    def start(self, label: str, total: int) -> None: ...

    def update(self, label: str, step: int, text: str) -> None: ...

    def finish(self, label: str) -> None: ...

    def note(self, text: str) -> None: ...


@dataclasses.dataclass(frozen=True)
class Wanted:
    """One record to be."""

    condition: AbstractCondition
    arm: str
    index: int
    config: dict[str, Any]

    @property
    def key(self) -> str:
        """Its key."""
        return key_of(self.config)

    @property
    def seeds(self) -> Seeds:
        """World seed and model seed, as recorded."""
        return Seeds(self.config["world_seed"], self.config["model_seed"])

    @property
    def trainings(self) -> dict[str, Training]:
        """The models it needs."""
        return self.condition.trainings(self.arm, self.index)

    @property
    def blocks(self) -> tuple[SeedBatch, ...]:
        """The blocks that these models are trained in, each once."""
        return tuple(dict.fromkeys(seed_batch_of(*training) for training in self.trainings.values()))


def run(
    study: AbstractStudy,
    name: str,
    preset: str,
    store: Store,
    *,
    seeds: int | None = None,
    overrides: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    command: str = "",
    checkpoint_every: float = 10.0,
) -> list[Record]:
    """All records of a preset, trained and measured where they are missing.

    Args:
        study: what to run.
        name: what its records are filed under.
        preset: one of `PRESETS`.
        store: where records, weights and checkpoints are.
        seeds: how many, from each condition's first one on; None = the preset's own number.
        overrides: dials by dotted path, as text: `{"world.books": "256"}`. Such records are exploratory.
        progress: a display.
        command: what the user typed, for the provenance.
        checkpoint_every: seconds between checkpoints.

    Raises:
        UserError: an unknown preset or dial, fewer than one seed, a value that does not fit its dial, or a package
            that is missing.
    """
    plan = planned(study, preset, seeds, overrides or {})
    typed = {path: setting(plan.conditions[0], path) for path in overrides or {}}
    wanted = [w for c in plan.conditions for w in wanted_of((name, study.version), preset, typed, c, plan.seeds)]
    for condition in dict.fromkeys(w.condition for w in wanted if not store.has(w.key)):
        condition.check_packages()
    session = _Session(store, progress or Silent(), command, checkpoint_every, study.sizes())
    for condition in plan.conditions:
        session.complete([w for w in wanted if w.condition is condition])
    return [store.read(w.key) for w in wanted]


def planned(study: AbstractStudy, preset: str, seeds: int | None, overrides: Mapping[str, str]) -> Plan:
    """The preset's plan with the number of seeds and the dials that were asked for."""
    if preset not in PRESETS:
        raise UnknownName("preset", preset, PRESETS)
    if seeds is not None and seeds < 1:
        raise UserError(f"--seeds is {seeds}; expected 1 or more (5 or more decide a claim)")
    plan = study.plan(preset)
    # A condition's name, phases and arms are what tells it from the others.
    dials = [path for path in settings(plan.conditions[0]) if "." in path]
    for path in overrides:
        if path not in dials:
            raise UnknownName("setting", path, dials)
    conditions = tuple(override(c, overrides) if overrides else c for c in plan.conditions)
    return Plan(seeds or plan.seeds, conditions)


def wanted_of(
    study: tuple[str, int], preset: str, overrides: Mapping[str, Any], condition: AbstractCondition, seeds: int
) -> list[Wanted]:
    """Every record of a condition, arm by arm."""
    head = {"study": study[0], "study_version": study[1], "preset": preset, "overrides": dict(overrides)}
    head["condition"] = condition.name
    return [
        Wanted(condition, arm, index, head | condition.config(arm, index))
        for arm in condition.arms
        for index in range(seeds)
    ]


@dataclasses.dataclass(frozen=True)
class _Session:
    """One command's work on a store."""

    store: Store
    progress: Progress
    command: str
    checkpoint_every: float
    sizes: dict[str, int]

    def complete(self, wanted: Sequence[Wanted]) -> None:
        """Trains and measures what is missing of one condition; arms that share models are measured together."""
        groups: dict[tuple[SeedBatch, ...], list[Wanted]] = {}
        for w in wanted:
            if not self.store.has(w.key):
                groups.setdefault(w.blocks, []).append(w)
        for blocks, mine in groups.items():
            for lanes in blocks:
                self._train(lanes, mine[0].condition)
            self._measure(blocks[0], mine)

    def _train(self, lanes: SeedBatch, condition: AbstractCondition) -> None:
        if trained(self.store, lanes):
            return
        label = self._label(lanes, condition)
        self.progress.start(label, lanes.spec.steps)
        train(self.store, lanes, drawer(lanes.spec), lambda update: self._show(label, update), self.checkpoint_every)
        self.progress.finish(label)

    def _measure(self, lanes: SeedBatch, wanted: Sequence[Wanted]) -> None:
        measuring = f"{self._label(lanes, wanted[0].condition)} · tests"
        self.progress.start(measuring, len(wanted))
        draw = drawer(lanes.spec)
        for done, w in enumerate(wanted, 1):
            self._record(w, draw(w.seeds.world))
            self.progress.update(measuring, done, w.arm)
        self.progress.finish(measuring)

    def _label(self, lanes: SeedBatch, condition: AbstractCondition) -> str:
        how = lanes.spec.retrieval
        weights = f"trained with {named('retrievers', how.retriever)['name']} retrieval" if how else "weights only"
        return f"{condition.name} · {weights} · seeds {lanes.seeds[0].model}-{lanes.seeds[-1].model}"

    def _show(self, label: str, update: Update) -> None:
        text = "  ".join(f"{test} {value:.2f}" for test, value in list(update.accuracy.items())[:3])
        self.progress.update(label, update.step, f"loss {update.loss:.2f}  {text}")

    def _record(self, wanted: Wanted, instance: Instance) -> None:
        started, clock = datetime.now(UTC), time.monotonic()
        found = {name: fetch(self.store, *training) for name, training in wanted.trainings.items()}
        models = {name: model for name, (model, _) in found.items()}
        courses = [course for _, course in found.values()]
        known = with_replay(instance, courses[0].own)
        measured = wanted.condition.measure(wanted.arm, models, known, wanted.seeds)
        seconds = {part: sum(course.seconds[part] for course in courses) for part in courses[0].seconds}
        seconds["measure"] = time.monotonic() - clock
        result = {
            "tests": measured.tests,
            "measures": measured.measures,
            "curves": courses[0].curve,
            "budget": courses[0].budget,
            "trainings": {name: training_key(*training) for name, training in wanted.trainings.items()},
        }
        result |= {"walks": measured.walks} if measured.walks else {}
        provenance = collect(
            self.command, started, datetime.now(UTC), seconds, world_hash(wanted.condition.world, instance)
        )
        provenance |= {"sizes": self.sizes} if self.sizes else {}
        self.store.write(make_record(wanted.config, result, provenance, measured.items), measured.items)
