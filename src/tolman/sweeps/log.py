"""The log of sweeps: what each call did, beside the records that it made."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tolman.core.atomic import writing

FOLDER = "sweeps"


@dataclasses.dataclass(frozen=True, kw_only=True)
class SweepLog:
    """One call of `tolman sweep`.

    Attributes:
        command: as typed.
        study: its name in the records.
        axes: as typed.
        cells: of the grid.
        keys: of all records of the grid.
        models: trained by this call.
        programs: of training steps that this call compiled.
        seconds: that it took.
        estimate: what was expected; None where nothing could tell.
    """

    command: str
    study: str
    axes: list[str]
    cells: int
    keys: list[str]
    models: int
    programs: int
    seconds: float
    estimate: dict[str, Any] | None


def write_log(records: Path, log: SweepLog) -> Path:
    """Write `sweeps/<time>.json` in a folder of records, whole or not at all, and return its path."""
    ended = datetime.now(UTC)
    path = records / FOLDER / f"{ended:%Y%m%dT%H%M%S%f}.json"
    with writing(records, "another folder with --records"):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        content = {**dataclasses.asdict(log), "ended": ended.isoformat(timespec="seconds")}
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    return path
