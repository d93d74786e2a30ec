"""Sweeps that a study has ready: `tolman sweep STUDY` runs them without further words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from tolman.core.errors import UnknownName, UserError


@dataclasses.dataclass(frozen=True, kw_only=True)
class ReadySweep:
    """A sweep over one condition of a study.

    Attributes:
        name: unique within the study.
        question: that it answers, in one line.
        condition: of the study.
        learners: names of the learners that are run.
        over: the axes, as `--over` takes them.
        seeds: number of seeds, from 0 on.
        fixed: parameters that are the same in every cell, by path, as text.
        sample: number of cells, a balanced random sample of the grid; None = the whole grid.
    """

    name: str
    question: str
    condition: str
    learners: tuple[str, ...]
    over: tuple[str, ...]
    seeds: int
    fixed: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sample: int | None = None


def chosen(ready: Sequence[ReadySweep], name: str | None, study: str, example: str) -> tuple[ReadySweep, ...]:
    """Return the sweep of that name, or without a name all of them; `example` is a parameter of the study.

    Raises:
        UserError: the study has none ready.
        UnknownName: none is called so.
    """
    if not ready:
        raise UserError(
            f"{study} has no sweep ready: give its axes by --over, for example --over {example}=VALUE,VALUE."
        )
    if name is None:
        return tuple(ready)
    found = tuple(each for each in ready if each.name == name)
    if not found:
        raise UnknownName("sweep", name, [each.name for each in ready])
    return found
