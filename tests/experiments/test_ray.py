"""Sweeps in a Ray cluster of two nodes: the bits of the local engine, whoever dies, and errors that say what to do."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tiny_study import LONG, Tiny, digests

from tolman.core.engine import LocalEngine
from tolman.core.errors import UserError
from tolman.experiments.ray_cluster import connected_to
from tolman.experiments.sweep import Choice, cells_of, sweep
from tolman.records.store import Store
from tolman.sweeps.axes import parse_axes

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'tolman[ray]'")
pytestmark = pytest.mark.slow

RATE = "training.optimiser.learning_rate"
CHOICE = Choice(preset="smoke", seeds=2, learners=("parametric", "parametric-retrieval-oracle"))


class Noted:
    """A display that remembers notes and what was finished."""

    def __init__(self):
        self.notes, self.finished, self.steps = [], [], []

    def start(self, label, total):
        pass

    def update(self, label, step, text):
        self.steps.append(step)

    def finish(self, label):
        self.finished.append(label)

    def note(self, text):
        self.notes.append(text)


def grid(rates, study=None):
    axes = parse_axes([f"{RATE}={rates}"], {})
    return cells_of(study or Tiny(), "tiny", axes, CHOICE)


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one CPU each; workers have one thread, as this process would have on one processor."""
    from ray.cluster_utils import Cluster

    environment = {
        "RAY_AUTH_MODE": "disabled",  # nothing is written to the home folder
        "RAY_USAGE_STATS_ENABLED": "0",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
    }
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    found = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    found.add_node(**node)
    ray.init(found.address, log_to_driver=False, logging_level="ERROR")
    yield found
    ray.shutdown()
    found.shutdown()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


def workers():
    """Processes of this cluster's workers that are at a task."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            ours = b"raylet" in (Path("/proc") / str(parent) / "cmdline").read_bytes()
            session = Path(f"/proc/{parent}/cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if title.startswith(b"ray::work") and ours and SESSION().encode() in session:
            found.append(int(folder.name))
    return found


def SESSION():
    return ray._private.worker._global_node.get_session_dir_path()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What one process with one thread ends with: its worker is run by the local engine in a process of its own."""
    import subprocess

    folder = tmp_path_factory.mktemp("local")
    program = [sys.executable, "-W", "ignore", __file__, str(folder)]
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = {**os.environ, "PJRT_NPROC": "1", "PYTHONPATH": paths}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return digests(Store(folder).records())


RATES = "0.001,0.002,0.003"


@pytest.mark.parametrize("shared", [None, False], ids=["shared folder", "gathered"])
def test_records_are_those_of_the_local_engine_whichever_worker_dies(cluster, expected, tmp_path, shared):
    heard, killed = Noted(), []
    with connected_to(None, threads=1, shared=shared) as engine:
        assert engine.slots == 2
        engine = Killing(engine, killed)
        records = sweep(grid(RATES, LONG), Store(tmp_path), progress=heard, engine=engine)
    assert digests(records) == expected
    assert len(killed) >= 1
    assert any("worker died" in note for note in heard.notes)
    store = Store(tmp_path)
    assert store.damaged() == []
    assert {record.key for record in store.records()} == expected.keys()
    # Weights are there as well, and what workers left while they worked is not.
    trained = {key for record in records for key in record.result["trainings"].values()}
    assert {path.name for path in store.models.iterdir()} == trained
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert heard.finished == ["sweep"]
    assert heard.steps == sorted(heard.steps)
    # A second call finds everything.
    assert sweep(grid(RATES, LONG), store, engine=engine.engine) == records


class Killing:
    """An engine whose workers are killed amid their tasks, when the first task has been done."""

    def __init__(self, engine, killed):
        self.engine, self.killed = engine, killed

    def run(self, tasks, session):
        for task in self.engine.run(tasks, session):
            if not self.killed:
                until = time.monotonic() + 20
                while not (amid := workers()) and time.monotonic() < until:
                    time.sleep(0.01)
                for pid in amid:
                    os.kill(pid, signal.SIGKILL)
                self.killed += amid
            yield task


if __name__ == "__main__":
    from tolman.core.devices import configure_jax

    configure_jax()
    sweep(grid(RATES, LONG), Store(sys.argv[1]), engine=LocalEngine())
