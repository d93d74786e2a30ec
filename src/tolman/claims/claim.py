"""Claims: published statements as predicates over records, with what must hold before they can be judged."""

from __future__ import annotations

import abc
import dataclasses
from typing import Literal

from .effects import AbstractEffect, Cell, Runs, Seeds, scored

Direction = Literal[">=", "<=", "within"]


class AbstractRequirement(abc.ABC):
    """What a seed must show before it says anything about a claim. Subclasses are frozen dataclasses."""

    at_least: float

    @property
    @abc.abstractmethod
    def cells(self) -> frozenset[Cell]:
        """The cells it looks at."""

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

    cell: Cell
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.cell} >= {self.at_least:g}"

    @property
    def cells(self) -> frozenset[Cell]:
        return frozenset({self.cell})

    def value(self, runs: Runs, seeds: Seeds) -> float:
        return scored(runs, self.cell, seeds, self.test)["accuracy"]


@dataclasses.dataclass(frozen=True)
class Recall(AbstractRequirement):
    """The retriever found the support of this share of a test's questions."""

    cell: Cell
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} recall of {self.cell} >= {self.at_least:g}"

    @property
    def cells(self) -> frozenset[Cell]:
        return frozenset({self.cell})

    def value(self, runs: Runs, seeds: Seeds) -> float | None:
        return scored(runs, self.cell, seeds, self.test)["recall"]


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
    def cells(self) -> frozenset[Cell]:
        """Every cell that must have been run."""
        return self.effect.cells.union(*(requirement.cells for requirement in self.requires))
