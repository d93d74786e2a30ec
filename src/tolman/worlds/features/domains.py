"""Binary stimuli: every feature is a Boolean function of an input domain of its own."""

from __future__ import annotations

import dataclasses

import numpy as np

from tolman.core.errors import UserError
from tolman.worlds.features.boolean import Bits, Function
from tolman.worlds.features.joint import Values


@dataclasses.dataclass(frozen=True)
class Domains:
    """Inputs of `len(functions)` domains of `block` units each, -1 or +1; a domain whose feature is absent is 0.

    Within a domain the units that carry the feature come first, each with its copies next to it; the remaining
    units are random. With two domains of 16 units, a `bit` and an `xor`, these are the inputs of Hermann and
    Lampinen (arXiv 2006.12433, supplement B): the hard feature is the parity of its domain's first two units. That
    the easy one is a single unit's value is our reading of "linear", and -1 / +1 / 0 our choice of code.
    """

    functions: tuple[Function, ...]
    block: int
    copies: tuple[int, ...]

    def __post_init__(self) -> None:
        for function, copies in zip(self.functions, self.copies, strict=True):
            needed = function.units * copies
            if needed > self.block:
                raise UserError(
                    f"{function.name!r} is carried by {function.units} x {copies} units and does not fit a block of "
                    f"{self.block}; raise block or lower availability"
                )

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The names of each feature's values."""
        return tuple(tuple(map(str, range(function.values))) for function in self.functions)

    def draw(self, values: Values, noise: float, rng: np.random.Generator) -> np.ndarray:
        """Draw inputs `[n, units]` of float32 with these values, each unit flipped with probability `noise`."""
        columns = zip(self.functions, self.copies, values.features.T, strict=True)
        bits = np.concatenate([self._domain(*column, rng) for column in columns], axis=1)
        flipped = bits ^ (rng.random(bits.shape) < noise)
        return np.where(np.repeat(values.present, self.block, axis=1), 2.0 * flipped - 1, 0).astype(np.float32)

    def _domain(self, function: Function, copies: int, values: np.ndarray, rng: np.random.Generator) -> Bits:
        carrying = np.repeat(function.draw(values, rng), copies, axis=1)
        free = rng.integers(0, 2, (len(values), self.block - carrying.shape[1])).astype(bool)
        return np.concatenate([carrying, free], axis=1)

    def carrying(self, inputs: np.ndarray, k: int) -> Bits:
        """Return the bits that feature k is a function of, read from the first copy of each."""
        function, copies = self.functions[k], self.copies[k]
        start = k * self.block
        return inputs[:, start : start + function.units * copies : copies] > 0

    def terms(self, inputs: np.ndarray, names: tuple[str, ...]) -> dict[str, np.ndarray]:
        """Return columns `[n]` of bool by name: the terms of every feature's function, as `feature: term`."""
        return {
            f"{name}: {term}": np.asarray(rule(self.carrying(inputs, k)), bool)
            for k, (name, function) in enumerate(zip(names, self.functions, strict=True))
            for term, rule in function.terms.items()
        }
