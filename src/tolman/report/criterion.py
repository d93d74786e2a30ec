"""How soon conditions reach a criterion: steps of every seed, their median, and accuracy within a fixed budget.

A seed that never reaches the criterion is censored: its number of steps is known to be larger than all that it took.
The median and its interval by order statistics allow for that, a mean would not.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from tolman.records.learning_curves import accuracy_curve, first_reaching
from tolman.records.statistics import Interval, mean_interval, wilson
from tolman.report.presentation import Criterion
from tolman.report.summary import LearnerSummary, Summary


@dataclasses.dataclass(frozen=True)
class Median:
    """A median with its 95 % interval; infinite where it lies beyond the end of training.

    Attributes:
        value: the number of steps after which at least half of the seeds have reached the criterion.
        low, high: ends of the interval; 0 and infinity where there are too few seeds to say.
    """

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timing:
    """The steps and accuracies by which the seeds of a condition reach the criterion.

    Attributes:
        name: of the condition, and the learner where there are several.
        steps: of each seed, the first point of its learning curve that reaches it; infinite without one.
        taken: steps of each seed in all.
        budget: steps within which it counts.
        median: of the steps.
        reached: fraction of seeds that reach it within the budget, with Wilson's interval.
        at_budget: accuracy at the last point of the curve within the budget.
        at_end: accuracy at the last point of all.
    """

    name: str
    steps: tuple[float, ...]
    taken: tuple[float, ...]
    budget: int
    median: Median
    reached: Interval
    at_budget: Interval
    at_end: Interval

    @property
    def never(self) -> int:
        """Number of seeds that never reach it."""
        return sum(map(math.isinf, self.steps))


def timings(summaries: Sequence[Summary]) -> tuple[Timing, ...]:
    """Return how soon each learner of each condition of a study reaches its criterion; nothing without one."""
    found = []
    for summary in summaries:
        criterion = summary.presentation.criterion
        if criterion is None or summary.preset not in criterion.budgets:
            continue
        budget = criterion.budgets[summary.preset]
        for learner in summary.learners:
            name = summary.condition if len(summary.learners) == 1 else f"{summary.condition}, {learner.label}"
            timing = _timing(name, learner, criterion, budget)
            found += [timing] if timing else []
    return tuple(found)


def _timing(name: str, learner: LearnerSummary, criterion: Criterion, budget: int) -> Timing | None:
    lines = [line for record in learner.records if (line := accuracy_curve(record, criterion.test))]
    if not lines:
        return None
    steps = tuple(first_reaching(line, criterion.accuracy) for line in lines)
    items = learner.tests[criterion.test].items[0] if criterion.test in learner.tests else None
    within = [[value for step, value in line if step <= budget] or [line[0][1]] for line in lines]
    return Timing(
        name=name,
        steps=steps,
        taken=tuple(line[-1][0] for line in lines),
        budget=budget,
        median=median(steps),
        reached=wilson(sum(step <= budget for step in steps), len(steps)),
        at_budget=mean_interval([values[-1] for values in within], items),
        at_end=mean_interval([line[-1][1] for line in lines], items),
    )


def median(steps: Sequence[float]) -> Median:
    """Return the median of numbers that may be infinite, with its 95 % interval.

    Its ends are order statistics, whose ranks a binomial distribution gives: nothing is assumed about the numbers.
    """
    ordered, n = sorted(steps), len(steps)
    rank = _lowest_rank(n)
    low, high = (ordered[rank - 1], ordered[n - rank]) if rank else (0.0, math.inf)
    return Median(ordered[(n - 1) // 2], low, high)


def _lowest_rank(n: int) -> int:
    """Return the largest r for which fewer than r of n fair coins show heads with a probability of at most .025."""
    tail, rank = 0.0, 0
    while rank <= n and (tail := tail + math.comb(n, rank) / 2**n) <= 0.025:
        rank += 1
    return rank


def reached_by(timing: Timing) -> list[tuple[float, float]]:
    """Return the fraction of seeds that have reached the criterion after each number of steps, as a step function.

    All seeds of a condition are followed equally long, so that it is the complement of the Kaplan-Meier estimate.
    """
    n, done = len(timing.steps), sorted(step for step in timing.steps if not math.isinf(step))
    return [(0.0, 0.0), *((step, (i + 1) / n) for i, step in enumerate(done)), (max(timing.taken), len(done) / n)]
