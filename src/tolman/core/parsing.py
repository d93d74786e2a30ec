"""Values from text, as annotations of parameters say."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union


def parse(text: str, kind: Any) -> Any:
    """Return what a text says, read as an annotation: a scalar, None, or a `Literal`, tuple, mapping or union.

    Raises:
        ValueError, KeyError: the text is none of that type.
        TypeError: texts of that type are not understood.
    """
    if kind in _PARSERS:
        return _PARSERS[kind](text)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {str(option): option for option in inner}[text]
    if origin is tuple:
        return _tuple(text, inner)
    if origin is Mapping:
        pairs = (part.partition(":") for part in text.split(","))
        return {name.strip(): parse(number.strip(), inner[1]) for name, _, number in pairs}
    if origin in (Union, types.UnionType):
        return _union(text, inner)
    raise TypeError(f"its type is {kind}")


def _tuple(text: str, inner: tuple[Any, ...]) -> tuple[Any, ...]:
    parts = [part.strip() for part in text.split(",")] if text else []
    kinds = [inner[0]] * len(parts) if inner[1:] == (Ellipsis,) else inner
    return tuple(parse(part, kind) for part, kind in zip(parts, kinds, strict=True))


def _union(text: str, inner: tuple[Any, ...]) -> Any:
    """The first member that fits; text comes last, because everything fits it."""
    for kind in sorted(inner, key=lambda kind: (kind is not types.NoneType, kind is str)):
        try:
            return parse(text, kind)
        except (ValueError, KeyError):
            continue
    raise ValueError(text)


def _number(text: str) -> float:
    if not math.isfinite(number := float(_figures(text))):
        raise ValueError(text)
    return number


def _figures(text: str) -> str:
    """Return text that may be a number; Python would also read `1_1` as 11, and the digits of every script."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text


_PARSERS: dict[Any, Any] = {
    int: lambda text: int(_figures(text)),
    float: _number,
    str: str,
    bool: lambda text: {"true": True, "false": False}[text.lower()],
    types.NoneType: lambda text: {"none": None}[text.lower()],
}
_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    types.NoneType: "none",
}


def describe(kind: Any) -> str:
    """Return in words what a text of that type is."""
    if kind in _WORDS:
        return _WORDS[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(map(str, inner))
    if origin is Mapping:
        return "NAME:VALUE, with commas between several"
    if origin is tuple:
        every = inner[1:] == (Ellipsis,)
        return (
            f"values with commas between, each {describe(inner[0])}"
            if every
            else f"{len(inner)} values with commas between"
        )
    return " or ".join(map(describe, inner))
