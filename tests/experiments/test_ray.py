"""Sweeps in a Ray cluster of two nodes: the bits of the local engine, whoever dies, and errors that say what to do."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from failing_study import DEADLY, GOOD, REFUSED, Failing
from tiny_study import LONG, digests

from tolman.cli import main
from tolman.core.atomic import TEMPORARY
from tolman.core.engine import LocalEngine
from tolman.core.errors import UserError
from tolman.core.provenance import software
from tolman.experiments.sweep import Choice, cells_of, sweep
from tolman.records.store import Store
from tolman.sweeps.axes import parse_axes

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'tolman[ray]'")
from tolman.experiments import ray_cluster  # noqa: E402
from tolman.experiments.ray_worker import differences  # noqa: E402

# Other tests of the process have started JAX; nothing that a cluster forks uses it.
pytestmark = pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning")

RATE = "training.optimiser.learning_rate"
RATES = "0.001,0.002,0.003"
PATH = os.pathsep.join([str(Path(__file__).parent), *sys.path])


def grid(rates=RATES, study=LONG):
    axes = parse_axes([f"{RATE}={rates}"], {})
    return cells_of(study, "tiny", axes, Choice(preset="smoke", seeds=2, learners=("parametric",)))


class Heard:
    """A display that remembers notes, steps, and what was finished."""

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


class Killing:
    """An engine one of whose workers is killed amid its task as soon as another task has been done."""

    def __init__(self, engine):
        self.engine, self.killed = engine, False

    def run(self, tasks, session):
        for task in self.engine.run(tasks, session):
            until = time.monotonic() + 30
            while not self.killed and time.monotonic() < until:
                self.killed = kill_a_worker()
            yield task


def kill_a_worker():
    """Kills a worker of our own cluster that is at a task; returns whether there was one."""
    session = ray._private.worker._global_node.get_session_dir_path().encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            started_by = Path("/proc", parent, "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if command.startswith(b"ray::work") and session in started_by:
            os.kill(int(folder.name), signal.SIGKILL)
            return True
    return False


@pytest.fixture(scope="module")
def cluster():
    """Two nodes of one processor each."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")  # else it writes to the home folder
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_worker_niceness", "0")  # else workers wait for the tests of other processes
        patch.setenv("PYTHONPATH", PATH)
        found = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
        found.add_node(**node)
        ray.init(found.address, log_to_driver=False, logging_level="ERROR")
        yield found
        ray.shutdown()
        found.shutdown()


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the local engine ends with, in a process of one thread."""
    folder = tmp_path_factory.mktemp("local")
    environment = {**os.environ, "PJRT_NPROC": "1", "PYTHONPATH": PATH}
    program = [sys.executable, "-W", "ignore", __file__, str(folder)]
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    records = Store(folder).records()
    assert {record.provenance["cpu"]["threads"] for record in records} == {1}
    return digests(records)


@pytest.mark.slow
@pytest.mark.parametrize("shared", [None, False], ids=["shared folder", "gathered"])
def test_records_are_those_of_the_local_engine_though_a_worker_dies(cluster, expected, tmp_path, shared):
    heard, store = Heard(), Store(tmp_path)
    with ray_cluster.connected_to(None, shared=shared) as engine:
        assert engine.slots == 2
        killing = Killing(engine)
        records = sweep(grid(), store, progress=heard, engine=killing)
        assert sweep(grid(), store, engine=engine) == records  # which finds everything
    assert killing.killed
    assert any("its worker died" in note for note in heard.notes)
    assert digests(records) == expected
    assert {record.key for record in store.records()} == expected.keys()
    assert {record.provenance["cpu"]["threads"] for record in records} == {1}
    # Weights are there as well, and nothing that workers needed meanwhile.
    trained = {key for record in records for key in record.result["trainings"].values()}
    assert {path.name for path in store.models.iterdir() if not path.name.startswith(TEMPORARY)} == trained
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith(TEMPORARY)}  # of those killed
    assert left <= {*expected, "models", "work"}
    assert heard.finished == ["sweep"]
    assert heard.steps == sorted(heard.steps)
    assert len(set(heard.steps)) == 3


@pytest.mark.slow
def test_a_task_that_fails_again_and_again_is_named_and_the_others_are_kept(cluster, tmp_path):
    heard, study = Heard(), Failing()
    with ray_cluster.connected_to(None) as engine:
        engine = dataclasses.replace(engine, tries=2)
        with pytest.raises(UserError) as error:
            sweep(grid(f"{REFUSED},{DEADLY},{GOOD}", study), Store(tmp_path), progress=heard, engine=engine)
    said = str(error.value)
    assert said.startswith("2 of 3 tasks failed: ")
    assert "cell 1 of 3, learning_rate=0.002 · parametric · seeds 0-1: this rate is refused" in said
    assert "cell 2 of 3, learning_rate=0.003 · parametric · seeds 0-1: its worker died" in said
    assert "(2 times)" in said
    assert sum("tried again" in note for note in heard.notes) == 1  # what is refused would be refused again
    kept = Store(tmp_path).records()
    assert {record.key for record in kept} == {run.key for run in grid(GOOD, study)[0].runs}


def test_what_the_cluster_cannot_do_is_refused_before_training(cluster, monkeypatch):
    with (
        pytest.raises(UserError, match="--threads is 2; expected at most 1, the CPUs of the largest node"),
        ray_cluster.connected_to(None, threads=2),
    ):
        pass
    monkeypatch.setattr(ray_cluster, "software", lambda: software() | {"tolman": "9.9"})
    with pytest.raises(UserError, match=r"node .* has other versions: tolman .*, not 9\.9"):
        ray_cluster.connected_to(None).__enter__()
    monkeypatch.setattr(ray_cluster, "_probe", lambda: lambda: "No module named 'tolman'")
    with pytest.raises(UserError, match=r"node .* has no Tolman \(No module named 'tolman'\): install it there"):
        ray_cluster.connected_to(None).__enter__()


def test_versions_that_differ_are_named():
    mine = software()
    assert differences(mine, mine) == ""
    packages = {name: version for name, version in mine["packages"].items() if name != "jax"} | {"numpy": "1.0"}
    said = differences(mine, {**mine, "packages": packages})
    assert f"jax None, not {mine['packages']['jax']}" in said
    assert f"numpy 1.0, not {mine['packages']['numpy']}" in said
    assert "jaxlib" not in said
    of = [{**mine, "git": {"commit": letter * 40, "dirty": False}} for letter in "ab"]
    assert differences(*of) == "commit of tolman bbbbbbbb, not aaaaaaaa"


def refused(*options):
    over = ["--over", "world.held_out=4,6,8", "--learner", "parametric", "--preset", "smoke"]
    result = CliRunner().invoke(main, ["sweep", "reversals", *over, *options])
    assert result.exit_code == 2
    return " ".join(result.stderr.split())


def test_the_command_refuses_options_of_no_use():
    assert "--address is about a Ray cluster: add --engine ray" in refused("--address", "127.0.0.1:6379")
    assert "--threads is about a Ray cluster: add --engine ray" in refused("--threads", "2")


def test_a_place_without_a_cluster_is_named(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(UserError, match=r"--address 127\.0\.0\.1:1: no Ray cluster .*refused.* `ray start --head`"):
        ray_cluster.connected_to("127.0.0.1:1").__enter__()


if __name__ == "__main__":
    from tolman.core.devices import configure_jax

    configure_jax()
    sweep(grid(), Store(sys.argv[1]), engine=LocalEngine())
