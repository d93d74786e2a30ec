"""Origins of inconsistency: hard features look less alike between networks as there are more ways to code them."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import MeasureValue
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.mlp import MLPConfig
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.consistency import Consistency
from tolman.studies.representation.causes import LINEAR
from tolman.studies.representation.common import (
    OURS,
    PROXY,
    SHAPES,
    NetworkPreset,
    computed,
    constant,
    on_one_feature,
    runs_of,
    training,
)
from tolman.studies.representation.presentation import NETWORKS
from tolman.training.config import OptimiserConfig
from tolman.worlds.features import Features

BITS = (16, 17)
"""The hard feature is the XOR of the first two units of its domain."""

AND_OR = ((1.0, 1.0, -1.0), (-1.0, -1.0, -1.0))
"""Rectified, `x0 and x1` and `not (x0 or x1)` of bits that are -1 or +1."""

ONE_WITHOUT_OTHER = ((1.0, -1.0, -1.0), (-1.0, 1.0, -1.0))
"""Rectified, `x0 and not x1` and `x1 and not x0`."""

WIDTHS = (256, 128, 64, 64)
COPIES = 64
"""Of each coding unit: together they are half of the first hidden layer."""

CODINGS = {"and-or": AND_OR, "one-without-other": ONE_WITHOUT_OTHER}
KINDS = ("easy", "hard", *CODINGS)
SAME = {kind: f"{kind} with {kind}" for kind in KINDS}
DIFFERENT_CODINGS = "and-or with one-without-other"
PAIRS = (
    *((kind, kind) for kind in KINDS),
    ("and-or", "one-without-other"),
    ("hard", "and-or"),
    ("hard", "one-without-other"),
    ("easy", "hard"),
)
FIRST, LAST = "layers.0", "layers.3"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OriginsPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        networks: networks of each kind, which differ in their seed.
        optimisers: a condition for each, by name.
    """

    networks: int
    optimisers: tuple[tuple[str, OptimiserConfig], ...]


ADAM, SGD = ("adam", constant("adam", 1e-3)), ("sgd", constant("sgd", 0.05, 0.0))
PRESETS = {
    "smoke": OriginsPreset(seeds=2, parallel_seeds=2, steps=100, networks=3, optimisers=(ADAM,)),
    "quick": OriginsPreset(seeds=6, parallel_seeds=6, steps=1000, networks=3, optimisers=(ADAM,)),
    "full": OriginsPreset(seeds=10, parallel_seeds=10, steps=4000, networks=5, optimisers=(ADAM, SGD)),
}


@dataclasses.dataclass(frozen=True)
class OriginsStudy(AbstractStudy):
    """Networks of one feature each, and networks that can see the hard one's bits only in a given coding.

    The two codings are those of Hermann and Lampinen's example (arXiv 2006.12433, Fig. A.14). That the coding is given
    as fixed units of the first hidden layer, through which alone the two bits reach the network, is our own choice:
    all other weights are trained, and XOR is all that is asked for.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "how consistent the codings of easy and hard features are between networks"
    seeds: ClassVar[range] = range(1620, 1630)
    explored: ClassVar[tuple[range, ...]] = (range(6),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        return Plan(size.seeds, tuple(_condition(name, optimiser, preset) for name, optimiser in size.optimisers))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        size = PRESETS[preset]
        return tuple(claim for name, _ in size.optimisers for claim in _Claims(name, size.networks).all())

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _condition(name: str, optimiser: OptimiserConfig, preset: str) -> NetworkSet:
    size = PRESETS[preset]
    items, tests = (256, 64) if preset == "smoke" else (16_384, 512)
    return NetworkSet(
        name=name,
        world=Features(train_items=items, test_items=tests),
        model=MLPConfig(widths=WIDTHS),
        training=training(optimiser, size.parallel_seeds, curve_points=2),
        networks=_networks(size),
        analysis=Consistency(pairs=PAIRS, bits=BITS, coded=("hard", *CODINGS)),
    )


def _networks(size: OriginsPreset) -> tuple[Network, ...]:
    """Return several networks of every kind: one feature alone, and the hard one in each coding."""
    coded = {k: MLPConfig(widths=WIDTHS, coded=BITS, coding=units * COPIES) for k, units in CODINGS.items()}
    # No two networks start alike, whatever their kind.
    return tuple(
        Network(
            name=f"{kind}#{i}",
            phases=on_one_feature(size.steps, _feature(kind)),
            seed=place * size.networks + i,
            model=coded.get(kind),
        )
        for place, kind in enumerate(KINDS)
        for i in range(size.networks)
    )


def _feature(kind: str) -> str:
    """Return the feature that networks of a kind are asked for."""
    return "easy" if kind == "easy" else "hard"


@dataclasses.dataclass(frozen=True)
class _Claims:
    """The claims about one condition, of so many networks of each kind."""

    condition: str
    networks: int

    def all(self) -> tuple[Claim, ...]:
        suffix = "" if self.condition == "adam" else f"-{self.condition}"
        claims = (*self._hard_against_easy(), *self._given_codings(), *self._different_codings(), *self._codings())
        return tuple(dataclasses.replace(claim, name=claim.name + suffix) for claim in claims)

    def _hard_against_easy(self) -> tuple[Claim, ...]:
        easy, hard = SAME["easy"], SAME["hard"]
        return (
            self._more(
                "hard-less-alike",
                "Two networks on the same hard feature look less alike than two on the same easy one (RSA).",
                numbers=(_alike(easy), _alike(hard)),
                bound=0.1,
            ),
            self._more(
                "hard-less-alike-cka",
                "The same by linear CKA.",
                numbers=(_alike(easy, "cka"), _alike(hard, "cka")),
                bound=0.1,
            ),
            self._equal(
                "hard-as-predictable",
                "Linear predictivity, which rescaling does not change, finds the hard ones as alike as the easy ones.",
                numbers=(_alike(easy, "predictivity"), _alike(hard, "predictivity")),
            ),
        )

    def _given_codings(self) -> tuple[Claim, ...]:
        more_alike = (
            self._more(
                f"{kind}-more-alike",
                f"Networks given the coding {kind} for the hard feature look more alike than those free to choose.",
                source=PROXY.with_our("test"),
                numbers=(_alike(SAME[kind]), _alike(SAME["hard"])),
                bound=0.1,
            )
            for kind in CODINGS
        )
        as_alike = (
            self._equal(
                f"{kind}-as-alike-as-easy",
                f"Given the coding {kind}, they look as alike as networks on the easy feature.",
                numbers=(_alike(SAME["easy"]), _alike(SAME[kind])),
            )
            for kind in CODINGS
        )
        return (*more_alike, *as_alike)

    def _different_codings(self) -> tuple[Claim, ...]:
        layers = {FIRST: "the layer of the coding", LAST: "the last hidden layer"}
        return tuple(
            self._more(
                f"codings-differ-{site}",
                f"Networks given different codings look less alike than those given the same one, in {where}.",
                source=SHAPES.with_our("bound"),
                numbers=(_alike(SAME["and-or"], site=site), _alike(DIFFERENT_CODINGS, site=site)),
                bound=0.05,
                cause=LINEAR,
            )
            for site, where in layers.items()
        )

    def _codings(self) -> tuple[Claim, ...]:
        return (
            self._more(
                "codings-vary",
                "Which inputs of equal XOR a network tells apart varies more between networks free to choose their "
                "coding.",
                source=PROXY.with_our("test"),
                numbers=(f"coding spread {LAST}/hard", f"coding spread {LAST}/and-or"),
                bound=0.1,
            ),
            self._more(
                "codings-last",
                "The last hidden layer still shows which coding the first one was given.",
                source=OURS,
                numbers=(f"coding {LAST}/and-or", f"coding {LAST}/one-without-other"),
                bound=0.5,
            ),
        )

    def _more(self, name: str, statement: str, *, numbers: tuple[str, str], bound: float, **more: Any) -> Claim:
        """Return the claim that the first number exceeds the second by at least the bound; `more` are its fields."""
        given = {"source": SHAPES, "direction": ">=", "requires": self._learned()} | more
        return Claim(name, statement, effect=self._difference(numbers), bound=bound, **given)

    def _equal(self, name: str, statement: str, *, numbers: tuple[str, str]) -> Claim:
        """Return the claim that two numbers differ by less than 0.05."""
        return self._more(name, statement, numbers=numbers, bound=0.05, source=OURS, direction="within")

    def _difference(self, numbers: tuple[str, str]) -> Difference:
        return Difference(*(MeasureValue(runs_of(self.condition), name, "number") for name in numbers))

    def _learned(self) -> tuple[Learned, ...]:
        tests = (f"{kind}#{i}/{_feature(kind)}" for kind in KINDS for i in range(self.networks))
        return computed(runs_of(self.condition), *tests)


def _alike(pair: str, measure: str = "rsa", site: str = LAST) -> str:
    """Return the name of a similarity in the records."""
    return f"{measure} {site}/{pair}"
