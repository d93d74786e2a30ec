"""The options that choose where runs are trained, and the engine that they name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from tolman.core.errors import UserError


@dataclasses.dataclass(frozen=True)
class EngineRequest:
    """An engine, as typed.

    Attributes:
        engine: `"local"` or `"ray"`.
        address: of an existing cluster; None = one on this machine.
        threads: of each of its workers.
    """

    engine: str = "local"
    address: str | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.engine == "local" and (self.address is not None or self.threads is not None):
            given = "--address" if self.address is not None else "--threads"
            raise UserError(f"{given} is about a Ray cluster: add --engine ray, or leave it out.")


@contextmanager
def started(request: EngineRequest) -> Iterator[Any]:
    """Yield the engine; a cluster that is started for it ends with the block."""
    if request.engine == "local":
        from tolman.core.engine import LocalEngine

        yield LocalEngine()
        return
    from tolman.experiments.ray_cluster import connected_to
    from tolman.report.words import count

    threads = request.threads or 1
    with connected_to(request.address, threads=threads) as engine:
        click.echo(f"Ray: {count(engine.slots, 'task')} at a time, {count(threads, 'thread')} each", err=True)
        yield engine
