"""Boolean functions by their truth tables, from a single bit to parities, sums and mixtures."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from collections.abc import Callable

import numpy as np

from tolman.core.errors import UserError

MOST_UNITS = 12
"""Widest function: a truth table of 4,096 rows."""

Bits = np.ndarray
"""`[n, units]` of bool."""

Term = Callable[[Bits], np.ndarray]
"""A column `[n]` computed from bits."""


@dataclasses.dataclass(frozen=True)
class Function:
    """A function of a few bits.

    Attributes:
        name: as it is written, e.g. `"parity4"`.
        units: bits that it depends on.
        values: how many values it takes.
        table: `[2**units]` its value at every input; the first bit counts most.
        terms: intermediate terms that a network may compute on the way, by name; each maps `bits[n, units]` to a
            column `[n]` of bool.
    """

    name: str
    units: int
    values: int
    table: np.ndarray
    terms: dict[str, Term]

    def __call__(self, bits: Bits) -> np.ndarray:
        """Return its values `[n]` at `bits[n, units]`."""
        return self.table[bits @ (1 << np.arange(self.units)[::-1])]

    def draw(self, values: np.ndarray, rng: np.random.Generator) -> Bits:
        """Draw bits `[n, units]`, uniform among the inputs at which the function has the wanted `values[n]`."""
        found = np.zeros((len(values), self.units), bool)
        for value in range(self.values):
            mine = np.flatnonzero(values == value)
            found[mine] = rng.choice(_inputs(self.units)[self.table == value], len(mine))
        return found


def function(name: str) -> Function:
    """Return the function of that name.

    `bit`; `xor` (the parity of two bits); `parityK` of K bits; `majorityK` of K bits, K odd (linear, although carried
    by several bits); `andorK`, the disjunction of K conjunctions of two bits each (`andor` = `andor2`); `modMxK`,
    the sum of K bits modulo M (`modM` = `modMxM`).

    Raises:
        UserError: no such function, or one of impossible size.
    """
    for pattern, make in _FAMILIES:
        if match := re.fullmatch(pattern, name):
            return make(name, *(int(group) for group in match.groups() if group))
    raise UserError(
        f"no function {name!r}: expected bit, xor, parityK, majorityK, andorK, modM or modMxK, for example parity4"
    )


@functools.cache
def _inputs(units: int) -> Bits:
    return np.array(list(itertools.product((False, True), repeat=units)))


def _make(name: str, units: int, values: int, rule: Term, terms: dict[str, Term]) -> Function:
    _check_units(name, units)
    table = rule(_inputs(units)).astype(np.int32)
    if len(set(table.tolist())) != values:
        raise UserError(f"the function {name!r} has {values} values but takes only {len(set(table.tolist()))} of them")
    bits = {f"x{i}": functools.partial(_bit, i) for i in range(units)} if units > 1 else {}
    return Function(name, units, values, table, bits | terms)


def _check_units(name: str, units: int) -> None:
    if not 1 <= units <= MOST_UNITS:
        raise UserError(f"the function {name!r} depends on {units} bits; expected 1 to {MOST_UNITS}")


def _bit(index: int, bits: Bits) -> np.ndarray:
    return bits[:, index]


def _single(name: str) -> Function:
    return _make(name, 1, 2, lambda bits: bits[:, 0], {})


def _xor(name: str) -> Function:
    """Its terms are those of both natural codings: AND with OR, and the two "one without the other" terms."""
    terms = {
        "x0 and x1": lambda bits: bits[:, 0] & bits[:, 1],
        "x0 or x1": lambda bits: bits[:, 0] | bits[:, 1],
        "x0 and not x1": lambda bits: bits[:, 0] & ~bits[:, 1],
        "x1 and not x0": lambda bits: bits[:, 1] & ~bits[:, 0],
    }
    return _make(name, 2, 2, _odd, terms)


def _odd(bits: Bits) -> np.ndarray:
    return bits.sum(axis=1) % 2


def _parity(name: str, units: int) -> Function:
    """Its terms are the parities of all smaller sets of at least two bits."""
    if units == 2:
        return _xor(name)
    _check_units(name, units)
    sets = [s for size in range(2, units) for s in itertools.combinations(range(units), size)]
    terms = {" xor ".join(f"x{i}" for i in s): functools.partial(_odd_of, s) for s in sets}
    return _make(name, units, 2, _odd, terms)


def _odd_of(chosen: tuple[int, ...], bits: Bits) -> np.ndarray:
    return _odd(bits[:, list(chosen)]).astype(bool)


def _majority(name: str, units: int) -> Function:
    if units % 2 == 0:
        raise UserError(f"the function {name!r} can tie: expected an odd number of bits")
    return _make(name, units, 2, lambda bits: 2 * bits.sum(axis=1) > units, {})


def _andor(name: str, count: int = 2) -> Function:
    terms = {f"x{2 * i} and x{2 * i + 1}": functools.partial(_both, i) for i in range(count)}
    return _make(name, 2 * count, 2, _any_pair, terms)


def _any_pair(bits: Bits) -> np.ndarray:
    return np.any(bits[:, ::2] & bits[:, 1::2], axis=1)


def _both(index: int, bits: Bits) -> np.ndarray:
    return bits[:, 2 * index] & bits[:, 2 * index + 1]


def _sum(name: str, modulus: int, units: int = 0) -> Function:
    """Its terms are the thresholds of the sum, from which any function of it follows."""
    units = units or modulus
    if modulus < 2:
        raise UserError(f"the function {name!r} is constant: expected a modulus of 2 or more")
    terms = {f"sum >= {least}": functools.partial(_at_least, least) for least in range(1, units + 1)}
    return _make(name, units, modulus, lambda bits: bits.sum(axis=1) % modulus, terms)


def _at_least(least: int, bits: Bits) -> np.ndarray:
    return bits.sum(axis=1) >= least


_FAMILIES: tuple[tuple[str, Callable[..., Function]], ...] = (
    (r"bit", _single),
    (r"xor", _xor),
    (r"parity(\d+)", _parity),
    (r"majority(\d+)", _majority),
    (r"andor(\d+)?", _andor),
    (r"mod(\d+)(?:x(\d+))?", _sum),
)
