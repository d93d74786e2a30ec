"""What a study is: worlds, learners and budgets under a preset's sizes, with the claims about them."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.core.inputs import InputFile
from tolman.experiments.condition import AbstractCondition
from tolman.report.presentation import Presentation

PRESETS = ("smoke", "quick", "full")
"""`smoke`: seconds, for tests, claims nothing. `quick`: 2 cores. `full`: the published scale, on a GPU."""

FRESH = 60
"""The first seed of studies whose settings were explored on some of those below."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """A preset of a study: how many seeds, and the conditions."""

    seeds: int
    conditions: tuple[AbstractCondition, ...]


class AbstractStudy(abc.ABC):
    """A question with its experiments and claims. Subclasses are frozen dataclasses.

    `version` rises whenever a preset's sizes or the meaning of a condition change; claims read only records
    of the current one. `presentation` is how its report reads, and `inputs` are the user's files that it is made from,
    by the name of their option (`{"facts": InputFile(...)}` for `--facts FILE`).
    """

    version: ClassVar[int]
    title: ClassVar[str]
    presentation: ClassVar[Presentation] = Presentation()
    inputs: ClassVar[Mapping[str, InputFile]] = {}

    @abc.abstractmethod
    def plan(self, preset: str) -> Plan:
        """What a preset runs."""

    @abc.abstractmethod
    def claims(self, preset: str) -> tuple[Claim, ...]:
        """What is claimed of a preset's records; empty for `smoke`."""

    def sizes(self) -> dict[str, int]:
        """Hyperparameters that say how large the study's material is, where its dials do not."""
        return {}
