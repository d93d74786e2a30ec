"""Kill studies at random moments, over and over, and check that no record is lost, changed or damaged.

`make kill-test` runs 100 kills. Each child is a fork, so that it is killed amid its work and not while it imports. A
child that ends before it is killed has its records compared with those of a run that was never killed; then the study
starts again in an empty folder.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

import tolman
from tolman.core.registry import load
from tolman.experiments import condition, network_set, runner, sweep, weights
from tolman.models import agent, convnet, decoder, mlp
from tolman.records.store import Store
from tolman.sweeps.axes import parse_axes
from tolman.training import step, trainer
from tolman.training.replay import ReplayBuffer

EXAMPLES = Path(tolman.__file__).parents[2] / "examples"

STUDIES: dict[str, Mapping[str, Any]] = {
    "reversals": {},  # a decoder from scratch
    "mazes": {},  # an agent, by imitation
    "mazes-rl": {},  # an agent, by reward
    "representation-bias": {},  # many small networks
    "image-bias": {},  # networks that see pictures
    "texts": {name: str(EXAMPLES / f"texts_{name}.jsonl") for name in ("documents", "tests")},  # finetuning the reader
}
"""One study of every kind, with the files that it is made from."""

SWEEP = "sweep"
"""Kind of run: `tolman sweep` over a study's cells."""

IMPORTED = (condition, network_set, sweep, weights, agent, convnet, decoder, mlp, step, trainer, ReplayBuffer)
"""What children would otherwise import, each for itself."""


def study_run(name: str, folder: Path) -> None:
    """Run the smoke preset of a study, with a checkpoint after every chunk of steps, or a sweep."""
    import jax

    from tolman.core.devices import configure_jax

    configure_jax()
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)  # children compile nothing twice
    if name == SWEEP:
        sweep_run(Store(folder))
        return
    study = load("studies", name)(**STUDIES[name])
    runner.run(study, name, "smoke", Store(folder), seeds=2, checkpoint_every=0.0)


def sweep_run(store: Store) -> None:
    """Run four cells of the smoke preset of reversals, two of whose worlds and two of whose optimisers differ."""
    axes = parse_axes(("world.held_out=2,4", "training.optimiser.weight_decay=0.01,0.1"), {})
    choice = sweep.Choice(preset="smoke", seeds=2, learners=("parametric", "parametric-context"))
    sweep.sweep(sweep.cells_of(load("studies", "reversals")(), "reversals", axes, choice), store)


def child(name: str, folder: Path) -> int:
    """Start the study in a process of its own."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        study_run(name, folder)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def finished(pid: int) -> None:
    """Wait for a child that must end well."""
    if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise SystemExit(f"a run that was not killed ended with {code}")


def killed(pid: int, delay: float) -> bool:
    """Kill a child after a while; return whether it was amid its work."""
    end = time.monotonic() + delay
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            if code := os.waitstatus_to_exitcode(status):
                raise SystemExit(f"a run that was not killed ended with {code}")
            return False
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def bytes_of(folder: Path) -> dict[str, str]:
    """Return a digest of each record's files, by key."""
    keys = [path.parent for path in folder.glob("*/record.json") if not path.parent.name.startswith(".")]
    digest = lambda path: hashlib.sha256(path.read_bytes()).hexdigest()  # noqa: E731
    return {key.name: "".join(digest(path) for path in sorted(key.iterdir())) for key in keys}


def results(folder: Path) -> dict[str, str]:
    """Return the digest of each record's result, by key; every item is read."""
    store = Store(folder)
    for record in store.records():
        store.items(record.key)
    return {record.key: record.result["digest"] for record in store.records()}


class Attempts:
    """Kills of one study."""

    def __init__(self, name: str, folder: Path, rng: random.Random):
        self.name, self.folder, self.rng, self.found = name, folder, rng, Counter()
        finished(child(name, folder / "compiled"))  # whose time is mostly compilation
        began = time.monotonic()
        finished(child(name, folder / "whole"))
        self.seconds, self.expected = time.monotonic() - began, results(folder / "whole")
        self.target, self.before = folder / "killed", {}

    def kill(self) -> None:
        """Run until killed, and count what became of the records that there were."""
        began, delay = time.monotonic(), self.rng.uniform(0.0, self.seconds)
        amid = killed(child(self.name, self.target), delay)
        if not amid:  # programs that were kept meanwhile make runs shorter
            self.seconds = min(self.seconds, time.monotonic() - began)
        now = bytes_of(self.target)
        self.found["kills"] += amid
        self.found["lost"] += len(self.before.keys() - now.keys())
        self.found["changed"] += sum(self.before[key] != now.get(key, self.before[key]) for key in self.before)
        self.found["damaged"] += len(Store(self.target).damaged())
        self.before = now
        if not amid:
            self.compare()

    def compare(self) -> None:
        """Compare a run that has ended with the one that was never killed, and begin anew."""
        self.found["different"] += results(self.target) != self.expected
        self.found["completed"] += 1
        self.found["records"] += len(self.expected)
        shutil.rmtree(self.target, ignore_errors=True)
        self.before = {}

    def end(self) -> Counter[str]:
        """Let the last one end, and return the counts."""
        finished(child(self.name, self.target))
        self.compare()
        return self.found


@contextlib.contextmanager
def workplace(given: str | None) -> Iterator[Path]:
    """Yield a folder for records."""
    if given:
        yield Path(given)
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)


def main() -> int:
    """Kill as often as asked, share and share alike; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder")
    parser.add_argument("studies", nargs="*", default=[*STUDIES, SWEEP])
    asked = parser.parse_args()
    total, rng = Counter(), random.Random(asked.seed)
    click.echo(f"seed {asked.seed}, {asked.kills} kills")
    with workplace(asked.folder) as folder:
        for i, name in enumerate(asked.studies):
            attempts = Attempts(name, folder / name, rng)
            share = asked.kills * (i + 1) // len(asked.studies) - asked.kills * i // len(asked.studies)
            while attempts.found["kills"] < share:
                attempts.kill()
            found = attempts.end()
            total += found
            click.echo(f"{name} ({attempts.seconds:.0f} s a run): {told(found)}")
    click.echo(f"all: {told(total)}")
    return int(any(total[what] for what in ("lost", "changed", "damaged", "different")))


def told(found: Counter[str]) -> str:
    """Return the counts in words."""
    lost = ", ".join(f"{found[what]} {what}" for what in ("lost", "changed", "damaged"))
    ended = f"{found['completed']} runs ended, {found['different']} of them with other results"
    return f"{found['kills']} kills amid the work; of {found['records']} records {lost}; {ended}"


if __name__ == "__main__":
    sys.exit(main())
