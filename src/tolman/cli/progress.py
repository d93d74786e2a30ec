"""Progress on standard error: live bars in a terminal, a line now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tolman.cli.output import console

EVERY = 15.0
"""Seconds between two lines of a log about the same task."""


@contextmanager
def show_progress() -> Iterator[Any]:
    """Yield the progress that a run reports to; its bars leave the screen when the run ends, however it ends."""
    screen = console(err=True)
    if not screen.is_terminal:
        yield Lines(screen)
        return
    with _bars(screen) as bars:
        yield Bars(bars)


def _bars(screen: Console) -> Progress:
    columns = (
        SpinnerColumn("line" if screen.options.ascii_only else "dots"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("eta", style="dim"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[text]}", markup=False, style="dim"),
    )
    return Progress(*columns, console=screen, transient=True)


class Bars:
    """A bar for each task under way; a finished one becomes a line above them."""

    def __init__(self, bars: Progress):
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def start(self, label: str, total: int) -> None:
        """Add a bar."""
        self.tasks[label] = self.bars.add_task(label, total=total, text="")

    def update(self, label: str, step: int, text: str = "") -> None:
        """Move a bar, with `text` beside it."""
        self.bars.update(self.tasks[label], completed=step, text=text)

    def finish(self, label: str) -> None:
        """Remove a bar and print a line in its place."""
        task = self.tasks.pop(label, None)
        if task is not None:
            seconds = next(t.elapsed or 0.0 for t in self.bars.tasks if t.id == task)
            self.bars.remove_task(task)
            self.note(f"✓ {label}, {duration(seconds)}")

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self.bars.console.print(Text(text, style="dim"))


class Lines:
    """The same as lines, for logs and pipes: the start, the end, and every `EVERY` seconds between."""

    def __init__(self, console: Console):
        self.console = console
        self.began: dict[str, float] = {}
        self.said: dict[str, float] = {}
        self.totals: dict[str, int] = {}

    def start(self, label: str, total: int) -> None:
        """Print that a task has begun."""
        self.began[label] = self.said[label] = time.monotonic()
        self.totals[label] = total
        self.note(f"{label} …")

    def update(self, label: str, step: int, text: str = "") -> None:
        """Print the state of a task, unless it was printed a moment ago."""
        now = time.monotonic()
        if now - self.said.get(label, 0.0) >= EVERY:
            self.said[label] = now
            self.note(f"{label}: {step} of {self.totals.get(label, step)}{', ' if text else ''}{text}")

    def finish(self, label: str) -> None:
        """Print that a task is done."""
        began = self.began.pop(label, None)
        if began is not None:
            self.note(f"{label}: done, {duration(time.monotonic() - began)}")

    def note(self, text: str) -> None:
        """Print a line, never broken: logs are searched."""
        self.console.print(Text(text), soft_wrap=True)


def duration(seconds: float) -> str:
    """Return `8 s`, `2 min 5 s` or `1 h 4 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
