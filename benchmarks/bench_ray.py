"""What Ray adds to a sweep: tasks that sleep for a second, through Tolman's engine, against the time they must take.

    python benchmarks/bench_ray.py                # 1,000 tasks, 20 at a time; --tasks, --slots, --seconds, --json

A cluster is started here with as many slots as asked for: sleeping needs no processor. Its workers are started and have
imported Tolman before the clock starts, and how long that takes is reported beside it. A task's function sleeps in
place of training; everything else is the engine's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from typing import Any

from tolman.core.engine import Task
from tolman.core.progress import Silent
from tolman.experiments import ray_engine
from tolman.experiments.ray_cluster import connected_to
from tolman.experiments.ray_worker import Outcome
from tolman.experiments.runner import Session
from tolman.records.store import Store


def sleeping(seconds: float) -> Any:
    """Return a task's function that sleeps."""

    def work(task: Task, given: Any) -> Outcome:
        time.sleep(seconds)
        return Outcome()

    return work


def timed(engine: ray_engine.RayEngine, count: int, seconds: float, folder: str) -> tuple[float, float]:
    """Return seconds of wall time and of this process's own processor time for so many tasks."""
    ray_engine.work = sleeping(seconds)
    session = Session(Store(folder), Silent(), "bench_ray")
    began, used = time.perf_counter(), time.process_time()
    done = sum(1 for _ in engine.run([Task(()) for _ in range(count)], session))
    assert done == count
    return time.perf_counter() - began, time.process_time() - used


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    import ray

    ray_engine._name = lambda task: "a task"  # an empty task has no seeds
    began = time.perf_counter()
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    ray.init("local", num_cpus=given.slots, object_store_memory=80_000_000, **quiet)
    with tempfile.TemporaryDirectory() as folder, connected_to(None) as engine:
        timed(engine, 2 * given.slots, given.seconds, folder)
        start = time.perf_counter() - began
        wall, cpu = timed(engine, given.tasks, given.seconds, folder)
    ray.shutdown()
    least = given.seconds * given.tasks / given.slots
    found = {
        "tasks": given.tasks,
        "slots": given.slots,
        "start_up": start,
        "least": least,
        "wall": wall,
        "overhead": wall / least - 1,
        "cpu_per_task": cpu / given.tasks,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:14} {value:.4g}")


if __name__ == "__main__":
    main()
