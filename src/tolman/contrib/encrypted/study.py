"""The study `encrypted`: a network whose every intermediate value is encrypted computes the same, unreadably."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim, Direction
from tolman.claims.combinations import Farthest
from tolman.claims.effects import AbstractEffect, MeasureValue
from tolman.claims.published import OURS, Published
from tolman.contrib.encrypted.analysis import PROBES, Encryption
from tolman.contrib.encrypted.ckks import CKKS
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.mlp import MLPConfig
from tolman.report.presentation import Presentation
from tolman.studies.representation.common import PROXY, NetworkPreset, computed, on_all_features, runs_of, training
from tolman.studies.representation.presentation import NETWORKS
from tolman.training.config import OptimiserConfig
from tolman.worlds.features import Features

STANDARD = "standard"
LABELS = ("easy", "hard")
REUSED = "reused "
"""Begins the names of measures under an encryption that reuses its randomness."""

MARGIN = 0.06
"""Largest distance from chance that ciphertexts may show, fixed beforehand."""

OPTIMISER = OptimiserConfig(kind="adamw", learning_rate=3e-3, weight_decay=0.01, beta2=0.999, warmup=50)


@dataclasses.dataclass(frozen=True, kw_only=True)
class EncryptedPreset(NetworkPreset):
    """The size of the study.

    Attributes:
        widths: units of the hidden layers.
        train_items: inputs to train on.
        stimuli: inputs that are encrypted.
        control: inputs of the control whose encryption reuses its randomness.
    """

    widths: tuple[int, ...]
    train_items: int = 16_384
    stimuli: int
    control: int

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of ciphertexts: the input, and every layer before and after its squares."""
        hidden = (f"{kind}{i}" for i in range(1, len(self.widths) + 1) for kind in ("linear", "square"))
        return ("input", *hidden, f"linear{len(self.widths) + 1}")


PRESETS = {
    "smoke": EncryptedPreset(
        seeds=2, parallel_seeds=2, steps=100, widths=(4,), train_items=256, stimuli=16, control=16
    ),
    "quick": EncryptedPreset(seeds=8, parallel_seeds=8, steps=1500, widths=(16,), stimuli=400, control=100),
    "full": EncryptedPreset(seeds=10, parallel_seeds=10, steps=2000, widths=(16, 16), stimuli=800, control=200),
}
"""A bit and an XOR need one hidden layer of squares; `full` has two.

In `quick` an accuracy rests on 400 stimuli, so that it varies by 0.025 between seeds where nothing can be read; the
half-width of its interval over 8 seeds is then 0.021. All 24 accuracies are within 0.06 of chance with a probability
above 0.99 if nothing can be read, and below 0.025 if one probe can read some label at 0.56 or better."""


@dataclasses.dataclass(frozen=True)
class EncryptedStudy(AbstractStudy):
    """Decisions, probes and RSA of a narrow network under homomorphic encryption (CKKS), and in the clear.

    Needs the extra `encrypted`. Encryption draws on the operating system's randomness: unlike all other results, these
    are repeated up to noise and not bit by bit.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a network on encrypted inputs: the same computation, unreadable representations"
    seeds: ClassVar[range] = range(1920, 1930)
    explored: ClassVar[tuple[range, ...]] = (range(8),)

    def plan(self, preset: str) -> Plan:
        size = PRESETS[preset]
        condition = NetworkSet(
            name=STANDARD,
            world=Features(train_items=size.train_items, test_items=size.stimuli),
            model=MLPConfig(widths=size.widths, activation="square"),
            training=training(OPTIMISER, size.parallel_seeds, curve_points=4),
            networks=(Network("both", on_all_features(size.steps)),),
            analysis=Encryption(CKKS.for_layers(len(size.widths) + 1), size.control),
        )
        return Plan(size.seeds, (condition,))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return (*_hidden(PRESETS[preset].sites), *_readable(PRESETS[preset].sites)) if preset != "smoke" else ()

    @classmethod
    def presentation(cls) -> Presentation:
        return NETWORKS


def _hidden(sites: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the claims that the network computes the same, and that its ciphertexts reveal nothing."""
    return (
        _claim(
            "encrypted-decisions",
            "Decrypted outputs decide as the plain network does.",
            source=PROXY.with_our("bound"),
            effect=_fraction("agreement"),
            bound=0.99,
            direction=">=",
        ),
        _claim(
            "ciphertext-decoders",
            "No probe reads either label from the ciphertexts of any layer: every accuracy is near chance.",
            source=PROXY.with_our("bound"),
            effect=_accuracies("", sites, LABELS, centre=0.5),
            bound=MARGIN,
        ),
        _claim(
            "ciphertext-rsa",
            "Ciphertexts' geometry is not that of the activations that they hold, at any layer.",
            source=PROXY.with_our("bound"),
            effect=Farthest(tuple(_similarity(f"rsa/{site}") for site in sites)),
            bound=MARGIN,
        ),
    )


def _readable(sites: tuple[str, ...]) -> tuple[Claim, ...]:
    """Return the controls: claims that the same probes and the same RSA succeed elsewhere."""
    return (
        _claim(
            "plain-decoders",
            "From plain activations, packed alike, every probe reads both labels at the last squares and the output.",
            effect=_accuracies("plain ", sites[-2:], LABELS),
            bound=0.05,
        ),
        _claim(
            "plain-easy",
            "From plain activations, packed alike, a linear probe reads the easy feature at every layer.",
            effect=_accuracies("plain ", sites, ("easy",), probes=("linear",)),
            bound=0.05,
        ),
        _claim(
            "plain-rsa",
            "RSA finds the geometry of plain activations in their packed coefficients, at every layer.",
            effect=Farthest(tuple(_similarity(f"plain rsa/{site}") for site in sites), centre=1.0),
            bound=0.05,
        ),
        _claim(
            "reused-randomness",
            "Where encryption reuses its randomness, a linear probe reads the easy feature from ciphertexts.",
            effect=_accuracies(REUSED, ("input", "linear1"), ("easy",), probes=("linear",)),
            bound=0.1,
        ),
    )


def _claim(
    name: str,
    statement: str,
    *,
    effect: AbstractEffect,
    bound: float,
    source: Published | str = OURS + " control",
    direction: Direction = "<=",
) -> Claim:
    requires = computed(runs_of(STANDARD), *LABELS)
    return Claim(name, statement, source=source, effect=effect, bound=bound, direction=direction, requires=requires)


def _fraction(name: str) -> MeasureValue:
    """Return a fraction of the stimuli."""
    items = "analysis.control_rows" if name.startswith(REUSED) else "world.test_items"
    return MeasureValue(runs_of(STANDARD), name, items=items)


def _similarity(name: str) -> MeasureValue:
    return MeasureValue(runs_of(STANDARD), name, "number")


def _accuracies(
    prefix: str,
    sites: tuple[str, ...],
    labels: tuple[str, ...],
    *,
    centre: float = 1.0,
    probes: tuple[str, ...] = PROBES,
) -> Farthest:
    """Return the accuracy farthest from `centre`, of all probes of these labels at these sites."""
    names = [f"{prefix}{label} {probe}/{site}" for site in sites for label in labels for probe in probes]
    return Farthest(tuple(map(_fraction, names)), centre)
