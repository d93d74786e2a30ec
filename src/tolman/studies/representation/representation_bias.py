"""Representation bias: two features computed alike, of which one fills the representation."""

from __future__ import annotations

import dataclasses
import itertools
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Ratio
from tolman.claims.effects import Growth, MeasureValue
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.studies.representation.networks import (
    BIASES,
    OURS,
    PROXY,
    claim,
    computed,
    constant,
    gap,
    labelled,
    network,
)
from tolman.studies.representation.settings import PARITY, REGIME, Regime
from tolman.studies.representation.variance import EXPLAINED, FeatureVariance, VarianceMetric
from tolman.worlds.features import Features

REGIME_NAME, PARITY_NAME, SHALLOW, DEEP = "regime", "parity", "shallow", "deep"
ADAM, DROPOUT = "adam", "adam-dropout"
RATIO = 5.0
"""At least this many times the variance, as the issue of a representation bias was first put (55 % against 5 %)."""

DEPTHS = {"2": (256, 64), "3": (256, 128, 64), "6": (256, 128, 128, 64, 64, 64)}
COMPLEXITIES = {"xor": 2, "parity3": 3, "parity4": 4}
"""Hard features by the number of input units that carry them; the easy one is then repeated as often."""


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    parallel_seeds: int
    steps: int


SIZES = {"smoke": Size(2, 2, 100), "quick": Size(10, 10, REGIME.steps), "full": Size(20, 10, REGIME.steps)}


@dataclasses.dataclass(frozen=True)
class RepresentationBias(AbstractStudy):
    """An easy and a hard feature in one network: what each takes of the representation, and what that depends on."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance that an easy and a hard feature take of one network"
    seeds: ClassVar[range] = range(1380, 1400)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        adam = constant("adam", 1e-3)
        dropout = dataclasses.replace(PARITY.model, dropout=0.3, scale=1.0)
        conditions = (
            _condition(REGIME_NAME, size, preset, REGIME),
            _condition(PARITY_NAME, size, preset, PARITY),
            _condition(SHALLOW, size, preset, _with_depth("2")),
            _condition(DEEP, size, preset, _with_depth("6")),
            _condition(ADAM, size, preset, dataclasses.replace(REGIME, optimiser=adam)),
            _condition(DROPOUT, size, preset, dataclasses.replace(PARITY, optimiser=adam, model=dropout)),
        )
        return Plan(size.seeds, (*conditions, *(_map(size, preset) if preset == "full" else ())))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else (*_bias(), *_where())


def _condition(name: str, size: Size, preset: str, regime: Regime) -> NetworkSet:
    world = Features(features=regime.features, availability=regime.availability, **regime.sizes(preset))
    networks = (Network("network", labelled(min(size.steps, regime.steps))),)
    course = regime.training(size.parallel_seeds)
    return NetworkSet(name, world, regime.model, course, networks, FeatureVariance(), VarianceMetric())


def _with_depth(depth: str) -> Regime:
    return dataclasses.replace(REGIME, model=dataclasses.replace(REGIME.model, widths=DEPTHS[depth]))


def _map(size: Size, preset: str) -> tuple[NetworkSet, ...]:
    """Where the bias is: depth by complexity by optimiser."""
    adam = constant("adam", 1e-3)
    optimisers = {
        "sgd": REGIME.optimiser,
        "adam": adam,
        "adamw": dataclasses.replace(adam, kind="adamw", weight_decay=0.1),
    }
    return tuple(
        _condition(
            f"{hard}-depth{depth}-{kind}",
            size,
            preset,
            dataclasses.replace(
                _with_depth(depth),
                features=(REGIME.features[0], f"hard:{hard}"),
                availability=(COMPLEXITIES[hard], 1),
                optimiser=optimisers[kind],
            ),
        )
        for hard, depth, kind in itertools.product(COMPLEXITIES, DEPTHS, optimisers)
    )


def _bias() -> tuple[Claim, ...]:
    where = network(REGIME_NAME)
    mastered = computed(where, "easy", "hard", at_least=0.99)
    return (
        claim(
            "easy-takes-more",
            "Computed equally well and carried by equally many inputs, the easy feature explains at least five times "
            "the variance that the hard one does.",
            PROXY,
            gap(REGIME_NAME),
            RATIO,
            mastered,
        ),
        claim(
            "easy-takes-more-parity",
            "The same in another regime, with the parity of three bits and leaky ReLU.",
            PROXY,
            gap(PARITY_NAME),
            RATIO,
            computed(network(PARITY_NAME), "easy", "hard", at_least=0.99),
        ),
        claim(
            "easy-leads-first-component",
            "The easy feature explains more of the first principal component.",
            BIASES,
            Difference(MeasureValue(where, "pc1/easy"), MeasureValue(where, "pc1/hard")),
            0.0,
            mastered,
        ),
        claim(
            "easy-leads-units",
            "The easy feature explains more units best than the hard one does.",
            BIASES,
            Difference(MeasureValue(where, "units/easy"), MeasureValue(where, "units/hard")),
            0.0,
            mastered,
        ),
        claim(
            "easy-keeps-growing",
            "The easy feature's variance keeps growing after it has been mastered, while the hard one is learned.",
            BIASES,
            Growth(where, f"{EXPLAINED}/easy", "easy"),
            1.5,
            mastered,
        ),
        claim(
            "hard-needs-smaller-shifts",
            "A smaller shift of the representation flips the hard feature's answers.",
            BIASES,
            gap(REGIME_NAME, "dose"),
            1.0,
            mastered,
        ),
    )


def _where() -> tuple[Claim, ...]:
    """The contrasts: what the bias depends on."""
    run_groups = {name: network(name) for name in (REGIME_NAME, DEEP, SHALLOW, ADAM, DROPOUT)}
    of = {name: computed(cell, "easy", "hard") for name, cell in run_groups.items()}
    return (
        claim(
            "depth-widens",
            "Deeper networks widen the gap (six hidden layers against two).",
            BIASES,
            Ratio(gap(DEEP), gap(SHALLOW)),
            1.0,
            (*of[DEEP], *of[SHALLOW]),
        ),
        claim(
            "adam-narrows",
            "Adam narrows the gap that plain gradient descent leaves.",
            OURS,
            Ratio(gap(REGIME_NAME), gap(ADAM)),
            1.0,
            (*of[REGIME_NAME], *of[ADAM]),
        ),
        claim(
            "adam-dropout-reverses",
            "With Adam and moderate dropout the hard feature takes more than the easy one.",
            BIASES,
            gap(DROPOUT, rows=("hard", "easy")),
            1.0,
            of[DROPOUT],
        ),
    )
