"""Engines: where the tasks of a plan are completed, in this process or in others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Session = TypeVar("Session", contravariant=True)


@dataclasses.dataclass(frozen=True)
class Task:
    """Runs that share trained weights, and are therefore done by one process.

    Attributes:
        runs: the records to be made, as `experiments.runner` plans them.
        label: what displays and errors call it; empty = what it trains.
    """

    runs: tuple[Any, ...]
    label: str = ""


class Engine(Protocol[Session]):
    """Completes tasks, wherever that is."""

    def run(self, tasks: Sequence[Task], session: Session) -> Iterator[Task]:
        """Yield tasks, in any order, as soon as their records are in the session's store.

        Raises:
            UserError: some cannot be completed; the records of all others stay.
        """
        ...


class CompletesTasks(Protocol):
    """A session that can do a task itself."""

    def complete(self, task: Task) -> None: ...


class LocalEngine:
    """Completes one task after another in this process."""

    def run(self, tasks: Sequence[Task], session: CompletesTasks) -> Iterator[Task]:
        for task in tasks:
            session.complete(task)
            yield task


def connected(items: Sequence[T], needs: Callable[[T], Sequence[Hashable]]) -> list[list[T]]:
    """Return items in groups: two that need the same thing, directly or through others, are in one group.

    Groups stand in the order of their first items, and so do the items of a group.
    """
    group: list[int] = []  # of every item; a group is named by the smallest number of its items
    owner: dict[Hashable, int] = {}
    for number, item in enumerate(items):
        group.append(number)
        for need in needs(item):
            a, b = _first(group, owner.setdefault(need, number)), _first(group, number)
            group[max(a, b)] = min(a, b)
    found: dict[int, list[T]] = {}
    for number, item in enumerate(items):
        found.setdefault(_first(group, number), []).append(item)
    return list(found.values())


def _first(group: list[int], number: int) -> int:
    while group[number] != number:
        group[number] = number = group[group[number]]
    return number
