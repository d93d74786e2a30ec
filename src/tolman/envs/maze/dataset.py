"""Demonstrations as files: a folder with the steps, the mazes, what they are in JSON, and a card for people."""

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

from tolman.core.atomic import new_folder
from tolman.core.errors import UserError
from tolman.envs.maze.card import card
from tolman.envs.maze.columns import read_columns, write_columns
from tolman.envs.maze.config import Maze
from tolman.envs.maze.demonstrations import Demonstrations, batches
from tolman.envs.maze.dynamics import FIRST, LAST, Params, on_device
from tolman.envs.maze.layout import Layouts

FORMATS = ("parquet", "npz")
SCHEMA = 1


def export(
    folder: str | Path,
    params: Params,
    episodes: int = 1000,
    seed: int = 0,
    noise: float = 0.0,
    format: Literal["parquet", "npz"] = "parquet",
    command: str | None = None,
    progress: Callable[[int], None] = lambda episodes: None,
) -> Path:
    """Writes demonstrations, with a card that says what they are; the folder appears whole or not at all.

    It holds `steps` (see `Demonstrations`) and `mazes` (see `Layouts`) in that format, `metadata.json` and `README.md`.
    The same arguments write the same bytes, on the same versions of JAX, NumPy and PyArrow.

    Args:
        folder: where to; must be new, or empty.
        params: the mazes.
        episodes: how many.
        seed: what episodes are drawn from.
        noise: share of actions drawn at random.
        format: Parquet files, where arrays are lists of fixed size, or NumPy's own.
        command: what the card says it was made with.
        progress: called with the number of episodes so far, now and then.

    Raises:
        UserError: the folder holds something, no such format, or what `demonstrations` raises.
    """
    target = Path(folder)
    if format not in FORMATS:
        raise UserError(f"format is {format!r}; expected {' or '.join(FORMATS)}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} exists already: name another folder, or remove it first.")
    made = {"seed": seed, "noise": noise, "format": format, "command": command}
    with new_folder(target) as place:
        counts = Counter()
        parts = _counted(batches(params, episodes, seed, noise), counts, progress)
        steps = write_columns(place / f"steps.{format}", (part._asdict() for part in parts))
        mazes = write_columns(place / f"mazes.{format}", [_host(params.layouts)])
        about = _about(place, params, made, {"counts": dict(counts), "columns": {"steps": steps, "mazes": mazes}})
        (place / "metadata.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        (place / "README.md").write_text(card(about), encoding="utf-8")
    return target


def load_demonstrations(folder: str | Path) -> tuple[Params, Demonstrations]:
    """The mazes, on the default device, and the steps of a folder that `export` wrote.

    Raises:
        UserError: there is none, or a file in it has been changed.
    """
    place = Path(folder)
    if not (place / "metadata.json").is_file():
        raise UserError(f"{place} holds no demonstrations: there is no metadata.json in it.")
    about = json.loads((place / "metadata.json").read_text(encoding="utf-8"))
    for name, digest in about["sha256"].items():
        if _sha256(place / name) != digest:
            raise UserError(f"{place / name} is not the file that was written: its SHA-256 differs. Export it again.")
    mazes, steps = (read_columns(place / f"{name}.{about['format']}") for name in ("mazes", "steps"))
    return on_device(Layouts(**mazes), Maze(**about["dials"])), Demonstrations(**steps)


def _host(layouts: Layouts) -> dict[str, np.ndarray]:
    return {name: np.asarray(leaf) for name, leaf in layouts._asdict().items()}


def _counted(parts: Iterable[Demonstrations], counts: Counter[str], progress: Any) -> Iterator[Demonstrations]:
    """The same parts; what the card sums up is added to `counts` on the way."""
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


def _about(place: Path, params: Params, made: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        **made,
        "dials": dataclasses.asdict(params.dials),
        "actions": list(params.dials.action_names),
        "mazes": len(np.asarray(params.layouts.cue)),
        **found,
        "versions": {name: importlib.metadata.version(name) for name in ("tolman", "jax", "numpy", "pyarrow")},
        "sha256": {path.name: _sha256(path) for path in sorted(place.iterdir())},
    }


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise UserError(f"{path} is missing. Export it again.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
