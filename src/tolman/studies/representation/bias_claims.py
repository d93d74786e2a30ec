"""Claims about representation bias: the gap of variance, its signs, steering, and what the gap depends on."""

from __future__ import annotations

import dataclasses

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Farthest, Ratio
from tolman.claims.effects import AbstractEffect, Growth, MeasureValue
from tolman.claims.published import OURS, Cause, Published
from tolman.studies.representation.analyses.feature_variance import EXPLAINED
from tolman.studies.representation.bias_settings import (
    ADAM,
    ADAM_MATCHED,
    COMPLEX,
    DEEP,
    DROPOUT,
    PARITIES,
    SHALLOW,
    SIMPLE,
    SINGLE,
    STANDARD,
    UNTRAINED,
)
from tolman.studies.representation.causes import COMPLEXITY, DEPTH
from tolman.studies.representation.common import BIASES, PROXY, at_least, computed, ratio, runs_of
from tolman.studies.representation.presentation import VARIANCE

RATIO = 5.0
"""At least this many times the variance: a representation bias was first described as 55 % against 5 %."""

SHARES = dataclasses.replace(
    PROXY, value=11.0, note="55 % of the variance against 5 %; ours is one of more than 40 settings tried"
)


def claims() -> tuple[Claim, ...]:
    """Return all claims of the study."""
    return (*_gap(), *_without_untrained(), *_signs(), *_steering(), *_contrasts())


def _gap() -> tuple[Claim, ...]:
    return (
        _mastered(
            "easy-takes-more",
            "Computed equally well and carried by equally many inputs, the easy feature explains at least five times "
            "the variance that the hard one does.",
            source=SHARES,
            effect=ratio(STANDARD),
            bound=RATIO,
        ),
        _mastered(
            "easy-takes-more-parity",
            "The same in another regime, with the parity of three bits and leaky ReLU.",
            source=SHARES,
            effect=ratio(PARITIES),
            bound=RATIO,
            condition=PARITIES,
        ),
        _mastered(
            "easy-takes-more-single",
            "The same as the first where a single unit carries the easy feature.",
            source=SHARES,
            effect=ratio(SINGLE),
            bound=RATIO,
            condition=SINGLE,
        ),
    )


def _without_untrained() -> tuple[Claim, ...]:
    """Return the claims on what training adds: untrained networks favour a bit, the more units carry it."""
    return tuple(
        _mastered(
            f"{name}-trained",
            f"{said}, the easy feature's variance grows by at least five times as much as the hard one's in training.",
            source=SHARES.with_our("correction"),
            effect=Ratio(*(_growth(condition, feature) for feature in ("easy", "hard")), least=0.005),
            bound=RATIO,
            condition=condition,
        )
        for name, said, condition in (
            ("easy-takes-more", "In the regime", STANDARD),
            ("easy-takes-more-single", "Where a single unit carries the easy feature", SINGLE),
        )
    )


def _growth(condition: str, feature: str) -> Difference:
    """Return the variance that a feature takes of trained networks less that of the same networks untrained."""
    names = (condition, UNTRAINED[condition])
    return Difference(*(MeasureValue(runs_of(name), f"{VARIANCE}/{feature}") for name in names))


def _signs() -> tuple[Claim, ...]:
    """Return claims on other signs of the bias in the same networks."""
    return (
        _mastered(
            "easy-leads-first-component",
            "The easy feature explains more of the first principal component.",
            effect=_lead("pc1"),
            bound=0.0,
        ),
        _mastered(
            "easy-leads-units",
            "The easy feature explains more units best than the hard one does.",
            effect=_lead("units"),
            bound=0.0,
        ),
        _mastered(
            "easy-keeps-growing",
            "The easy feature's variance keeps growing after it has been mastered, while the hard one is learned.",
            effect=Growth(runs_of(STANDARD), f"{EXPLAINED}/easy", "easy"),
            bound=1.5,
        ),
    )


def _steering() -> tuple[Claim, ...]:
    """Return claims on shifts of the last hidden layer by the distance between the means of a feature's classes."""
    return (
        _mastered(
            "steering-flips",
            "Moved along the hard feature from one class mean to the other, its answers flip.",
            effect=MeasureValue(runs_of(STANDARD), "flips/hard"),
            bound=0.95,
            source=BIASES.with_our("bound"),
        ),
        _at_most(
            "steering-spares-others",
            "Moved along one feature, answers about the other do not flip.",
            effects=("cross flips/easy", "cross flips/hard"),
            bound=0.05,
        ),
        _at_most(
            "random-shifts-flip-fewer",
            "Shifts of the same length in a random direction flip few answers about the feature.",
            effects=("random flips/easy", "random flips/hard"),
            bound=0.1,
        ),
    )


def _at_most(name: str, statement: str, *, effects: tuple[str, str], bound: float) -> Claim:
    """Return the claim that fractions of both features stay at or below a bound."""
    each = tuple(MeasureValue(runs_of(STANDARD), effect) for effect in effects)
    claim = _mastered(name, statement, effect=Farthest(each), bound=bound, source=BIASES.with_our("bound"))
    return dataclasses.replace(claim, direction="<=")


def _contrasts() -> tuple[Claim, ...]:
    """Return claims on what the bias depends on."""
    return (
        _wider(
            "depth-widens",
            "Deeper networks widen the gap (six hidden layers against two).",
            conditions=(DEEP, SHALLOW),
            cause=DEPTH,
        ),
        _wider(
            "complexity-widens",
            "A more complex hard feature takes less (parity of three bits against XOR).",
            conditions=(COMPLEX, SIMPLE),
            cause=COMPLEXITY,
        ),
        _wider(
            "adam-narrows",
            "Adam narrows the gap that plain gradient descent leaves.",
            conditions=(STANDARD, ADAM),
            source=OURS,
        ),
        _wider(
            "adam-narrows-at-equal-loss",
            "So it does after as many steps as reach the loss of plain gradient descent.",
            conditions=(STANDARD, ADAM_MATCHED),
            source=OURS,
        ),
        at_least(
            "adam-dropout-reverses",
            "With Adam and moderate dropout the hard feature takes more than the easy one.",
            source=BIASES,
            effect=ratio(DROPOUT, "hard", "easy"),
            bound=1.0,
            requires=computed(runs_of(DROPOUT), "easy", "hard"),
        ),
    )


def _wider(
    name: str,
    statement: str,
    *,
    conditions: tuple[str, str],
    source: Published | str = BIASES,
    cause: Cause | None = None,
) -> Claim:
    """Return the claim that the ratio of variances is at least as large in the first condition as in the second."""
    return at_least(
        name,
        statement,
        source=source,
        effect=Ratio(ratio(conditions[0]), ratio(conditions[1])),
        bound=1.0,
        requires=tuple(need for name in conditions for need in computed(runs_of(name), "easy", "hard")),
        cause=cause,
    )


def _lead(column: str) -> Difference:
    """Return how far the easy feature leads the hard one in a column."""
    return Difference(*(MeasureValue(runs_of(STANDARD), f"{column}/{feature}") for feature in ("easy", "hard")))


def _mastered(
    name: str,
    statement: str,
    *,
    effect: AbstractEffect,
    bound: float,
    source: Published | str = BIASES,
    condition: str = STANDARD,
) -> Claim:
    """Return a claim about networks that have mastered both features."""
    requires = computed(runs_of(condition), "easy", "hard", at_least=0.99)
    return at_least(name, statement, source=source, effect=effect, bound=bound, requires=requires)
