"""p-values of verdicts, and which claims hold if the false-discovery rate of a whole table is controlled."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tolman.records.statistics import Interval

if TYPE_CHECKING:
    from tolman.claims.claim import Direction
    from tolman.claims.verdict import Verdict

RATE = 0.05
"""The false-discovery rate that a table is controlled at."""

SMALLEST = 1e-12
"""p-values are not resolved below it."""

ONE_SIDED = 0.025
"""The error of either end of a 95 % interval."""


def p_value(direction: Direction, bound: float, interval: Callable[[float], Interval]) -> float:
    """Return the one-sided p-value of a claim: of an effect on its bound, or beyond it.

    It inverts the interval, its floor included: the smallest a for which the interval of level 1 - 2a lies on the
    claimed side. So p <= .025 exactly if the claim holds by its 95 % interval, and p >= .975 if it fails. An
    equivalence has the larger p of its two one-sided tests (Schuirmann 1987, J Pharmacokinet Biopharm 15:657).

    Args:
        direction: `">="`, `"<="` or `"within"`.
        bound: the number that the effect is compared with.
        interval: the effect's interval at a level in [0, 1).
    """
    if direction == ">=":
        return _above(bound, interval)
    if direction == "<=":
        return _below(bound, interval)
    return max(_above(-bound, interval), _below(bound, interval))


def controlled(verdicts: Sequence[Verdict], rate: float = RATE) -> list[Verdict]:
    """Return the verdicts of a table with adjusted p-values, and whether each claim holds by these as well.

    Benjamini and Yekutieli (2001, Ann Stat 29:1165) control the rate under any dependence: claims share runs. All
    judged claims of the table count, whatever their status.
    """
    from scipy.stats import false_discovery_control

    found = [verdict.p for verdict in verdicts if verdict.p is not None]
    adjusted = iter(false_discovery_control(found, method="by") if found else ())
    return [
        _adjusted(verdict, float(next(adjusted)), rate) if verdict.p is not None else verdict for verdict in verdicts
    ]


def _adjusted(verdict: Verdict, p: float, rate: float) -> Verdict:
    holds = verdict.status == "holds" and p <= rate
    return dataclasses.replace(verdict, p_adjusted=p, holds_under_fdr=holds)


def _above(bound: float, interval: Callable[[float], Interval]) -> float:
    return _one_sided(lambda level: interval(level).low >= bound, lambda level: interval(level).high < bound)


def _below(bound: float, interval: Callable[[float], Interval]) -> float:
    return _one_sided(lambda level: interval(level).high <= bound, lambda level: interval(level).low > bound)


def _one_sided(claimed: Callable[[float], bool], opposite: Callable[[float], bool]) -> float:
    """Return p from whether the interval of a level lies on the claimed side, and whether on the opposite one."""
    if (p := _smallest(claimed)) is not None:
        return p
    other = _smallest(opposite)
    return 0.5 if other is None else 1.0 - other


def _smallest(lies: Callable[[float], bool]) -> float | None:
    """Return the smallest a in [SMALLEST, .5] with `lies(1 - 2a)`, which is monotone; None if there is none."""
    fails, holds = SMALLEST, 0.5
    if not lies(0.0):
        return None
    if lies(1 - 2 * fails):
        return fails
    if lies(1 - 2 * ONE_SIDED):  # this end is exact, so that p agrees with the verdict
        holds = ONE_SIDED
    else:
        fails = ONE_SIDED
    while holds > fails * (1 + 1e-9):
        middle = math.sqrt(fails * holds)
        fails, holds = (fails, middle) if lies(1 - 2 * middle) else (middle, holds)
    return holds
