"""The runner: trains and measures what is missing of a study and writes its records.

The same call finishes what was interrupted, and more seeds add to what is there.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tolman.claims.runs import EXPLORING
from tolman.core.config import override, setting, settings, unknown_setting
from tolman.core.devices import drop_programs, on_all_devices
from tolman.core.engine import Engine, LocalEngine, Task, connected
from tolman.core.errors import UnknownName, UserError
from tolman.core.progress import Progress, Silent
from tolman.core.provenance import collect
from tolman.core.world import Instance, world_hash
from tolman.experiments.condition import AbstractCondition
from tolman.experiments.study import MOST_SEEDS, PRESETS, AbstractStudy, Plan
from tolman.experiments.weights import SeedBatch, Training, draw_cached, fetch, is_trained, seed_batch_of, train
from tolman.records.schema import Record, key_of, make_record
from tolman.records.store import Store
from tolman.training.config import Seeds
from tolman.training.replay import with_replay


@dataclasses.dataclass(frozen=True)
class PlannedRun:
    """One record to be made: a learner under a condition at one seed."""

    condition: AbstractCondition
    learner: str
    seed: int
    config: dict[str, Any]

    @property
    def key(self) -> str:
        """The key of the record."""
        return key_of(self.config)

    @property
    def seeds(self) -> Seeds:
        """World seed and model seed, as recorded."""
        return Seeds(self.config["world_seed"], self.config["model_seed"])

    @property
    def trainings(self) -> dict[str, Training]:
        """The models that it needs."""
        return self.condition.trainings(self.learner, *self.seeds)

    @property
    def batches(self) -> tuple[SeedBatch, ...]:
        """The batches in which these models are trained, each once."""
        return tuple(dict.fromkeys(seed_batch_of(*training) for training in self.trainings.values()))


def run(
    study: AbstractStudy,
    name: str,
    preset: str,
    store: Store,
    *,
    seeds: int | None = None,
    first_seed: int | None = None,
    model_seeds: int = 1,
    overrides: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    command: str = "",
    checkpoint_every: float = 10.0,
) -> list[Record]:
    """Return all records of a preset, trained and measured where they are missing.

    Args:
        study: what to run.
        name: the study's name in the records.
        preset: one of `PRESETS`.
        store: where records, weights and checkpoints are.
        seeds: number of seeds; None = the preset's.
        first_seed: None = the first of `study.seeds`, or 0 for `smoke` and with overrides, which claims do not read.
        model_seeds: every world is also run with each of the first so many model seeds, to tell the two apart.
        overrides: parameters by path, as text, e.g. `{"world.books": "256"}`; such records are exploratory.
        progress: a display.
        command: what the user typed, for the provenance.
        checkpoint_every: seconds between checkpoints.

    Raises:
        UserError: an unknown preset or parameter, a value or seeds that do not fit, or a package that is missing.
    """
    plan = planned(study, preset, seeds, overrides or {})
    runs = runs_of(study, name, preset, plan, first_seed=first_seed, model_seeds=model_seeds, overrides=overrides)
    return complete(runs, Session(store, progress or Silent(), command, checkpoint_every))


def complete(runs: Sequence[PlannedRun], session: Session) -> list[Record]:
    """Train and measure what is missing of these runs, and return their records."""
    for _ in tasks_done(runs, session):
        pass
    return [session.store.read(each.key) for each in runs]


def tasks_done(runs: Sequence[PlannedRun], session: Session, labels: Mapping[str, str] | None = None) -> Iterator[Task]:
    """Train and measure what is missing of these runs, and yield tasks as they are done; `labels` are by key."""
    for condition in {id(each.condition): each.condition for each in runs}.values():
        condition.check_packages()
    missing = connected([each for each in runs if not session.store.has(each.key)], lambda each: each.batches)
    tasks = [Task(tuple(together), (labels or {}).get(together[0].key, "")) for together in missing]
    yield from session.engine.run(tasks, session)


def runs_of(
    study: AbstractStudy,
    name: str,
    preset: str,
    plan: Plan,
    *,
    first_seed: int | None = None,
    model_seeds: int = 1,
    overrides: Mapping[str, str] | None = None,
) -> list[PlannedRun]:
    """Return every run of a plan; arguments and errors as of `run`."""
    overrides = overrides or {}
    having = {path: next(each for each in plan.conditions if path in parameters(each)) for path in overrides}
    values = {path: setting(condition, path) for path, condition in having.items()}
    head = {"study": name, "study_version": study.version, "preset": preset, "overrides": values}
    unread = preset == "smoke" or overrides  # by claims
    first = first_seed if first_seed is not None else 0 if unread else study.seeds.start
    last = first + plan.seeds - 1
    if overrides and last not in EXPLORING:
        rule = f"seeds 0 to {EXPLORING.stop - 1} are for exploring, later are reserved"
        raise UserError(f"{rule}: with -P, --first-seed {first} and --seeds {plan.seeds} end at {last}; choose lower.")
    return planned_runs(head, plan, first, model_seeds)


def planned(study: AbstractStudy, preset: str, seeds: int | None, overrides: Mapping[str, str]) -> Plan:
    """Return the preset's plan with the given number of seeds and parameters.

    An override changes the conditions that have its parameter.
    """
    if preset not in PRESETS:
        raise UnknownName("preset", preset, PRESETS)
    if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
        raise UserError(f"--seeds is {seeds}; expected 1 or more (5 or more decide a claim), at most {MOST_SEEDS:,}")
    plan = study.plan(preset)
    known = [parameters(condition) for condition in plan.conditions]
    for path in overrides:
        if not any(path in paths for paths in known):
            raise unknown_setting(path, set().union(*known))
    conditions = tuple(
        override(condition, {path: text for path, text in overrides.items() if path in paths})
        for condition, paths in zip(plan.conditions, known, strict=True)
    )
    return Plan(seeds=seeds or plan.seeds, conditions=conditions)


def planned_runs(head: Mapping[str, Any], plan: Plan, first_seed: int, model_seeds: int = 1) -> list[PlannedRun]:
    """Return every run of a plan, condition by condition and learner by learner; `head` begins each configuration."""
    return [
        PlannedRun(each, learner, seeds.world, {**head, "condition": each.name, **each.config(learner, *seeds)})
        for each in plan.conditions
        for learner in each.learner_names
        for seeds in _pairs(range(first_seed, first_seed + plan.seeds), model_seeds)
    ]


def _pairs(worlds: range, model_seeds: int) -> list[Seeds]:
    """Return each world with the model seed of the same number, and, of several, with each of the first ones."""
    if not 1 <= model_seeds <= len(worlds):
        raise UserError(f"--model-seeds is {model_seeds}; expected at most the number of seeds, {len(worlds)}")
    crossed = worlds[:model_seeds] if model_seeds > 1 else ()
    return [Seeds(world, model) for world in worlds for model in dict.fromkeys((world, *crossed))]


def parameters(condition: AbstractCondition) -> set[str]:
    """Return the paths that `-P` can set; a condition's name tells it from the others, so it is none of them."""
    return {path for path in settings(condition) if "." in path}


@dataclasses.dataclass(frozen=True)
class Session:
    """The work of one call on a store, and the engine that does it."""

    store: Store
    progress: Progress
    command: str
    checkpoint_every: float = 10.0
    engine: Engine[Session] = dataclasses.field(default_factory=LocalEngine)

    def complete(self, task: Task) -> None:
        """Do a task in this process; learners of a condition that share models are measured together."""
        drop_programs()
        groups: dict[tuple[int, tuple[SeedBatch, ...]], list[PlannedRun]] = {}
        for each in task.runs:
            if not self.store.has(each.key):
                groups.setdefault((id(each.condition), each.batches), []).append(each)
        for (_, batches), together in groups.items():
            labels = [
                task.label or batch.describe(together[0].condition.name, [run.trainings for run in together])
                for batch in batches
            ]
            for batch, label in zip(batches, labels, strict=True):
                self._train(batch, label)
            self._measure(batches[0], together, task.label or f"{labels[0]} · tests")

    def _train(self, batch: SeedBatch, label: str) -> None:
        if is_trained(self.store, batch):
            return
        self.store.check_writable()
        self.progress.start(label, batch.spec.steps)
        show = lambda update: self.progress.update(label, update.step, update.text)  # noqa: E731
        train(self.store, batch, draw_cached(batch.spec), show, self.checkpoint_every)
        self.progress.finish(label)

    def _measure(self, batch: SeedBatch, runs: Sequence[PlannedRun], label: str) -> None:
        self.progress.start(label, len(runs))
        draw = draw_cached(batch.spec)
        instances = {each.seeds.world: draw(each.seeds.world) for each in runs}
        record = lambda each: self._record(each, instances[each.seeds.world])  # noqa: E731
        for done, each in enumerate(on_all_devices(record, runs), 1):
            self.progress.update(label, done, each.learner)
        self.progress.finish(label)

    def _record(self, planned: PlannedRun, instance: Instance) -> None:
        started, clock = datetime.now(UTC), time.monotonic()
        fetched = {name: fetch(self.store, *training) for name, training in planned.trainings.items()}
        models = {name: model for name, (model, _) in fetched.items()}
        histories = [history for _, history in fetched.values()]
        replay = histories[0].replay
        seen = instance if replay is None else with_replay(instance, replay)
        measured = planned.condition.measure(planned.learner, models, seen, planned.seeds)
        result = {
            "tests": measured.tests,
            "measures": measured.measures,
            "curves": histories[0].curve,
            "budget": histories[0].budget,
            "trainings": {name: training.key for name, training in planned.trainings.items()},
            **({"trajectories": measured.trajectories} if measured.trajectories else {}),
        }
        seconds = {part: sum(history.seconds[part] for history in histories) for part in histories[0].seconds}
        seconds |= {"measure": time.monotonic() - clock}
        world = planned.condition.world
        provenance = collect(self.command, started, datetime.now(UTC), seconds, world_hash(world, instance))
        provenance |= {"sizes": world.sizes()} if world.sizes() else {}
        self.store.write(make_record(planned.config, result, provenance, measured.items), measured.items)
