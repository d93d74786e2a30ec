"""Provenance is complete, and collecting it never fails or loads JAX."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys

import pytest

from tolman.core import provenance
from tolman.core.config import canonical


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        subprocess.run(command, env=clean, check=True, capture_output=True)

    git("init")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "code.py").write_text("a = 1\n")
    git("add", "-A")
    git("commit", "-m", "first")
    return tmp_path


def _collect():
    start = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
    return provenance.collect("tolman run x", start, start, {"train": 1.5}, "hash")


def test_everything_is_there():
    found = canonical(_collect())
    assert set(found) == {
        "tolman", "packages", "python", "git", "host", "cpu", "xla_flags", "device", "started", "finished",
        "seconds", "world_hash", "command",
    }  # fmt: skip
    assert found["started"] == "2026-11-23T10:00:00+00:00"
    assert found["seconds"] == {"train": 1.5}
    assert found["cpu"]["threads"] >= 1
    assert found["cpu"]["model"]
    assert "numpy" in found["packages"]


def test_jax_is_not_loaded_for_it():
    program = (
        "import sys, datetime\n"
        "import tolman.records.store, tolman.records.query, tolman.records.statistics\n"
        "from tolman.core.provenance import collect\n"
        "now = datetime.datetime.now(datetime.UTC)\n"
        "assert collect('', now, now, {}, '')['device'] is None\n"
        "assert 'jax' not in sys.modules and 'duckdb' not in sys.modules and 'scipy' not in sys.modules\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


def test_the_device_is_that_of_jax():
    jax = pytest.importorskip("jax")
    assert _collect()["device"]["count"] == len(jax.devices())


def test_git_knows_commit_and_changes(repository):
    found = provenance.git(repository / "package")
    assert len(found["commit"]) == 40
    assert not found["dirty"]
    (repository / "notes.txt").write_text("outside the package")
    assert not provenance.git(repository / "package")["dirty"]
    (repository / "package" / "new.py").write_text("")
    assert provenance.git(repository / "package")["dirty"]


def test_a_package_installed_inside_a_repository_is_not_of_it(repository):
    (repository / ".gitignore").write_text("venv/\n")
    (repository / "venv" / "tolman").mkdir(parents=True)
    assert provenance.git(repository / "venv" / "tolman") is None


def test_no_repository_and_no_git(tmp_path, monkeypatch):
    assert provenance.git(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git(tmp_path) is None


def test_missing_packages_are_left_out():
    assert provenance.version("no-such-package-at-all") is None
