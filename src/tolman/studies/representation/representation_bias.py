"""Representation bias: the variance of two features that a network computes equally well, and what it depends on."""

from __future__ import annotations

import dataclasses
import itertools
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Ratio
from tolman.claims.effects import AbstractEffect, Growth, MeasureValue
from tolman.claims.published import Published
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.feature_variance import EXPLAINED, FeatureVariance, VarianceMetric
from tolman.studies.representation.causes import DEPTH
from tolman.studies.representation.common import (
    BIASES,
    OURS,
    PROXY,
    NetworkPreset,
    at_least,
    computed,
    constant,
    on_all_features,
    ratio,
    runs_of,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, PARITY, XOR, Setting

STANDARD, PARITIES, SHALLOW, DEEP = "regime", "parity", "shallow", "deep"
ADAM, DROPOUT = "adam", "adam-dropout"
RATIO = 5.0
"""At least this many times the variance: a representation bias was first described as 55 % against 5 %."""

SHARES = dataclasses.replace(
    PROXY, value=11.0, note="55 % of the variance against 5 %; ours is one of more than 40 settings tried"
)

DEPTHS = {"2": (256, 64), "3": (256, 128, 64), "6": (256, 128, 128, 64, 64, 64)}
COMPLEXITIES = {"xor": 2, "parity3": 3, "parity4": 4}
"""Hard features by the number of input units that carry them; the easy one is then repeated as often."""

SIMPLE, COMPLEX = "xor-depth3-sgd", "parity3-depth3-sgd"
"""Conditions of `full` that differ in the hard feature alone."""

PRESETS = {
    "smoke": NetworkPreset(seeds=2, parallel_seeds=2, steps=100),
    "quick": NetworkPreset(seeds=10, parallel_seeds=10, steps=XOR.steps),
    "full": NetworkPreset(seeds=20, parallel_seeds=10, steps=XOR.steps),
}


@dataclasses.dataclass(frozen=True)
class RepresentationBiasStudy(AbstractStudy):
    """An easy and a hard feature in one network: the variance that each takes, and what that depends on."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance that an easy and a hard feature take of one network"
    seeds: ClassVar[range] = range(1380, 1400)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        settings = _settings() | (_map() if preset == "full" else {})
        conditions = tuple(_condition(name, setting, preset) for name, setting in settings.items())
        return Plan(PRESETS[preset].seeds, conditions)

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else (*_gap(), *_signs(), *_contrasts())

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, setting: Setting, preset: str) -> NetworkSet:
    size = PRESETS[preset]
    return NetworkSet(
        name=name,
        world=setting.world(preset),
        model=setting.model,
        training=setting.training(size.parallel_seeds),
        networks=(Network("network", on_all_features(min(size.steps, setting.steps))),),
        analysis=FeatureVariance(),
        metric=VarianceMetric(),
    )


def _settings() -> dict[str, Setting]:
    """Return the settings that claims compare, by condition."""
    adam = constant("adam", 1e-3)
    dropout = dataclasses.replace(PARITY.model, dropout=0.3, scale=1.0)
    return {
        STANDARD: XOR,
        PARITIES: PARITY,
        SHALLOW: _with_depth("2"),
        DEEP: _with_depth("6"),
        ADAM: dataclasses.replace(XOR, optimiser=adam),
        DROPOUT: dataclasses.replace(PARITY, optimiser=adam, model=dropout),
    }


def _with_depth(depth: str) -> Setting:
    return dataclasses.replace(XOR, model=dataclasses.replace(XOR.model, widths=DEPTHS[depth]))


def _map() -> dict[str, Setting]:
    """Return settings of every depth, complexity and optimiser, by condition."""
    adam = constant("adam", 1e-3)
    adamw = dataclasses.replace(adam, kind="adamw", weight_decay=0.1)
    optimisers = {"sgd": XOR.optimiser, "adam": adam, "adamw": adamw}
    return {
        f"{hard}-depth{depth}-{kind}": dataclasses.replace(
            _with_depth(depth),
            features=(XOR.features[0], f"hard:{hard}"),
            availability=(COMPLEXITIES[hard], 1),
            optimiser=optimisers[kind],
        )
        for hard, depth, kind in itertools.product(COMPLEXITIES, DEPTHS, optimisers)
    }


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
    )


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
        _mastered(
            "hard-needs-smaller-shifts",
            "A smaller shift of the representation flips the hard feature's answers.",
            effect=ratio(STANDARD, column="dose"),
            bound=1.0,
        ),
    )


def _contrasts() -> tuple[Claim, ...]:
    """Return claims on what the bias depends on."""
    names = (STANDARD, DEEP, SHALLOW, ADAM, DROPOUT, SIMPLE, COMPLEX)
    learned = {name: computed(runs_of(name), "easy", "hard") for name in names}
    complexity = at_least(
        "complexity-widens",
        "A more complex hard feature takes less (parity of three bits against XOR).",
        source=BIASES,
        effect=Ratio(ratio(COMPLEX), ratio(SIMPLE)),
        bound=1.0,
        requires=(*learned[COMPLEX], *learned[SIMPLE]),
    )
    return (
        at_least(
            "depth-widens",
            "Deeper networks widen the gap (six hidden layers against two).",
            source=BIASES,
            effect=Ratio(ratio(DEEP), ratio(SHALLOW)),
            bound=1.0,
            requires=(*learned[DEEP], *learned[SHALLOW]),
            cause=DEPTH,
        ),
        at_least(
            "adam-narrows",
            "Adam narrows the gap that plain gradient descent leaves.",
            source=OURS,
            effect=Ratio(ratio(STANDARD), ratio(ADAM)),
            bound=1.0,
            requires=(*learned[STANDARD], *learned[ADAM]),
        ),
        at_least(
            "adam-dropout-reverses",
            "With Adam and moderate dropout the hard feature takes more than the easy one.",
            source=BIASES,
            effect=ratio(DROPOUT, "hard", "easy"),
            bound=1.0,
            requires=learned[DROPOUT],
        ),
        dataclasses.replace(complexity, presets=("full",)),
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
