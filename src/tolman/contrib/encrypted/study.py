"""The worst case: a network whose every intermediate value is encrypted computes the same, and shows nothing of it."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from tolman.claims.claim import Claim, Direction
from tolman.claims.combinations import Farthest
from tolman.claims.effects import AbstractEffect, MeasureValue, Unit
from tolman.contrib.encrypted.analysis import DECODERS, Encryption
from tolman.contrib.encrypted.ckks import CKKS
from tolman.experiments.network_set import Network, NetworkSet
from tolman.experiments.study import AbstractStudy, Plan
from tolman.models.mlp import MLPConfig
from tolman.studies.representation.networks import OURS, PROXY, computed, labelled, network, training
from tolman.training.optim import OptimiserConfig
from tolman.worlds.features import Features

STANDARD = "standard"
LABELS = ("easy", "hard")
MARGIN = 0.06
"""How near chance ciphertexts must be, as agreed on beforehand."""


@dataclasses.dataclass(frozen=True)
class Size:
    """A preset: seeds, widths of the hidden layers, steps of training, stimuli in all and for the broken control."""

    seeds: int
    widths: tuple[int, ...]
    steps: int
    stimuli: int
    control: int

    @property
    def sites(self) -> tuple[str, ...]:
        """Where ciphertexts are read: the input, and every layer before and after its squares."""
        hidden = (f"{kind}{i}" for i in range(1, len(self.widths) + 1) for kind in ("linear", "square"))
        return ("input", *hidden, f"linear{len(self.widths) + 1}")


SIZES = {
    "smoke": Size(2, (4,), 100, 16, 16),
    "quick": Size(8, (16,), 1500, 400, 100),
    "full": Size(10, (16, 16), 2000, 800, 200),
}
"""A bit and an XOR need one hidden layer of squares; `full` has two.

In `quick` an accuracy rests on 400 stimuli, so that it varies by 0.025 between seeds where nothing can be read; the
half-width of its interval over 8 seeds is then 0.021. All 24 accuracies are within 0.06 of chance with a probability
above 0.99 if nothing can be read, and below 0.025 if one decoder can read some label at 0.56 or better."""


@dataclasses.dataclass(frozen=True)
class Encrypted(AbstractStudy):
    """Decisions, decoders and RSA of a narrow network under homomorphic encryption (CKKS), and in the clear.

    Needs the extra `encrypted`. Encryption draws on the operating system's randomness: unlike all other results, these
    are repeated up to noise and not bit by bit.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "a network on encrypted inputs: the same computation, unreadable representations"
    seeds: ClassVar[range] = range(1920, 1930)

    def plan(self, preset: str) -> Plan:
        size = SIZES[preset]
        optimiser = OptimiserConfig("adamw", 3e-3, weight_decay=0.01, beta2=0.999, warmup=50)
        world = Features(train_items=256 if preset == "smoke" else 16_384, test_items=size.stimuli)
        analysis = Encryption(CKKS.for_layers(len(size.widths) + 1), size.control)
        course = training(optimiser, size.seeds, points=4)
        model = MLPConfig(widths=size.widths, activation="square")
        both = (Network("both", labelled(size.steps)),)
        return Plan(size.seeds, (NetworkSet(STANDARD, world, model, course, both, analysis),))

    def claims(self, preset: str) -> tuple[Claim, ...]:
        return (*_hidden(SIZES[preset].sites), *_readable(SIZES[preset].sites)) if preset != "smoke" else ()


def _hidden(sites: tuple[str, ...]) -> tuple[Claim, ...]:
    """The computation is there, and its representations show nothing."""
    return (
        _claim(
            "encrypted-decisions",
            "Decrypted outputs decide as the plain network does.",
            PROXY + "; the bound is ours",
            _measured("agreement"),
            0.99,
            ">=",
        ),
        _claim(
            "ciphertext-decoders",
            "No decoder reads either label from the ciphertexts of any layer: every accuracy is near chance.",
            PROXY + "; the bound is ours",
            _decoders("", sites, LABELS, centre=0.5),
            MARGIN,
            "<=",
        ),
        _claim(
            "ciphertext-rsa",
            "Ciphertexts' geometry is not that of the activations that they hold, at any layer.",
            PROXY + "; the bound is ours",
            Farthest(tuple(_measured(f"rsa/{site}", "number") for site in sites)),
            MARGIN,
            "<=",
        ),
    )


def _readable(sites: tuple[str, ...]) -> tuple[Claim, ...]:
    """Where the same decoders and the same RSA succeed."""
    return (
        _claim(
            "plain-decoders",
            "From plain activations, packed alike, every decoder reads both labels at the last squares and the output.",
            OURS + " control",
            _decoders("plain ", sites[-2:], LABELS, centre=1.0),
            0.05,
            "<=",
        ),
        _claim(
            "plain-easy",
            "From plain activations, packed alike, a linear decoder reads the easy feature at every layer.",
            OURS + " control",
            _decoders("plain ", sites, ("easy",), centre=1.0, decoders=("linear",)),
            0.05,
            "<=",
        ),
        _claim(
            "plain-rsa",
            "RSA finds the geometry of plain activations in their packed coefficients, at every layer.",
            OURS + " control",
            Farthest(tuple(_measured(f"plain rsa/{site}", "number") for site in sites), centre=1.0),
            0.05,
            "<=",
        ),
        _claim(
            "reused-randomness",
            "Where encryption reuses its randomness, a linear decoder reads the easy feature from ciphertexts.",
            OURS + " control",
            _decoders("reused ", ("input", "linear1"), ("easy",), centre=1.0, decoders=("linear",)),
            0.1,
            "<=",
        ),
    )


def _claim(name: str, statement: str, source: str, effect: AbstractEffect, bound: float, direction: Direction) -> Claim:
    learned = computed(network(STANDARD), *LABELS)
    return Claim(name, statement, source, effect, bound, direction, learned)


def _measured(name: str, unit: Unit = "fraction") -> MeasureValue:
    return MeasureValue(network(STANDARD), name, unit)


def _decoders(
    prefix: str, sites: tuple[str, ...], labels: tuple[str, ...], centre: float, decoders: tuple[str, ...] = DECODERS
) -> Farthest:
    """The accuracy farthest from `centre`, of all decoders of these labels at these sites."""
    names = [f"{prefix}{label} {decoder}/{site}" for site in sites for label in labels for decoder in decoders]
    return Farthest(tuple(map(_measured, names)), centre)
