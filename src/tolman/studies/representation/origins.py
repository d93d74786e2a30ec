"""Why hard features look less alike between networks: there are more ways to code them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import AbstractEffect, MeasureValue
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Phase
from tolman.models.mlp import MLPConfig
from tolman.studies.representation.consistency import Consistency
from tolman.studies.representation.networks import OURS, PROXY, SHAPES, claim, computed, constant, network, training
from tolman.training.optim import OptimiserConfig
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
PAIRS = (
    ("easy", "easy"),
    ("hard", "hard"),
    ("and-or", "and-or"),
    ("one-without-other", "one-without-other"),
    ("and-or", "one-without-other"),
    ("hard", "and-or"),
    ("hard", "one-without-other"),
    ("easy", "hard"),
)
LAST = "layers.3"


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset: seeds, steps, replicas of each kind of network, and the optimisers."""

    seeds: int
    steps: int
    replicas: int
    optimisers: tuple[tuple[str, OptimiserConfig], ...]


ADAM, SGD = ("adam", constant("adam", 1e-3)), ("sgd", constant("sgd", 0.05, 0.0))
SIZES = {
    "smoke": Size(2, 100, 3, (ADAM,)),
    "quick": Size(6, 1000, 3, (ADAM,)),
    "full": Size(10, 4000, 5, (ADAM, SGD)),
}


@dataclasses.dataclass(frozen=True)
class Origins(AbstractStudy):
    """Networks of one feature each, and networks that can see the hard one's bits only in a given coding.

    The two codings are those of Hermann and Lampinen's example (arXiv 2006.12433, Fig. A.14). That the coding is given
    as fixed units of the first hidden layer, through which alone the two bits reach the network, is our own choice:
    all else is trained, and nothing but XOR is asked for.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "how consistent the codings of easy and hard features are between networks"
    seeds: ClassVar[range] = range(1620, 1630)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        items, tests = (256, 64) if preset == "smoke" else (16_384, 512)
        world = Features(train_items=items, test_items=tests)
        analysis = Consistency(PAIRS, BITS, ("hard", *CODINGS))
        return Plan(
            size.seeds,
            tuple(
                NetworkSet(
                    name,
                    world,
                    MLPConfig(widths=WIDTHS),
                    training(optimiser, size.seeds, points=2),
                    networks(size.steps, size.replicas),
                    analysis,
                )
                for name, optimiser in size.optimisers
            ),
        )

    def claims(self, preset: str) -> tuple[Claim, ...]:
        found = [
            dataclasses.replace(each, name=each.name if name == "adam" else f"{each.name}-{name}")
            for name, _ in SIZES[preset].optimisers
            for each in _claims(name, SIZES[preset].replicas)
        ]
        return tuple(found) if preset != "smoke" else ()


def networks(steps: int, replicas: int) -> tuple[Network, ...]:
    """Replicas of every kind: one feature alone, and the hard one in each coding."""

    coded = {k: MLPConfig(widths=WIDTHS, coded=BITS, coding=units * COPIES) for k, units in CODINGS.items()}
    kinds: list[tuple[str, MLPConfig | None]] = [("easy", None), ("hard", None), *coded.items()]
    # No two networks start alike, whatever their kind.
    return tuple(
        Network(f"{kind}#{i}", (Phase(steps, {f"only-{_feature(kind)}": 1.0}),), place * replicas + i, model)
        for place, (kind, model) in enumerate(kinds)
        for i in range(replicas)
    )


def _feature(kind: str) -> str:
    """What networks of a kind are asked for."""
    return "easy" if kind == "easy" else "hard"


def _claims(condition: str, replicas: int) -> tuple[Claim, ...]:
    cell = network(condition)
    kinds = ("easy", "hard", *CODINGS)
    learned = computed(cell, *(f"{kind}#{i}/{_feature(kind)}" for kind in kinds for i in range(replicas)))

    def number(name: str) -> MeasureValue:
        return MeasureValue(cell, name, "number")

    def alike(pair: str, measure: str = "rsa", site: str = LAST) -> MeasureValue:
        return number(f"{measure} {site}/{pair}")

    def more(name: str, statement: str, source: str, a: AbstractEffect, b: AbstractEffect, bound: float) -> Claim:
        return claim(name, statement, source, Difference(a, b), bound, learned)

    easy, hard, different = "easy with easy", "hard with hard", "and-or with one-without-other"
    same = {kind: f"{kind} with {kind}" for kind in CODINGS}
    equal = Difference(alike(easy, "predictivity"), alike(hard, "predictivity"))
    return (
        more(
            "hard-less-alike",
            "Two networks on the same hard feature look less alike than two on the same easy one (RSA).",
            SHAPES,
            alike(easy),
            alike(hard),
            0.1,
        ),
        more(
            "hard-less-alike-cka",
            "The same by linear CKA.",
            SHAPES,
            alike(easy, "cka"),
            alike(hard, "cka"),
            0.1,
        ),
        Claim(
            "hard-as-predictable",
            "Linear predictivity, which rescaling does not change, finds the hard ones as alike as the easy ones.",
            OURS,
            equal,
            0.05,
            "within",
            learned,
        ),
        *(
            more(
                f"{kind}-more-alike",
                f"Networks given the coding {kind} for the hard feature look more alike than those free to choose.",
                PROXY + "; the test is ours",
                alike(row),
                alike(hard),
                0.1,
            )
            for kind, row in same.items()
        ),
        *(
            Claim(
                f"{kind}-as-alike-as-easy",
                f"Given the coding {kind}, they look as alike as networks on the easy feature.",
                OURS,
                Difference(alike(easy), alike(row)),
                0.05,
                "within",
                learned,
            )
            for kind, row in same.items()
        ),
        *(
            more(
                f"codings-differ-{site}",
                f"Networks given different codings look less alike than those given the same one, in {where}.",
                SHAPES + "; the bound is ours",
                alike(same["and-or"], site=site),
                alike(different, site=site),
                0.05,
            )
            for site, where in (("layers.0", "the layer of the coding"), (LAST, "the last hidden layer"))
        ),
        more(
            "codings-vary",
            "Which inputs of equal XOR a network tells apart varies more between networks free to choose their coding.",
            PROXY + "; the test is ours",
            number(f"coding spread {LAST}/hard"),
            number(f"coding spread {LAST}/and-or"),
            0.1,
        ),
        more(
            "codings-last",
            "The last hidden layer still shows which coding the first one was given.",
            OURS,
            number(f"coding {LAST}/and-or"),
            number(f"coding {LAST}/one-without-other"),
            0.5,
        ),
    )
