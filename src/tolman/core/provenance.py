"""Provenance of a result: versions, commit, machine. Never part of a key or a digest."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from tolman.core.processors import available

PACKAGES = (
    "jax",
    "jaxlib",
    "equinox",
    "optax",
    "numpy",
    "scipy",
    "safetensors",
    "pyarrow",
    "duckdb",
    "bm25s",
)
"""Packages whose version can change a number, or how it is stored."""

_PACKAGE = Path(__file__).parent.parent


def collect(
    command: str, started: datetime, finished: datetime, seconds: Mapping[str, float], world_hash: str
) -> dict[str, Any]:
    """Return the `provenance` of a record.

    Args:
        command: as typed, for example `tolman run reversals`.
        started: a time with a time zone.
        finished: as `started`.
        seconds: duration of each part, for example `compile`, `train` and `evaluate`.
        world_hash: the digest of the drawn world.
    """
    return {
        **environment(),
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "seconds": dict(seconds),
        "world_hash": world_hash,
        "command": command,
    }


def environment() -> dict[str, Any]:
    """Return versions, commit and machine."""
    return {**software(), **_machine(), "device": _device()}


def version(package: str) -> str | None:
    """Return the installed version of a package, or None."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@functools.cache
def software() -> dict[str, Any]:
    """Return versions and the commit, once a process: the code that runs is the one that was loaded."""
    versions = {package: version(package) for package in PACKAGES}
    return {
        "tolman": version("tolman"),
        "packages": {package: found for package, found in versions.items() if found},
        "python": platform.python_version(),
        "git": git(_PACKAGE),
    }


def git(folder: Path) -> dict[str, Any] | None:
    """Return the commit of the repository that tracks `folder`, and whether files in `folder` differ from it.

    None where there is no git, no commit, or where `folder` is merely installed inside somebody's repository.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit or not _git(folder, "ls-files", "--", "."):
        return None
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--", "."))}


def _git(folder: Path, *arguments: str) -> str | None:
    # A hook's GIT_DIR would point at another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        answer = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def _machine() -> dict[str, Any]:
    return {
        "host": platform.node(),
        "cpu": {"model": _cpu_model(), "threads": available()},
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


@functools.cache
def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _device() -> dict[str, Any] | None:
    """Return the accelerator, if anything was computed on one: this module never loads JAX itself."""
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    devices = jax.devices()
    return {"platform": devices[0].platform, "kind": devices[0].device_kind, "count": len(devices)}
