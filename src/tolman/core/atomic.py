"""Folders that appear whole or not at all, even if a writer is killed or several write at once."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tolman.core.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

TEMPORARY = ".tmp-"
"""Prefix of the names of unfinished folders; listings ignore them."""

STALE_SECONDS = 86_400.0
"""Age from which an unfinished folder counts as left over by a process that was killed."""


@contextmanager
def new_folder(target: Path, other: str = "another folder") -> Iterator[Path]:
    """Yield a temporary folder, which becomes `target` when the block ends without an error.

    Its files are on disk before it is renamed, so that not even a power failure leaves half a folder. If `target`
    exists by then, it stays as it is and the new folder is dropped: the first writer wins.

    Raises:
        UserError: the disk is full, or the folder cannot be written; `other` is what to choose.
    """
    with writing(target.parent, other):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent)
        temporary = target.parent / f"{TEMPORARY}{uuid.uuid4().hex}"
        temporary.mkdir()
        try:
            with held(temporary):
                yield temporary
                _flush(temporary)
                _claim(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def writing(folder: Path, other: str = "another folder") -> Iterator[None]:
    """Raise `UserError`, with the reason, where a file in the folder cannot be written; `other` is what to choose."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise UserError(f"cannot write to {folder}: {why}. Free some space, or choose {other}.") from error


def is_taken(target: Path) -> bool:
    """Return whether a new folder cannot be made there: something exists that is no empty folder."""
    return target.exists() and (not target.is_dir() or any(target.iterdir()))


def sweep(parent: Path, older_than: float = STALE_SECONDS) -> None:
    """Remove unfinished folders in `parent` that were last touched more than that many seconds ago.

    One whose writer is alive stays, whatever the clock says.
    """
    before = time.time() - older_than
    for folder in parent.glob(f"{TEMPORARY}*"):
        try:
            stale = folder.stat().st_mtime < before
        except FileNotFoundError:  # its writer has just finished
            continue
        if stale and not _is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, which the system drops when the process ends, however it ends."""
    handle = os.open(folder, os.O_RDONLY) if fcntl else None
    try:
        if fcntl and handle is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _is_held(folder: Path) -> bool:
    if not fcntl:
        return False
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


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
