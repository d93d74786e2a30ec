"""The values that parameters may take: declared beside the field, checked whenever a configuration is made.

    class Cues(AbstractWorld):
        cues: PositiveInt = 8
        noise: Fraction = 0.0
        length: Annotated[int, Range(2, 16)] = 4

Whole numbers and numbers are checked without a range as well: neither is a boolean, and numbers are finite. A range of
whole numbers without an upper end has one, `MOST`, so that a slip of the finger does not fill the memory.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import numbers
import operator
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Union

from tolman.core.errors import UserError

MOST = 10_000_000
"""The greatest whole number that a range without an upper end takes."""


class OutOfRange(UserError, ValueError):
    """A parameter has a value that it cannot have."""


@dataclasses.dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`; without `low` itself where it is excluded, and likewise `high`."""

    low: float
    high: float = math.inf
    above_low: bool = False
    below_high: bool = False

    def __contains__(self, value: Any) -> bool:
        low = self.low < value if self.above_low else self.low <= value
        return low and (value < self.high if self.below_high else value <= self.high)

    def __str__(self) -> str:
        least = f"more than {_said(self.low)}" if self.above_low else f"{_said(self.low)} or more"
        if self.high == math.inf:
            return least
        if not self.above_low and not self.below_high:
            return f"{_said(self.low)} to {_said(self.high)}"
        return f"{least} and {'less than' if self.below_high else 'at most'} {_said(self.high)}"


def _said(bound: float) -> str:
    return f"{bound:,}" if isinstance(bound, int) and bound >= 10_000 else f"{bound:g}"


PositiveInt = Annotated[int, Range(1)]
NonNegativeInt = Annotated[int, Range(0)]
PositiveFloat = Annotated[float, Range(0, above_low=True)]
NonNegativeFloat = Annotated[float, Range(0)]
Fraction = Annotated[float, Range(0, 1)]
"""A number from 0 to 1, both included."""
Width = Annotated[int, Range(1, 65_536)]
"""Units of a layer."""
Depth = Annotated[int, Range(1, 1000)]
"""Layers of a network."""
Seed = Annotated[int, Range(0, 2**63 - 1)]


class Checked:
    """A base of dataclasses whose fields must have values of their annotations; a subclass's `__post_init__` follows.

    Raises:
        OutOfRange: on making one: a field has a value that its annotation excludes. A whole number given as a float is
            made an integer.
    """

    def __post_init__(self) -> None:
        check(self)

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        own = vars(cls).get("__post_init__")
        if own is None:
            return

        @functools.wraps(own)
        def checked(self: Any) -> None:
            check(self)
            own(self)

        cls.__post_init__ = checked


def check(config: Any) -> None:
    """Check every field of a dataclass; raises as `Checked` says."""
    for name, kind in _kinds(type(config)).items():
        given = getattr(config, name)
        value = _whole(given, kind)
        if value is not given:
            object.__setattr__(config, name, value)
        for path, wrong, expected in _faults(name, value, kind):
            raise OutOfRange(f"{type(config).__name__}: {path} is {wrong!r}; expected {expected}")


def check_value(name: str, value: Any, kind: Any) -> None:
    """Refuse an argument that its annotation excludes, as in `check_value("mazes", mazes, PositiveInt)`.

    Raises:
        OutOfRange: with the argument's name, its value and its range.
    """
    for path, wrong, expected in _faults(name, value, kind):
        raise OutOfRange(f"{path} is {wrong!r}; expected {expected}")


def require(config: Any, name: str, low: float, high: float = math.inf, *, given: str) -> None:
    """Refuse a field whose range depends on other fields.

    Args:
        config: has the field.
        name: of the field.
        low: least value.
        high: greatest value.
        given: dotted path of the field that the range depends on most, which the error names.

    Raises:
        OutOfRange: the field's value is not from `low` to `high`.
    """
    value = getattr(config, name)
    if value not in (allowed := Range(low, high)):
        where = operator.attrgetter(given)(config)
        raise OutOfRange(f"{type(config).__name__}: {name} is {value!r}; expected {allowed}, as {given} is {where!r}")


@functools.cache
def _kinds(config: type) -> dict[str, Any]:
    hints = typing.get_type_hints(config, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(config) if field.init}  # pyright: ignore


def _whole(value: Any, kind: Any) -> Any:
    """Return an integer for a whole float where the field takes integers and no other numbers."""
    members = set(map(_bare, _members(kind)))
    if int in members and float not in members and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _bare(kind: Any) -> Any:
    return typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind


def _members(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if typing.get_origin(kind) in (Union, types.UnionType) else (kind,)


def _faults(path: str, value: Any, kind: Any) -> Iterator[tuple[str, Any, str]]:
    """Yield the path of each value that is wrong, the value, and what was expected."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        faults = list(_faults(path, value, inner[0]))
        parts = [part for part in inner[1:] if isinstance(part, Range)]
        allowed = [str(part) for part in parts]
        if faults:
            yield from ((path, wrong, ", ".join([said, *allowed])) for path, wrong, said in faults)
        elif any(value not in part for part in parts):
            yield path, value, " and ".join(allowed)
        elif inner[0] is int and value > MOST and all(part.high == math.inf for part in parts):
            yield path, value, f"{' and '.join(allowed)}, at most {MOST:,}"
    elif kind in _FITS:
        if not _FITS[kind](value):
            yield path, value, _NAMES[kind]
    elif origin is Literal:
        if value not in inner or (isinstance(value, bool) and bool not in map(type, inner)):
            yield path, value, f"one of {', '.join(map(str, inner))}"
    elif origin in (Union, types.UnionType):
        faults = [list(_faults(path, value, member)) for member in inner]
        if all(faults):
            yield path, value, " or ".join(dict.fromkeys(said for found in faults for _, _, said in found))
    elif origin is tuple:
        yield from _tuple_faults(path, value, inner)
    elif isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _faults(f"{path}[{key!r}]", item, inner[1])


def _tuple_faults(path: str, value: Any, inner: tuple[Any, ...]) -> Iterator[tuple[str, Any, str]]:
    if not isinstance(value, tuple | list):
        yield path, value, "several values in a tuple"
        return
    kinds = [inner[0]] * len(value) if inner[1:] == (Ellipsis,) else inner
    if len(kinds) != len(value):
        yield path, value, f"{len(kinds)} values"
        return
    for i, (item, kind) in enumerate(zip(value, kinds, strict=True)):
        yield from _faults(f"{path}[{i}]", item, kind)


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_float(value: Any) -> bool:
    try:
        return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


_FITS: dict[Any, Any] = {
    int: _is_int,
    float: _is_float,
    bool: lambda value: type(value).__name__ in ("bool", "bool_"),
    types.NoneType: lambda value: value is None,
}
_NAMES = {int: "a whole number", float: "a finite number", bool: "true or false", types.NoneType: "none"}
