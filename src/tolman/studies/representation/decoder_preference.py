"""A label that an easy and a hard feature both predict: which of them does a decoder on frozen activations follow?"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Farthest
from tolman.claims.effects import MeasureValue
from tolman.claims.runs import RunGroup
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.studies.representation.networks import BIASES, OURS, claim, computed, labelled, network
from tolman.studies.representation.preference import RANDOM, Preference, cell
from tolman.studies.representation.settings import REGIME
from tolman.worlds.features import Features

STANDARD = "standard"
GRID = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset."""

    seeds: int
    steps: int
    analysis: Preference


SIZES = {
    "smoke": Size(2, 100, Preference(decoders=("linear", "centroid"), rows=32, draws=1)),
    "quick": Size(6, REGIME.steps, Preference(decoders=("linear", "centroid"))),
    "full": Size(
        10,
        2 * REGIME.steps,
        Preference(GRID, GRID, ("linear", "centroid", "mlp"), rows=2048),
    ),
}


@dataclasses.dataclass(frozen=True)
class DecoderPreference(AbstractStudy):
    """Decoders on a network that computes both features, in the regime of the representation bias."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "what decoders follow where an easy and a hard feature predict the same label"
    seeds: ClassVar[range] = range(1800, 1810)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        world = Features(features=REGIME.features, availability=REGIME.availability, **REGIME.sizes(preset))
        course = dataclasses.replace(REGIME.training(size.seeds), curve_points=4)
        both = (Network("both", labelled(size.steps)),)
        return Plan(size.seeds, (NetworkSet(STANDARD, world, REGIME.model, course, both, size.analysis),))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return (*_published(), *_ours(), *_controls()) if preset != "smoke" else ()


def _published() -> tuple[Claim, ...]:
    """Linear decoders, trained to convergence."""
    return (
        _prefers(
            "linear-redundant",
            "Where both features predict the label perfectly, a linear decoder follows the easy one.",
            BIASES,
            _preference("linear", 1.0, 1.0),
            0.1,
        ),
        _prefers(
            "linear-equal",
            "Where both predict it equally well but not perfectly, a linear decoder follows the easy one.",
            BIASES,
            _preference("linear", 0.8, 0.8),
            0.1,
        ),
        _prefers(
            "linear-hard-better",
            "A linear decoder follows the easy feature even where the hard one predicts the label better.",
            BIASES,
            _preference("linear", 0.8, 0.9),
            0.0,
        ),
    )


def _ours() -> tuple[Claim, ...]:
    """The decoder that variance decides about, and in `full` one with a hidden layer."""
    nonlinear = _prefers(
        "mlp-hard-better",
        "A decoder with a hidden layer follows the easy feature even where the hard one predicts the label better.",
        OURS,
        _preference("mlp", 0.8, 0.9),
        0.0,
    )
    return (
        _prefers(
            "centroid-equal",
            "Where both predict it equally well, the nearest class mean follows the easy feature.",
            OURS,
            _preference("centroid", 0.8, 0.8),
            0.1,
        ),
        _prefers(
            "centroid-hard-better",
            "The nearest class mean follows the easy feature even where the hard one predicts the label better.",
            BIASES + "; the decoder is ours",
            _preference("centroid", 0.8, 0.9),
            0.0,
        ),
        dataclasses.replace(nonlinear, presets=("full",)),
    )


def _controls() -> tuple[Claim, ...]:
    decodable = (
        _prefers(
            f"{decoder}-hard-decodable",
            f"Where only the hard feature predicts the label, the {decoder} decoder follows the hard one.",
            OURS + " control",
            _preference(decoder, 0.5, 1.0, first="hard"),
            0.4,
        )
        for decoder in ("linear", "centroid")
    )
    shares = (_follows(decoder, feature, RANDOM) for decoder in ("linear", "centroid") for feature in ("easy", "hard"))
    random = _prefers(
        "random-labels",
        "Decoders of random labels follow neither feature.",
        OURS + " control",
        Farthest(tuple(shares), centre=0.5),
        0.1,
    )
    return (*decodable, dataclasses.replace(random, direction="<="))


def _prefers(name: str, statement: str, source: str, effect: Difference | Farthest, bound: float) -> Claim:
    return claim(name, statement, source, effect, bound, computed(_network(), "easy", "hard"))


def _network() -> RunGroup:
    return network(STANDARD)


def _follows(decoder: str, feature: str, row: str) -> MeasureValue:
    return MeasureValue(_network(), f"{decoder} follows {feature}/{row}")


def _preference(decoder: str, easy: float, hard: float, first: str = "easy") -> Difference:
    """How much more often a decoder says what one feature says than what the other does, from -0.5 to 0.5."""
    other = {"easy": "hard", "hard": "easy"}[first]
    return Difference(*(_follows(decoder, feature, cell(easy, hard)) for feature in (first, other)))
