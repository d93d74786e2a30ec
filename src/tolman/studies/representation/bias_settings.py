"""The settings of the study of representation bias: those that claims compare, and those of a sweep."""

from __future__ import annotations

import dataclasses
import itertools

from tolman.studies.representation.common import constant
from tolman.studies.representation.setting import PARITY, XOR, Setting
from tolman.training.config import OptimiserConfig

STANDARD, PARITIES, SHALLOW, DEEP = "regime", "parity", "shallow", "deep"
SINGLE = "single"
"""As the regime, but the easy feature too is carried by a single unit, where the hard one is carried by two."""

ADAM, ADAM_MATCHED, DROPOUT = "adam", "adam-loss-matched", "adam-dropout"
UNTRAINED = {STANDARD: "regime-untrained", SINGLE: "single-untrained"}
"""Conditions of networks as they are initialised, by the condition that trains the same networks."""

MATCHED_STEPS = 800
"""Steps of Adam after which its loss is that of 8,000 steps of plain gradient descent (.0011 and .0012, seed 399)."""

DEPTHS = {"2": (256, 64), "3": (256, 128, 64), "6": (256, 128, 128, 64, 64, 64)}
COMPLEXITIES = {"xor": 2, "parity3": 3, "parity4": 4}
"""Hard features by the number of input units that carry them; the easy one is then repeated as often."""

SIMPLE, COMPLEX = "xor-depth3-sgd", "parity3-depth3-sgd"
"""Conditions that differ in the hard feature, and in the copies of the easy one's unit that match its carriers."""


def compared() -> dict[str, Setting]:
    """Return the settings that claims compare, by condition."""
    single = dataclasses.replace(XOR, availability=(1, 1))
    dropout = dataclasses.replace(PARITY.model, dropout=0.3, scale=1.0)
    return {
        STANDARD: XOR,
        UNTRAINED[STANDARD]: dataclasses.replace(XOR, steps=0),
        SINGLE: single,
        UNTRAINED[SINGLE]: dataclasses.replace(single, steps=0),
        PARITIES: PARITY,
        SHALLOW: _with_depth("2"),
        DEEP: _with_depth("6"),
        ADAM: dataclasses.replace(XOR, optimiser=_adam()),
        ADAM_MATCHED: dataclasses.replace(XOR, optimiser=_adam(), steps=MATCHED_STEPS),
        DROPOUT: dataclasses.replace(PARITY, optimiser=_adam(), model=dropout),
    }


def sweep(preset: str) -> dict[str, Setting]:
    """Return settings that differ in complexity, by condition; in `full` also of every depth and optimiser.

    The parity of four bits is left to `full`: after the steps of `quick` it is at chance.
    """
    adamw = dataclasses.replace(_adam(), kind="adamw", weight_decay=0.1)
    optimisers = {"sgd": XOR.optimiser, "adam": _adam(), "adamw": adamw}
    every = (COMPLEXITIES, DEPTHS, optimisers) if preset == "full" else (("xor", "parity3"), ("3",), ("sgd",))
    return {
        f"{hard}-depth{depth}-{kind}": dataclasses.replace(
            _with_depth(depth),
            features=(XOR.features[0], f"hard:{hard}"),
            availability=(COMPLEXITIES[hard], 1),
            optimiser=optimisers[kind],
        )
        for hard, depth, kind in itertools.product(*every)
    }


def _adam() -> OptimiserConfig:
    return constant("adam", 1e-3)


def _with_depth(depth: str) -> Setting:
    return dataclasses.replace(XOR, model=dataclasses.replace(XOR.model, widths=DEPTHS[depth]))
