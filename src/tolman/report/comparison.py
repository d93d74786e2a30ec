"""Comparison of two scores over paired seeds, and mastery of what a learner was trained for."""

from __future__ import annotations

from typing import Literal

from tolman.records.statistics import Interval, paired_interval
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary

LEARNED = 0.95
"""Below this accuracy on explicit tests nothing can be said about a learner's latent learning."""

MARGIN = 0.05
"""Differences within it count as none: the margin that the claims use."""

Relation = Literal["more", "same", "fewer", "unsettled"]


def compare(a: Score, b: Score) -> tuple[Relation, Interval | None]:
    """Compare accuracy `a` with `b` over the seeds that both have; return the relation and the paired interval."""
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


def learned(learner: LearnerSummary) -> Relation:
    """Compare the explicit accuracy with `LEARNED`: `more`, `fewer`, or `unsettled` if the interval straddles it."""
    if learner.explicit is None or learner.explicit.accuracy.high < LEARNED:
        return "fewer"
    return "more" if learner.explicit.accuracy.mean >= LEARNED else "unsettled"


def required(score: Score | None) -> Score:
    """Return a score that the caller knows to be there."""
    assert score is not None
    return score
