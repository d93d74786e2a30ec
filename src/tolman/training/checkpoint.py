"""Checkpoints: the state of training on disk, so that a killed run continues where it was."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jax
from jaxtyping import PyTree
from safetensors.numpy import load, save

from tolman.core.atomic import writing
from tolman.models.io import flatten, restore

_NAME = "checkpoint"

Tree = TypeVar("Tree")


class TrainingProgress(NamedTuple):
    """TrainingProgress of training.

    Attributes:
        chunk: number of the next chunk.
        curves: the learning curves so far, one a seed.
        seconds: time spent so far, by its part.
    """

    chunk: int
    curves: list[list[dict[str, Any]]]
    seconds: dict[str, float]


def write(folder: Path, states: PyTree, progress: TrainingProgress) -> None:
    """Replace the checkpoint in one step: a single file, written under another name, synced, then renamed."""
    note = {"progress": json.dumps(progress._asdict())}
    content = save(flatten(jax.device_get(states)), metadata=note)
    aside = folder / f".{_NAME}-{os.getpid()}"
    # Where another process has finished this training meanwhile, the folder is gone and nothing needs keeping.
    with writing(folder), contextlib.suppress(FileNotFoundError):
        folder.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(folder / f"{_NAME}.safetensors")


def read(folder: Path, like: Tree) -> tuple[Tree, TrainingProgress] | None:
    """Return the last complete checkpoint in the structure of `like`; None if there is none or it is damaged."""
    path = folder / f"{_NAME}.safetensors"
    try:
        content = path.read_bytes()
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
        progress = TrainingProgress(**json.loads(header["__metadata__"]["progress"]))
        return restore(like, load(content), str(path)), progress
    except FileNotFoundError:
        return None
    except Exception:
        # Anything may be wrong with a damaged file, and training anew is always right.
        return None


def drop(folder: Path) -> None:
    """Remove a checkpoint and its folder; harmless if there is none."""
    shutil.rmtree(folder, ignore_errors=True)
