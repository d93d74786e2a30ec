"""Claims: published statements as predicates over records, with what must hold before they can be judged."""

from __future__ import annotations

import abc
import dataclasses
from typing import Literal

from tolman.claims.effects import AbstractEffect, RunGroup, Runs, Seeds, scored

Direction = Literal[">=", "<=", "within"]


class AbstractRequirement(abc.ABC):
    """What a seed must show before it says anything about a claim. Subclasses are frozen dataclasses."""

    at_least: float

    @property
    @abc.abstractmethod
    def run_groups(self) -> frozenset[RunGroup]:
        """The run_groups it looks at."""

    @abc.abstractmethod
    def value(self, runs: Runs, seeds: Seeds) -> float | None:
        """What the seed shows; None if it was not measured, which does not meet the requirement."""

    def met(self, runs: Runs, seeds: Seeds) -> bool:
        """Whether the seed shows at least what is required."""
        value = self.value(runs, seeds)
        return value is not None and value >= self.at_least


@dataclasses.dataclass(frozen=True)
class Learned(AbstractRequirement):
    """The seed answers a test, as a rule an explicit one: an untrained model must never pass as "not latent"."""

    run_group: RunGroup
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group} >= {self.at_least:g}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return scored(runs, self.run_group, seeds, self.test)["accuracy"]


@dataclasses.dataclass(frozen=True)
class Recall(AbstractRequirement):
    """The retriever found the support of this share of a test's questions."""

    run_group: RunGroup
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} recall of {self.run_group} >= {self.at_least:g}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: Seeds) -> float | None:
        return scored(runs, self.run_group, seeds, self.test)["recall"]


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement that records can refute.

    Attributes:
        name: unique within its study, e.g. `"parametric-latent"`.
        statement: in plain words, for a reader of the table.
        source: who published it, or that the bound is ours.
        effect: the number in question.
        bound: what the effect is compared with.
        direction: `">="`, `"<="`, or `"within"` for an equivalence, -bound <= effect <= bound.
        requires: what a seed must show to count.
        min_seeds: fewer seeds decide nothing.
        presets: the sizes of the study that it is about.

    Raises:
        ValueError: another direction, a negative bound for `"within"`, or fewer than 2 seeds.
    """

    name: str
    statement: str
    source: str
    effect: AbstractEffect
    bound: float
    direction: Direction
    requires: tuple[AbstractRequirement, ...] = ()
    min_seeds: int = 5
    presets: tuple[str, ...] = ("quick", "full")

    def __post_init__(self):
        if self.direction not in (">=", "<=", "within"):
            raise ValueError(f"claim {self.name!r}: direction {self.direction!r} is none of >=, <=, within")
        if self.direction == "within" and self.bound < 0:
            raise ValueError(f"claim {self.name!r}: an equivalence within {self.bound} can never hold")
        if self.min_seeds < 2:
            raise ValueError(f"claim {self.name!r}: no claim rests on one seed")

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        """Every cell that must have been run."""
        return self.effect.run_groups.union(*(requirement.run_groups for requirement in self.requires))
