"""Representation bias: two features computed alike, of which one fills the representation."""

from __future__ import annotations

import dataclasses
import itertools
from typing import ClassVar

from ..claims.claim import Claim
from ..claims.effects import Difference, Growth, Measured, Ratio
from ..models.mlp import MLPConfig
from ..training.optimiser import OptimiserConfig
from ..worlds.features import Features
from ._networks import BIASES, OURS, PROXY, claim, computed, constant, gap, labelled, network
from ._panel import Network, Panel
from ._regime import REGIME
from ._study import AbstractStudy, Plan
from ._variance import EXPLAINED, FeatureVariance, VarianceProbe

REGIME_NAME, SHALLOW, DEEP, XOR, ADAM, DROPOUT = "regime", "shallow", "deep", "xor", "adam", "adam-dropout"
RATIO = 5.0
"""At least this many times the variance, as the issue of a representation bias was first put (55 % against 5 %)."""

DEPTHS = {"2": (256, 64), "4": (256, 128, 64, 64), "6": (256, 128, 128, 64, 64, 64)}
COMPLEXITIES = {"xor": 2, "parity3": 3, "parity4": 4}
"""Hard features by the number of input units that carry them; the easy one is then repeated as often."""


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    lanes: int
    steps: int


SIZES = {"smoke": Size(2, 2, 100), "quick": Size(6, 6, REGIME.steps), "full": Size(10, 10, REGIME.steps)}


@dataclasses.dataclass(frozen=True)
class RepresentationBias(AbstractStudy):
    """An easy and a hard feature in one network: what each takes of the representation, and what that depends on."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "variance that an easy and a hard feature take of one network"

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        regime = _condition(REGIME_NAME, size, preset)
        adam = constant("adam", 1e-3)
        contrasts = (
            _condition(SHALLOW, size, preset, model=dataclasses.replace(REGIME.model, widths=DEPTHS["2"])),
            _condition(DEEP, size, preset, model=dataclasses.replace(REGIME.model, widths=DEPTHS["6"])),
            _condition(XOR, size, preset, hard="xor", availability=(2, 1)),
            _condition(ADAM, size, preset, optimiser=adam),
            _condition(
                DROPOUT, size, preset, optimiser=adam, model=dataclasses.replace(REGIME.model, dropout=0.3, scale=1.0)
            ),
        )
        return Plan(size.seeds, (regime, *contrasts, *(_map(size, preset) if preset == "full" else ())))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return () if preset == "smoke" else (*_bias(), *_where())


def _condition(
    name: str,
    size: Size,
    preset: str,
    *,
    hard: str = "",
    availability: tuple[int, ...] = REGIME.availability,
    model: MLPConfig = REGIME.model,
    optimiser: OptimiserConfig = REGIME.optimiser,
) -> Panel:
    easy, known = REGIME.features
    features = (easy, f"hard:{hard}" if hard else known)
    world = Features(features=features, availability=availability, **REGIME.sizes(preset))
    course = dataclasses.replace(REGIME.training(size.lanes), optimiser=optimiser)
    networks = (Network("network", labelled(size.steps)),)
    return Panel(name, world, model, course, networks, FeatureVariance(), VarianceProbe())


def _map(size: Size, preset: str) -> tuple[Panel, ...]:
    """Where the bias is: depth by complexity by optimiser."""
    optimisers = {"sgd": REGIME.optimiser, "adam": constant("adam", 1e-3), "adamw": _decaying()}
    return tuple(
        _condition(
            f"{hard}-depth{depth}-{kind}",
            size,
            preset,
            hard=hard,
            availability=(COMPLEXITIES[hard], 1),
            model=dataclasses.replace(REGIME.model, widths=DEPTHS[depth]),
            optimiser=optimisers[kind],
        )
        for hard, depth, kind in itertools.product(COMPLEXITIES, DEPTHS, optimisers)
    )


def _decaying() -> OptimiserConfig:
    return dataclasses.replace(constant("adamw", 1e-3), weight_decay=0.1)


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
            "easy-leads-first-component",
            "The easy feature explains more of the first principal component.",
            BIASES,
            Difference(Measured(where, "pc1/easy"), Measured(where, "pc1/hard")),
            0.5,
            mastered,
        ),
        claim(
            "easy-leads-units",
            "The easy feature explains more units best than the hard one does.",
            BIASES,
            Difference(Measured(where, "units/easy"), Measured(where, "units/hard")),
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
    regime, deep, shallow, xor, adam, dropout = map(network, (REGIME_NAME, DEEP, SHALLOW, XOR, ADAM, DROPOUT))
    of = {cell: computed(cell, "easy", "hard") for cell in (regime, deep, shallow, xor, adam, dropout)}
    return (
        claim(
            "depth-widens",
            "Deeper networks widen the gap (six hidden layers against two).",
            BIASES,
            Ratio(gap(DEEP), gap(SHALLOW)),
            1.0,
            (*of[deep], *of[shallow]),
        ),
        claim(
            "complexity-widens",
            "A more complex hard feature takes less (parity of three bits against XOR).",
            BIASES,
            Ratio(gap(REGIME_NAME), gap(XOR)),
            1.0,
            (*of[regime], *of[xor]),
        ),
        claim(
            "adam-narrows",
            "Adam narrows the gap that plain gradient descent leaves.",
            OURS,
            Ratio(gap(REGIME_NAME), gap(ADAM)),
            1.0,
            (*of[regime], *of[adam]),
        ),
        claim(
            "adam-dropout-reverses",
            "With Adam and moderate dropout the hard feature takes more than the easy one.",
            BIASES,
            gap(DROPOUT, rows=("hard", "easy")),
            1.0,
            of[dropout],
        ),
    )
