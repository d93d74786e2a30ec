"""A study small enough to run in a second; as a script, it is run by children, which may be killed."""

import dataclasses
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import ClassVar

from safetensors.numpy import load_file

from tolman.core.atomic import TEMPORARY
from tolman.experiments.condition import Condition
from tolman.experiments.runner import run
from tolman.experiments.study import PRESETS, AbstractStudy, Plan
from tolman.learners.parametric import parametric, parametric_context, parametric_retrieval
from tolman.models.decoder import DecoderConfig
from tolman.records.store import Store
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig
from tolman.worlds.reversals import Reversals

WORLD = Reversals(
    entities=12, relations=2, held_out=4, fillers=2, filler=2, inner_filler=1, copies=2, max_premises=2, test_items=8
)
LEARNERS = (
    parametric(),
    parametric_context(),
    parametric_retrieval(Oracle(), k=2),
    parametric_retrieval(Random(), k=2),
)
CONDITION = Condition(
    name="standard",
    world=WORLD,
    model=DecoderConfig(width=16, layers=1, heads=2),
    training=TrainingConfig(
        OptimiserConfig(warmup=4), batch=8, chunk=4, fresh=16, parallel_seeds=2, curve_points=3, precision="float32"
    ),
    phases=(
        Phase(4, {"long-in-context": 1.0}, retrieve=False),
        Phase(12, {"statement": 0.4, "restatement": 0.3, "in-context": 0.2, "short-in-context": 0.1}),
    ),
    learners=LEARNERS,
)


@dataclasses.dataclass(frozen=True)
class Tiny(AbstractStudy):
    """One condition of four learners that share two sets of weights; every preset is the same but its name."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a study for tests"
    seeds: ClassVar[range] = range(2)

    main: int = 12

    def plan(self, preset):
        assert preset in PRESETS
        reading, rest = CONDITION.phases
        return Plan(2, (dataclasses.replace(CONDITION, phases=(reading, dataclasses.replace(rest, steps=self.main))),))

    def claims(self, preset):
        return ()


LONG = Tiny(main=80)


def run_tiny(folder, study=None, preset="smoke", **options):
    """The records of the tiny study, in the order of its learners and seeds."""
    return run(study or Tiny(), "tiny", preset, Store(folder), **options)


def digests(records):
    """Key -> digest of the result."""
    return {record.key: record.result["digest"] for record in records}


class Telling:
    """A display that writes a byte into a pipe whenever it is told something."""

    def __init__(self, pipe):
        self.pipe = pipe

    def start(self, label, total):
        os.write(self.pipe, b".")

    def update(self, label, step, text):
        os.write(self.pipe, b".")

    def finish(self, label):
        os.write(self.pipe, b".")

    def note(self, text):
        raise AssertionError(text)


def child(folder):
    """Starts a process that runs the long study; returns it with what it is heard through."""
    hear, told = os.pipe()
    pid = os.fork()
    if pid:
        os.close(told)
        return pid, hear
    status = 1
    try:
        os.close(hear)
        from tolman.core.devices import configure_jax

        configure_jax()
        run_tiny(folder, LONG, progress=Telling(told), checkpoint_every=0.0)
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def attempt(folder, seen, delay):
    """Kills a run `delay` seconds after it has said `seen` things; returns whether it was amid its work."""
    pid, hear = child(folder)
    for _ in range(seen):
        if not os.read(hear, 1):
            break
    time.sleep(delay)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    os.close(hear)
    return os.WIFSIGNALED(status)


def readable(folder):
    """What a reader finds: damaged records, whole records, whole models; raises where one only looks whole."""
    store = Store(folder)
    records = [store.items(record.key) for record in store.records()]
    models = [path for path in store.models.glob("*") if not path.name.startswith(TEMPORARY)]
    for path in models:
        json.loads((path / "history.json").read_text())
        load_file(path / "weights.safetensors")
    return {"damaged": len(store.damaged()), "records": len(records), "models": len(models)}


def killed(folder, kills, seed):
    """Kills a run at many moments, one of them before it has begun, and lets it end."""
    rng = random.Random(seed)
    moments = [(0, rng.uniform(0.0, 0.5)), *((rng.randrange(1, 18), rng.uniform(0.0, 0.02)) for _ in range(1, kills))]
    found = [{"amid": attempt(folder, *moment), **readable(folder)} for moment in moments]
    return found, [finished(child(folder))]


def finished(started):
    """Waits for a child's end."""
    pid, hear = started
    while os.read(hear, 4096):
        pass
    os.close(hear)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def together(folder, count):
    """Runs the study in several processes at once."""
    started = [child(folder) for _ in range(count)]
    return [], [finished(each) for each in started]


def main(how, folder, number, seed):
    """Writes down what happened."""
    found, ended = killed(folder, number, seed) if how == "killed" else together(folder, number)
    (folder / "told.json").write_text(json.dumps({"found": found, "ended": ended}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
