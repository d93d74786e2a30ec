"""How two scores stand to each other, and whether a learner mastered what it was trained for."""

from __future__ import annotations

from typing import Literal

from tolman.records.statistics import Interval, paired_interval
from tolman.report.scores import Score
from tolman.report.summary import Arm

LEARNED = 0.95
"""Below this accuracy on what it was trained for, nothing can be said about what a learner learned latently."""

MARGIN = 0.05
"""Differences within it are none: the margin that the claims use."""

Relation = Literal["more", "same", "fewer", "unsettled"]


def compare(a: Score, b: Score) -> tuple[Relation, Interval | None]:
    """How accuracy `a` stands to `b` over the seeds that both have, and the interval of the difference."""
    first, second = dict(a.by_seed), dict(b.by_seed)
    shared = [seed for seed in first if seed in second]
    if not shared:
        return "unsettled", None
    items = [min(_items(a, seed), _items(b, seed)) for seed in shared]
    gap = paired_interval([first[s] for s in shared], [second[s] for s in shared], items)
    return _relation(gap, MARGIN), gap


def _relation(gap: Interval, margin: float) -> Relation:
    if -margin <= gap.low and gap.high <= margin:
        return "same"
    if gap.low > 0:
        return "more"
    return "fewer" if gap.high < 0 else "unsettled"


def _items(score: Score, seed: tuple[int, int]) -> int:
    return score.items[[s for s, _ in score.by_seed].index(seed)]


def learned(arm: Arm) -> Relation:
    """Whether the explicit tests were mastered: `more`, `fewer`, or `unsettled` when the interval straddles."""
    if arm.explicit is None or arm.explicit.accuracy.high < LEARNED:
        return "fewer"
    return "more" if arm.explicit.accuracy.mean >= LEARNED else "unsettled"


def required(score: Score | None) -> Score:
    """A score that there is."""
    assert score is not None  # callers have looked
    return score
