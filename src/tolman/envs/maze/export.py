"""Demonstrations as files: a folder with the steps, the mazes, metadata in JSON, and a data card."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tolman.core.atomic import is_taken, new_folder
from tolman.core.errors import UserError
from tolman.envs.maze.columns import Columns, read_columns, write_columns
from tolman.envs.maze.config import MazeConfig
from tolman.envs.maze.data_card import data_card
from tolman.envs.maze.demonstrations import Demonstrations, batches
from tolman.envs.maze.dynamics import on_device
from tolman.envs.maze.layout import Layouts
from tolman.envs.maze.state import FIRST, LAST, MazeParams

FORMATS = ("parquet", "npz")
SCHEMA = 2

_CONFIG_1 = {
    "limit": "max_steps",
    "position": "observe_position",
    "recognise": "identified_by",
    "view": "view_size",
    "walls": "wall_density",
}
_MAZES_1 = {"places": "object_cells", "things": "object_map"}
"""New names of parameters and columns, by their names in schema 1."""


def export(
    folder: str | Path,
    params: MazeParams,
    *,
    episodes: int = 1000,
    seed: int = 0,
    noise: float = 0.0,
    format: Literal["parquet", "npz"] = "parquet",
    command: str | None = None,
    progress: Callable[[int], None] = lambda episodes: None,
) -> Path:
    """Write demonstrations with a data card; the folder appears whole or not at all.

    It holds `steps` (see `Demonstrations`) and `mazes` (see `Layouts`) in that format, `metadata.json` and `README.md`.
    The same arguments write the same bytes, on the same versions of JAX, NumPy and PyArrow.

    Args:
        folder: a new or empty folder.
        params: the mazes.
        episodes: number of episodes.
        seed: source of randomness.
        noise: fraction of random actions.
        format: Parquet files, where arrays are lists of fixed size, or NumPy's own.
        command: the command that the data card names as the files' origin.
        progress: called with the number of episodes so far, now and then.

    Returns:
        The folder.

    Raises:
        UserError: the folder is not empty, or an argument is out of range.
    """
    target = _checked(Path(folder), format)
    made = {"seed": seed, "noise": noise, "format": format, "command": command}
    with new_folder(target) as work:
        _write(work, params, made, batches(params, episodes, seed, noise), progress)
    return target


def _write(
    work: Path, params: MazeParams, made: dict[str, Any], parts: Iterable[Demonstrations], progress: Any
) -> None:
    counts, format = Counter[str](), made["format"]
    counted = _counted(parts, counts, progress)
    steps = write_columns(work / f"steps.{format}", (part._asdict() for part in counted))
    mazes = write_columns(work / f"mazes.{format}", [_host(params.layouts)])
    about = _about(work, params, made, {"counts": dict(counts), "columns": {"steps": steps, "mazes": mazes}})
    (work / "metadata.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    (work / "README.md").write_text(data_card(about), encoding="utf-8")


def _checked(target: Path, format: str) -> Path:
    if format not in FORMATS:
        raise UserError(f"format is {format!r}; expected {' or '.join(FORMATS)}")
    if is_taken(target):
        raise UserError(f"{target} exists already: name another folder, or remove it first.")
    return target


def load_demonstrations(folder: str | Path) -> tuple[MazeParams, Demonstrations]:
    """Return the mazes, on the default device, and the steps of a folder that `export` wrote.

    Raises:
        UserError: the folder holds no demonstrations, or a file has changed.
    """
    source = Path(folder)
    if not (source / "metadata.json").is_file():
        raise UserError(f"{source} holds no demonstrations: there is no metadata.json in it.")
    about = json.loads((source / "metadata.json").read_text(encoding="utf-8"))
    for name, digest in about["sha256"].items():
        if _sha256(source / name) != digest:
            raise UserError(f"{source / name} is not the file that was written: its SHA-256 differs. Export it again.")
    mazes, steps = (read_columns(source / f"{name}.{about['format']}") for name in ("mazes", "steps"))
    if about["schema"] == 1:
        about["config"], mazes = _renamed(about["dials"], _CONFIG_1), _renamed(mazes, _MAZES_1)
    return on_device(Layouts(**mazes), MazeConfig(**about["config"])), Demonstrations(**steps)


def _renamed(named: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in named.items()}


def _host(layouts: Layouts) -> Columns:
    return {name: np.asarray(leaf) for name, leaf in layouts._asdict().items()}


def _counted(parts: Iterable[Demonstrations], counts: Counter[str], progress: Any) -> Iterator[Demonstrations]:
    """Yield the same parts, adding the data card's numbers to `counts`."""
    for part in parts:
        yield part
        first, acted = part.step_type == FIRST, part.step_type != LAST
        counts["steps"] += len(part.time)
        counts["episodes"] += int(first.sum())
        counts["goals_reached"] += int(part.reward.sum())
        counts["actions"] += int(acted.sum())
        counts["actions_of_shortest_paths"] += int(part.distance[first].sum())
        counts["actions_as_the_expert"] += int((part.action == part.expert_action)[acted].sum())
        progress(counts["episodes"])


def _about(folder: Path, params: MazeParams, made: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        **made,
        "config": dataclasses.asdict(params.config),
        "actions": list(params.config.action_names),
        "mazes": len(np.asarray(params.layouts.cue)),
        **found,
        "versions": {name: importlib.metadata.version(name) for name in ("tolman", "jax", "numpy", "pyarrow")},
        "sha256": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
    }


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise UserError(f"{path} is missing. Export it again.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
