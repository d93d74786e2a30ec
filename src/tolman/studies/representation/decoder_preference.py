"""Probes of a label that an easy and a hard feature both predict: the feature that they follow on frozen activations.

Neuroscience calls such probes decoders, hence the study's name.
"""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference, Farthest
from tolman.claims.effects import AbstractEffect, MeasureValue
from tolman.claims.published import OURS, Cause, Published
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.representation.analyses.probe_preference import RANDOM, ProbePreference, row_of
from tolman.studies.representation.causes import PROBE
from tolman.studies.representation.common import BIASES, NetworkPreset, at_least, computed, on_all_features, runs_of
from tolman.studies.representation.presentation import NETWORKS
from tolman.studies.representation.setting import EXPLORED, XOR

STANDARD = "standard"
GRID = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DecoderPreferencePreset(NetworkPreset):
    """The size of the study.

    Attributes:
        analysis: probes and labels.
    """

    analysis: ProbePreference


PRESETS = {
    "smoke": DecoderPreferencePreset(
        seeds=2,
        parallel_seeds=2,
        steps=100,
        analysis=ProbePreference(probes=("linear", "centroid"), rows=32, draws=1),
    ),
    "quick": DecoderPreferencePreset(
        seeds=6,
        parallel_seeds=6,
        steps=XOR.steps,
        analysis=ProbePreference(probes=("linear", "centroid")),
    ),
    "full": DecoderPreferencePreset(
        seeds=10,
        parallel_seeds=10,
        steps=2 * XOR.steps,
        analysis=ProbePreference(easy=GRID, hard=GRID, probes=("linear", "centroid", "mlp"), rows=2048),
    ),
}


@dataclasses.dataclass(frozen=True)
class DecoderPreferenceStudy(AbstractStudy):
    """Probes on a network that computes both features, in the setting of the representation bias."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "the feature that probes follow where an easy and a hard one predict the same label"
    seeds: ClassVar[range] = range(1800, 1810)
    explored: ClassVar[tuple[range, ...]] = EXPLORED

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        condition = NetworkSet(
            name=STANDARD,
            world=XOR.world(preset),
            model=XOR.model,
            training=XOR.training(size.parallel_seeds, curve_points=4),
            networks=(Network("both", on_all_features(size.steps)),),
            analysis=size.analysis,
        )
        return Plan(size.seeds, (condition,))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return (*_by_linear(), *_by_other_probes(), *_controls()) if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _by_linear() -> tuple[Claim, ...]:
    """Return the claims on linear probes, trained to convergence."""
    return (
        _prefers(
            "linear-redundant",
            "Where both features predict the label perfectly, a linear probe follows the easy one.",
            source=BIASES,
            effect=_preference("linear", 1.0, 1.0),
            bound=0.1,
        ),
        _prefers(
            "linear-equal",
            "Where both predict it equally well but not perfectly, a linear probe follows the easy one.",
            source=BIASES,
            effect=_preference("linear", 0.8, 0.8),
            bound=0.1,
            cause=PROBE,
        ),
        _prefers(
            "linear-hard-better",
            "A linear probe follows the easy feature even where the hard one predicts the label better.",
            source=BIASES,
            effect=_preference("linear", 0.8, 0.9),
            cause=PROBE,
        ),
    )


def _by_other_probes() -> tuple[Claim, ...]:
    """Return the claims on the probe that variance decides about, and in `full` on one with a hidden layer."""
    nonlinear = _prefers(
        "mlp-hard-better",
        "A probe with a hidden layer follows the easy feature even where the hard one predicts the label better.",
        source=OURS,
        effect=_preference("mlp", 0.8, 0.9),
    )
    return (
        _prefers(
            "centroid-equal",
            "Where both predict it equally well, the nearest class mean follows the easy feature.",
            source=OURS,
            effect=_preference("centroid", 0.8, 0.8),
            bound=0.1,
        ),
        _prefers(
            "centroid-hard-better",
            "The nearest class mean follows the easy feature even where the hard one predicts the label better.",
            source=BIASES.with_our("probe"),
            effect=_preference("centroid", 0.8, 0.9),
        ),
        dataclasses.replace(nonlinear, presets=("full",)),
    )


def _controls() -> tuple[Claim, ...]:
    decodable = (
        _prefers(
            f"{probe}-hard-decodable",
            f"Where only the hard feature predicts the label, the {probe} probe follows the hard one.",
            source=OURS + " control",
            effect=_preference(probe, 0.5, 1.0, first="hard"),
            bound=0.4,
        )
        for probe in ("linear", "centroid")
    )
    follows = (_follows(probe, feature, RANDOM) for probe in ("linear", "centroid") for feature in ("easy", "hard"))
    random = _prefers(
        "random-labels",
        "Probes of random labels follow neither feature.",
        source=OURS + " control",
        effect=Farthest(tuple(follows), centre=0.5),
        bound=0.1,
    )
    return (*decodable, dataclasses.replace(random, direction="<="))


def _prefers(
    name: str,
    statement: str,
    *,
    source: Published | str,
    effect: AbstractEffect,
    bound: float = 0.0,
    cause: Cause | None = None,
) -> Claim:
    requires = computed(runs_of(STANDARD), "easy", "hard")
    return at_least(name, statement, source=source, effect=effect, bound=bound, requires=requires, cause=cause)


def _follows(probe: str, feature: str, row: str) -> MeasureValue:
    return MeasureValue(runs_of(STANDARD), f"{probe} follows {feature}/{row}", items="world.test_items")


def _preference(probe: str, easy: float, hard: float, first: str = "easy") -> Difference:
    """Return how much more often a probe agrees with one feature than with the other, from -0.5 to 0.5."""
    other = {"easy": "hard", "hard": "easy"}[first]
    return Difference(*(_follows(probe, feature, row_of(easy, hard)) for feature in (first, other)))
