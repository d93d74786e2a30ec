"""`tolman export`: a world's expert at work, as files for other programs."""

from __future__ import annotations

import dataclasses
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import click

from tolman.cli.progress import showing
from tolman.core.config import override, parse_assignments
from tolman.report.words import count


@dataclasses.dataclass(frozen=True)
class Export:
    """What was asked for."""

    output: Path
    episodes: int
    mazes: int
    seed: int
    noise: float
    format: Literal["parquet", "npz"]
    settings: tuple[str, ...] = ()


def export(order: Export) -> None:
    """Draws mazes and episodes from the seed, and writes them; what they are goes to standard output."""
    from tolman.training.devices import prepare
    from tolman.worlds import mazes

    prepare()
    params = mazes.make_params(dials(order.settings), order.mazes, order.seed)
    label = count(order.episodes, "episode")
    with showing() as progress:
        progress.start(label, order.episodes)
        folder = mazes.export(
            order.output,
            params,
            order.episodes,
            order.seed,
            order.noise,
            order.format,
            command=shlex.join(["tolman", *sys.argv[1:]]),
            progress=lambda done: progress.update(label, done),
        )
        progress.finish(label)
    click.echo(f"wrote {folder}: {label} in {count(order.mazes, 'maze')}; README.md in it says what they are.")


def dials(settings: Iterable[str]) -> Any:
    """The environment's dials; `maze.size` is the dial `size`, as in the world's own settings."""
    from tolman.worlds.mazes import Maze

    return override(Maze(), {path.removeprefix("maze."): text for path, text in parse_assignments(settings).items()})
