"""The folder of records: what is written is read, whatever happens."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from record_samples import items, sample

from tolman.core.atomic import new_folder
from tolman.core.errors import UnknownName, UserError
from tolman.records import store as store_module
from tolman.records.schema import SCHEMA, DamagedRecord
from tolman.records.store import Store


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "records")


def test_write_and_read(store):
    record, table = sample()
    assert not store.has(record.key)
    assert store.records() == []
    assert store.damaged() == []
    folder = store.write(record, table)
    assert folder == store.path(record.key)
    assert store.has(record.key)
    assert store.read(record.key) == record
    assert store.items(record.key).equals(table)
    assert names(folder) == ["items.parquet", "record.json"]
    assert names(store.root) == [record.key]


def test_a_record_is_never_overwritten(store):
    record, table = sample()
    folder = store.write(record, table)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    store.write(record, table)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.mark.parametrize("moment", ["looked", "written"])
def test_whoever_is_first_wins(store, monkeypatch, moment):
    """Another process publishes the record after ours has looked for it, or has half written its own."""
    first, table = sample()
    second = dataclasses.replace(first, provenance={"host": "slower"})
    read, parquet = store.read, store_module._parquet

    def look(key):
        try:
            return read(key)
        finally:
            Store(store.root).write(first, table)

    def encode(items):
        monkeypatch.undo()
        Store(store.root).write(first, table)
        return parquet(items)

    if moment == "looked":
        monkeypatch.setattr(store, "read", look)
    else:
        monkeypatch.setattr(store_module, "_parquet", encode)
    store.write(second, table)
    monkeypatch.undo()
    assert store.read(first.key).provenance == first.provenance
    assert names(store.root) == [first.key]


def test_items_must_be_the_ones_measured(store):
    with pytest.raises(ValueError, match="other items"):
        store.write(sample()[0], items({"latent": (2, 4), "forward": (4, 4)}))
    assert not store.root.exists()


def test_records_are_filtered_and_sorted(store):
    for seed in (2, 0, 1):
        for learner in ("parametric-retrieval-oracle", "parametric-context"):
            store.write(*sample(world_seed=seed, learner=learner))
    store.write(*sample(overrides={"world.entities": 9}))
    assert [r.seeds[0] for r in store.records(learner="parametric-context")] == [0, 1, 2]
    assert len(store.records(study="reversals", preset="quick", overrides={})) == 6
    assert [r.learner for r in store.records(world_seed=1, model_seed=0)] == [
        "parametric-context",
        "parametric-retrieval-oracle",
    ]
    assert store.records(condition="none", study_version=1) == []
    with pytest.raises(UnknownName, match="did you mean learner"):
        store.records(lerner="parametric-context")


def _truncate(path: Path):
    path.write_bytes(path.read_bytes()[:-20])


DAMAGE = {
    "no json": lambda folder: (folder / "record.json").unlink(),
    "no items": lambda folder: (folder / "items.parquet").unlink(),
    "empty": lambda folder: [path.unlink() for path in folder.iterdir()],
    "half a json": lambda folder: _truncate(folder / "record.json"),
    "half the items": lambda folder: _truncate(folder / "items.parquet"),
    "edited": lambda folder: (folder / "record.json").write_text(
        (folder / "record.json").read_text().replace('"accuracy": 0.25', '"accuracy": 0.95')
    ),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_records_are_ignored_reported_and_replaced(store, damage):
    record, table = sample()
    damage(store.write(record, table))
    good, _ = sample(world_seed=1)
    store.write(*sample(world_seed=1))
    assert not store.has(record.key)
    assert store.records() == [good]
    [found] = store.damaged()
    assert found.path.name == record.key
    assert str(found.path) in found.reason
    assert ".." not in found.reason
    assert store.query("SELECT DISTINCT key FROM items")["key"].to_pylist() == [good.key]
    store.write(record, table)
    assert store.read(record.key) == record
    assert store.damaged() == []
    assert len(list(store.root.glob(f".damaged-{record.key}-*"))) == 1


def test_changed_items_are_noticed(store):
    record, table = sample()
    other, others = sample(tests={"latent": (2, 4), "forward": (4, 4)}, world_seed=1)
    store.write(record, table)
    source = store.write(other, others) / "items.parquet"
    (store.path(record.key) / "items.parquet").write_bytes(source.read_bytes())
    with pytest.raises(DamagedRecord, match="changed after it was written"):
        store.items(record.key)


def test_a_record_under_another_key_is_damaged(store):
    folder = store.write(*sample())
    folder.rename(store.path("0" * 24))
    assert store.records() == []
    assert "holds the record" in store.damaged()[0].reason


def test_newer_records_are_left_alone(store):
    record, table = sample()
    path = store.write(record, table) / "record.json"
    path.write_text(path.read_text().replace(f'"schema": {SCHEMA}', '"schema": 9'))
    with pytest.raises(UserError, match="update Tolman"):
        store.write(record, table)
    assert store.records() == []
    assert "schema 9" in store.damaged()[0].reason


def test_other_folders_are_none_of_our_business(store):
    record, table = sample()
    store.write(record, table)
    for name in ("models", "work", "notes", ".tmp-1"):
        (store.root / name).mkdir()
    (store.root / "report.html").write_text("")
    assert store.records() == [record]
    assert store.damaged() == []
    assert (store.models, store.work) == (store.root / "models", store.root / "work")


def test_missing_records(store):
    with pytest.raises(KeyError):
        store.read("0" * 24)


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file; expected a folder"):
        Store(tmp_path / "file")
    with pytest.raises(UserError, match=r"cannot write to .*--records"):
        Store(tmp_path / "file" / "below").write(*sample())


def test_an_error_while_writing_leaves_nothing(tmp_path):
    def write_half():
        with new_folder(tmp_path / "target") as folder:
            (folder / "half").write_text("x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert names(tmp_path) == []


def test_only_old_unfinished_folders_are_swept(store):
    store.root.mkdir()
    for name in (".tmp-old", ".tmp-new"):
        (store.root / name).mkdir()
        (store.root / name / "half").write_text("x")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(store.root / ".tmp-old", (two_days_ago, two_days_ago))
    record, table = sample()
    store.write(record, table)
    assert names(store.root) == [".tmp-new", record.key]


def _start(program: str, *arguments: object) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    program = "from record_samples import sample\nfrom tolman.records.store import Store\n" + textwrap.dedent(program)
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_four_processes_write_the_same_and_different_keys(store):
    program = """
        import random, sys
        store, me = Store(sys.argv[1]), int(sys.argv[2])
        seeds = [*range(10), 100 + me]
        random.Random(me).shuffle(seeds)
        for seed in seeds:
            record, table = sample(world_seed=seed)
            store.write(record, table)
            assert store.read(record.key) == record
    """
    processes = [_start(program, store.root, me) for me in range(4)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors
    assert [r.seeds[0] for r in store.records()] == [*range(10), 100, 101, 102, 103]
    assert store.damaged() == []
    assert len(names(store.root)) == 14


def test_killed_at_every_step_of_writing(store):
    """A child is killed at its first, second, ... operation on files, until one gets through."""
    program = """
        import os, signal, sys, warnings
        # From Python 3.12 on, a fork beside other threads warns. Those here are pools of NumPy and Arrow, which both
        # start anew in a child.
        warnings.filterwarnings("ignore", ".*multi-threaded, use of fork", DeprecationWarning)
        store, (record, table) = Store(sys.argv[1]), sample()
        operations = ("open", "os.mkdir", "os.rename", "os.rmdir", "os.listdir", "os.scandir", "shutil.rmtree")
        for last in range(1, 100):
            if not (child := os.fork()):
                count = 0
                def hook(event, _):
                    global count
                    if event not in operations:
                        return
                    count += 1
                    if count == last:
                        os.kill(os.getpid(), signal.SIGKILL)
                sys.addaudithook(hook)
                store.write(record, table)
                os._exit(0)
            killed = os.waitpid(child, 0)[1] != 0
            assert store.damaged() == []
            assert store.records() in ([], [record])
            if not killed:
                break
        assert store.read(record.key) == record and store.items(record.key).equals(table)
        print(last)
    """
    output, errors = _start(program, store.root).communicate(timeout=60)
    assert errors == ""
    assert int(output) > 5
    assert len(list(store.root.glob(".tmp-*"))) > 3


def test_killed_at_random_moments(store):
    program = """
        import itertools, sys
        store, start = Store(sys.argv[1]), int(sys.argv[2])
        store.write(*sample(world_seed=start))
        print("ready", flush=True)
        for seed in itertools.count(start + 1):
            store.write(*sample(world_seed=seed))
    """
    rng = np.random.default_rng(0)
    for attempt in range(5):
        process = _start(program, store.root, 1000 * attempt)
        process.stdout.readline()
        time.sleep(rng.uniform(0.01, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert store.damaged() == []
    assert store.records()
    for record in store.records():
        assert store.items(record.key).num_rows == 8


def test_provenance_of_the_first_writer_stays(store):
    record, table = sample()
    path = store.write(record, table) / "record.json"
    assert json.loads(path.read_text())["provenance"] == record.provenance
