"""Studies: conditions under a preset, the seeds that claims are judged on, and the claims."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.runs import EXPLORING
from tolman.core.inputs import InputFile
from tolman.experiments.condition import AbstractCondition
from tolman.report.presentation import Presentation
from tolman.sweeps.ready import ReadySweep

MOST_SEEDS = 10_000
"""The most seeds of one command."""

PRESETS = ("smoke", "quick", "full")
"""`smoke`: seconds, for tests, claims nothing. `quick`: 2 cores. `full`: the published scale, on a GPU."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """A preset of a study.

    Attributes:
        seeds: number of seeds.
        conditions: what is run at each of them.
    """

    seeds: int
    conditions: tuple[AbstractCondition, ...]


class AbstractStudy(abc.ABC):
    """A question with its experiments and claims. Subclasses are frozen dataclasses.

    Attributes:
        version: rises whenever a preset or the meaning of a condition changes; claims read only records of the
            current version.
        title: a line for lists and reports.
        seeds: the seeds that its claims are judged on: from 1000 on, shared with no other study, and not used for
            anything else. Seeds 0 to 499 are for exploration; 500 to 999 stay unused.
        explored: the seeds that its settings were found on, or that it was judged on before; where that is not
            recorded, all seeds for exploring.
        inputs: the user's files that it is made from, by the name of their option (`{"facts": InputFile(...)}` for
            `--facts FILE`).
    """

    version: ClassVar[int]
    title: ClassVar[str]
    seeds: ClassVar[range]
    explored: ClassVar[tuple[range, ...]] = (EXPLORING,)
    inputs: ClassVar[Mapping[str, InputFile]] = {}

    @abc.abstractmethod
    def plan(self, preset: str) -> Plan:
        """Return what a preset runs."""

    def own_seeds(self, preset: str) -> range:
        """Return the seeds that a preset fixes for its claims; overridden where `plan` needs the user's files."""
        return self.seeds[: self.plan(preset).seeds]

    @abc.abstractmethod
    def claims(self, preset: str) -> tuple[Claim, ...]:
        """Return what is claimed of a preset's records; nothing for `smoke`."""

    def sweeps(self, preset: str) -> tuple[ReadySweep, ...]:
        """Return the sweeps that are ready for a preset, which `tolman sweep STUDY` runs."""
        del preset
        return ()

    @classmethod
    def presentation(cls) -> Presentation:
        """Return the wording, order, colours and pictures of its report."""
        return Presentation()
