"""Claims: published statements as predicates over records, with the requirements for judging them."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any, Literal

from tolman.claims.effects import AbstractEffect
from tolman.claims.published import Cause, Published
from tolman.claims.runs import RunGroup, Runs, SeedPair, result_of

Direction = Literal[">=", "<=", "within"]


class AbstractRequirement(abc.ABC):
    """A condition that a pair of seeds must meet to count for a claim. Subclasses are frozen dataclasses."""

    at_least: float

    @property
    @abc.abstractmethod
    def run_groups(self) -> frozenset[RunGroup]:
        """The groups of runs that it is computed from."""

    @abc.abstractmethod
    def value(self, runs: Runs, seeds: SeedPair) -> float | None:
        """Return the required number at a pair of seeds; None if it was not measured, which does not suffice."""

    def met(self, runs: Runs, seeds: SeedPair) -> bool:
        """Return whether the number reaches `at_least`."""
        value = self.value(runs, seeds)
        return value is not None and value >= self.at_least


@dataclasses.dataclass(frozen=True)
class Learned(AbstractRequirement):
    """Mastery of a test, usually an explicit one: a failed training must never count as evidence on latent learning."""

    run_group: RunGroup
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} accuracy of {self.run_group} >= {self.at_least:g}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: SeedPair) -> float | None:
        return result_of(runs, self.run_group, seeds, self.test)["accuracy"]


@dataclasses.dataclass(frozen=True)
class Recall(AbstractRequirement):
    """Retrieval quality: the fraction of a test's questions for which a supporting experience is retrieved."""

    run_group: RunGroup
    test: str
    at_least: float = 0.95

    def __str__(self) -> str:
        return f"{self.test} recall of {self.run_group} >= {self.at_least:g}"

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        return frozenset({self.run_group})

    def value(self, runs: Runs, seeds: SeedPair) -> float | None:
        return result_of(runs, self.run_group, seeds, self.test)["recall"]


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement that records can refute.

    Attributes:
        name: unique within its study, e.g. `"parametric-latent"`.
        statement: in plain words, for a reader of the table.
        source: what is published, or a note that the claim is our own.
        effect: the number in question.
        bound: the number that the effect is compared with.
        direction: `">="`, `"<="`, or `"within"` for an equivalence, -bound <= effect <= bound.
        requires: the requirements that a pair of seeds must meet to count.
        min_seeds: pairs of seeds that must count; fewer decide nothing.
        presets: the presets of the study that it is about.
        cause: what is known of the reason, if it has failed.

    Raises:
        ValueError: another direction, a negative bound for `"within"`, or fewer than 2 seeds.
    """

    name: str
    statement: str
    source: Published | str
    effect: AbstractEffect
    bound: float
    direction: Direction
    requires: tuple[AbstractRequirement, ...] = ()
    min_seeds: int = 5
    presets: tuple[str, ...] = ("quick", "full")
    cause: Cause | None = None

    def __post_init__(self):
        if self.direction not in (">=", "<=", "within"):
            raise ValueError(f"claim {self.name!r}: direction {self.direction!r} is none of >=, <=, within")
        if self.direction == "within" and self.bound < 0:
            raise ValueError(f"claim {self.name!r}: an equivalence within {self.bound} can never hold")
        if self.min_seeds < 2:
            raise ValueError(f"claim {self.name!r}: no claim rests on one seed")

    @property
    def published(self) -> Published | None:
        """The published statement that it tests; None for a claim of our own."""
        return self.source if isinstance(self.source, Published) else None

    @property
    def run_groups(self) -> frozenset[RunGroup]:
        """All groups of runs that the claim reads."""
        return self.effect.run_groups.union(*(requirement.run_groups for requirement in self.requires))

    def under(self, condition: str) -> Claim:
        """Return the claim, with its bound, about the same learners under one other condition, which ends its name."""
        return dataclasses.replace(
            self,
            name=f"{self.name}-{condition}",
            effect=_under(self.effect, condition),
            requires=_under(self.requires, condition),
        )


def _under(part: Any, condition: str) -> Any:
    """Return a part of a claim with every group of runs under a condition."""
    if isinstance(part, RunGroup):
        return dataclasses.replace(part, condition=condition)
    if isinstance(part, tuple):
        return tuple(_under(each, condition) for each in part)
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **{name: _under(value, condition) for name, value in fields.items()})
    return part
