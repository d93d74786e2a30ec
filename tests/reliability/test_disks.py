"""Full disks, folders that cannot be written, and clocks that jump: a message, nothing half-written, nothing lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from record_samples import sample

from tolman.core import atomic
from tolman.core.atomic import STALE_SECONDS, TEMPORARY, new_folder, sweep
from tolman.core.errors import UserError
from tolman.records.store import Store
from tolman.training import checkpoint

MOUNT = ["unshare", "-rm", "sh", "-c"]


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*MOUNT, "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode == 0


FULL = """
import sys
from pathlib import Path
import numpy as np
from record_samples import sample
from tolman.core.errors import UserError
from tolman.models.io import ModelSpec, save_model
from tolman.models.mlp import MLPConfig
from tolman.core.atomic import new_folder
from tolman.records.store import Store
from tolman.training.checkpoint import TrainingProgress, write
import jax

root = Path(sys.argv[1])
store = Store(root)
record, table = sample()
store.write(record, table)
spec = ModelSpec(MLPConfig(widths=(256, 256, 256)), (16,), (2,))
model = spec.config.make((16,), (2,), jax.random.key(0))

def weights():
    with new_folder(root / "models" / "m") as folder:
        save_model(model, spec, folder)

(root / "ballast").write_bytes(b"x" * 650_000)
later = [sample(world_seed=seed) for seed in range(1, 200)]
for work in (weights, lambda: write(root / "work", {"w": np.zeros(10**6)}, TrainingProgress(0, [], {})),
             lambda: [store.write(*each) for each in later]):
    try:
        work()
        print("written")
    except UserError as error:
        print(error)
print(len(store.damaged()), store.read(record.key) == record, sorted(x.name for x in root.glob("**/.tmp*")))
"""


@pytest.mark.skipif(not can_mount(), reason="SKIPPED, no disk was filled: no small file system can be mounted here")
def test_a_full_disk_is_said_and_loses_nothing(tmp_path):
    (tmp_path / "full.py").write_text(FULL)
    samples = Path(__file__).parents[1] / "records"
    command = (
        f"mount -t tmpfs -o size=1m none {tmp_path}/disk && exec {sys.executable} {tmp_path}/full.py {tmp_path}/disk"
    )
    (tmp_path / "disk").mkdir()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(samples), *sys.path])}
    done = subprocess.run([*MOUNT, command], capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    weights, state, records, after = done.stdout.splitlines()
    for said in (weights, state, records):
        assert said.startswith(f"cannot write to {tmp_path}/disk"), said
        assert "No space left on device" in said
    assert after == "0 True []"


def raising(number: int):
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_whatever_forbids_to_write_is_said_before_and_after_training(tmp_path, monkeypatch, number):
    store = Store(tmp_path)
    store.check_writable()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(Path, "mkdir", raising(number))
    with pytest.raises(UserError, match=rf"cannot write to .*{os.strerror(number)}.*--records"):
        store.check_writable()
    with pytest.raises(UserError, match=os.strerror(number)):
        store.write(*sample())
    with pytest.raises(UserError, match=os.strerror(number)):
        checkpoint.write(tmp_path / "work", {}, checkpoint.TrainingProgress(0, [], {}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no locks of folders")
def test_a_clock_that_jumps_takes_no_folder_from_its_writer(tmp_path, monkeypatch):
    now = time.time()
    (tmp_path / f"{TEMPORARY}left-over").mkdir()
    with new_folder(tmp_path / "target") as folder:
        (folder / "half").write_text("x")
        monkeypatch.setattr(atomic.time, "time", lambda: now + 1000 * STALE_SECONDS)
        sweep(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert (tmp_path / "target" / "half").read_text() == "x"


@pytest.mark.parametrize("jump", [-(10**9), 10**9])
def test_records_do_not_depend_on_the_clock(tmp_path, monkeypatch, jump):
    record, table = sample()
    store, now = Store(tmp_path), time.time()
    store.write(record, table)
    os.utime(store.path(record.key), (now + jump, now + jump))
    monkeypatch.setattr(atomic.time, "time", lambda: now + jump)
    other, items = sample(world_seed=7)
    store.write(other, items)
    assert {found.key for found in store.records()} == {record.key, other.key}
