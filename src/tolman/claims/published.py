"""Published statements that claims test, whether records reproduce them, and known causes of failures."""

from __future__ import annotations

import dataclasses
from typing import Literal

Reproduction = Literal["value reproduced", "direction reproduced", "not reproduced", "undecided"]
CauseKind = Literal["mismatch explained", "mismatch unexplained", "defect"]

OURS = "our own"
"""The source of a claim that nobody published."""


@dataclasses.dataclass(frozen=True)
class Published:
    """A published statement.

    Attributes:
        source: the publication.
        value: the published number, in the unit of the claim's effect; None = no number is known to us.
        setting: whether data, sizes and training are public, and ours are the same; if not, they are our own choice.
        ours: what of the claim is our own choice, for example `"bound"`.
        note: what the number is, and how firmly it is known.
    """

    source: str
    value: float | None = None
    setting: bool = False
    ours: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.source}; the {self.ours} is ours" if self.ours else self.source

    def with_our(self, ours: str) -> Published:
        """Return the same statement where a part of the claim, such as the bound, is our own choice."""
        return dataclasses.replace(self, ours=ours)


@dataclasses.dataclass(frozen=True)
class Cause:
    """The reason why a claim fails, as far as it is known.

    Attributes:
        kind: `mismatch explained` if an experiment here shows where the difference comes from, `mismatch unexplained`
            if none does, `defect` if world, learner or test is known to be at fault.
        why: what is known, in plain words.
        log: the log's entry, as a link from the root of the repository.
    """

    kind: CauseKind = "mismatch unexplained"
    why: str = ""
    log: str = ""


def reproduction(
    published: Published | None, status: str, low: float | None, high: float | None
) -> Reproduction | None:
    """Return what a verdict says of the published statement; None if nothing is published or nothing was judged.

    The direction is reproduced if the claim holds; the value is if, besides, it lies within the 95 % interval.
    """
    if published is None or status not in ("holds", "fails", "inconclusive"):
        return None
    if status != "holds":
        return "not reproduced" if status == "fails" else "undecided"
    value = published.value
    inside = value is not None and low is not None and high is not None and low <= value <= high
    return "value reproduced" if inside else "direction reproduced"
