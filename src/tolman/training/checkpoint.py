"""A block's state on disk, so that a killed run goes on where it was."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import jax
from safetensors.numpy import load, save

from tolman.models.io import flatten, restore

_NAME = "checkpoint"


class Progress(NamedTuple):
    """Where a block stands: the next chunk, and what its learning curves hold so far."""

    chunk: int
    curves: list[list[dict[str, Any]]]
    seconds: dict[str, float]


def write(folder: Path, lanes: Any, progress: Progress) -> None:
    """Replaces the checkpoint in one step: one file, written aside, synced, then renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    note = {"progress": json.dumps(progress._asdict())}
    content = save(flatten(jax.device_get(lanes)), metadata=note)
    aside = folder / f".{_NAME}-{os.getpid()}"
    # Where another process has finished this block meanwhile, the folder is gone and nothing needs keeping.
    with contextlib.suppress(FileNotFoundError):
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / f"{_NAME}.safetensors")


def read(folder: Path, like: Any) -> tuple[Any, Progress] | None:
    """The last complete checkpoint in the structure of `like`, or None; a damaged one counts as none."""
    path = folder / f"{_NAME}.safetensors"
    try:
        content = path.read_bytes()
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        progress = Progress(**json.loads(header["__metadata__"]["progress"]))
        return restore(like, load(content), str(path)), progress
    except FileNotFoundError:
        return None
    except Exception:
        # Anything may be wrong with a damaged file, and training anew is always right.
        return None


def drop(folder: Path) -> None:
    """Removes a block's checkpoint; harmless if there is none."""
    shutil.rmtree(folder, ignore_errors=True)
