"""Origins of inconsistency: hard features look less alike between networks as there are more ways to code them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.mlp import MLPConfig
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.consistency import Consistency
from tolman.studies.representation.codings import BITS, CODINGS, KINDS, PAIRS, WIDTHS, coded_network
from tolman.studies.representation.common import (
    NetworkPreset,
    constant,
    on_one_feature,
    training,
)
from tolman.studies.representation.origins_claims import OriginsClaims, feature_of
from tolman.studies.representation.presentation import NETWORKS
from tolman.training.config import OptimiserConfig
from tolman.worlds.features import Features


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
    "quick": OriginsPreset(seeds=10, parallel_seeds=10, steps=1000, networks=3, optimisers=(ADAM,)),
    "full": OriginsPreset(seeds=10, parallel_seeds=10, steps=4000, networks=5, optimisers=(ADAM, SGD)),
}


@dataclasses.dataclass(frozen=True)
class OriginsStudy(AbstractStudy):
    """Networks of one feature each, and networks that can see the hard one's bits only through given units.

    Two codings are those of Hermann and Lampinen's example (arXiv 2006.12433, Fig. A.14). That a coding is given as
    fixed units of the first hidden layer, through which alone the two bits reach the network, is our own choice: all
    other weights are trained, and XOR is all that is asked for. Both codings make XOR linear in that layer, which may
    itself make networks alike. So there are units that make it linear and leave the coding open, and codings that leave
    it nonlinear.
    """

    version: ClassVar[int] = 2
    title: ClassVar[str] = "how consistent the codings of easy and hard features are between networks"
    seeds: ClassVar[range] = range(3920, 3930)
    explored: ClassVar[tuple[range, ...]] = (range(6), range(399, 402), range(1620, 1630))

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        return Plan(size.seeds, tuple(_condition(name, optimiser, preset) for name, optimiser in size.optimisers))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        size = PRESETS[preset]
        return tuple(claim for name, _ in size.optimisers for claim in OriginsClaims(name, size.networks).all())

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
        analysis=Consistency(pairs=PAIRS, bits=BITS, coded=("hard", *CODINGS), feature="hard"),
    )


def _networks(size: OriginsPreset) -> tuple[Network, ...]:
    """Return several networks of every kind: one feature alone, and the hard one through each kind of units."""
    # No two networks start alike, whatever their kind.
    return tuple(
        Network(
            name=f"{kind}#{i}",
            phases=on_one_feature(size.steps, feature_of(kind)),
            seed=place * size.networks + i,
            model=coded_network(kind),
        )
        for place, kind in enumerate(KINDS)
        for i in range(size.networks)
    )
