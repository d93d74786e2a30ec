"""Tasks in a worker process of a Ray cluster, and the way of their records to the process that asked."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tolman.core.atomic import TEMPORARY, held, new_folder
from tolman.core.atomic import sweep as remove_stale
from tolman.core.config import digest
from tolman.core.devices import compilations, configure_jax
from tolman.core.engine import Task
from tolman.core.errors import UserError
from tolman.core.progress import Silent
from tolman.core.provenance import software
from tolman.experiments.runner import Session
from tolman.records.schema import from_json
from tolman.records.store import Store

Files = dict[str, bytes]
"""The content of a folder's files, by name."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Assignment:
    """The part of a task's orders that is the same for all tasks of one call.

    Attributes:
        records: path of the folder of records.
        token: name of a folder in it, by which a worker finds out whether it sees the same folder.
        shared: whether it does; None = the worker finds out.
        command: as typed, for the provenance.
        checkpoint_every: seconds.
        software: versions that the worker must have.
    """

    records: str
    token: str
    shared: bool | None
    command: str
    checkpoint_every: float
    software: Mapping[str, Any]


class Outcome(NamedTuple):
    """The result of a task.

    Attributes:
        error: a mistake of the user's, which another try would repeat; empty = the task is done.
        programs: of training steps that were compiled for it.
        records: record.json and items.parquet of every record, by key; empty where the folder is shared.
        models: trained weights with their histories, by key; empty where the folder is shared.
    """

    error: str = ""
    programs: int = 0
    records: dict[str, Files] = {}  # noqa: RUF012 (never written to)
    models: dict[str, Files] = {}  # noqa: RUF012


def work(task: Task, given: Assignment) -> Outcome:
    """Do a task: in the folder of records where this machine sees it, else in one of its own that is sent back."""
    if wrong := differences(given.software, software()):
        return Outcome(error=f"a worker has other versions: {wrong}. Install the same on every node.")
    configure_jax()
    before = compilations()
    try:
        if _sees(given):
            _session(given, given.records).complete(task)
            return Outcome(programs=compilations() - before)
        with _own_folder(task, given) as folder:
            _session(given, folder).complete(task)
            return Outcome("", compilations() - before, *_packed(Store(folder)))
    except (UserError, FloatingPointError) as error:
        return Outcome(error=str(error), programs=compilations() - before)


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Return in which versions two processes differ, for an error; empty where they are the same."""
    pairs = {name: (value, found["packages"].get(name)) for name, value in wanted["packages"].items()}
    pairs |= {name: (wanted[name], found[name]) for name in ("tolman", "python")}
    commits = [(each["git"] or {}).get("commit") for each in (wanted, found)]
    if all(commits):
        pairs["commit of tolman"] = tuple(commit[:8] for commit in commits if commit)
    return ", ".join(f"{name} {theirs}, not {ours}" for name, (ours, theirs) in pairs.items() if ours != theirs)


def unpack(outcome: Outcome, store: Store) -> None:
    """Add what a worker sent to a folder of records; what exists there stays as it is."""
    for key, files in outcome.models.items():
        with new_folder(store.models / key) as folder:
            for name, content in files.items():
                (folder / name).write_bytes(content)
    for files in outcome.records.values():
        items = pq.ParquetFile(pa.BufferReader(files["items.parquet"])).read()
        store.write(from_json(files["record.json"]), items)


def _session(given: Assignment, folder: str | Path) -> Session:
    return Session(Store(folder), Silent(), given.command, given.checkpoint_every)


def _sees(given: Assignment) -> bool:
    return (Path(given.records) / given.token).is_dir() if given.shared is None else given.shared


@contextmanager
def _own_folder(task: Task, given: Assignment) -> Iterator[Path]:
    """Yield a folder of this machine's, the same one when a task is tried again; it is removed when the task ends.

    That of a worker that was killed stays for its next try, and is removed after a day.
    """
    parent = Path(tempfile.gettempdir()) / "tolman-ray"
    folder = parent / f"{TEMPORARY}{digest([given.token, *(run.key for run in task.runs)])}"
    folder.mkdir(parents=True, exist_ok=True)
    remove_stale(parent)
    try:
        with held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _packed(store: Store) -> tuple[dict[str, Files], dict[str, Files]]:
    records = [path for path in store.root.iterdir() if (path / "record.json").is_file()]
    models = [path for path in store.models.glob("*") if not path.name.startswith(".")]
    return _contents(records), _contents(models)


def _contents(folders: list[Path]) -> dict[str, Files]:
    return {folder.name: {file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders}
