"""`tolman export`: demonstrations of a world's expert, as files for other programs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

import click

from tolman.cli.components import typed
from tolman.cli.progress import show_progress
from tolman.core.config import parse_assignments
from tolman.core.registry import load
from tolman.report.words import count


@dataclasses.dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Demonstrations to write, as typed."""

    world: str
    output: Path
    episodes: int
    levels: int
    seed: int
    noise: float
    format: Literal["parquet", "npz"]
    settings: tuple[str, ...] = ()


def export(request: ExportRequest) -> None:
    """Draw levels and episodes from the seed, and write them."""
    from tolman.core.devices import configure_jax

    configure_jax()
    label = count(request.episodes, "episode")
    with show_progress() as progress:
        progress.start(label, request.episodes)
        folder = load("worlds", request.world).export(
            request.output,
            parse_assignments(request.settings),
            episodes=request.episodes,
            levels=request.levels,
            seed=request.seed,
            noise=request.noise,
            format=request.format,
            command=typed(),
            progress=lambda done: progress.update(label, done),
        )
        progress.finish(label)
    click.echo(f"wrote {folder}: {label}, drawn from {count(request.levels, 'level')}; README.md in it describes them.")
