"""Folders that appear whole or not at all, even if a writer is killed or several write at once."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp-"
"""Prefix of the names of unfinished folders; listings ignore them."""

STALE_SECONDS = 86_400.0
"""Age from which an unfinished folder counts as left over by a process that was killed."""


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder, which becomes `target` when the block ends without an error.

    Its files are on disk before it is renamed, so that not even a power failure leaves half a folder. If `target`
    exists by then, it stays as it is and the new folder is dropped: the first writer wins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    temporary = target.parent / f"{TEMPORARY}{uuid.uuid4().hex}"
    temporary.mkdir()
    try:
        yield temporary
        _flush(temporary)
        _claim(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_taken(target: Path) -> bool:
    """Return whether a new folder cannot be made there: something exists that is no empty folder."""
    return target.exists() and (not target.is_dir() or any(target.iterdir()))


def sweep(parent: Path, older_than: float = STALE_SECONDS) -> None:
    """Remove unfinished folders in `parent` that were last touched more than that many seconds ago."""
    before = time.time() - older_than
    for folder in parent.glob(f"{TEMPORARY}*"):
        try:
            stale = folder.stat().st_mtime < before
        except FileNotFoundError:  # its writer has just finished
            continue
        if stale:
            shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _claim(temporary: Path, target: Path) -> None:
    """Rename to `target`, atomically among processes: a folder with content cannot be renamed onto."""
    try:
        temporary.rename(target)
    except OSError:
        if not target.exists():
            raise
    else:
        _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
