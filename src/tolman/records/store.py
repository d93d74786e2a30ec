"""A folder of records is the database: plain files, no server, no lock.

`<root>/<key>/record.json` and `items.parquet` make a record; `<root>/models/` holds weights, `<root>/work/`
checkpoints. Any number of processes may read and write at once.
"""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from tolman.core.atomic import TEMPORARY, new_folder, writing
from tolman.core.errors import UnknownName, UserError
from tolman.records.items import items_digest
from tolman.records.schema import DamagedRecord, Record, from_json, to_json

_KEY = re.compile(r"[0-9a-f]{24}")
_DAMAGED = ".damaged-"
_OTHER = "another folder with --records"
_FILTERS = {
    "study": lambda r: r.study,
    "study_version": lambda r: r.config["study_version"],
    "preset": lambda r: r.preset,
    "overrides": lambda r: r.config["overrides"],
    "condition": lambda r: r.condition,
    "learner": lambda r: r.learner,
    "world_seed": lambda r: r.seeds[0],
    "model_seed": lambda r: r.seeds[1],
}


class Damage(NamedTuple):
    """A folder among the records that cannot be read, and why."""

    path: Path
    reason: str


class Store:
    """Records under `root`; the folder is made when the first record is written.

    Raises:
        UserError: `root` exists and is no folder, or it cannot be read or written.
    """

    def __init__(self, root: str | Path):
        self.root = Path(root)
        if self.root.exists() and not self.root.is_dir():
            raise UserError(f"{self.root} is a file; expected a folder for records: choose another with --records.")

    @property
    def models(self) -> Path:
        """The folder of trained weights, with a folder for each training key."""
        return self.root / "models"

    @property
    def work(self) -> Path:
        """The folder of the checkpoints of unfinished training."""
        return self.root / "work"

    def path(self, key: str) -> Path:
        """Return the folder of the record with that key, which need not exist."""
        return self.root / key

    def has(self, key: str) -> bool:
        """Return whether a record of that key can be read; a damaged one counts as missing."""
        try:
            self.read(key)
        except (KeyError, DamagedRecord):
            return False
        return True

    def write(self, record: Record, items: pa.Table) -> Path:
        """Adds a record and returns its folder. A record that exists stays as it is, whoever wrote it.

        Raises:
            ValueError: `items` are not the ones the record was made of.
            UserError: the folder cannot be written, or a newer Tolman wrote this record.
        """
        _check_items(record, items)
        target = self.path(record.key)
        with writing(self.root, _OTHER):
            if self._settled(target):
                return target
            with new_folder(target, _OTHER) as folder:
                (folder / "record.json").write_bytes(to_json(record))
                (folder / "items.parquet").write_bytes(_parquet(items))
        return target

    def check_writable(self) -> None:
        """Raise `UserError` where nothing can be written, before hours of training rather than after."""
        with writing(self.root, _OTHER):
            probe = self.root / f"{TEMPORARY}{uuid.uuid4().hex}"
            probe.mkdir(parents=True)
            probe.rmdir()

    def read(self, key: str) -> Record:
        """The record of that key.

        Raises:
            KeyError: there is none.
            DamagedRecord: there is, but it cannot be read.
        """
        folder = self.path(key)
        if not folder.is_dir():
            raise KeyError(key)
        with _reading(folder):
            record = from_json((folder / "record.json").read_bytes())
            _check_whole(folder, record, pq.read_metadata(folder / "items.parquet").num_rows)
        return record

    def items(self, key: str) -> pa.Table:
        """The per-item results of a record, columns as in `records.items`; raises as `read` does."""
        record, folder = self.read(key), self.path(key)
        with _reading(folder):
            items = pq.ParquetFile(folder / "items.parquet").read()
            if items_digest(items) != record.result["items_digest"]:
                raise DamagedRecord("items.parquet was changed after it was written")
        return items

    def records(self, **filters: Any) -> list[Record]:
        """The readable records whose fields equal `filters`, by study, preset, condition, learner and seeds.

        Args:
            filters: study, study_version, preset, overrides, condition, learner, world_seed or model_seed.

        Raises:
            UnknownName: another filter.
        """
        for name in filters:
            if name not in _FILTERS:
                raise UnknownName("filter", name, _FILTERS)
        found = [r for r in self._each() if isinstance(r, Record)]
        found = [r for r in found if all(_FILTERS[name](r) == value for name, value in filters.items())]
        return sorted(found, key=lambda r: (r.study, r.preset, r.condition, r.learner, *r.seeds, r.key))

    def damaged(self) -> list[Damage]:
        """Folders that look like records and cannot be read, with the reason, which names them.

        Those that were replaced since are kept beside the new records, and are not among them.
        """
        return sorted(d for d in self._each() if isinstance(d, Damage))

    def query(self, sql: str) -> pa.Table:
        """The answer to a DuckDB query over the views `records`, `items` and `curves` of `records.query`."""
        from tolman.records.query import query

        return query(sql, self.records(), lambda key: self.path(key) / "items.parquet")

    def frame(self) -> pa.Table:
        """All numbers: one row per record and test, columns as in the view `records`."""
        return self.query("SELECT * FROM records")

    def _each(self) -> Iterator[Record | Damage]:
        folders = sorted(self.root.iterdir()) if self.root.is_dir() else []
        for folder in folders:
            if not _KEY.fullmatch(folder.name):
                continue
            try:
                yield self.read(folder.name)
            except UserError as error:
                yield Damage(folder, str(error))
            except KeyError:
                yield Damage(folder, f"{folder} is a file")

    def _settled(self, target: Path) -> bool:
        """Return whether the record exists. A damaged one is renamed and kept as evidence.

        Only what was seen to be damaged is moved: what appears meanwhile is another process's good record.
        """
        try:
            self.read(target.name)
        except KeyError:
            return False
        except DamagedRecord:
            with suppress(FileNotFoundError):  # another process was faster
                target.rename(self.root / f"{_DAMAGED}{target.name}-{uuid.uuid4().hex[:8]}")
            return False
        return True


def _check_items(record: Record, items: pa.Table) -> None:
    if items_digest(items) != record.result["items_digest"]:
        raise ValueError(f"record {record.key} was made of other items: their digests differ")


@contextmanager
def _reading(folder: Path) -> Iterator[None]:
    """Turns whatever goes wrong in a folder into an error that names it and the way out."""
    try:
        yield
    except PermissionError as error:
        raise UserError(f"{folder} cannot be read: {error}: ask its owner for permission.") from error
    except (OSError, ValueError, DamagedRecord) as error:  # pyarrow's errors are OSError or ValueError
        raise DamagedRecord(
            f"{folder} is damaged: {str(error).rstrip('.')}. Run the study again to replace it."
        ) from error


def _check_whole(folder: Path, record: Record, rows: int) -> None:
    if record.key != folder.name:
        raise DamagedRecord(f"it holds the record {record.key}")
    if rows != sum(test["n"] for test in record.tests.values()):
        raise DamagedRecord(f"items.parquet has {rows} rows, not one per item")


def _parquet(items: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(items, buffer, compression="zstd")
    return buffer.getvalue()
