"""How large an instance of a world would be: estimated and checked before anything is drawn."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any

from tolman.core.errors import UserError

FRESH = 1024
"""Documents of each kind with a sampler that training draws at a time, unless it is told otherwise."""

MOST_NUMBERS = 500_000_000
"""The most numbers that a part of an instance may have: some gigabytes."""

MOST_WEIGHTS = 10_000_000_000
"""The most weights of a model that is made here: 40 GB."""

OF_A_WORD = {"numbers of each word": 200}
"""What is kept of a word of the vocabulary: most of all, what a model learns of it."""

OF_A_TOKEN = {"numbers of each token": 20}
"""What is kept of a token while documents are written."""


def check_extents(world: Any) -> None:
    """Refuse a world whose instances would be too large, before anything is drawn.

    Raises:
        UserError: with the factors.
    """
    for factors in world.extents():
        _check(world, factors, "numbers to keep", MOST_NUMBERS)


def check_weights(model: Any, **factors: int) -> None:
    """Refuse a model's configuration that asks for too many weights; `factors` are multiplied.

    Raises:
        UserError: with the factors.
    """
    _check(model, {name.replace("_", " "): number for name, number in factors.items()}, "weights", MOST_WEIGHTS)


def _check(config: Any, factors: Mapping[str, int], what: str, most: int) -> None:
    if (numbers := math.prod(factors.values())) > most:
        given = " x ".join(f"{number:,} {name}" for name, number in factors.items())
        raise UserError(
            f"{type(config).__name__}: {given} are {numbers:,} {what}; expected at most {most:,}. "
            "Make one of the factors smaller."
        )


def bounded(draw: Any) -> Any:
    """Return the method `draw` of a world, which now refuses what would be too large."""

    @functools.wraps(draw)
    def checked(self: Any, seed: int) -> Any:
        check_extents(self)
        return draw(self, seed)

    return checked
