"""The engine that completes tasks in the workers of a Ray cluster.

Where workers see the folder of records, they write into it, and a task that is tried again goes on from its last
checkpoint. Where they do not, records and weights travel back and are written here.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from tolman.core.atomic import writing
from tolman.core.devices import count_compilations
from tolman.core.engine import Task
from tolman.core.errors import UserError
from tolman.core.processors import LIMIT
from tolman.core.provenance import software
from tolman.experiments.ray_worker import Assignment, Outcome, unpack, work
from tolman.experiments.runner import Session

_SHOWN = 3
"""Failed tasks that an error names."""


class _Try(NamedTuple):
    task: Task
    number: int


class _Failed(NamedTuple):
    task: Task
    why: str


@dataclasses.dataclass(frozen=True)
class RayEngine:
    """Completes tasks in a cluster that this process is connected to.

    Attributes:
        slots: tasks that the cluster does at a time.
        threads: of each worker; as many of its node's CPUs are taken.
        tries: how often a task is tried whose worker dies or fails.
        shared: whether workers see the folder of records; None = each finds out.
    """

    slots: int
    threads: int = 1
    tries: int = 4
    shared: bool | None = None

    def run(self, tasks: Sequence[Task], session: Session) -> Iterator[Task]:
        """Yield tasks as their records arrive.

        Raises:
            UserError: at the end, if tasks failed; all others are done.
        """
        if not tasks:
            return
        with self._assignment(session) as given:
            failed = yield from self._done(_Flight(self, given), tasks, session)
        if failed:
            named = "; ".join(f"{_name(task)}: {why}" for task, why in failed[:_SHOWN])
            more = f"; and {len(failed) - _SHOWN:,} more" if len(failed) > _SHOWN else ""
            raise UserError(
                f"{len(failed):,} of {len(tasks):,} tasks failed: {named}{more}. All other records are kept; the same "
                "command runs only what is missing."
            )

    def _done(self, flight: _Flight, tasks: Sequence[Task], session: Session) -> Generator[Task, None, list[_Failed]]:
        """Yield tasks that are done, and return those that failed."""
        waiting, failed = deque(_Try(task, 1) for task in tasks), list[_Failed]()
        try:
            while waiting or flight.tries:
                # Some wait in the cluster's queue, so that no worker waits for this process.
                while waiting and len(flight.tries) < 2 * self.slots:
                    flight.start(waiting.popleft())
                for this, outcome, why in flight.landed():
                    if outcome is not None and not outcome.error:
                        _keep(this.task, outcome, session)
                        yield this.task
                    elif outcome is not None or this.number == self.tries:
                        failed.append(_Failed(this.task, outcome.error if outcome else f"{why} ({this.number} times)"))
                        session.progress.note(f"{_name(this.task)} failed: {failed[-1].why}")
                    else:
                        session.progress.note(f"{_name(this.task)}: {why}; it is tried again")
                        waiting.append(_Try(this.task, this.number + 1))
        finally:
            flight.cancel()
        return failed

    @contextmanager
    def _assignment(self, session: Session) -> Iterator[Assignment]:
        """Yield what workers are told; while they work, a folder among the records shows them which folder it is."""
        token = f".ray-{uuid.uuid4().hex}"
        root = session.store.root.resolve()
        with writing(root, "another folder with --records"):
            (root / token).mkdir(parents=True)
        try:
            yield Assignment(
                records=str(root),
                token=token,
                shared=self.shared,
                command=session.command,
                checkpoint_every=session.checkpoint_every,
                software=software(),
            )
        finally:
            (root / token).rmdir()


class _Flight:
    """The tries that are under way in the cluster."""

    def __init__(self, engine: RayEngine, given: Assignment):
        import ray

        # XLA reads the number of its threads once, so that workers of another number are other processes.
        environment = {"env_vars": {LIMIT: str(engine.threads)}}
        self.given, self.tries = given, dict[Any, _Try]()
        self.remote = ray.remote(num_cpus=engine.threads, max_retries=0, runtime_env=environment)(work)

    def start(self, this: _Try) -> None:
        self.tries[self.remote.remote(this.task, self.given)] = this

    def landed(self) -> Iterator[tuple[_Try, Outcome | None, str]]:
        """Wait for tries to end, and yield each with its outcome, or else with the reason why there is none."""
        import ray
        from ray import exceptions

        flying = list(self.tries)
        ray.wait(flying, num_returns=1)
        ended, _ = ray.wait(flying, num_returns=len(flying), timeout=0)
        for reference in ended:
            this = self.tries.pop(reference)
            try:
                yield this, ray.get(reference), ""
            except exceptions.RayTaskError as error:
                cause = error.cause if isinstance(getattr(error, "cause", None), Exception) else error
                yield this, None, f"{type(cause).__name__}: {str(cause).strip().splitlines()[-1]}"
            except exceptions.RayError as error:
                yield this, None, f"its worker died: {type(error).__name__}"

    def cancel(self) -> None:
        """End what is under way."""
        import ray

        for reference in self.tries:
            ray.cancel(reference, force=True)


def _keep(task: Task, outcome: Outcome, session: Session) -> None:
    unpack(outcome, session.store)
    count_compilations(outcome.programs)
    label = _name(task)
    total = sum(batch.spec.steps for batch in dict.fromkeys(b for run in task.runs for b in run.batches))
    session.progress.start(label, total + len(task.runs))
    session.progress.update(label, total + len(task.runs), "done")
    session.progress.finish(label)


def _name(task: Task) -> str:
    """Return what displays and errors call a task: its label, and learners and seeds."""
    seeds = sorted({run.seed for run in task.runs})
    learners = ", ".join(Counter(run.learner for run in task.runs))
    asked = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]}-{seeds[-1]}"
    return " · ".join(filter(None, (task.label, learners, asked)))
