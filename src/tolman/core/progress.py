"""Displays of progress."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A display of progress."""

    def start(self, label: str, total: int) -> None: ...

    def update(self, label: str, step: int, text: str) -> None: ...

    def finish(self, label: str) -> None: ...

    def note(self, text: str) -> None: ...


class Silent:
    """A display that shows nothing."""

    def start(self, label: str, total: int) -> None: ...

    def update(self, label: str, step: int, text: str) -> None: ...

    def finish(self, label: str) -> None: ...

    def note(self, text: str) -> None: ...
