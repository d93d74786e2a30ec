"""Settings in which a representation is biased.

They were found by exploration on other seeds, fixed, and confirmed on fresh ones; `docs/log.md` says what was tried.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tolman.models.mlp import MLPConfig
from tolman.studies.representation.common import constant, training
from tolman.training.config import OptimiserConfig, TrainingConfig
from tolman.worlds.features import Features

EXPLORED = (range(19), range(100, 102), range(60, 70))
"""Seeds on which these settings were found, and then judged at first."""

EXPLORED_CONTROLS = (range(399, 402),)
"""Seeds on which controls and arms that were added in November 2026 were tried."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Setting:
    """Features, network and training by which one feature takes several times the other's variance.

    Attributes:
        features: an easy and a hard one.
        availability: copies of the units that carry each, so that both are carried by equally many.
        model: the network.
        optimiser: its optimiser.
        steps: optimiser steps.
        batch: inputs per step.
        items: size of the training set.
    """

    features: tuple[str, ...]
    availability: tuple[int, ...]
    model: MLPConfig
    optimiser: OptimiserConfig
    steps: int
    batch: int = 64
    items: int = 16_384

    def world(self, preset: str) -> Features:
        """Return the world of the two features, smaller under the preset `smoke`."""
        return Features(features=self.features, availability=self.availability, **self.sizes(preset))

    def sizes(self, preset: str) -> dict[str, Any]:
        """Return the numbers of inputs to train and to test on."""
        items, tests = (256, 128) if preset == "smoke" else (self.items, 1024)
        return {"train_items": items, "test_items": tests}

    def training(self, parallel_seeds: int, curve_points: int = 20) -> TrainingConfig:
        """Return how the network is trained."""
        return training(self.optimiser, parallel_seeds, self.batch, curve_points)


XOR = Setting(
    features=("easy:bit", "hard:xor"),
    availability=(2, 1),
    model=MLPConfig(widths=(256, 128, 64), activation="tanh"),
    optimiser=constant("sgd", 0.05, 0.0),
    steps=8000,
)
"""One bit, twice over, against the XOR of two bits: three hidden layers of tanh units, plain gradient descent."""

PARITY = Setting(
    features=("easy:bit", "hard:parity3"),
    availability=(3, 1),
    model=MLPConfig(scale=2**0.5),
    optimiser=constant("sgd", 0.02, 0.0),
    steps=6000,
    batch=128,
    items=8192,
)
"""The network of Hermann and Lampinen (arXiv 2006.12433): leaky ReLU, He initialisation, parity of three bits."""
